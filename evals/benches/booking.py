"""A crowd of processes that wants a few times: what gets booked, whether anything overlaps, and how fast."""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time as clocks
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Column, DateTime, MetaData, String, Table, delete, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from uuid_utils import uuid7

from evals import gates
from evals.benches.forking import in_child
from evals.report import Report
from server.actions import booking
from server.actions.errors import SlotTaken
from server.actions.site import SiteCalendar
from server.actions.tables import Base, EffectRow, MeetingCellRow, MeetingHoldRow, MeetingRow
from server.actions.values import BookingRequest, FreeSlot, Hours, MeetingType, Rep, Schedule
from server.store.engine import begin_brief, open_engine, open_sessions

Tell = Callable[[str], None]
_NOW = datetime(2026, 3, 2, 5, 0, tzinfo=UTC)
_SITE = "bench-booking"
_AT_ONCE = 25
"""How many attempts of one process are under way."""
_WEEK = dict.fromkeys(range(7), (Hours(time(8), time(18)),))
_REPS = tuple(
    Rep(f"rep-{number}", f"Rep {number}", f"rep-{number}@fernway.example", Schedule("UTC", _WEEK))
    for number in range(4)
)
_CALENDAR = SiteCalendar(_REPS, {"demo": MeetingType("demo", "Demo")})
_ALL = MetaData()
_CHECKED = Table(
    "bench_check_then_insert",
    _ALL,
    Column("id", String(64), primary_key=True),
    Column("rep", String(64)),
    Column("start", DateTime(timezone=True)),
    Column("end", DateTime(timezone=True)),
)
Attempt = Callable[[async_sessionmaker[AsyncSession], FreeSlot, str], Awaitable[str]]


def run(
    tell: Tell,
    *,
    attempts: int,
    slots: int,
    processes: int,
    database: str = "",
    beside_peer: bool = True,
) -> Report:
    """The same crowd twice, side by side: on our bookings, and on a table that is checked and then inserted into."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-booking-") as folder:
        url = database or f"sqlite+aiosqlite:///{Path(folder) / 'bench.db'}"
        wanted = [(at, slot) for at, slot in enumerate(_crowd(attempts, slots))]
        in_child(lambda: _prepare(url))
        tell(f"{attempts} attempts at {slots} times from {processes} processes")
        ours = _race(url, _ours, wanted, processes, Path(folder))
        theirs: dict[str, Any] = {}
        if beside_peer:
            tell("the same with check-then-insert")
            theirs = _race(url, _theirs, wanted, processes, Path(folder), is_plain=True)
        seen = _told(Path(folder) / "seen.json", lambda place: _count(url, place))
        in_child(lambda: _clear(url))
    speed = attempts / ours["seconds"]
    figures: dict[str, float | None] = {
        "attempts": attempts,
        "slots": slots,
        "processes": processes,
        "booked": ours.get("booked", 0),
        "taken": ours.get("taken", 0),
        "overlaps": seen["overlaps"],
        "attempts_per_second": speed,
    }
    if theirs:
        peer = attempts / theirs["seconds"]
        figures |= {
            "peer_booked": theirs.get("booked", 0),
            "peer_errors": theirs.get("error", 0),
            "peer_overlaps": seen["peer_overlaps"],
            "peer_attempts_per_second": peer,
            "ratio_to_peer": speed / peer,
        }
    engine = "postgresql" if url.startswith("postgresql") else "sqlite"
    return Report(f"booking on {engine}", figures, gates.bars("bench-booking", figures), table="booking")


def _crowd(attempts: int, slots: int) -> list[FreeSlot]:
    """Each time wanted about as often as any other, in an order of chance; times of a rep do not touch."""
    first = _NOW.replace(hour=8) + timedelta(days=1)
    times = [
        FreeSlot(start, start + timedelta(minutes=30), rep.key)
        for start in (first + timedelta(days=day, hours=hour) for day in range(28) for hour in range(10))
        for rep in _REPS
    ][:slots]
    crowd = [times[number % len(times)] for number in range(attempts)]
    Random(7).shuffle(crowd)
    return crowd


def _race(
    url: str,
    attempt: Attempt,
    wanted: Sequence[tuple[int, FreeSlot]],
    processes: int,
    folder: Path,
    *,
    is_plain: bool = False,
) -> dict[str, Any]:
    """Deal the attempts out to processes that share the database only and start together."""
    start, children = clocks.time() + 0.5 + 0.1 * processes, []
    for number in range(processes):
        place, share = folder / f"{number}.json", wanted[number::processes]
        children.append(in_child(partial(_attempts, url, attempt, share, start, place, is_plain), wait=False))
    for child in children:
        os.waitpid(child, 0)
    told = [json.loads((folder / f"{number}.json").read_text()) for number in range(processes)]
    results = sum((Counter(each["results"]) for each in told), Counter[str]())
    return {**results, "seconds": max(each["ended"] for each in told) - start}


async def _attempts(
    url: str,
    attempt: Attempt,
    share: Sequence[tuple[int, FreeSlot]],
    start: float,
    place: Path,
    is_plain: bool,  # noqa: FBT001
) -> None:
    engine = create_async_engine(url) if is_plain else open_engine(url)
    sessions, gate = open_sessions(engine), asyncio.Semaphore(_AT_ONCE)

    async def one(number: int, slot: FreeSlot) -> str:
        async with gate:
            return await attempt(sessions, slot, f"visitor-{number}")

    async def connected() -> None:
        async with sessions() as session:
            await session.execute(select(1))
            await asyncio.sleep(0.05)

    # Neither side's connections are opened while the clock runs, but for those that a pool does not keep.
    await asyncio.gather(*(connected() for _ in range(15)))
    await asyncio.sleep(max(0.0, start - clocks.time()))
    results = Counter(await asyncio.gather(*(one(number, slot) for number, slot in share)))
    place.write_text(json.dumps({"results": results, "ended": clocks.time()}))
    await engine.dispose()


async def _ours(sessions: async_sessionmaker[AsyncSession], slot: FreeSlot, key: str) -> str:
    request = BookingRequest(_SITE, key, key, "demo", slot, "Europe/Berlin", "[email_1]")
    try:
        async with sessions.begin() as session:
            # As a turn of the chat does.
            await begin_brief(session)
            await booking.book(session, request, _CALENDAR, now=_NOW, id=str(uuid7()))
    except SlotTaken:
        return "taken"
    return "booked"


async def _theirs(sessions: async_sessionmaker[AsyncSession], slot: FreeSlot, key: str) -> str:
    """What a tutorial does: look whether it is free, then write, in one transaction with the driver's defaults."""
    overlapping = select(_CHECKED.c.id).where(
        _CHECKED.c.rep == slot.rep, _CHECKED.c.start < slot.end, _CHECKED.c.end > slot.start
    )
    try:
        async with sessions.begin() as session:
            if (await session.execute(overlapping.limit(1))).first() is not None:
                return "taken"
            row = {"id": key, "rep": slot.rep, "start": slot.start, "end": slot.end}
            await session.execute(insert(_CHECKED).values(row))
    except DBAPIError:
        return "error"
    return "booked"


