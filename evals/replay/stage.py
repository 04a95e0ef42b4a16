"""An installation on which one golden conversation plays: real turns, a clock that moves when told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from evals.errors import BadData
from evals.replay.held import LateLooks, put
from evals.replay.rebuilding import Rebuilt, rebuild
from evals.replay.script import Identity, Script, Step
from server.actions import outbox, routing
from server.actions.tables import MailRow
from server.floor import Floor, Joined
from server.frames import Choose, Hello, Page, Say, Submit, Visit
from server.members.signing import demo_key, signed
from server.members.values import member_of
from server.settings import Settings
from server.store.conversations import load_talk
from server.store.tables import DecisionRow
from server.turn import take_turn
from server.wiring import House, build

_SITE = "demo"


@dataclass
class Clock:
    """Stands still until somebody moves it."""

    at: datetime

    def __call__(self) -> datetime:
        return self.at

    def passes(self, span: timedelta) -> None:
        self.at += span


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one step led to, as the stored records tell it."""

    record: Mapping[str, Any]
    """The decision record; empty for a step without a turn."""
    facts: Mapping[str, Any]
    open_question: str | None
    crm: tuple[str, ...]
    crm_statuses: tuple[str, ...]
    mails: tuple[str, ...]
    crm_fields: tuple[str, ...] = ()
    rep: str | None = None

    @property
    def blocks(self) -> list[dict[str, Any]]:
        return list(self.record.get("reply", []))


@dataclass
class Stage:
    """One visitor in one conversation at the demo company's site."""

    house: House
    clock: Clock
    joined: Joined
    floor: Floor
    identity: Identity | None = None
    _acts: int = 0
    _blocks: list[dict[str, Any]] = field(default_factory=list)
    _seen_updates: set[str] = field(default_factory=set)
    _seen_mails: set[str] = field(default_factory=set)

    async def begin_anew(self) -> None:
        """The same house, another visitor."""
        self.joined = await self.floor.join(Hello(type="hello", site=_SITE, consent="conversation"))
        self._blocks = []

    async def play(self, step: Step) -> Outcome:
        """Do what the step says, let every effect and delivery happen, and look."""
        self.clock.passes(timedelta(minutes=step.minutes_later))
        if step.visit is not None:
            page = Page(url=f"https://www.fernway.example{step.visit}")
            await self.floor.visit(self.joined, Visit(type="visit", page=page))
            return await self._look({})
        self._acts += 1
        member = await member_of(
            self.house.desk.members, _SITE, _token(self.house, self.clock, self.identity), self.clock()
        )
        saved = await take_turn(self.house.desk, _SITE, self.joined.conversation, self._frame(step), member)
        assert saved is not None, "the frame's id is fresh, so it can not have been answered before"
        async with self.house.desk.readers() as session:
            row = await session.scalar(select(DecisionRow).where(DecisionRow.turn == saved.turn))
        assert row is not None, "every turn keeps its decision record"
        self._blocks = list(row.record["reply"]) or self._blocks
        await self._settle()
        return await self._look(row.record)

    def _frame(self, step: Step) -> Say | Choose | Submit:
        frame_id = f"golden-{self._acts:04}"
        if step.say is not None:
            return Say(type="say", id=frame_id, text=step.say)
        if step.submit is not None:
            form = self._prompt({"form"})
            return Submit(type="submit", id=frame_id, prompt=form["prompt"], fields=step.submit)
        block = self._prompt({"choices", "slots"})
        value, label = _offered(block, step.choose or "")
        return Choose(type="choose", id=frame_id, prompt=block["prompt"], value=value, label=label)

    def _prompt(self, kinds: set[str]) -> dict[str, Any]:
        """The last block of these kinds in the latest reply that had any blocks."""
        found: dict[str, Any] | None = next(
            (block for block in reversed(self._blocks) if block["kind"] in kinds), None
        )
        if found is None:
            shown = ", ".join(block["kind"] for block in self._blocks) or "nothing"
            raise NothingOffered(f"no {' or '.join(sorted(kinds))} to act on; the reply showed {shown}")
        return found

    async def rebuilt(self) -> Rebuilt:
        """Whether the replies of this conversation can be made again from their records."""
        return await rebuild(self.house, _SITE, self.joined.conversation)

    async def _settle(self) -> None:
        """What workflows would do: run what is due until nothing is."""
        desk, handlers = self.house.desk, self.house.handlers
        async with desk.readers() as session:
            effects = await outbox.due(session, now=self.clock())
        for effect in effects:
            await outbox.run(desk.writers, handlers, effect, clock=self.clock)
        while waiting := await desk.ledger.due(self.clock()):
            for update in waiting:
                await desk.ledger.deliver(update, now=self.clock())

    async def _look(self, record: Mapping[str, Any]) -> Outcome:
        desk, conversation = self.house.desk, self.joined.conversation
        async with desk.readers() as session:
            talk = await load_talk(session, desk.vault, _SITE, conversation)
            kept = await session.scalars(
                select(MailRow).where(MailRow.site == _SITE).order_by(MailRow.sent_at)
            )
            mails = [mail for mail in kept if mail.id not in self._seen_mails]
            route = await routing.of(session, _SITE, conversation)
        updates = [
            update
            for update in reversed(await desk.ledger.updates(_SITE, conversation=conversation))
            if update.id not in self._seen_updates
        ]
        self._seen_updates |= {update.id for update in updates}
        self._seen_mails |= {mail.id for mail in mails}
        held = {fact.name: fact for fact in talk.state.facts}
        return Outcome(
            record=record,
            facts={name: fact.value for name, fact in held.items()},
            open_question=getattr(talk.state.open, "key", None),
            crm=tuple(update.kind for update in updates),
            crm_statuses=tuple(update.status for update in updates),
            crm_fields=tuple(sorted({name for update in updates for name in _fields(update.document)})),
            rep=route.rep if route else None,
            mails=tuple(mail.subject for mail in mails),
        )


