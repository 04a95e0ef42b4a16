"""Meetings: offer free times, book, move and cancel; the database refuses a second booking of any minute."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import calendar, outbox
from server.actions.errors import MeetingClosed, SlotNotOffered, SlotTaken
from server.actions.site import SiteCalendar
from server.actions.tables import MeetingCellRow, MeetingRow, insert_missing
from server.actions.values import (
    BookingRequest,
    EffectRequest,
    FreeSlot,
    Interval,
    Meeting,
    MeetingType,
    Rep,
)
from server.errors import NotFound

TAKEN = "slot_gone"
"""The sentence that says so."""


def read_slot(value: str, meeting_type: MeetingType) -> FreeSlot:
    """The slot that a chosen value stands for; whether it may be booked is for `book` to say."""
    stamp, _, rep = value.partition("~")
    try:
        start = datetime.strptime(stamp, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise SlotNotOffered("slot_unknown", {"value": value[:60]}) from None
    return FreeSlot(start, start + timedelta(minutes=meeting_type.minutes), rep)


async def free_slots(
    session: AsyncSession,
    site: str,
    offer: SiteCalendar,
    meeting_type: str,
    *,
    now: datetime,
    window: Interval | None = None,
    owner: str | None = None,
    ignoring: str | None = None,
) -> list[FreeSlot]:
    """Every bookable time in `window` (by default the whole horizon), one rep each, in order.

    `ignoring` is a meeting that would be moved: its own time does not stand in its way.
    """
    if window is None:
        furthest = max((rep.schedule.horizon_days for rep in offer.reps), default=0)
        window = Interval(now, now + timedelta(days=furthest))
    busy = await _busy(session, site, window, ignoring)
    return calendar.free(offer.reps, offer.type(meeting_type), busy=busy, window=window, now=now, owner=owner)


async def book(
    session: AsyncSession,
    request: BookingRequest,
    offer: SiteCalendar,
    *,
    now: datetime,
    id: str,  # noqa: A002
) -> Meeting:
    """Book in the caller's transaction and queue the mails; a repeated key gets the meeting it got before.

    Raises `SlotTaken` when any minute of it is held, `SlotNotOffered` when the calendar does not offer it.
    The transaction stays usable either way.
    """
    meeting_type = offer.type(request.meeting_type)
    await _lock(session, request.site, request.slot.rep)
    earlier = await _by_key(session, request.site, request.key)
    if earlier is not None:
        return _meeting(earlier)
    _must_be_offered(offer.rep(request.slot.rep), meeting_type, request.slot, now)
    await _hold(session, request.site, id, request.slot, meeting_type)
    stretch = calendar.held(meeting_type, request.slot.start)
    row = MeetingRow(
        id=id,
        site=request.site,
        conversation=request.conversation,
        key=request.key,
        rep=request.slot.rep,
        meeting_type=meeting_type.key,
        title=meeting_type.title,
        starts_at=request.slot.start,
        ends_at=request.slot.end,
        held_from=stretch.start,
        held_until=stretch.end,
        zone=request.zone,
        email=request.email,
        name=request.name,
        topic=request.topic,
        state="confirmed",
        sequence=0,
        uid=f"{id}@{request.site}.frontdesk",
        created_at=now,
        updated_at=now,
    )
    session.add(row)
    await session.flush()
    return await _announce(session, row, "confirmed", now)


async def move(
    session: AsyncSession,
    site: str,
    meeting_id: str,
    slot: FreeSlot,
    offer: SiteCalendar,
    *,
    now: datetime,
) -> Meeting:
    """Put a meeting at another time, perhaps with another rep; its old time is free again.

    Moving it to where it already stands changes nothing. Raises as `book` does, and `MeetingClosed`.
    """
    row = await _open_meeting(session, site, meeting_id, now)
    if (row.starts_at, row.rep) == (slot.start, slot.rep):
        return _meeting(row)
    meeting_type = offer.type(row.meeting_type)
    _must_be_offered(offer.rep(slot.rep), meeting_type, slot, now)
    for rep in sorted({row.rep, slot.rep}):
        await _lock(session, site, rep)
    former = row.rep
    before = Interval(row.held_from, row.held_until)
    await _release(session, site, meeting_id)
    try:
        await _hold(session, site, meeting_id, slot, meeting_type)
    except SlotTaken:
        await _fill(session, site, meeting_id, former, before)
        raise
    stretch = calendar.held(meeting_type, slot.start)
    row.held_from, row.held_until = stretch.start, stretch.end
    row.starts_at, row.ends_at, row.rep = slot.start, slot.end, slot.rep
    row.sequence += 1
    row.updated_at = now
    await session.flush()
    if former != row.rep:
        await _mail(session, row, "cancelled", "former_rep", former, now)
    return await _announce(session, row, "moved", now)


async def cancel(session: AsyncSession, site: str, meeting_id: str, *, now: datetime) -> Meeting:
    """Call a meeting off and free its time; cancelling twice is cancelling once."""
    row = await _row(session, site, meeting_id, lock=True)
    if row.state == "cancelled":
        return _meeting(row)
    if row.ends_at <= now:
        raise MeetingClosed("meeting_over")
    await _release(session, site, meeting_id)
    row.state = "cancelled"
    row.sequence += 1
    row.updated_at = now
    await session.flush()
    return await _announce(session, row, "cancelled", now)


async def meeting(session: AsyncSession, site: str, meeting_id: str, *, lock: bool = False) -> Meeting:
    """One meeting, which with `lock` nobody else changes during this transaction; raises `NotFound`."""
    return _meeting(await _row(session, site, meeting_id, lock=lock))


async def meetings_of(session: AsyncSession, site: str, conversation: str) -> list[Meeting]:
    """The meetings of a conversation, the latest booked first."""
    found = (
        select(MeetingRow)
        .where(MeetingRow.site == site, MeetingRow.conversation == conversation)
        .order_by(MeetingRow.created_at.desc(), MeetingRow.id.desc())
    )
    return [_meeting(row) for row in (await session.execute(found)).scalars()]


# -- the calendar's rows -------------------------------------------------------------------------------------


async def _lock(session: AsyncSession, site: str, rep: str) -> None:
    """One writer a rep at a time: without it, two moves on PostgreSQL can wait for each other's cells.

    SQLite has one writer anyway. The cells' primary key holds with or without the lock.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:who, 0))"), {"who": f"{site}/{rep}"}
        )


