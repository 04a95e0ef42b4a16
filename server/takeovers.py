"""People of the company in a conversation: joining, writing, passing on, handing back; nobody speaks over them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from intents.values import Sealed
from server.actions import handoff, outbox, routing
from server.desk import Desk
from server.dialogue.phrases import phrase
from server.dialogue.prompts import OpenForm
from server.dialogue.values import State
from server.errors import Conflict, FrontdeskError, NotFound
from server.frames import Message
from server.moves.people import rep_of_login
from server.store import conversations
from server.store.collisions import is_collision
from server.store.conversations import Entry, Talk

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One message that no turn wrote."""

    text: str
    author: Literal["person", "system"]
    name: str | None
    """Whom the visitor talks with from here on; None is the assistant."""
    login: str
    client_id: str | None = None
    """Of the frame that this answers: its receipt."""


class _Needless(Exception):
    """What was to be said has become pointless meanwhile."""


class Takeovers:
    """What people of the company do in a conversation; each is one short transaction and a wake-up."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def shown_as(self, site: str) -> str:
        """Under which name visitors see whoever answers them."""
        return self._desk.playbooks.of_or_default(site).site.name

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
            rep = self._rep_of(site, to)
            if rep is not None:
                given_by = f"{login} gave it to {to}"
                await routing.move(
                    session, site, conversation, rep, given_by, now=now, id=self._desk.new_id()
                )
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

    def _rep_of(self, site: str, login: str) -> str | None:
        """The rep of the playbook whose account this is."""
        rules = self._desk.playbooks.of_or_default(site).routing
        found = rep_of_login(rules.reps, login) if rules else None
        return found.key if found else None

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
                try:
                    effects = await self._append_once(site, conversation, line, change, also, note)
                    break
                except (Conflict, DBAPIError) as error:
                    if not is_collision(error):
                        raise
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
        redacted = await desk.in_thread(desk.reader.redact_own, text, talk.details)
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


def _taken_by(login: str) -> Callable[[State], State]:
    def take(state: State) -> State:
        if state.person not in {None, login}:
            # Not `Conflict`: trying again would not help.
            message = f"{state.person!r} has this conversation already; ask them to hand it back first"
            raise FrontdeskError(message, code="taken", status=409)
        return replace(state, with_person=True, person=login)

    return take


def _entry(line: Line, text: str, message_id: str, now: datetime) -> Entry:
    message = Message(
        seq=0, id=message_id, author=line.author, text=text, at=now, name=line.name, client_id=line.client_id
    )
    body = message.model_dump(mode="json", exclude={"seq"})
    return Entry("message", body, message=message.id, by=line.login or None, client_id=line.client_id)


async def _nothing(_session: AsyncSession, _note: str) -> None:
    """Nothing goes with it."""
