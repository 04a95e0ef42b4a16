"""Two hundred visitors want the same half-hour; one gets it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from evals.benches import booking as bench
from server.actions import booking, outbox, trial
from server.actions.errors import SlotTaken
from server.actions.goods import TrialRequest, TrialTerms
from server.actions.tables import MeetingRow
from server.actions.values import Effect, FreeSlot, Meeting
from server.store.engine import open_engine, open_sessions
from tests.support.actions_world import (
    CALENDAR,
    MONDAY,
    World,
    a_request,
    a_world,
    berlin_slot,
    booked,
    new_id,
)
from tests.support.postgres import url

__all__ = ["url"]


async def attempt(sessions: async_sessionmaker[AsyncSession], slot: FreeSlot, key: str) -> str:
    try:
        async with sessions.begin() as session:
            await booking.book(session, a_request(slot, key=key), CALENDAR, now=MONDAY, id=new_id())
    except SlotTaken:
        return "taken"
    return "booked"


async def race(url: str, slots: list[FreeSlot], *, engines: int = 4) -> Counter[str]:
    """Book every slot at once, the attempts dealt out to engines that share nothing but the database."""
    opened = [open_engine(url) for _ in range(engines)]
    sessions = [open_sessions(engine) for engine in opened]
    try:
        results = await asyncio.gather(
            *(
                attempt(sessions[number % engines], slot, f"visitor-{number}")
                for number, slot in enumerate(slots)
            )
        )
    finally:
        for engine in opened:
            await engine.dispose()
    return Counter(results)


async def overlaps(url: str) -> int:
    """Meetings of one rep, buffers included, that share a minute."""
    engine = open_engine(url)
    async with open_sessions(engine)() as session:
        rows = list((await session.scalars(select(MeetingRow))).all())
    await engine.dispose()
    rows.sort(key=lambda row: (row.rep, row.held_from))
    return sum(one.rep == two.rep and two.held_from < one.held_until for one, two in pairwise(rows))


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path, url) as made:
        yield made


async def test_sixty_at_once_for_one_time_give_one_meeting(world: World, url: str) -> None:
    results = await race(url, [berlin_slot(10)] * 60)

    assert results == {"booked": 1, "taken": 59}


def test_two_hundred_from_several_processes_for_one_time_give_one_meeting(url: str) -> None:
    report = bench.run(
        lambda _line: None, attempts=200, slots=1, processes=4, database=url, beside_peer=False
    )

    assert report.figures["booked"] == 1
    assert report.figures["taken"] == 199
    assert report.figures["overlaps"] == 0


async def test_a_crowd_over_neighbouring_times_never_overlaps(world: World, url: str) -> None:
    half_hours = [
        FreeSlot(start, start + timedelta(minutes=30), rep)
        for rep in ("ada", "ben")
        for start in (berlin_slot(9).start + timedelta(minutes=30 * count) for count in range(6))
    ]

    results = await race(url, half_hours * 5)

    # Of six neighbours in a row at least two can stand, whoever comes first.
    assert results["booked"] >= 4
    assert await overlaps(url) == 0


async def test_meetings_that_swap_places_at_once_neither_deadlock_nor_overlap(world: World, url: str) -> None:
    ada, ben = await booked(world, berlin_slot(10)), await booked(world, berlin_slot(14), key="message-2")

    async def move(meeting: Meeting, slot: FreeSlot) -> str:
        try:
            async with world.sessions.begin() as session:
                await booking.move(session, "demo", meeting.id, slot, CALENDAR, now=MONDAY)
        except SlotTaken:
            return "taken"
        return "moved"

    for _ in range(5):
        await asyncio.gather(
            move(ada, berlin_slot(14)), move(ben, berlin_slot(10)), move(ada, berlin_slot(15, rep="ben"))
        )

    assert await overlaps(url) == 0


async def test_one_effect_is_claimed_by_one_of_many(world: World) -> None:
    await booked(world, berlin_slot(10))
    async with world.sessions() as session:
        effect_id = (await outbox.due(session, now=MONDAY))[0]
    ran: list[int] = []

    async def notes(effect: Effect) -> None:
        ran.append(effect.attempt)

    handlers = {"meeting_mail": notes}
    outcomes = await asyncio.gather(
        *(outbox.run(world.sessions, handlers, effect_id, clock=world.clock) for _ in range(20))
    )

    assert ran == [1]
    assert {outcome.status for outcome in outcomes} <= {"done", "waiting"}


async def test_one_address_asking_at_once_gets_one_trial_and_one_mail(world: World) -> None:
    async def ask() -> str:
        async with world.sessions.begin() as session:
            request = TrialRequest("demo", "c-1", "visitor@lifts.example")
            terms = TrialTerms("Business")
            return (await trial.start(session, request, terms, secret="s", now=MONDAY, id=new_id())).state

    states = Counter(await asyncio.gather(*(ask() for _ in range(12))))
    await world.run_all()

    assert states == {"mail_sent": 1, "waiting": 11}
    assert len(await world.mails()) == 1
