"""Signs and checks webhooks between us and an operator's product, as Standard Webhooks has it."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

from server.errors import BadSetting, FrontdeskError

TOLERANCE = timedelta(minutes=5)
_SHORTEST = 24
"""Bytes of a secret, by the specification."""
MAX_ID = 200


class BadSignature(FrontdeskError):
    """A webhook that can not be shown to come from who shares the secret."""

    code = "bad_signature"
    status = 401


@dataclass(frozen=True, slots=True)
class Keys:
    """The secrets that are shared with one site's product: the newest first, older ones while they are rotated out."""

    hooks: tuple[Webhook, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.hooks)

    def headers(self, message: str, body: str, *, now: datetime) -> dict[str, str]:
        """What goes along with a message: signed with every secret, so that either side may change first."""
        signatures = " ".join(hook.sign(message, now.astimezone(UTC), body) for hook in self.hooks)
        return {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signatures,
        }

    def checked(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
        """The id of a message that one of the secrets signed a moment ago; raises `BadSignature`."""
        message, stamp, given = (
            headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
        )
        if not (message and stamp and given) or len(message) > MAX_ID:
            raise BadSignature(
                "send webhook-id, webhook-timestamp and webhook-signature, as Standard Webhooks has them"
            )
        try:
            sent, text = datetime.fromtimestamp(int(stamp), UTC), body.decode()
        except (ValueError, OverflowError, OSError):
            raise BadSignature("webhook-timestamp is no time in seconds, or the body no UTF-8") from None
        if abs(now - sent) > TOLERANCE:
            raise BadSignature(
                "the webhook was signed more than 5 minutes ago, or ahead; sign it anew when you send it again, and "
                "check both clocks",
                code="signature_old",
            )
        right = [hook.sign(message, sent, text) for hook in self.hooks]
        offered = given.split()[:10]
        if not any(hmac.compare_digest(one.encode(), other.encode()) for one in right for other in offered):
            raise BadSignature(
                "no signature fits; sign `id.timestamp.body` with the secret that both sides hold"
            )
        return message


def keys_of(secrets: str, site: str, setting: str) -> Keys:
    """The keys of a site from a setting: secrets parted by spaces, `site=secret` for one site only.

    Raises `BadSetting`, which repeats nothing of a secret.
    """
    hooks = []
    for place, entry in enumerate(secrets.split(), start=1):
        named, _, secret = entry.rpartition("=whsec_") if "=whsec_" in entry else ("", "", entry)
        if "=whsec_" in entry:
            secret = f"whsec_{secret}"
        try:
            raw = base64.b64decode(secret.removeprefix("whsec_") + "==", validate=False)
        except (binascii.Error, ValueError):
            raw = b""
        if not secret.startswith("whsec_") or len(raw) < _SHORTEST:
            raise BadSetting(
                f"setting {setting!r}: secret {place} is not `whsec_` and at least {_SHORTEST} bytes in base64; make "
                "one with `python -c \"import base64, secrets; print('whsec_' + "
                'base64.b64encode(secrets.token_bytes(32)).decode())"`'
            )
        if named in {"", site}:
            hooks.append(Webhook(secret))
    return Keys(tuple(hooks))
