"""What happens to a conversation outside a turn: joining, visits, consent, ratings, and people of the company."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import get_args

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.proposals import ConsentLevel, Kind
from server.desk import Desk
from server.dialogue.values import page_path
from server.doubting import forget_rated, note_rated
from server.errors import Conflict, NotFound
from server.frames import Consent, Hello, Rate, Visit
from server.members.introducing import introduce, remember
from server.members.values import IdentityRefused, Member, member_of
from server.store import closing, conversations, doubts, events, groups, helped, members, nudges
from server.store.history import forget_earlier
from server.store.touches import Who
from server.takeovers import Takeovers
from server.visitor_tokens import VisitorTokens

_TRIES = 5
_LEVELS: tuple[str, ...] = get_args(ConsentLevel)
_LEARNED: tuple[Kind, ...] = ("contact.qualified", "contact.enriched")
"""Updates that nobody asked for."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A visitor with their conversation."""

    site: str
    visitor: str
    conversation: str
    token: str
    consent: str
    head: int
    csat: int | None = None
    """How they rated the conversation already."""
    unasked_off: bool | None = None
    """They want no messages unasked; None where the site shows none."""
    member: Member | None = None
    """Who is signed in, by the token that they came with."""
    identity: str | None = field(default=None, repr=False)
    """That token; it is checked again with whatever they do."""


@dataclass(frozen=True, slots=True)
class Owned:
    """A conversation with whose it is, as both stood when that was checked."""

    conversation: str
    visitor: str
    """Whoever asks, by their token."""
    member: str
    """Key of the signed-in user whose it is; empty for nobody's in particular."""