class NothingOffered(BadData):
    """A script chooses or submits what the reply before it did not offer."""


@asynccontextmanager
async def a_stage(settings: Settings, script: Script, *, documents: bool = True) -> AsyncIterator[Stage]:
    """The house is built and its documents are in memory; workflows are not launched, `play` does their work."""
    clock = Clock(script.begins)
    house = build(settings, clock=clock)
    if script.held.late:
        house = replace(house, desk=replace(house.desk, crm_looks=LateLooks(patience_s=0.01)))
    try:
        async with house.desk.writers() as session:
            put(session, _SITE, script.held, clock())
            await session.commit()
        if documents:
            await house.desk.library.refresh(_SITE)
        floor = Floor(house.desk)
        hello = Hello(
            type="hello",
            site=_SITE,
            locale=script.locale,
            time_zone=script.time_zone,
            consent=script.consent,
            mode=script.mode,
            identity=_token(house, clock, script.identity),
        )
        yield Stage(house, clock, await floor.join(hello), floor, script.identity)
    finally:
        house.desk.pool.shutdown(wait=True, cancel_futures=True)
        await house.engine.dispose()


def _token(house: House, clock: Clock, identity: Identity | None) -> str | None:
    """As the demo company's product signs it at this moment."""
    if identity is None:
        return None
    said = identity.model_dump(exclude={"user"})
    return signed(demo_key(house.desk.secret), site=_SITE, subject=identity.user, now=clock(), **said)


def _fields(document: Mapping[str, Any]) -> list[str]:
    """What an update would write, the scores aside: they are written with everything."""
    return [f"{each['object']}.{each['name']}" for each in document["fields"] if each["how"] != "scored"]


def _offered(block: dict[str, Any], wanted: str) -> tuple[str, str]:
    """Value and label of what the block offers under that name."""
    if block["kind"] == "slots":
        offered = [(slot["value"], slot["label"]) for day in block["days"] for slot in day["slots"]]
    else:
        offered = [(choice["value"], choice["label"]) for choice in block["choices"]]
    if not offered:
        raise NothingOffered("the last prompt offers nothing")
    if wanted in {"first", "last"}:
        return offered[0] if wanted == "first" else offered[-1]
    found = next(((value, label) for value, label in offered if wanted in {value, label}), None)
    if found is None:
        raise NothingOffered(
            f"{wanted!r} was not offered; there were {', '.join(label for _, label in offered)}"
        )
    return found
