"""Who waits for whom: no second attempt begins while a call of the first may still take effect."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

import crm_sync.remote.tables  # noqa: F401  its tables are made with the room's
from crm_sync.errors import ProviderBusy, ProviderOccupied, ProviderRefused, ProviderUnfinished
from crm_sync.remote import leases
from crm_sync.remote.engine import RemoteCrm
from crm_sync.remote.tables import RemoteLeaseRow
from crm_sync.values import Order, Write
from tests.support.crm import NOW, TALK, Room, a_room
from tests.support.crm_worlds.memory import world_of
from tests.support.fakes.memory_crm import MemoryCrm
from tests.support.remote_crm import a_remote_crm

KEY = "a" * 64
SITE = "slow"
EFFECTS = ("create", "change", "tie", "enter")


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    async with a_room("sqlite+aiosqlite://") as made:
        yield made


class Clock:
    """A time that only moves when it is told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def an_order() -> Order:
    writes = (Write("contact", "job_title", "Lead"), Write("deal", "name", "Crews"))
    return Order(
        site=SITE,
        kind="facts.learned",
        conversation=TALK,
        by="email",
        match="ada@lifts.example",
        writes=writes,
        activity={"type": "note", "subject": "Chat", "body": "Asked", "at": NOW.isoformat()},
        document={},
        occurred_at=NOW,
    )


async def a_crm(room: Room, clock: Clock) -> tuple[MemoryCrm, RemoteCrm]:
    crm = MemoryCrm()
    made = await a_remote_crm(world_of(crm), room.sessions)
    return crm, RemoteCrm(crm, made.mapping.file, room.sessions, clock=clock)


async def test_no_second_attempt_begins_while_a_call_hangs(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_PAUSES", (0.0,))
    clock = Clock()
    crm, engine = await a_crm(room, clock)
    hung: list[str] = []

    for name in EFFECTS:
        monkeypatch.setattr(crm, name, _hanging(crm, name, clock, engine, hung))
    await engine.apply(an_order(), KEY)

    assert {"create", "enter"} <= set(hung)
    assert len(crm.records["contact"]) == 1


def _hanging(crm: MemoryCrm, name: str, clock: Clock, engine: RemoteCrm, hung: list[str]) -> Any:
    """Every call takes almost as long as one may, and somebody else comes meanwhile."""
    there = getattr(crm, name)

    async def slow(*args: Any, **named: Any) -> Any:
        clock.now += timedelta(seconds=crm.longest_call_s - 1)
        with pytest.raises(ProviderOccupied, match="at work on the same update"):
            await engine.apply(an_order(), KEY)
        hung.append(name)
        return await there(*args, **named)

    return slow


async def test_what_took_too_long_keeps_its_lease_until_it_can_not_take_effect_any_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leases, "_PAUSES", (0.0,))
    clock = Clock()
    crm, engine = await a_crm(room, clock)
    create, crm.longest_call_s = crm.create, 0.01

    async def never(*_args: Any, **_named: Any) -> Any:
        await asyncio.Event().wait()

    monkeypatch.setattr(crm, "create", never)
    with pytest.raises(ProviderUnfinished, match=r"longer than 0\.01 s"):
        await engine.apply(an_order(), KEY)
    monkeypatch.setattr(crm, "create", create)
    crm.longest_call_s = 60.0
    with pytest.raises(ProviderOccupied):
        await engine.apply(an_order(), KEY)
    clock.now += leases.LASTS
    await engine.apply(an_order(), KEY)

    assert len(crm.records["contact"]) == 1


async def test_a_call_that_was_answered_lets_go_at_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    crm, engine = await a_crm(room, Clock())

    async def refuses(*_args: Any, **_named: Any) -> Any:
        raise ProviderRefused("No.")

    monkeypatch.setattr(crm, "create", refuses)
    with pytest.raises(ProviderRefused):
        await engine.apply(an_order(), KEY)

    async with room.sessions() as session:
        assert (await session.scalars(select(RemoteLeaseRow))).all() == []


async def test_an_attempt_whose_lease_is_lost_does_not_begin_its_next_call(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    crm, engine = await a_crm(room, clock)
    find = crm.find

    async def slow(*args: Any, **named: Any) -> Any:
        clock.now += leases.LASTS
        thief = leases.Lease(room.sessions, clock, SITE, "memory")
        await thief.take(f"key:{KEY}")
        return await find(*args, **named)

    monkeypatch.setattr(crm, "find", slow)
    with pytest.raises(ProviderBusy, match="took over"):
        await engine.apply(an_order(), KEY)

    assert crm.records["contact"] == {}
