"""An order and its undoing, interrupted at every single step and repeated: one effect, and the prior state restored."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

import crm_sync.remote.tables  # noqa: F401  its tables are made with the room's
from crm_sync.errors import ProviderBusy
from crm_sync.remote import leases
from crm_sync.remote.engine import RemoteCrm
from crm_sync.remote.journal import Journal
from crm_sync.values import Effect, Order, Write
from tests.support.crm import NOW, TALK, Room, a_room
from tests.support.crm_worlds.memory import world_of
from tests.support.fakes.memory_crm import MemoryCrm
from tests.support.fakes.served import Fault
from tests.support.remote_crm import a_remote_crm

KEY, OLD = "a" * 64, "b" * 64
LATER = NOW.replace(day=3)


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with a_room("sqlite+aiosqlite://") as made:
        yield made


def an_order(site: str, *writes: Write, start: Any = NOW, **changes: Any) -> Order:
    activity = {
        "type": "meeting",
        "subject": f"Demo on {start:%d %B}",
        "body": "By video",
        "at": NOW.isoformat(),
        "meeting": {
            "ref": "booking-1",
            "start": start.isoformat(),
            "end": start.replace(hour=11).isoformat(),
            "zone": "UTC",
            "state": "confirmed",
        },
        "task": {"title": "Prepare the demo", "due": None, "priority": "high"},
    }
    values: dict[str, Any] = {
        "site": site,
        "kind": "meeting.booked",
        "conversation": TALK,
        "by": "email",
        "match": "ada@lifts.example",
        "writes": writes,
        "activity": activity,
        "document": {},
        "occurred_at": NOW,
    }
    return Order(**{**values, **changes})


WRITES = (
    Write("contact", "name", "Ada Byron"),
    Write("contact", "job_title", "Operations lead"),
    Write("company", "team_size", 40),
    Write("deal", "seats", 40),
    Write("deal", "plan", "Team"),
)


async def an_empty_crm(room: Room, site: str) -> tuple[MemoryCrm, RemoteCrm]:
    crm = MemoryCrm()
    return crm, await a_remote_crm(world_of(crm), room.sessions)


async def a_used_crm(room: Room, site: str) -> tuple[MemoryCrm, RemoteCrm]:
    """The contact and her company are there, and our own update before this one booked the meeting."""
    crm, engine = await an_empty_crm(room, site)
    crm.records["contact"]["p1"] = {
        "Mail": "Ada@Lifts.example",
        "First": "Ada",
        "Last": "Byron",
        "Phone": "123",
    }
    crm.records["company"]["p2"] = {"Name": "Lifts", "Domain": "lifts.example", "Industry": "Lifts"}
    before = (Write("contact", "job_title", "Technician"), Write("deal", "seats", 12))
    await engine.apply(an_order(site, *before, start=LATER), OLD)
    return crm, engine


async def a_nameless_crm(room: Room, site: str) -> tuple[MemoryCrm, RemoteCrm]:
    """Our own update before this one made a company without a name, which the address gives it now."""
    crm, engine = await an_empty_crm(room, site)
    early = an_order(site, Write("company", "industry", "Lifts"), start=LATER, by="conversation", match=TALK)
    await engine.apply(early, OLD)
    return crm, engine


PLACES = {"empty": an_empty_crm, "nameless": a_nameless_crm, "used": a_used_crm}


def state(crm: MemoryCrm) -> dict[str, Any]:
    held: dict[str, Any] = {record: dict(values) for record, values in crm.records.items()}
    return copy.deepcopy({**held, "ties": sorted(crm.ties), "entries": dict(crm.entries)})


class Crash(Exception):
    """The process is gone."""


class Steps:
    """Crashes after one of the calls that have an effect, or of the saves of the journal."""

    def __init__(self, crm: MemoryCrm, monkeypatch: pytest.MonkeyPatch, step: int) -> None:
        self.left = step
        for name in ("save", "finish", "undone"):
            monkeypatch.setattr(Journal, name, self.crashing(getattr(Journal, name)))
        monkeypatch.setattr(crm, "_after", self.called)

    def crashing(self, save: Any) -> Any:
        async def crash(journal: Journal, *args: Any) -> Any:
            saved = await save(journal, *args)
            self.strike()
            return saved

        return crash

    def called(self, call: str) -> None:
        if not call.startswith(("find", "read", "tied")):
            self.strike()

    def strike(self) -> None:
        self.left -= 1
        if self.left == -1:
            raise Crash


@pytest.mark.parametrize("place", sorted(PLACES))
async def test_an_order_interrupted_at_any_step_has_one_effect_when_repeated(
    room: Room, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm, engine = await PLACES[place](room, "whole")
    before = state(crm)
    expected = await engine.apply(an_order("whole", *WRITES), KEY)
    wanted = state(crm)

    for step in range(1_000):
        site = f"{place}-{step}"
        crm, engine = await PLACES[place](room, site)
        with monkeypatch.context() as patched:
            Steps(crm, patched, step)
            crashed = await _apply(engine, site) is None
        effect = await engine.apply(an_order(site, *WRITES), KEY)

        assert state(crm) == wanted, f"crashed at step {step}"
        assert effect == expected, f"crashed at step {step}"
        assert (await engine.undo(site, effect, KEY)).outcome == "undone"
        assert state(crm) == before, f"crashed at step {step}, then undone"
        if not crashed:
            break
    assert step > 10


@pytest.mark.parametrize("place", sorted(PLACES))
async def test_an_undo_interrupted_at_any_step_ends_the_same_when_repeated(
    room: Room, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(1_000):
        site = f"{place}-{step}"
        crm, engine = await PLACES[place](room, site)
        before = state(crm)
        effect = await engine.apply(an_order(site, *WRITES), KEY)
        with monkeypatch.context() as patched:
            Steps(crm, patched, step)
            crashed = await _undo(engine, site, effect)
        result = await engine.undo(site, effect, KEY)

        assert result.outcome == "undone"
        assert state(crm) == before, f"crashed at step {step}"
        if not crashed:
            break
    assert step > 5


async def test_what_somebody_typed_between_two_attempts_stays(room: Room) -> None:
    crm, engine = await a_used_crm(room, "typed")
    crm.faults.waiting.append(Fault(503, {}, path="change/contact"))
    with pytest.raises(ProviderBusy):
        await engine.apply(an_order("typed", *WRITES), KEY)
    crm.edit("contact", "p1", "Title", "Managing director")

    effect = await engine.apply(an_order("typed", *WRITES), KEY)

    assert crm.records["contact"]["p1"]["Title"] == "Managing director"
    assert "Kept contact.job_title: somebody typed it in memory." in effect.notes
    assert "job_title" not in {change.field for change in effect.changes}


async def test_a_worker_that_died_is_waited_for_and_then_replaced(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    crm, engine = await an_empty_crm(room, "died")
    monkeypatch.setattr(leases, "_PAUSES", (0.0,))
    dead = leases.Lease(room.sessions, lambda: NOW, "died", "memory")
    await dead.take(f"key:{KEY}")

    with pytest.raises(ProviderBusy, match="Another attempt is at work on the same update"):
        await engine.apply(an_order("died", *WRITES), KEY)
    later = RemoteCrm(crm, engine.mapping.file, room.sessions, clock=lambda: NOW + leases.LASTS)
    await later.apply(an_order("died", *WRITES), KEY)

    assert len(crm.records["contact"]) == 1


async def test_an_attempt_whose_lease_was_taken_over_writes_nothing_more(room: Room) -> None:
    crm, engine = await an_empty_crm(room, "slow")
    create = crm.create

    async def slow(*args: Any, **kwargs: Any) -> Any:
        thief = leases.Lease(room.sessions, lambda: NOW + leases.LASTS, "slow", "memory")
        await thief.take(f"key:{KEY}")
        return await create(*args, **kwargs)

    crm.create = slow  # type: ignore[method-assign]
    with pytest.raises(ProviderBusy, match="took over"):
        await engine.apply(an_order("slow", *WRITES), KEY)

    assert crm.records["deal"] == {}


async def _apply(engine: RemoteCrm, site: str) -> Effect | None:
    try:
        return await engine.apply(an_order(site, *WRITES), KEY)
    except Crash:
        return None


async def _undo(engine: RemoteCrm, site: str, effect: Effect) -> bool:
    try:
        await engine.undo(site, replace(effect), KEY)
    except Crash:
        return True
    return False
