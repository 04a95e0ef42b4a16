"""Rules of time zones change after a meeting was agreed: which clocks show another time now.

The instant stays: both calendars, the invitation and the rep's other meetings are kept by it. What changes is what
a clock shows, so the rep is told and the console flags the meeting; reminders say the time as the clock shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.holds import STANDING
from server.actions.tables import MeetingRow
from server.actions.values import EffectRequest
from server.actions.when import wall


@dataclass(frozen=True, slots=True)
class Drift:
    """A meeting whose agreed clock time is not what the clock will show."""

    meeting: str
    site: str
    rep: str
    start: datetime
    zone: str
    agreed: str
    """By the rules of then, with the offset: "2026-11-03T14:00+01:00"."""
    shows: str
    """By the rules of now."""
    tz_version: str
    """The rules of then."""


async def drifted(session: AsyncSession, site: str, *, now: datetime) -> list[Drift]:
    """The coming meetings of a site whose clocks changed, the nearest first."""
    return [_drift(row) for row in await _coming(session, site, now) if _shows(row) != row.wall]


async def flag(session: AsyncSession, site: str, *, now: datetime) -> list[Drift]:
    """Flag those meetings for the console and queue the mails to their reps, once for each new time; returns them."""
    found = []
    for row in await _coming(session, site, now):
        shows = _shows(row)
        drift = "" if shows == row.wall else shows
        if drift:
            found.append(_drift(row))
        if drift == row.zone_drift:
            continue
        row.zone_drift = drift
        if drift and row.state == "confirmed":
            await outbox.enqueue(session, _request(row, drift), now=now)
    await session.flush()
    return found


async def _coming(session: AsyncSession, site: str, now: datetime) -> list[MeetingRow]:
    coming = select(MeetingRow).where(
        MeetingRow.site == site,
        MeetingRow.state.in_(STANDING),
        MeetingRow.starts_at > now,
        # Those booked before clock times were kept have none to compare.
        MeetingRow.wall != "",
    )
    return list(await session.scalars(coming.order_by(MeetingRow.starts_at)))


def _shows(row: MeetingRow) -> str:
    return wall(row.starts_at, row.zone)


def _drift(row: MeetingRow) -> Drift:
    return Drift(row.id, row.site, row.rep, row.starts_at, row.zone, row.wall, _shows(row), row.tz_version)


def _request(row: MeetingRow, shows: str) -> EffectRequest:
    payload = {"meeting": row.id, "sequence": row.sequence, "agreed": row.wall, "shows": shows}
    key = f"zone:{row.id}:{row.sequence}:{shows}"
    return EffectRequest(row.site, row.conversation, "meeting_zone", payload, key)
