"""What happens to a conversation outside a turn: joining, visits, consent, ratings, and people of the company."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.proposals import Kind
from intents.values import Redacted
from server.actions import handoff
from server.desk import Desk
from server.dialogue.phrases import phrase
from server.dialogue.values import State, page_path
from server.doubting import note_rated
from server.errors import Conflict, FrontdeskError, NotFound
from server.frames import Consent, Hello, Message, Rate, Visit
from server.store import conversations, doubts
from server.store.conversations import Entry, Talk

_TRIES = 5
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


@dataclass(frozen=True, slots=True)
class Line:
    """One message that no turn wrote."""

    text: str
    author: Literal["person", "system"]
    name: str | None
    """Whom the visitor talks with from here on; None is the assistant."""
    login: str


class Floor:
    """The moments of a conversation that are not a turn; each is one short transaction and a wake-up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tokens = URLSafeSerializer(desk.secret, salt="frontdesk.visitor")

    async def join(self, hello: Hello) -> Joined:
        """Find or begin the visitor's conversation; a token that is not ours begins a new visitor."""
        desk = self._desk
        desk.playbooks.of(hello.site)
        visitor = self._visitor(hello) or desk.new_id()
        now = desk.clock()
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
            )
            await session.flush()
            if hello.page is not None:
                await conversations.note_visit(session, hello.site, conversation, page_path(hello.page.url))
            talk = await conversations.load_talk(session, desk.vault, hello.site, conversation)
            await session.commit()
        token = self._tokens.dumps([hello.site, visitor])
        return Joined(hello.site, visitor, conversation, token, talk.consent, talk.head)

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
        desk = self._desk
        async with desk.writers() as session:
            before = await conversations.set_consent(session, joined.site, joined.conversation, frame.level)
            if frame.level == "necessary" and before != "necessary":
                await doubts.forget(session, joined.site, joined.conversation)
                await desk.ledger.withdraw(
                    session, joined.site, joined.conversation, by="visitor", now=desk.clock(), kinds=_LEARNED
                )
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
            self._seal(session, talk, redacted)
            await session.flush()
            await conversations.rate(
                session,
                joined.site,
                joined.conversation,
                frame.turn,
                frame.value,
                redacted.text,
                desk.clock(),
            )
            if frame.value == "down":
                await note_rated(
                    session,
                    joined.site,
                    joined.conversation,
                    frame.turn,
                    new_id=desk.new_id(),
                    now=desk.clock(),
                )
            await session.commit()

    async def take_over(self, site: str, conversation: str, login: str) -> None:
        """From now on this person answers, and the assistant stays quiet; `Conflict` when a colleague does already."""
        company = self._desk.playbooks.of_or_default(site).site.name

        async def join(session: AsyncSession) -> None:
            # Nobody may have asked for a person; a rep may step in all the same.
            with suppress(NotFound):
                await handoff.join(session, site, conversation, login, now=self._desk.clock())

        words = await self._phrase(site, conversation, "person_joined", company=company)
        line = Line(words, "system", company, login)
        await self._append(site, conversation, line, _taken_by(login), join)

    async def say_as_person(self, site: str, conversation: str, login: str, text: str) -> None:
        """Say `text` to the visitor in the name of the company; the first words take the conversation over."""
        if not text.strip():
            raise FrontdeskError("the message is empty; write something first", code="empty")
        company = self._desk.playbooks.of_or_default(site).site.name
        line = Line(text.strip(), "person", company, login)
        await self._append(site, conversation, line, _taken_by(login), _nothing)

    async def hand_back(self, site: str, conversation: str, login: str) -> None:
        """The assistant answers again."""

        async def close(session: AsyncSession) -> None:
            with suppress(NotFound):
                await handoff.close(session, site, conversation, now=self._desk.clock())

        def given_back(state: State) -> State:
            return replace(state, with_person=False, person=None, person_wanted=False)

        words = await self._phrase(site, conversation, "person_left")
        line = Line(words, "system", None, login)
        await self._append(site, conversation, line, given_back, close)

    async def _phrase(self, site: str, conversation: str, name: str, **values: str) -> str:
        """A fixed sentence in the conversation's language."""
        async with self._desk.readers() as session:
            return phrase(name, values, await self._desk.language_of(session, site, conversation))

    async def _append(
        self,
        site: str,
        conversation: str,
        line: Line,
        change: Callable[[State], State],
        also: Callable[[AsyncSession], Awaitable[None]],
    ) -> None:
        """Log one message that no turn wrote, with what goes with it, in one transaction on what stands now."""
        async with self._desk.turnstile.through(conversation):
            for _ in range(_TRIES):
                with suppress(Conflict):
                    await self._append_once(site, conversation, line, change, also)
                    break
            else:
                raise Conflict(f"conversation {conversation!r} keeps changing; try again")
        self._desk.hub.wake(conversation)

    async def _append_once(
        self,
        site: str,
        conversation: str,
        line: Line,
        change: Callable[[State], State],
        also: Callable[[AsyncSession], Awaitable[None]],
    ) -> None:
        desk = self._desk
        async with desk.readers() as session:
            talk = await conversations.load_talk(session, desk.vault, site, conversation)
        state = change(talk.state)
        redacted = await desk.in_thread(desk.reader.redact, line.text, talk.details)
        now = desk.clock()
        message = Message(
            seq=0, id=desk.new_id(), author=line.author, text=redacted.text, at=now, name=line.name
        )
        body = message.model_dump(mode="json", exclude={"seq"})
        async with desk.writers() as session:
            self._seal(session, talk, redacted)
            await also(session)
            entry = Entry("message", body, message=message.id, by=line.login)
            await conversations.save_talk(session, talk, state=state, entries=[entry], now=now)
            await session.commit()

    def _seal(self, session: AsyncSession, talk: Talk, redacted: Redacted) -> None:
        """Keep the details that the vault does not have yet."""
        fresh = {one.placeholder: one for one in redacted.sealed if one.placeholder not in talk.details}
        details = [(mark, one.kind, one.value) for mark, one in fresh.items()]
        now = self._desk.clock()
        self._desk.vault.seal(session, site=talk.site, conversation=talk.id, details=details, now=now)

    def _visitor(self, hello: Hello) -> str | None:
        if hello.visitor_token is None:
            return None
        try:
            site, visitor = self._tokens.loads(hello.visitor_token)
        except (BadSignature, ValueError, TypeError):
            return None
        return str(visitor) if site == hello.site else None


def _taken_by(login: str) -> Callable[[State], State]:
    def take(state: State) -> State:
        if state.person not in {None, login}:
            # Not `Conflict`: trying again would not help.
            message = f"{state.person!r} has this conversation already; ask them to hand it back first"
            raise FrontdeskError(message, code="taken", status=409)
        return replace(state, with_person=True, person=login)

    return take


async def _nothing(_session: AsyncSession) -> None:
    """Nothing goes with it."""
