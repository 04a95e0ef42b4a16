"""Who reads: a member by the host application's token, a visitor by ours, or nobody in particular."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Request
from sqlalchemy.ext.asyncio import AsyncSession

from server.desk import Desk
from server.dialogue.languages import language_of
from server.errors import FrontdeskError, NotFound
from server.members.values import IdentityRefused, Member, audience_of, bearer_of, member_of
from server.store import helped
from server.visitor_tokens import VisitorTokens

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Reader:
    """Whoever asks, with all that their answers depend on."""

    site: str
    member: Member | None
    visitor: str
    """Of a visitor's token; empty without one."""
    audience: Sequence[str]
    language: str
    now: datetime

    @property
    def who(self) -> str:
        """The name under which something may be kept for them; empty for nobody in particular."""
        if self.member is not None:
            return f"member:{self.member.key}"
        return f"visitor:{self.visitor}" if self.visitor else ""


async def keeper(session: AsyncSession, reader: Reader) -> str:
    """The name under which something is kept of this reader; empty where nothing may be."""
    if reader.member is not None:
        return reader.who
    allowed = reader.visitor and await helped.lets_remember(session, reader.site, reader.visitor)
    return reader.who if allowed else ""


def nothing_there() -> NotFound:
    """The one answer for what is not there and for what is not for this reader."""
    return NotFound("There is nothing here. It may have moved: search for it, or ask.")


async def reader_of(desk: Desk, request: AnyRequest, site: str) -> Reader:
    """Raises `IdentityRefused` for a token that does not say who somebody is, `NotFound` for a site that is none."""
    if site not in desk.playbooks.sites:
        raise nothing_there()
    now = desk.clock()
    member = await member_of(desk.members, site, bearer_of(request.headers.get("authorization", "")), now)
    if member is not None and now >= member.expires_at:
        raise IdentityRefused("the token has expired", expired=True)
    locale = request.query_params.get("locale", "")[:35]
    language = language_of(locale) or desk.playbooks.of(site).site.language
    visitor = None
    if member is None:
        visitor = VisitorTokens(desk.secret).visitor_of(site, request.headers.get("x-frontdesk-visitor"))
    return Reader(site, member, visitor or "", audience_of(member, now), language, now)


def members_only(reader: Reader) -> Member:
    """Raises for whoever is not signed in."""
    if reader.member is None:
        raise FrontdeskError("Sign in to see this.", code="identity_refused", status=401)
    return reader.member