async def _hold(
    session: AsyncSession, site: str, meeting_id: str, slot: FreeSlot, meeting_type: MeetingType
) -> None:
    """Take the slot's cells, all or none."""
    stretch = calendar.held(meeting_type, slot.start)
    wanted = calendar.cells(stretch)
    # Most refusals end here, after one read; what slips through between read and insert meets the primary key.
    is_held = select(MeetingCellRow.meeting).where(
        MeetingCellRow.site == site,
        MeetingCellRow.rep == slot.rep,
        MeetingCellRow.cell_start.between(wanted[0], wanted[-1]),
    )
    if (await session.execute(is_held.limit(1))).first() is not None:
        raise SlotTaken(TAKEN)
    await _fill(session, site, meeting_id, slot.rep, stretch)
    got = await session.scalar(
        select(func.count())
        .select_from(MeetingCellRow)
        .where(MeetingCellRow.site == site, MeetingCellRow.meeting == meeting_id)
    )
    if got != len(wanted):
        await _release(session, site, meeting_id)
        raise SlotTaken(TAKEN)


async def _fill(session: AsyncSession, site: str, meeting_id: str, rep: str, stretch: Interval) -> None:
    rows = [
        {"site": site, "rep": rep, "cell_start": cell, "meeting": meeting_id}
        for cell in calendar.cells(stretch)
    ]
    await insert_missing(session, MeetingCellRow, rows)


