"""What happens to a conversation outside a turn: joining, visits, consent, ratings, and people of the company."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.proposals import Kind
from intents.values import Sealed
from server.actions import handoff, outbox
from server.desk import Desk
from server.dialogue.phrases import phrase
from server.dialogue.prompts import OpenForm
from server.dialogue.values import State, page_path
from server.doubting import note_rated
from server.errors import Conflict, FrontdeskError, NotFound
from server.frames import Consent, Hello, Message, Rate, Visit
from server.store import conversations, doubts, groups
from server.store.conversations import Entry, Talk
from server.store.history import forget_earlier

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


class _Needless(Exception):
    """What was to be said has become pointless meanwhile."""


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
            await self._place(session, hello.site, visitor, conversation, now)
            if hello.page is not None:
                await conversations.note_visit(session, hello.site, conversation, page_path(hello.page.url))
            talk = await conversations.load_talk(session, desk.vault, hello.site, conversation)
            await session.commit()
        token = self._tokens.dumps([hello.site, visitor])
        return Joined(hello.site, visitor, conversation, token, talk.consent, talk.head)

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
        desk = self._desk
        async with desk.writers() as session:
            before = await conversations.set_consent(session, joined.site, joined.conversation, frame.level)
            if frame.level != "remembered" and before == "remembered":
                await forget_earlier(session, joined.site, joined.visitor, joined.conversation)
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
            self._seal(session, talk, redacted.sealed)
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

        async def join(session: AsyncSession, _note: str) -> None:
            now = self._desk.clock()
            # Nobody may have asked for a person; a rep may step in all the same.
            with suppress(NotFound):
                await handoff.join(session, site, conversation, login, now=now)
            await handoff.note_step(session, site, conversation, "joined", by=login, now=now)

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

    async def transfer(self, site: str, conversation: str, login: str, to: str, note: str = "") -> None:
        """Give the conversation to a colleague, with a word for them that the visitor does not see.

        One that nobody has taken is meant for them from now on.
        """
        if to == login:
            raise FrontdeskError("that is you; choose a colleague", code="same_person")
        company = self._desk.playbooks.of_or_default(site).site.name
        taken = False

        def given(state: State) -> State:
            nonlocal taken
            taken = state.with_person
            if taken and state.person not in {None, login, to}:
                message = f"{state.person!r} has this conversation; only they can pass it on"
                raise FrontdeskError(message, code="taken", status=409)
            return replace(state, person=to) if taken else state

        async def pass_on(session: AsyncSession, redacted: str) -> None:
            now = self._desk.clock()
            with suppress(NotFound):
                await handoff.transfer(session, site, conversation, to, now=now)
            act: handoff.Act = "transferred" if taken else "assigned"
            await handoff.note_step(session, site, conversation, act, by=login, to=to, note=redacted, now=now)

        words = await self._phrase(site, conversation, "person_changed", company=company)

        def line(state: State) -> Line | None:
            return Line(words, "system", company, login) if state.with_person else None

        await self._append(site, conversation, line, given, pass_on, note=note.strip())

    async def hand_back(self, site: str, conversation: str, login: str) -> None:
        """The assistant answers again."""

        async def close(session: AsyncSession, _note: str) -> None:
            now = self._desk.clock()
            with suppress(NotFound):
                await handoff.close(session, site, conversation, now=now)
            await handoff.note_step(session, site, conversation, "handed_back", by=login, now=now)

        def given_back(state: State) -> State:
            return replace(state, with_person=False, person=None, person_wanted=False)

        words = await self._phrase(site, conversation, "person_left")
        line = Line(words, "system", None, login)
        await self._append(site, conversation, line, given_back, close)

    async def nobody_came(self, site: str, conversation: str) -> bool:
        """Tell the visitor that nobody could join in time; False when somebody has, or they wait no longer."""
        without = await self._phrase(site, conversation, "handoff_late")
        asking = await self._phrase(site, conversation, "handoff_late_email")

        def waits(state: State) -> State:
            if state.with_person or not state.person_wanted:
                raise _Needless
            # An address typed now is the answer's, unless something else is being asked.
            is_asked = state.open is None and not state.known("email")
            return replace(state, open=OpenForm(self._desk.new_id(), "handoff")) if is_asked else state

        def line(state: State) -> Line:
            return Line(without if state.known("email") else asking, "system", None, "")

        async def as_task(session: AsyncSession, _note: str) -> None:
            now = self._desk.clock()
            if await handoff.nobody_came(session, site, conversation, now=now) is None:
                raise _Needless
            await handoff.note_step(session, site, conversation, "nobody_came", now=now)

        try:
            await self._append(site, conversation, line, waits, as_task)
        except _Needless:
            return False
        return True

    async def _phrase(self, site: str, conversation: str, name: str, **values: str) -> str:
        """A fixed sentence in the conversation's language."""
        async with self._desk.readers() as session:
            return phrase(name, values, await self._desk.language_of(session, site, conversation))

    async def _append(
        self,
        site: str,
        conversation: str,
        line: Line | Callable[[State], Line | None],
        change: Callable[[State], State],
        also: Callable[[AsyncSession, str], Awaitable[None]],
        note: str = "",
    ) -> None:
        """Log one message that no turn wrote, with what goes with it, in one transaction on what stands now.

        `note` is for colleagues: `also` gets it redacted.
        """
        async with self._desk.turnstile.through(conversation):
            for _ in range(_TRIES):
                with suppress(Conflict):
                    effects = await self._append_once(site, conversation, line, change, also, note)
                    break
            else:
                raise Conflict(f"conversation {conversation!r} keeps changing; try again")
        self._desk.hub.wake(conversation)
        await self._desk.starter.effects(effects)

    async def _append_once(
        self,
        site: str,
        conversation: str,
        line: Line | Callable[[State], Line | None],
        change: Callable[[State], State],
        also: Callable[[AsyncSession, str], Awaitable[None]],
        note: str,
    ) -> tuple[str, ...]:
        desk = self._desk
        async with desk.readers() as session:
            talk = await conversations.load_talk(session, desk.vault, site, conversation)
        state = change(talk.state)
        said = line(state) if callable(line) else line
        text = said.text if said else ""
        redacted = await desk.in_thread(desk.reader.redact, text, talk.details)
        known = {**talk.details, **{one.placeholder: one.value for one in redacted.sealed}}
        noted = await desk.in_thread(desk.reader.redact, note, known)
        now = desk.clock()
        async with desk.writers() as session:
            self._seal(session, talk, (*redacted.sealed, *noted.sealed))
            await also(session, noted.text)
            entries = [_entry(said, redacted.text, desk.new_id(), now)] if said else []
            await conversations.save_talk(session, talk, state=state, entries=entries, now=now)
            effects = outbox.take_queued(session)
            await session.commit()
        return effects

    def _seal(self, session: AsyncSession, talk: Talk, sealed: Sequence[Sealed]) -> None:
        """Keep the details that the vault does not have yet."""
        fresh = {one.placeholder: one for one in sealed if one.placeholder not in talk.details}
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


def _entry(line: Line, text: str, message_id: str, now: datetime) -> Entry:
    message = Message(seq=0, id=message_id, author=line.author, text=text, at=now, name=line.name)
    body = message.model_dump(mode="json", exclude={"seq"})
    return Entry("message", body, message=message.id, by=line.login or None)


async def _nothing(_session: AsyncSession, _note: str) -> None:
    """Nothing goes with it."""
