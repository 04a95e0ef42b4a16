"""The token by which a browser is the same visitor again: signed by us, for one site."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer

_LONGEST = 512


class VisitorTokens:
    """Makes and reads them."""

    def __init__(self, secret: str) -> None:
        self._signer = URLSafeSerializer(secret, salt="frontdesk.visitor")

    def made(self, site: str, visitor: str) -> str:
        return str(self._signer.dumps([site, visitor]))

    def visitor_of(self, site: str, token: str | None) -> str | None:
        """Whose token it is; None when it is not one of ours for that site."""
        if not token or len(token) > _LONGEST:
            return None
        try:
            signed_for, visitor = self._signer.loads(token)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(visitor) if signed_for == site else None