async def _release(session: AsyncSession, site: str, meeting_id: str) -> None:
    await session.execute(
        delete(MeetingCellRow).where(MeetingCellRow.site == site, MeetingCellRow.meeting == meeting_id)
    )


async def _busy(
    session: AsyncSession, site: str, window: Interval, ignoring: str | None
) -> dict[str, list[Interval]]:
    day = timedelta(days=1)
    taken = select(MeetingRow.rep, MeetingRow.held_from, MeetingRow.held_until).where(
        MeetingRow.site == site,
        MeetingRow.state == "confirmed",
        MeetingRow.id != (ignoring or ""),
        # A slot that starts in the window may end, with its buffer, after it.
        MeetingRow.starts_at > window.start - day,
        MeetingRow.starts_at < window.end + day,
    )
    busy: dict[str, list[Interval]] = {}
    for rep, start, end in await session.execute(taken):
        busy.setdefault(rep, []).append(Interval(start, end))
    return busy


async def _by_key(session: AsyncSession, site: str, key: str) -> MeetingRow | None:
    same = select(MeetingRow).where(MeetingRow.site == site, MeetingRow.key == key)
    return (await session.execute(same)).scalar_one_or_none()


async def _row(session: AsyncSession, site: str, meeting_id: str, *, lock: bool) -> MeetingRow:
    wanted = select(MeetingRow).where(MeetingRow.site == site, MeetingRow.id == meeting_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    row = (await session.execute(wanted)).scalar_one_or_none()
    if row is None:
        raise NotFound(
            f"There is no meeting {meeting_id!r} at site {site!r}; open the link from the latest mail."
        )
    return row


async def _open_meeting(session: AsyncSession, site: str, meeting_id: str, now: datetime) -> MeetingRow:
    row = await _row(session, site, meeting_id, lock=True)
    if row.state == "cancelled":
        raise MeetingClosed("meeting_cancelled_already")
    if row.starts_at <= now:
        raise MeetingClosed("meeting_begun")
    return row


def _must_be_offered(rep: Rep, meeting_type: MeetingType, slot: FreeSlot, now: datetime) -> None:
    """The value came from a browser: check it against the schedule, not only against other meetings."""
    moment = Interval(slot.start, slot.start + timedelta(minutes=1))
    offered: Sequence[FreeSlot] = calendar.rep_slots(rep, meeting_type, busy=(), window=moment, now=now)
    if slot not in offered:
        raise SlotNotOffered("slot_not_offered")


async def _announce(session: AsyncSession, row: MeetingRow, change: str, now: datetime) -> Meeting:
    """Queue the mails to both sides."""
    for audience in ("visitor", "rep"):
        await _mail(session, row, change, audience, row.rep, now)
    return _meeting(row)


async def _mail(
    session: AsyncSession, row: MeetingRow, change: str, audience: str, rep: str, now: datetime
) -> None:
    request = EffectRequest(
        site=row.site,
        conversation=row.conversation,
        kind="meeting_mail",
        payload={
            "meeting": row.id,
            "sequence": row.sequence,
            "change": change,
            "audience": audience,
            "rep": rep,
        },
        key=f"meeting:{row.id}:{row.sequence}:{audience}",
    )
    await outbox.enqueue(session, request, now=now)


def _meeting(row: MeetingRow) -> Meeting:
    return Meeting(
        id=row.id,
        site=row.site,
        conversation=row.conversation,
        rep=row.rep,
        meeting_type=row.meeting_type,
        title=row.title,
        start=row.starts_at,
        end=row.ends_at,
        zone=row.zone,
        email=row.email,
        name=row.name,
        topic=row.topic,
        state="cancelled" if row.state == "cancelled" else "confirmed",
        sequence=row.sequence,
        uid=row.uid,
    )
