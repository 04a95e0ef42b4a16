"""The five-minute cells of reps' calendars: whoever holds a cell holds the time, and the database says who."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Exists, Select, and_, bindparam, delete, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import calendar
from server.actions.errors import SlotTaken
from server.actions.tables import MeetingCellRow, MeetingHoldRow, insert_missing
from server.actions.values import Interval

TAKEN = "slot_gone"
"""The sentence that says so."""


async def lock(session: AsyncSession, site: str, reps: Iterable[str]) -> bool:
    """One writer a rep at a time: without it, two moves on PostgreSQL can wait for each other's cells.

    SQLite has one writer anyway: then it is False, and nobody can have written since the transaction began. The
    cells' primary key holds with or without the lock.
    """
    if session.get_bind().dialect.name != "postgresql":
        return False
    for rep in sorted(set(reps)):
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 0))"), {"who": f"{site}/{rep}"}
        )
    return True


@cache
def others_hold() -> Exists:
    """Whether cells are held by anybody but the conversation, holds whose time is over aside; see `asked`.

    Built once, because a crowd asks it: building takes as long as asking.
    """
    held = _held(MeetingCellRow.meeting)
    is_in_the_way = and_(
        MeetingHoldRow.hold_until > bindparam("now"),
        MeetingHoldRow.conversation != bindparam("conversation"),
    )
    return held.where(or_(MeetingHoldRow.id.is_(None), is_in_the_way)).exists()


def asked(site: str, rep: str, stretch: Interval, **more: object) -> dict[str, object]:
    """The parameters of a question about the cells of a stretch."""
    wanted = calendar.cells(stretch)
    return {"site": site, "rep": rep, "first": wanted[0], "last": wanted[-1], **more}


async def take(
    session: AsyncSession, site: str, owner: str, rep: str, stretch: Interval, *, now: datetime
) -> None:
    """Take the cells of a stretch, all or none; raises `SlotTaken`. Holds whose time is over give way."""
    wanted = calendar.cells(stretch)
    # Most refusals end here, after one read; what slips through between read and insert meets the primary key.
    held = _held(MeetingCellRow.meeting, MeetingHoldRow.hold_until).distinct()
    holders = [tuple(row) for row in await session.execute(held, asked(site, rep, stretch))]
    lapsed = [owner for owner, until in holders if until is not None and until <= now]
    if len(lapsed) != len(holders):
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


def _held(*what: Any) -> Select[Any]:
    """Of each cell of a stretch that is held: what is wanted, beside the hold if it is one."""
    is_hold = and_(MeetingHoldRow.site == MeetingCellRow.site, MeetingHoldRow.id == MeetingCellRow.meeting)
    return (
        select(*what)
        .select_from(MeetingCellRow)
        .outerjoin(MeetingHoldRow, is_hold)
        .where(
            MeetingCellRow.site == bindparam("site"),
            MeetingCellRow.rep == bindparam("rep"),
            MeetingCellRow.cell_start.between(bindparam("first"), bindparam("last")),
        )
    )
