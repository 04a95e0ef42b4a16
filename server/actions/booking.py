"""Meetings: offer free times, book, move and cancel; the database refuses a second booking of any minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

from sqlalchemy import Select, and_, bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import announcing, calendar, cells, holds
from server.actions.elsewhere import NOWHERE, Elsewhere
from server.actions.errors import MeetingClosed, SlotNotOffered, SlotTaken
from server.actions.meeting_rows import by_key, new_row, open_meeting, row_of, to_meeting
from server.actions.site import SiteCalendar
from server.actions.tables import MeetingRow
from server.actions.values import BookingRequest, FreeSlot, Interval, Meeting, MeetingType
from server.actions.when import tz_version, wall

STANDING = holds.STANDING


def read_slot(value: str, meeting_type: MeetingType) -> FreeSlot:
    """The slot that a chosen value stands for; whether it may be booked is for `book` to say."""
    stamp, rep, *_ = (*value.split("~"), "", "")
    try:
        start = datetime.strptime(stamp, "%Y%m%dT%H%MZ").replace(tzinfo=UTC)
    except ValueError:
        raise SlotNotOffered("slot_unknown", {"value": value[:60]}) from None
    return FreeSlot(start, start + timedelta(minutes=meeting_type.minutes), rep)


def slot_value(slot: FreeSlot, kind: MeetingType, offer: SiteCalendar) -> str:
    """What a slot travels as; the type comes along where it is not the one that everybody gets."""
    return slot.value if kind == offer.default_type else f"{slot.value}~{kind.key}"


def type_in(value: str, offer: SiteCalendar) -> MeetingType:
    """The type of meeting that a chosen slot is for; raises `SlotNotOffered`."""
    key = value.split("~")[2:3]
    return offer.type(key[0]) if key else offer.default_type


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
    conversation: str = "",
    elsewhere: Elsewhere = NOWHERE,
) -> list[FreeSlot]:
    """Every bookable time in `window` (by default the whole horizon), one rep each, in order.

    `ignoring` is a meeting that would be moved: its own time does not stand in its way, and neither does what
    `conversation` holds itself.
    """
    if window is None:
        furthest = max((rep.schedule.horizon_days for rep in offer.reps), default=0)
        window = Interval(now, now + timedelta(days=furthest))
    kept = await holds.others(session, site, conversation, now=now)
    ours = await _busy(session, site, window, ignoring)
    busy = {rep: [*(stretch for _, stretch in found)] for rep, found in ours.items()}
    for rep, taken in (*kept.items(), *elsewhere.busy.items()):
        busy.setdefault(rep, []).extend(taken)
    booked = {rep: [start for start, _ in found] for rep, found in ours.items()}
    kind = offer.type(meeting_type)
    return calendar.free(offer.reps, kind, busy=busy, window=window, now=now, owner=owner, booked=booked)


async def book(
    session: AsyncSession,
    request: BookingRequest,
    offer: SiteCalendar,
    *,
    now: datetime,
    id: str,  # noqa: A002
    elsewhere: Elsewhere = NOWHERE,
) -> Meeting:
    """Book in the caller's transaction and queue what follows; a repeated key gets the meeting it got before.

    What the conversation holds becomes the meeting. Where the rep's own calendar is away the meeting is held, and
    confirmed or released once it answers. Raises `SlotTaken` when any minute of it is held, `SlotNotOffered` when
    the calendar does not offer it. The transaction stays usable either way.
    """
    kind = offer.type(request.meeting_type)
    slot = request.slot
    stretch = calendar.held(kind, slot.start)
    # A crowd that comes too late need not queue for the lock to hear so.
    if await _is_gone(session, request, stretch, now):
        raise SlotTaken(cells.TAKEN)
    kept = await holds.of(session, request.site, request.conversation)
    has_waited = await cells.lock(session, request.site, {slot.rep, kept.rep} if kept else {slot.rep})
    if has_waited and await _is_gone(session, request, stretch, now):
        raise SlotTaken(cells.TAKEN)
    earlier = await by_key(session, request.site, request.key)
    if earlier is not None:
        return to_meeting(earlier)
    # Somebody who chose a time in time is not told that it is too soon while they type their address.
    is_kept = kept is not None and kept.until > now and (kept.slot_start, kept.rep) == (slot.start, slot.rep)
    rep = offer.rep(slot.rep)
    booked = await holds.booked(session, request.site, rep, slot)
    holds.must_be_offered(rep, kind, slot, kept.since if kept and is_kept else now, booked)
    if elsewhere.takes(slot.rep, stretch):
        raise SlotTaken(cells.TAKEN)
    if kept is not None:
        await cells.drop_holds(session, request.site, (kept.id,))
    await cells.take(session, request.site, id, slot.rep, stretch, now=now)
    row = new_row(request, kind, id=id, now=now)
    _place(row, slot, stretch)
    _agree(row, slot.rep, offer, elsewhere, now)
    session.add(row)
    await session.flush()
    return await _told(session, row, "confirmed", offer, now)


async def move(
    session: AsyncSession,
    site: str,
    meeting_id: str,
    slot: FreeSlot,
    offer: SiteCalendar,
    *,
    now: datetime,
    elsewhere: Elsewhere = NOWHERE,
) -> Meeting:
    """Put a meeting at another time, perhaps with another rep; its old time is free again.

    Moving it to where it already stands changes nothing. One that was never confirmed, or that we called off
    ourselves, is booked by it. Raises as `book` does, and `MeetingClosed`.
    """
    row = await open_meeting(session, site, meeting_id, now)
    stood = row.state == "confirmed"
    if stood and (row.starts_at, row.rep) == (slot.start, slot.rep):
        return to_meeting(row)
    kind = offer.type(row.meeting_type)
    rep = offer.rep(slot.rep)
    booked = await holds.booked(session, site, rep, slot, ignoring=meeting_id)
    holds.must_be_offered(rep, kind, slot, now, booked)
    stretch = calendar.held(kind, slot.start)
    if elsewhere.takes(slot.rep, stretch):
        raise SlotTaken(cells.TAKEN)
    if slot.rep in elsewhere.away:
        # What stands is worth more than what can not be looked up.
        raise MeetingClosed("move_unsure", code="calendar_away", status=503)
    former, was = row.rep, (row.starts_at, row.ends_at)
    await cells.lock(session, site, {former, slot.rep})
    await _swap(session, row, slot.rep, stretch, now)
    _place(row, slot, stretch)
    row.sequence += 1
    row.updated_at = now
    had_event = row.calendar_state != "none"
    _agree(row, slot.rep, offer, elsewhere, now)
    await session.flush()
    if stood and former != row.rep:
        await announcing.mail(session, row, "cancelled", "former_rep", former, now=now, was=was)
        if had_event:
            await announcing.event(session, row, former, now=now)
    is_new = former != row.rep
    return await _told(session, row, "moved" if stood else "confirmed", offer, now, is_new_to_rep=is_new)


async def cancel(session: AsyncSession, site: str, meeting_id: str, *, now: datetime) -> Meeting:
    """Call a meeting off and free its time; cancelling twice is cancelling once."""
    row = await row_of(session, site, meeting_id, lock=True)
    if row.state == "cancelled":
        return to_meeting(row)
    if row.ends_at <= now:
        raise MeetingClosed("meeting_over")
    stood = row.state == "confirmed"
    await _call_off(session, row, "", now)
    if stood:
        await announcing.change(session, row, "cancelled", now=now)
    return to_meeting(row)


async def confirm(
    session: AsyncSession, site: str, meeting_id: str, sequence: int, offer: SiteCalendar, *, now: datetime
) -> Meeting | None:
    """A held meeting stands: the rep's calendar has the time. None when it changed meanwhile."""
    row = await row_of(session, site, meeting_id, lock=True)
    if row.state != "held" or row.sequence != sequence:
        return None
    row.state, row.hold_until, row.updated_at = "confirmed", None, now
    await session.flush()
    return await _told(session, row, "confirmed", offer, now)


