"""What a recovered installation holds, and what of it should not be there or is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from crm_sync.tables import ActivityRow, UpdateRow
from evals.benches.crashing.world import CALENDAR, World
from server.actions import calendar
from server.actions.tables import (
    CartRow,
    EffectRow,
    HandoffRow,
    MailRow,
    MeetingCellRow,
    MeetingHoldRow,
    MeetingRow,
    TrialRow,
)

Things = Counter[str]


@dataclass(frozen=True)
class Found:
    """Countable things, named so that two runs of one saga name them alike; and what contradicts itself."""

    things: Things
    orphans: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {"things": dict(self.things), "orphans": list(self.orphans)}


async def look(world: World) -> Found:
    """Count everything that a saga leaves, in the database and outside."""
    async with world.sessions() as session:
        meetings = list(await session.scalars(select(MeetingRow)))
        cells = Counter(await session.scalars(select(MeetingCellRow.meeting)))
        kept = list(await session.scalars(select(MeetingHoldRow.id)))
        effects = list(await session.scalars(select(EffectRow)))
        mails = list(await session.scalars(select(MailRow.subject)))
        trials = list(await session.scalars(select(TrialRow)))
        carts = list(await session.scalars(select(CartRow)))
        wishes = list(await session.scalars(select(HandoffRow.reason)))
        activities = list(await session.scalars(select(ActivityRow)))
        updates = list(await session.scalars(select(UpdateRow)))
    things: Things = Counter()
    things.update(f"meeting {row.state} {row.rep} {row.starts_at:%d %H:%M}" for row in meetings)
    things.update(f"effect {row.kind} {row.status}" for row in effects)
    things.update(f"mail {subject}" for subject in mails)
    things.update(f"crm activity {row.subject}" for row in activities)
    things.update(f"crm update {row.kind} {row.status}" for row in updates)
    things.update(f"trial {row.state} {row.provision} {row.activated_at is not None}" for row in trials)
    things.update(f"cart {row.state} {row.paid_at is not None}" for row in carts)
    things.update(f"hand-over: {reason}" for reason in wishes)
    things["trials in the product"] = len(world.product.trials())
    things["payments"] = len(world.till.payments())
    things["files in the outbox"] = len(list((world.folder / "outbox").glob("*.eml")))
    events = [(rep, event) for rep, own in world.calendars.by_rep.items() for event in own.events()]
    things.update(f"event {rep} {event['start'][8:16]}" for rep, event in events)
    orphans = (
        *_cells(meetings, cells),
        *(f"hold {each}" for each in kept),
        *(f"meeting {row.id} is held still" for row in meetings if row.state == "held"),
        *(
            f"event of {event['uid']} with {rep}"
            for rep, event in events
            if not _belongs(meetings, rep, event)
        ),
        *(f"no event of {row.uid}" for row in meetings if not _has_event(row, events)),
        *_sold(trials, carts, world),
        *(f"effect {row.kind} is {row.status}" for row in effects if _hangs(row, effects, world.clock())),
    )
    return Found(things, orphans)


def _cells(meetings: list[MeetingRow], cells: Counter[str]) -> list[str]:
    """Cells of nobody, and meetings without theirs."""
    standing = {row.id: row for row in meetings if row.state == "confirmed"}
    wrong = [f"cells of {owner}" for owner in cells if owner not in standing]
    for row in standing.values():
        whole = calendar.cells(calendar.held(CALENDAR.type(row.meeting_type), row.starts_at))
        if cells[row.id] != len(whole):
            wrong.append(f"{cells[row.id]} cells of {row.id} instead of {len(whole)}")
    return wrong


def _belongs(meetings: list[MeetingRow], rep: str, event: dict[str, Any]) -> bool:
    return any(
        row.uid == event["uid"]
        and row.state == "confirmed"
        and row.rep == rep
        and row.starts_at == datetime.fromisoformat(event["start"])
        for row in meetings
    )


def _has_event(row: MeetingRow, events: list[tuple[str, dict[str, Any]]]) -> bool:
    if row.state != "confirmed" or row.calendar_state == "none":
        return True
    return (row.rep, row.uid) in [(rep, event["uid"]) for rep, event in events]


def _sold(trials: list[TrialRow], carts: list[CartRow], world: World) -> Iterator[str]:
    """Trials and payments that one side knows and the other does not."""
    ready = {row.external_id for row in trials if row.provision == "ready"}
    for name in ready ^ set(world.product.trials()):
        yield f"trial {name} is with one side only"
    yield from (f"trial {row.id} is {row.provision}" for row in trials if row.provision == "waiting")
    paid = {row.payment for row in carts if row.paid_at is not None}
    for name in paid ^ {payment["id"] for payment in world.till.payments()}:
        yield f"payment {name} is with one side only"


def _hangs(row: EffectRow, effects: list[EffectRow], now: datetime) -> bool:
    """Given up without compensation, or waiting for nothing: what is to be done days later may wait."""
    if row.status == "done":
        return False
    if row.status == "failed":
        return (f"{row.key}:failed", "done") not in [(each.key, each.status) for each in effects]
    return row.status != "queued" or row.next_attempt_at <= now + timedelta(minutes=1)