async def _prepare(url: str) -> None:
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.run_sync(_ALL.create_all)
    await engine.dispose()
    await _clear(url, keep_tables=True)


async def _clear(url: str, *, keep_tables: bool = False) -> None:
    """Take out what the bench put in: the database may be somebody's own."""
    engine = open_engine(url)
    async with engine.begin() as connection:
        for table in (MeetingRow, MeetingCellRow, MeetingHoldRow, EffectRow):
            await connection.execute(delete(table).where(table.site == _SITE))
        if not keep_tables:
            await connection.run_sync(_ALL.drop_all)
    await engine.dispose()


async def _count(url: str, place: Path) -> None:
    """Pairs of meetings of one rep that share a minute, buffers included on our side."""
    engine = open_engine(url)
    async with open_sessions(engine)() as session:
        mine = select(MeetingRow.rep, MeetingRow.held_from, MeetingRow.held_until)
        ours = [tuple(row) for row in await session.execute(mine.where(MeetingRow.site == _SITE))]
        plain = select(_CHECKED.c.rep, _CHECKED.c.start, _CHECKED.c.end)
        theirs = [tuple(row) for row in await session.execute(plain)]
    await engine.dispose()
    place.write_text(json.dumps({"overlaps": _overlaps(ours), "peer_overlaps": _overlaps(theirs)}))


def _overlaps(rows: list[Any]) -> int:
    ordered = sorted(rows, key=lambda row: (row[0], row[1]))
    return sum(one[0] == two[0] and two[1] < one[2] for one, two in pairwise(ordered))


def _told(place: Path, work: Callable[[Path], Any]) -> dict[str, Any]:
    in_child(lambda: work(place))
    told: dict[str, Any] = json.loads(place.read_text())
    return told
