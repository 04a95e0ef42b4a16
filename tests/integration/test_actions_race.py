"""Sixty visitors want the same half-hour; one gets it."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions import booking
from server.actions.errors import SlotTaken
from server.actions.tables import MeetingRow
from server.actions.values import FreeSlot
from server.store.engine import open_engine, open_sessions
from tests.support.actions_world import CALENDAR, MONDAY, a_request, a_world, berlin_slot, new_id


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
        held = select(MeetingRow.rep, MeetingRow.held_from, MeetingRow.held_until)
        rows = sorted(map(tuple, await session.execute(held)))
    await engine.dispose()
    return sum(before[0] == after[0] and after[1] < before[2] for before, after in pairwise(rows))


async def test_sixty_at_once_for_one_time_give_one_meeting(tmp_path: Path) -> None:
    async with a_world(tmp_path):
        url = f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"

        results = await race(url, [berlin_slot(10)] * 60)

        assert results == {"booked": 1, "taken": 59}


async def test_a_crowd_over_neighbouring_times_never_overlaps(tmp_path: Path) -> None:
    async with a_world(tmp_path):
        url = f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
        half_hours = [
            FreeSlot(start, start + timedelta(minutes=30), rep)
            for rep in ("ada", "ben")
            for start in (berlin_slot(9).start + timedelta(minutes=30 * count) for count in range(6))
        ]

        results = await race(url, half_hours * 5)

        # Of six neighbours in a row at least two can stand, whoever comes first.
        assert results["booked"] >= 4
        assert await overlaps(url) == 0
