"""Holds: the time that a visitor chose is theirs while they tell their address, and anybody's afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import calendar, cells
from server.actions.elsewhere import NOWHERE, Elsewhere
from server.actions.errors import SlotNotOffered, SlotTaken
from server.actions.site import SiteCalendar
from server.actions.tables import MeetingCellRow, MeetingHoldRow, MeetingRow
from server.actions.values import FreeSlot, Interval, MeetingHold, MeetingType, Rep

STANDING = ("confirmed", "held")
"""States of meetings that take a rep's time."""


async def hold(
    session: AsyncSession,
    site: str,
    conversation: str,
    slot: FreeSlot,
    meeting_type: str,
    offer: SiteCalendar,
    *,
    now: datetime,
    id: str,  # noqa: A002
    elsewhere: Elsewhere = NOWHERE,
) -> MeetingHold:
    """Keep a time for a conversation, in the caller's transaction; what it held before is free again.

    Choosing the same time again keeps it no longer than the first choice did, unless it had lapsed. Raises
    `SlotTaken` or `SlotNotOffered`, and what was held before stays.
    """
    kind = offer.type(meeting_type)
    before = await of(session, site, conversation)
    await cells.lock(session, site, {slot.rep, before.rep} if before else {slot.rep})
    row = await _row(session, site, conversation)
    if row is not None and (row.starts_at, row.rep) == (slot.start, slot.rep) and row.hold_until > now:
        return _held(row)
    rep = offer.rep(slot.rep)
    must_be_offered(rep, kind, slot, now, await booked(session, site, rep, slot))
    stretch = calendar.held(kind, slot.start)
    if elsewhere.takes(slot.rep, stretch):
        raise SlotTaken(cells.TAKEN)
    if row is None:
        row = MeetingHoldRow(id=id, site=site, conversation=conversation)
        await cells.take(session, site, id, slot.rep, stretch, now=now)
        session.add(row)
    else:
        await _swap(session, row, slot.rep, stretch, now)
    row.rep, row.starts_at, row.created_at = slot.rep, slot.start, now
    row.held_from, row.held_until, row.hold_until = stretch.start, stretch.end, now + offer.care.hold
    await session.flush()
    return _held(row)


async def of(session: AsyncSession, site: str, conversation: str) -> MeetingHold | None:
    """What a conversation holds, lapsed or not."""
    row = await _row(session, site, conversation)
    return None if row is None else _held(row)


async def let_go(session: AsyncSession, site: str, conversation: str) -> None:
    """Free what a conversation holds."""
    ids = select(MeetingHoldRow.id).where(
        MeetingHoldRow.site == site, MeetingHoldRow.conversation == conversation
    )
    held = list(await session.scalars(ids))
    if held:
        await cells.drop_holds(session, site, held)


async def sweep(session: AsyncSession, *, now: datetime) -> int:
    """Free every hold of every site whose time is over; says how many."""
    over = select(MeetingHoldRow.id).where(MeetingHoldRow.hold_until <= now).limit(500)
    # Looked at once more as it goes: one that is renewed at this moment stays, and so do its cells.
    gone = delete(MeetingHoldRow).where(MeetingHoldRow.id.in_(over), MeetingHoldRow.hold_until <= now)
    ids = list(
        await session.scalars(gone.returning(MeetingHoldRow.id).execution_options(synchronize_session=False))
    )
    if ids:
        await session.execute(delete(MeetingCellRow).where(MeetingCellRow.meeting.in_(ids)))
    return len(ids)


async def others(
    session: AsyncSession, site: str, conversation: str, *, now: datetime
) -> dict[str, list[Interval]]:
    """By rep: what is kept for anybody but this conversation."""
    kept = select(MeetingHoldRow.rep, MeetingHoldRow.held_from, MeetingHoldRow.held_until).where(
        MeetingHoldRow.site == site,
        MeetingHoldRow.hold_until > now,
        MeetingHoldRow.conversation != conversation,
    )
    found: dict[str, list[Interval]] = {}
    for rep, start, end in await session.execute(kept):
        found.setdefault(rep, []).append(Interval(start, end))
    return found


async def booked(
    session: AsyncSession, site: str, rep: Rep, slot: FreeSlot, *, ignoring: str = ""
) -> list[datetime]:
    """When the rep's meetings around a slot begin, where they take only so many a day."""
    if rep.schedule.max_per_day is None:
        return []
    day = timedelta(days=2)
    starts = select(MeetingRow.starts_at).where(
        MeetingRow.site == site,
        MeetingRow.rep == rep.key,
        MeetingRow.state.in_(STANDING),
        MeetingRow.id != ignoring,
        MeetingRow.starts_at.between(slot.start - day, slot.start + day),
    )
    return list(await session.scalars(starts))


def must_be_offered(
    rep: Rep, meeting_type: MeetingType, slot: FreeSlot, now: datetime, booked: Sequence[datetime] = ()
) -> None:
    """The value came from a browser: check it against the schedule, not only against other meetings."""
    moment = Interval(slot.start, slot.start.replace(second=1))
    offered = calendar.rep_slots(rep, meeting_type, busy=(), window=moment, now=now, booked=booked)
    if slot not in offered:
        raise SlotNotOffered("slot_not_offered")


async def _swap(
    session: AsyncSession, row: MeetingHoldRow, rep: str, stretch: Interval, now: datetime
) -> None:
    """Cells of the new time for those of the old one, or all as it was."""
    await cells.release(session, row.site, (row.id,))
    try:
        await cells.take(session, row.site, row.id, rep, stretch, now=now)
    except SlotTaken:
        await cells.fill(session, row.site, row.id, row.rep, Interval(row.held_from, row.held_until))
        raise


async def _row(session: AsyncSession, site: str, conversation: str) -> MeetingHoldRow | None:
    mine = select(MeetingHoldRow).where(
        MeetingHoldRow.site == site, MeetingHoldRow.conversation == conversation
    )
    found: MeetingHoldRow | None = await session.scalar(mine.execution_options(populate_existing=True))
    return found


def _held(row: MeetingHoldRow) -> MeetingHold:
    return MeetingHold(row.id, row.starts_at, row.rep, row.hold_until, row.created_at)