class Floor(Takeovers):
    """The moments of a conversation that are not a turn; each is one short transaction and a wake-up."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._tokens = VisitorTokens(desk.secret)

    async def join(self, hello: Hello) -> Joined:
        """Find or begin the visitor's conversation; a token that is not ours begins a new visitor.

        Raises `IdentityRefused` for a token of the host application that does not hold: nobody is joined then.
        """
        desk = self._desk
        desk.playbooks.of(hello.site)
        visitor = self._tokens.visitor_of(hello.site, hello.visitor_token) or desk.new_id()
        member = await member_of(desk.members, hello.site, hello.identity, desk.clock())
        for _ in range(_TRIES):
            # A turn may be saved, or another tab sign in, between loading the conversation and changing it.
            with suppress(Conflict, IntegrityError):
                joined = await self._join(hello, visitor, member)
                return replace(joined, member=member, identity=hello.identity)
        raise Conflict("the conversation keeps changing; say hello again")

    async def _join(self, hello: Hello, visitor: str, member: Member | None) -> Joined:
        desk, now = self._desk, self._desk.clock()
        async with desk.writers() as session:
            conversation = await conversations.open_talk(
                session,
                site=hello.site,
                visitor=visitor,
                conversation=hello.conversation,
                new_id=desk.new_id(),
                mode=hello.mode,
                consent=hello.consent,
                locale=hello.locale,
                time_zone=hello.time_zone,
                now=now,
                member=member.key if member else "",
                fresh=hello.fresh,
            )
            await session.flush()
            await self._place(session, hello.site, visitor, conversation, now)
            if hello.page is not None:
                await conversations.note_visit(session, hello.site, conversation, page_path(hello.page.url))
            talk = await conversations.load_talk(session, desk.vault, hello.site, conversation)
            if member is not None:
                await introduce(session, desk.vault, talk, member, now)
            rated = await closing.rating(session, hello.site, conversation)
            shows = desk.playbooks.of(hello.site).proactive is not None
            who = Who(hello.site, visitor, conversation)
            unasked_off = await nudges.is_off(session, who) if shows else None
            await session.commit()
        token = self._tokens.made(hello.site, visitor)
        return Joined(
            hello.site,
            visitor,
            conversation,
            token,
            talk.consent,
            talk.head,
            rated.score if rated else None,
            unasked_off,
        )

    async def own(self, site: str, conversation: str, token: str, identity: str | None) -> Owned:
        """The conversation, when it is the caller's: by the visitor's token, or as the member whose it is by now.

        Raises `NotFound` for anybody else's, `IdentityRefused` as joining does.
        """
        desk = self._desk
        member = await member_of(desk.members, site, identity, desk.clock())
        visitor = self._tokens.visitor_of(site, token)
        async with desk.readers() as session:
            owner = await members.owner_of(session, site, conversation)
            begun_by = await conversations.visitor_of(session, site, conversation)
        is_theirs = member is not None and owner == member.key if owner else begun_by == visitor
        if visitor is None or begun_by is None or not is_theirs:
            raise NotFound("This conversation is not there any more. Reload the page and try again.")
        return Owned(conversation, visitor, owner or "")

    async def still(self, joined: Joined) -> Joined:
        """Whoever joined, as they are signed in at this moment: a token may have run out or its key been withdrawn, and
        somebody may have signed in to the conversation elsewhere. Raises `IdentityRefused`."""
        member = await member_of(self._desk.members, joined.site, joined.identity, self._desk.clock())
        async with self._desk.readers() as session:
            owner = await members.owner_of(session, joined.site, joined.conversation)
        if owner is not None and owner != (member.key if member else ""):
            raise IdentityRefused("somebody else is signed in to this conversation by now")
        return replace(joined, member=member)

    async def _place(
        self, session: AsyncSession, site: str, visitor: str, conversation: str, now: datetime
    ) -> None:
        """A new conversation gets its group: that of a visitor who lets us remember, else one of its own."""
        book = self._desk.playbooks.of(site)
        draw = groups.Draw(
            site,
            self._desk.secret,
            holdout=book.holdout.share,
            pilot=book.pilot.key if book.pilot else "",
            share=book.pilot.share if book.pilot else 0.0,
            version=book.digest,
        )
        await groups.place_conversation(session, draw, visitor, conversation, now)

    async def visit(self, joined: Joined, frame: Visit) -> None:
        """Remember that the visitor went to another page."""
        async with self._desk.turnstile.through(joined.conversation), self._desk.writers() as session:
            await conversations.note_visit(
                session, joined.site, joined.conversation, page_path(frame.page.url)
            )
            await session.commit()

    async def consent(self, joined: Joined, frame: Consent) -> None:
        """What the visitor allows from now on; every later decision takes it.

        Taken back, it also stops what was merely learned on its way to the CRM. What the visitor asked for, such as a
        meeting, goes on.
        """
        for _ in range(_TRIES):
            # Another device of the same member may be remembered at the same moment.
            with suppress(IntegrityError):
                await self._consent_once(joined, frame)
                return
        raise Conflict(f"conversation {joined.conversation!r} keeps changing; try again")

    async def _consent_once(self, joined: Joined, frame: Consent) -> None:
        desk = self._desk
        async with desk.writers() as session:
            before = await conversations.set_consent(session, joined.site, joined.conversation, frame.level)
            key = joined.member.key if joined.member else ""
            if frame.level == "remembered" and joined.member is not None:
                await remember(session, desk.vault, joined.member, desk.clock())
            if frame.level != "remembered" and before == "remembered":
                await forget_earlier(session, joined.site, joined.visitor, joined.conversation, key)
                await members.forget(session, joined.site, key)
                if not key:  # what a member did in the help panel is their work there, and stays with them
                    await helped.forget_reader(session, joined.site, f"visitor:{joined.visitor}")
            if frame.level == "necessary" and before != "necessary":
                await doubts.forget(session, joined.site, joined.conversation)
                await events.forget(session, joined.site, joined.conversation)
            if _LEVELS.index(frame.level) < _LEVELS.index(before):
                await desk.ledger.withdraw(
                    session, joined.site, joined.conversation,
                    by="visitor", now=desk.clock(), kinds=_LEARNED, to=frame.level,
                )  # fmt: skip
            await session.commit()

    async def rate(self, joined: Joined, frame: Rate) -> None:
        """Thumbs for a turn of this conversation; the reason is redacted like all words, under the same names."""
        for _ in range(_TRIES):
            # Another tab may seal something under the same placeholder meanwhile.
            with suppress(IntegrityError):
                await self._rate_once(joined, frame)
                return
        raise Conflict(f"conversation {joined.conversation!r} keeps changing; try again")

    async def _rate_once(self, joined: Joined, frame: Rate) -> None:
        desk = self._desk
        async with desk.readers() as session:
            talk = await conversations.load_talk(session, desk.vault, joined.site, joined.conversation)
        redacted = await desk.in_thread(desk.reader.redact, frame.reason, talk.details)
        async with desk.writers() as session:
            self._seal(session, talk, redacted.sealed)
            await session.flush()
            await conversations.rate(
                session,
                joined.site,
                joined.conversation,
                frame.turn,
                frame.value,
                ": ".join(filter(None, (frame.about.replace("_", " "), redacted.text))),
                desk.clock(),
            )
            if frame.value != "down":
                await forget_rated(session, joined.site, joined.conversation, frame.turn)
            else:
                await note_rated(
                    session,
                    joined.site,
                    joined.conversation,
                    frame.turn,
                    new_id=desk.new_id(),
                    now=desk.clock(),
                )
            await session.commit()
