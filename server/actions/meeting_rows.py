"""Rows of meetings: found, checked, made of what was asked for, and turned into what others see of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.errors import MeetingClosed
from server.actions.tables import MeetingRow
from server.actions.values import BookingRequest, Meeting, MeetingType
from server.errors import NotFound


def uid_of(site: str, meeting_id: str) -> str:
    """What calendars know a meeting by, whatever becomes of it."""
    return f"{meeting_id}@{site}.frontdesk"


def new_row(request: BookingRequest, kind: MeetingType, *, id: str, now: datetime) -> MeetingRow:  # noqa: A002
    """A meeting that has no place yet."""
    return MeetingRow(
        id=id,
        site=request.site,
        conversation=request.conversation,
        key=request.key,
        meeting_type=kind.key,
        title=kind.title,
        zone=request.zone,
        email=request.email,
        name=request.name,
        topic=request.topic,
        sequence=0,
        uid=uid_of(request.site, id),
        created_at=now,
        updated_at=now,
    )


async def by_key(session: AsyncSession, site: str, key: str) -> MeetingRow | None:
    """What the same request booked before."""
    same = select(MeetingRow).where(MeetingRow.site == site, MeetingRow.key == key)
    return (await session.execute(same)).scalar_one_or_none()


async def row_of(session: AsyncSession, site: str, meeting_id: str, *, lock: bool) -> MeetingRow:
    """The row of a meeting; raises `NotFound`."""
    wanted = select(MeetingRow).where(MeetingRow.site == site, MeetingRow.id == meeting_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    row = (await session.execute(wanted)).scalar_one_or_none()
    if row is None:
        raise NotFound(
            f"There is no meeting {meeting_id!r} at site {site!r}; open the link from the latest mail."
        )
    return row


async def open_meeting(session: AsyncSession, site: str, meeting_id: str, now: datetime) -> MeetingRow:
    """The row of one that may move, locked: it stands and has not begun, or we called it off ourselves."""
    row = await row_of(session, site, meeting_id, lock=True)
    if row.state == "cancelled" and not row.why:
        raise MeetingClosed("meeting_cancelled_already")
    if row.state != "cancelled" and row.starts_at <= now:
        raise MeetingClosed("meeting_begun")
    return row


def to_meeting(row: MeetingRow) -> Meeting:
    """What others see of it."""
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
        state="held" if row.state == "held" else "cancelled" if row.state == "cancelled" else "confirmed",
        sequence=row.sequence,
        uid=row.uid,
        hold_until=row.hold_until,
        why=row.why,
        calendar_state=row.calendar_state,
        calendar_ref=row.calendar_ref,
    )
