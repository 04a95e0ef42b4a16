"""The five-minute cells of reps' calendars: whoever holds a cell holds the time, and the database says who."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import calendar
from server.actions.errors import SlotTaken
from server.actions.tables import MeetingCellRow, MeetingHoldRow, insert_missing
from server.actions.values import Interval

TAKEN = "slot_gone"
"""The sentence that says so."""


async def lock(session: AsyncSession, site: str, reps: Iterable[str]) -> None:
    """One writer a rep at a time: without it, two moves on PostgreSQL can wait for each other's cells.

    SQLite has one writer anyway. The cells' primary key holds with or without the lock.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    for rep in sorted(set(reps)):
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 0))"), {"who": f"{site}/{rep}"}
        )


async def in_the_way(
    session: AsyncSession, site: str, rep: str, stretch: Interval, *, now: datetime
) -> tuple[set[str], set[str]]:
    """Who holds cells of a stretch, and which of them are holds whose time is over."""
    wanted = calendar.cells(stretch)
    held = select(MeetingCellRow.meeting).where(
        MeetingCellRow.site == site,
        MeetingCellRow.rep == rep,
        MeetingCellRow.cell_start.between(wanted[0], wanted[-1]),
    )
    holders = set(await session.scalars(held.distinct()))
    return holders, await _lapsed(session, site, holders, now) if holders else set()


async def take(
    session: AsyncSession, site: str, owner: str, rep: str, stretch: Interval, *, now: datetime
) -> None:
    """Take the cells of a stretch, all or none; raises `SlotTaken`. Holds whose time is over give way."""
    wanted = calendar.cells(stretch)
    # Most refusals end here, after one read; what slips through between read and insert meets the primary key.
    holders, lapsed = await in_the_way(session, site, rep, stretch, now=now)
    if lapsed != holders:
        raise SlotTaken(TAKEN)
    if lapsed:
        await drop_holds(session, site, lapsed)
    await fill(session, site, owner, rep, stretch)
    mine = (
        select(func.count())
        .select_from(MeetingCellRow)
        .where(MeetingCellRow.site == site, MeetingCellRow.meeting == owner)
    )
    if await session.scalar(mine) != len(wanted):
        await release(session, site, (owner,))
        raise SlotTaken(TAKEN)


async def fill(session: AsyncSession, site: str, owner: str, rep: str, stretch: Interval) -> None:
    """Give the owner whatever of the stretch nobody holds."""
    rows = [
        {"site": site, "rep": rep, "cell_start": cell, "meeting": owner} for cell in calendar.cells(stretch)
    ]
    await insert_missing(session, MeetingCellRow, rows)


async def release(session: AsyncSession, site: str, owners: Iterable[str]) -> None:
    """Free everything that the owners hold."""
    mine = MeetingCellRow.meeting.in_(list(owners))
    await session.execute(delete(MeetingCellRow).where(MeetingCellRow.site == site, mine))


async def drop_holds(session: AsyncSession, site: str, holds: Iterable[str]) -> None:
    """Let these holds and their cells go."""
    ids = list(holds)
    await release(session, site, ids)
    await session.execute(
        delete(MeetingHoldRow).where(MeetingHoldRow.site == site, MeetingHoldRow.id.in_(ids))
    )


async def _lapsed(session: AsyncSession, site: str, holders: set[str], now: datetime) -> set[str]:
    over = select(MeetingHoldRow.id).where(
        MeetingHoldRow.site == site, MeetingHoldRow.id.in_(holders), MeetingHoldRow.hold_until <= now
    )
    return set(await session.scalars(over))