async def release(
    session: AsyncSession, site: str, meeting_id: str, sequence: int, why: str, *, now: datetime
) -> Meeting | None:
    """A held meeting can not be: free its time and tell both. None when it changed meanwhile."""
    row = await row_of(session, site, meeting_id, lock=True)
    if row.state != "held" or row.sequence != sequence:
        return None
    await _call_off(session, row, why, now)
    await announcing.released(session, row, now=now)
    return to_meeting(row)


async def meeting(session: AsyncSession, site: str, meeting_id: str, *, lock: bool = False) -> Meeting:
    """One meeting, which with `lock` nobody else changes during this transaction; raises `NotFound`."""
    return to_meeting(await row_of(session, site, meeting_id, lock=lock))


async def meetings_of(session: AsyncSession, site: str, conversation: str) -> list[Meeting]:
    """The meetings of a conversation, the latest booked first."""
    found = (
        select(MeetingRow)
        .where(MeetingRow.site == site, MeetingRow.conversation == conversation)
        .order_by(MeetingRow.created_at.desc(), MeetingRow.id.desc())
    )
    return [to_meeting(row) for row in (await session.execute(found)).scalars()]


# -- rows ----------------------------------------------------------------------------------------------------


async def _is_gone(session: AsyncSession, request: BookingRequest, stretch: Interval, now: datetime) -> bool:
    """In one read: whether somebody else has a part of it, and the request is none that was granted before."""
    about = {"conversation": request.conversation, "now": now, "key": request.key}
    return bool(await session.scalar(_gone(), cells.asked(request.site, request.slot.rep, stretch, **about)))


