"""Which update goes next: nothing older of the same contact in its way, its time come, and its CRM open."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, exists, func, literal_column, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from crm_sync import rows
from crm_sync.delivering import gates
from crm_sync.delivering.states import IN_FLIGHT, LEASE
from crm_sync.tables import UpdateRow
from crm_sync.values import PendingUpdate

_LOOKED_AT = 64
"""So many of a site's oldest are looked at when a worker asks what to do next; the sweep looks at all."""
_CHOSEN_FROM = 8


async def claim(
    session: AsyncSession, update_id: str, limits: gates.LimitsOf, now: datetime
) -> tuple[PendingUpdate | None, str | None]:
    """Take the update for one attempt, in one statement: of two workers one wins. `attempts` names the lease. Also how
    its site admitted it; roll back when nothing was taken."""
    site = await site_of(session, update_id)
    if site is None:
        return None, None
    admitted = await gates.admit(session, site, limits(site), now)
    if admitted is None:
        return None, None
    done = await session.execute(
        update(UpdateRow)
        .where(UpdateRow.id == update_id, _may_start(now))
        .values(status="delivering", attempts=UpdateRow.attempts + 1, next_attempt_at=now + LEASE)
        .returning(UpdateRow.id)
        .execution_options(synchronize_session=False)
    )
    if done.first() is None:
        return None, admitted
    return await rows.load(session, site, update_id), admitted


async def site_of(session: AsyncSession, update_id: str) -> str | None:
    """Whose update it is; None when there is none of this id."""
    return await session.scalar(select(UpdateRow.site).where(UpdateRow.id == update_id))


async def due(session: AsyncSession, *, now: datetime, limit: int) -> list[str]:
    """Ids that a sweep should deliver, at most `limit` of a site: a site that is full or shut holds up no other."""
    shut, asking = await gates.shut(session, now)
    found: list[str] = []
    site = await _site_after(session, "")
    while site is not None:
        if site not in shut:
            query = _of_site(site, now).limit(1 if site in asking else limit)
            found += await session.scalars(query)
        site = await _site_after(session, site)
    return found


async def next_of_contact(session: AsyncSession, update_id: str, *, now: datetime) -> str | None:
    """The update of the same contact that may start now that `update_id` is out of the way."""
    done = aliased(UpdateRow)
    return await session.scalar(
        select(UpdateRow.id)
        .join(done, and_(done.site == UpdateRow.site, done.contact_key == UpdateRow.contact_key))
        .where(done.id == update_id, UpdateRow.id != update_id, in_flight(UpdateRow), _may_start(now))
        .order_by(UpdateRow.created_at, UpdateRow.id)
        .limit(1)
    )


async def next_of_site(session: AsyncSession, update_id: str, *, now: datetime) -> str | None:
    """Another one of the same site that may start, so that a backlog goes at the CRM's pace and not at the sweep's."""
    site = await site_of(session, update_id)
    if site is None:
        return None
    oldest = (
        select(UpdateRow.id)
        .where(UpdateRow.site == site, in_flight(UpdateRow))
        .order_by(UpdateRow.created_at, UpdateRow.id)
        .limit(_LOOKED_AT)
        .subquery()
    )
    found: Sequence[str] = (
        await session.scalars(_of_site(site, now).where(UpdateRow.id.in_(select(oldest))).limit(_CHOSEN_FROM))
    ).all()
    # Workers that end together must not all go for the same one.
    return random.choice(found) if found else None  # noqa: S311  nothing secret hangs on it


async def _site_after(session: AsyncSession, site: str) -> str | None:
    """The next site that has anything in flight: one step in an index, however much there is."""
    return await session.scalar(
        select(func.min(UpdateRow.site)).where(UpdateRow.site > site, in_flight(UpdateRow))
    )


def _of_site(site: str, now: datetime) -> Any:
    return (
        select(UpdateRow.id)
        .where(UpdateRow.site == site, in_flight(UpdateRow), _may_start(now))
        .order_by(UpdateRow.created_at, UpdateRow.id)
    )


def in_flight(of: Any) -> Any:
    """The condition for what will be delivered without anybody deciding."""
    # Spelled out and not bound: only then do databases see that their index of such rows will do.
    return of.status.in_([literal_column(f"'{status}'") for status in IN_FLIGHT])


def _may_start(now: datetime) -> Any:
    older = aliased(UpdateRow)
    # An id and not the whole row, so that the index answers alone.
    blocked = exists(
        select(older.id).where(
            older.site == UpdateRow.site,
            older.contact_key == UpdateRow.contact_key,
            in_flight(older),
            tuple_(older.created_at, older.id) < tuple_(UpdateRow.created_at, UpdateRow.id),
        )
    )
    return and_(
        or_(
            UpdateRow.status.in_(("pending", "approved")),
            and_(UpdateRow.status.in_(("retrying", "delivering")), UpdateRow.next_attempt_at <= now),
        ),
        ~blocked,
    )
