"""What every connection of the chat shares: limits, starters, and who carries out what a visitor does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from server.chat.limits import AtOnce, Limiter
from server.chat.nudging import Nudging
from server.chat.session import Deed
from server.chat.starters import Starters
from server.chat.tracking import Tracking
from server.chat.work import Work
from server.closing import Closing
from server.desk import Desk
from server.filing import Filing
from server.floor import Floor, Joined
from server.frames import (
    Choose,
    Consent,
    Contact,
    Csat,
    MailTranscript,
    MemberFace,
    Nudge,
    Nudged,
    Rate,
    Say,
    SiteFace,
    Submit,
    Track,
    Visit,
)
from server.hearing import Arrived
from server.members.values import IdentityRefused, Member
from server.playbook.words import SiteRules
from server.saving import Saved
from server.turn import take_turn

UPLOADS_AT_ONCE = 4
"""Each is held in memory while it arrives."""
MAILS_A_MINUTE = 3
"""A new conversation costs nothing, so what each may send does not hold back who begins many."""


@dataclass(frozen=True, slots=True)
class Reception:
    """What every connection shares."""

    desk: Desk
    floor: Floor
    limiter: Limiter
    """By visitor: their messages."""
    addresses: Limiter
    """By network address: every frame that writes; many people may share one."""
    may_embed: Callable[[str, str | None], bool]
    """Whether a page of that origin may hold the site's widget."""
    nudging: Nudging
    """What is shown unasked."""
    closing: Closing
    """What is done at the end of a conversation."""
    filing: Filing
    """What is done with files."""
    tracking: Tracking
    """What host pages tell."""
    mails: Limiter = field(default_factory=lambda: Limiter(MAILS_A_MINUTE))
    """By network address: mails to addresses that somebody merely typed."""
    uploads: AtOnce = field(default_factory=lambda: AtOnce(UPLOADS_AT_ONCE))
    """By network address: files that arrive at this moment."""
    starters: Starters = field(default_factory=Starters)
    turns: set[asyncio.Task[Saved | None] | asyncio.Task[None]] = field(default_factory=set)
    """Turns under way, and what visitors who left had sent before; a shutdown waits for them."""

    def wait_s(self, address: str, visitor: str, frame: Deed) -> float:
        """0 when this may be done now; turns count for the visitor, everything that writes for the address."""
        by_address = self.wait_for_address(address)
        if by_address == 0 and isinstance(frame, MailTranscript):
            return self.mails.wait_s(address, time.monotonic())
        if by_address > 0 or not isinstance(frame, Say | Choose | Submit | Contact):
            return by_address
        return self.limiter.wait_s(visitor, time.monotonic())

    def wait_for_address(self, address: str) -> float:
        """0 when the address may write now: a new visitor at every call gets round the other limit, not this one."""
        return self.addresses.wait_s(address, time.monotonic())

    def wait_to_attach(self, conversation: str) -> float:
        """0 when this conversation may take a file now."""
        return self.limiter.wait_s(f"files {conversation}", time.monotonic())

    async def starters_of(self, site: str, rules: SiteRules, mode: str) -> Sequence[str]:
        """The questions that the widget offers before anything was said."""
        return await self.starters.of(self.desk, site, rules, mode)

    async def do(self, joined: Joined, frame: Deed) -> Nudged | None:
        """Whatever a joined visitor may do; what is returned is for this connection alone.

        Raises `IdentityRefused` when whoever was signed in is not so any more.
        """
        joined = await self.floor.still(joined)
        match frame:
            case Say() | Choose() | Submit() | Contact():
                await self._take_turn(joined, frame)
            case Visit():
                await self.floor.visit(joined, frame)
            case Consent():
                await self.floor.consent(joined, frame)
            case Rate():
                await self.floor.rate(joined, frame)
            case Nudge():
                return await self.nudging.take(joined, frame)
            case Csat():
                await self.closing.rate(joined, frame)
            case MailTranscript():
                await self.closing.mail(joined, frame)
            case Track():
                await self.tracking.keep(joined, frame)
            case _:
                assert_never(frame)
        return None

    async def refused(self, joined: Joined) -> IdentityRefused | None:
        """Why whoever only reads is shown nothing more; None while they are who they were when they joined."""
        if joined.member is not None and self.desk.clock() >= joined.member.expires_at:
            return IdentityRefused("it has expired", expired=True)
        try:
            await self.floor.still(joined)
        except IdentityRefused as error:
            return error
        return None

    async def _take_turn(self, joined: Joined, frame: Arrived) -> None:
        """A turn that has begun is finished and saved even when its visitor closes the laptop meanwhile."""
        turn = asyncio.create_task(
            take_turn(self.desk, joined.site, joined.conversation, frame, joined.member)
        )
        self.turns.add(turn)
        turn.add_done_callback(self.turns.discard)
        await asyncio.shield(turn)

    def see_through(self, work: Work, worker: asyncio.Task[None]) -> None:
        """Let what was taken be done after its visitor has left."""
        work.close()
        self.turns.add(worker)
        worker.add_done_callback(self.turns.discard)

    async def drain(self) -> None:
        """Let the turns under way end, and those that they made room for."""
        while self.turns:
            await asyncio.gather(*self.turns, return_exceptions=True)


def member_face(member: Member | None) -> MemberFace | None:
    """As they are greeted."""
    return None if member is None else MemberFace(name=member.name, plan=member.plan_name)


def face(rules: SiteRules, starters: Sequence[str]) -> SiteFace:
    """What the widget shows before anything was said."""
    return SiteFace(
        name=rules.name,
        assistant=rules.assistant,
        accent=rules.accent,
        greeting=rules.greeting,
        starters=list(starters),
        privacy=rules.privacy,
        privacy_url=rules.privacy_url,
        help_url=rules.help_url,
    )
