"""Signed links: each opens one thing for one purpose until it expires, and can not be guessed or altered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from itsdangerous import BadSignature, URLSafeSerializer

from server.actions.errors import BadLink
from server.actions.goods import SavedCart, Trial
from server.actions.values import Meeting

Purpose = Literal["stop", "meet", "trial", "cart"]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a valid link points to. `mark` tells apart links to the same thing, such as repeated mails."""

    site: str
    id: str
    mark: str


class Links:
    """Makes and reads the links of one installation."""

    def __init__(self, secret: str, base_url: str) -> None:
        self._secret = secret
        self._base_url = base_url.rstrip("/")

    def sign(self, purpose: Purpose, site: str, thing: str, *, expires: datetime, mark: str = "") -> str:
        """A token for the thing's id; it says nothing about a person."""
        return self._signer(purpose).dumps([site, thing, int(expires.timestamp()), mark])

    def read(self, purpose: Purpose, token: str, *, now: datetime) -> Opened:
        """What the token points to; raises `BadLink` when it was altered, is for another purpose, or expired."""
        try:
            site, thing, expires, mark = self._signer(purpose).loads(token)
            ends = datetime.fromtimestamp(expires, UTC)
        except (BadSignature, ValueError, TypeError):
            raise BadLink("link_incomplete") from None
        if ends <= now:
            raise BadLink("link_expired", code="link_expired", status=410)
        return Opened(str(site), str(thing), str(mark))

    def site_of(self, token: str) -> str | None:
        """Whose link it is, expired or not: for a page that says sorry in the right colours."""
        for purpose in get_args(Purpose):
            try:
                return str(self._signer(purpose).loads(token)[0])
            except (BadSignature, ValueError, TypeError, IndexError):
                continue
        return None

    def manage(self, meeting: Meeting) -> str:
        """The page where the visitor sees, moves or cancels a meeting."""
        # Generous, because a moved meeting keeps the link that was mailed first.
        token = self.sign("meet", meeting.site, meeting.id, expires=meeting.end + timedelta(days=90))
        return f"{self._base_url}/meet/{token}"

    def invite(self, meeting: Meeting) -> str:
        """The meeting as a calendar file."""
        return f"{self.manage(meeting)}/invite.ics"

    def verify(self, trial: Trial, *, expires: datetime) -> str:
        """The page that starts a trial; the mail's number makes an older link give way to a newer one."""
        token = self.sign("trial", trial.site, trial.id, expires=expires, mark=str(trial.mails))
        return f"{self._base_url}/trial/verify/{token}"

    def checkout(self, saved: SavedCart, *, now: datetime) -> str:
        """The page that shows a cart and takes the order."""
        token = self.sign("cart", saved.site, saved.id, expires=now + timedelta(days=30))
        return f"{self._base_url}/cart/{token}"

    def absolute(self, url: str) -> str:
        """A path of this server as an address for a mail; what is on the web already stays."""
        return f"{self._base_url}{url}" if url.startswith("/") else url

    def unsubscribe(self, site: str, person: str, *, follow_up: str, now: datetime) -> str:
        """Where somebody ends follow-up mails; it names the hash of their address, never the address."""
        token = self.sign("stop", site, person, expires=now + timedelta(days=730), mark=follow_up)
        return f"{self._base_url}/unsubscribe/{token}"

    def brief(self, site: str, conversation: str) -> str:
        """The page of the console that tells a rep who this is."""
        return f"{self._base_url}/console/site/{site}/conversations/{conversation}/brief"

    def _signer(self, purpose: Purpose) -> URLSafeSerializer:
        return URLSafeSerializer(self._secret, salt=f"frontdesk.link.{purpose}")
