"""Who is at the desk: whose console is open, who of them wants to answer, and how long visitors wait."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import calendar
from server.actions.people_tables import RepPresenceRow
from server.actions.tables import HandoffRow, insert_missing
from server.actions.values import Interval, Presence, Schedule

SEEN_WITHIN = timedelta(seconds=100)
"""A browser lets the clock of a tab in the background tick once a minute only."""
_FRESH = timedelta(seconds=20)
"""A heartbeat that comes sooner than this is not written down: nobody would notice."""
_ENOUGH, _LATELY = 5, 20
"""Waits that make an honest "lately", and how many of them are looked at."""
_LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class AtDesk:
    """Somebody who may answer visitors at a site."""

    login: str
    available: bool
    """Whether they say so."""
    seen_at: datetime

    def is_there(self, now: datetime) -> bool:
        """Whether a visitor could count on them."""
        return self.available and now - self.seen_at <= SEEN_WITHIN


async def seen(session: AsyncSession, site: str, login: str, *, now: datetime) -> AtDesk:
    """Their console is open, in the caller's transaction; who never said anything else is away."""
    fresh = {
        "site": site,
        "login": login,
        "available": False,
        "seen_at": now,
        "changed_at": now,
    }
    await insert_missing(session, RepPresenceRow, [fresh])
    mine = (RepPresenceRow.site == site, RepPresenceRow.login == login)
    await session.execute(
        update(RepPresenceRow).where(*mine, RepPresenceRow.seen_at < now).values(seen_at=now)
    )
    return await _of(session, site, login)


async def switch(session: AsyncSession, site: str, login: str, *, available: bool, now: datetime) -> AtDesk:
    """They say whether they are available, in the caller's transaction; it holds until they say otherwise."""
    await seen(session, site, login, now=now)
    await session.execute(
        update(RepPresenceRow)
        .where(RepPresenceRow.site == site, RepPresenceRow.login == login)
        .values(available=available, changed_at=now)
    )
    return await _of(session, site, login)


async def left(session: AsyncSession, login: str, *, now: datetime) -> None:
    """They signed out, in the caller's transaction: nobody counts on them until they are back, at any site."""
    gone = update(RepPresenceRow).where(RepPresenceRow.login == login)
    await session.execute(gone.values(seen_at=now - SEEN_WITHIN - _FRESH))


async def standing(session: AsyncSession, site: str, login: str) -> AtDesk | None:
    """How somebody stands; None when their console was never open."""
    row = await session.get(RepPresenceRow, (site, login))
    return _at_desk(row) if row else None


def is_stale(desk: AtDesk | None, now: datetime) -> bool:
    """Whether a heartbeat is worth writing down."""
    return desk is None or now - desk.seen_at >= _FRESH


async def everybody(session: AsyncSession, site: str) -> Sequence[AtDesk]:
    """All whose console was ever open at the site, by login."""
    mine = select(RepPresenceRow).where(RepPresenceRow.site == site).order_by(RepPresenceRow.login)
    return [_at_desk(row) for row in await session.scalars(mine)]


async def there(session: AsyncSession, site: str, *, now: datetime) -> tuple[str, ...]:
    """Logins of those whom a visitor could count on now."""
    return tuple(desk.login for desk in await everybody(session, site) if desk.is_there(now))


async def presence(
    session: AsyncSession, site: str, hours: Schedule | None, *, by_hours: bool, now: datetime
) -> Presence:
    """Who could answer right now; by the console of the reps, or by the hours alone where the operator says so."""
    is_open = hours is not None and calendar.is_open(hours, now)
    back_at = None if hours is None or is_open else next_opening(hours, now)
    wait = await usual_wait(session, site)
    if by_hours:
        return Presence(int(is_open), is_open, back_at, wait)
    online = len(await there(session, site, now=now))
    return Presence(online, online > 0, back_at, wait)


def next_opening(hours: Schedule, now: datetime) -> datetime | None:
    """When the hours begin again; None when they do not within two weeks."""
    window = Interval(now, now + _LOOK_AHEAD)
    return next((each.start for each in calendar.openings(hours, window) if each.start > now), None)


async def usual_wait(session: AsyncSession, site: str) -> timedelta | None:
    """How long visitors waited for a person lately: the middle one of the last few, when there were enough."""
    joined = (
        select(HandoffRow.created_at, HandoffRow.joined_at)
        .where(HandoffRow.site == site, HandoffRow.joined_at.is_not(None))
        .order_by(HandoffRow.joined_at.desc())
        .limit(_LATELY)
    )
    waits = [
        (came - asked).total_seconds()
        for asked, came in (await session.execute(joined)).tuples()
        if came is not None
    ]
    return timedelta(seconds=median(waits)) if len(waits) >= _ENOUGH else None


async def _of(session: AsyncSession, site: str, login: str) -> AtDesk:
    mine = select(RepPresenceRow).where(RepPresenceRow.site == site, RepPresenceRow.login == login)
    row = (await session.execute(mine.execution_options(populate_existing=True))).scalar_one()
    return _at_desk(row)


def _at_desk(row: RepPresenceRow) -> AtDesk:
    return AtDesk(row.login, row.available, row.seen_at)