@cache
def _gone() -> Select[tuple[bool]]:
    same = exists().where(MeetingRow.site == bindparam("site"), MeetingRow.key == bindparam("key"))
    return select(and_(cells.others_hold(), ~same))


def _place(row: MeetingRow, slot: FreeSlot, stretch: Interval) -> None:
    """Where it stands, and what its clock shows there by the rules of today."""
    row.rep, row.starts_at, row.ends_at = slot.rep, slot.start, slot.end
    row.held_from, row.held_until = stretch.start, stretch.end
    row.wall, row.tz_version, row.zone_drift = wall(slot.start, row.zone), tz_version(), ""


def _agree(row: MeetingRow, rep: str, offer: SiteCalendar, elsewhere: Elsewhere, now: datetime) -> None:
    is_sure = rep not in elsewhere.away
    row.state, row.why = "confirmed" if is_sure else "held", ""
    row.hold_until = None if is_sure else min(now + offer.care.wait, row.starts_at)
    row.calendar_state = "waiting" if rep in elsewhere.linked else "none"


async def _told(
    session: AsyncSession,
    row: MeetingRow,
    change: str,
    offer: SiteCalendar,
    now: datetime,
    *,
    is_new_to_rep: bool = False,
) -> Meeting:
    """Queue what follows from where it stands now."""
    if row.state == "held":
        await announcing.check(session, row, now=now)
        return to_meeting(row)
    await announcing.change(session, row, change, now=now, is_new_to_rep=is_new_to_rep)
    if row.calendar_state != "none":
        await announcing.event(session, row, row.rep, now=now)
    await announcing.reminders(session, row, offer.care, now=now)
    return to_meeting(row)


async def _call_off(session: AsyncSession, row: MeetingRow, why: str, now: datetime) -> None:
    await cells.release(session, row.site, (row.id,))
    await announcing.no_reminders(session, row)
    had_event = row.state == "confirmed" and row.calendar_state != "none"
    row.state, row.why, row.hold_until = "cancelled", why, None
    row.sequence += 1
    row.updated_at = now
    if had_event:
        row.calendar_state = "waiting"
        await announcing.event(session, row, row.rep, now=now)
    elif row.calendar_state == "waiting":
        row.calendar_state = "none"
    await session.flush()


async def _swap(session: AsyncSession, row: MeetingRow, rep: str, stretch: Interval, now: datetime) -> None:
    before = Interval(row.held_from, row.held_until)
    stood = row.state in STANDING
    await cells.release(session, row.site, (row.id,))
    try:
        await cells.take(session, row.site, row.id, rep, stretch, now=now)
    except SlotTaken:
        if stood:
            await cells.fill(session, row.site, row.id, row.rep, before)
        raise


async def _busy(
    session: AsyncSession, site: str, window: Interval, ignoring: str | None
) -> dict[str, list[tuple[datetime, Interval]]]:
    """What stands with each rep: when it begins, and what it takes of them."""
    day = timedelta(days=1)
    # A slot that starts in the window may end, with its buffer, after it.
    taken = select(MeetingRow.rep, MeetingRow.starts_at, MeetingRow.held_from, MeetingRow.held_until).where(
        MeetingRow.site == site,
        MeetingRow.state.in_(STANDING),
        MeetingRow.id != (ignoring or ""),
        MeetingRow.starts_at > window.start - day,
        MeetingRow.starts_at < window.end + day,
    )
    busy: dict[str, list[tuple[datetime, Interval]]] = {}
    for rep, begins, start, end in await session.execute(taken):
        busy.setdefault(rep, []).append((begins, Interval(start, end)))
    return busy
