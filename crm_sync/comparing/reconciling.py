"""Compares what was delivered with what the CRM says now, update by update; reports, and writes nothing back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.comparing.ports import ComparableCrm
from crm_sync.comparing.tables import DriftRow, ReconcilingRow
from crm_sync.comparing.values import Found, Reconciled
from crm_sync.documents.canonical import foreign, jsonable
from crm_sync.documents.catalogue import sealed_fields
from crm_sync.errors import CrmError, ProviderBusy, ProviderDenied
from crm_sync.rows import effect_of, insert_new
from crm_sync.tables import UpdateRow

_BATCH = 50
_GIVES_UP_AFTER = 3
"""So many updates in a row that the CRM would not answer for, and the round stops; the next one goes on there."""
_LONGEST_WAIT_S = 10.0
STALE = timedelta(days=2)
"""A round that began before this is not gone on with: what it compared has been changed since."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a round may take."""

    per_second: float | None = None
    """Updates compared a second, where the CRM is another company's; None: as fast as it answers."""
    at_most: int | None = None
    """Updates in this call; the next call goes on behind them."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


@dataclass(frozen=True, slots=True)
class _Compared:
    update_id: str
    delivered_at: datetime
    conversation: str
    found: tuple[Found, ...] | None
    """None when the CRM would not say."""


async def reconcile(
    sessions: async_sessionmaker[AsyncSession],
    provider: ComparableCrm,
    site: str,
    *,
    since: datetime,
    now: datetime,
    new_id: Callable[[], str],
    pace: Pace,
) -> Reconciled:
    """One round, or the rest of one that was broken off; no transaction is open while the CRM is asked."""
    at = await _begin(sessions, site, since=since, now=now)
    left = pace.at_most
    while left is None or left > 0:
        async with sessions() as session:
            batch = await _next(session, site, at, limit=min(_BATCH, left) if left is not None else _BATCH)
        if not batch:
            return await _end(sessions, site, at, now)
        done, stopped = await _ask(provider, site, batch, pace)
        at = await _save(sessions, site, at, done, now=now, new_id=new_id)
        left = left - len(done) if left is not None else None
        if stopped:
            break
    return at


async def last_round(session: AsyncSession, site: str) -> Reconciled | None:
    """How the last round went, or how far this one is."""
    row = await session.get(ReconcilingRow, site, populate_existing=True)
    return _round(row) if row is not None else None


async def _begin(
    sessions: async_sessionmaker[AsyncSession], site: str, *, since: datetime, now: datetime
) -> Reconciled:
    async with sessions() as session:
        row = await session.get(ReconcilingRow, site)
        if row is not None and row.ended_at is None and row.began_at > now - STALE and row.since <= since:
            return _round(row)
        fresh: dict[str, Any] = {
            "began_at": now,
            "since": since,
            "delivered_at": None,
            "update_id": None,
            "ended_at": None,
        }
        fresh |= {"compared": 0, "drifted": 0, "failed": 0}
        if not await insert_new(session, ReconcilingRow, site=site, **fresh):
            await session.execute(update(ReconcilingRow).where(ReconcilingRow.site == site).values(**fresh))
        await session.commit()
    return Reconciled(0, 0, 0, is_done=False, began_at=now, since=since)


async def _next(session: AsyncSession, site: str, at: Reconciled, *, limit: int) -> list[UpdateRow]:
    """The delivered updates behind the place that was reached, oldest first."""
    place = (at.until or at.since, at.last or "")
    query = (
        select(UpdateRow)
        .where(UpdateRow.site == site, UpdateRow.status == "delivered", UpdateRow.effect.is_not(None))
        .where(tuple_(UpdateRow.delivered_at, UpdateRow.id) > tuple_(*place))
        .order_by(UpdateRow.delivered_at, UpdateRow.id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def _ask(
    provider: ComparableCrm, site: str, batch: Sequence[UpdateRow], pace: Pace
) -> tuple[list[_Compared], bool]:
    """What the CRM says to each; and whether it will say no more for now."""
    done: list[_Compared] = []
    for row in batch:
        assert row.effect is not None
        assert row.delivered_at is not None
        one = _Compared(row.id, row.delivered_at, row.conversation, None)
        try:
            found = await provider.compare(site, effect_of(row.effect), row.idempotency_key)
            one = replace(one, found=found)
        except ProviderDenied:
            return done, True
        except ProviderBusy as busy:
            # Those that failed at the end are asked for again when the round goes on.
            if [each.found for each in done[-_GIVES_UP_AFTER + 1 :]] == [None] * (_GIVES_UP_AFTER - 1):
                return done[: -_GIVES_UP_AFTER + 1], True
            await pace.sleep(min(busy.retry_after_s or 1.0, _LONGEST_WAIT_S))
        except CrmError:
            # It refuses this one; a person sees that it could not be compared by the number that failed.
            pass
        done.append(one)
        if pace.per_second:
            await pace.sleep(1 / pace.per_second)
    return done, False


async def _save(
    sessions: async_sessionmaker[AsyncSession],
    site: str,
    at: Reconciled,
    done: Sequence[_Compared],
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Reconciled:
    """The lines of the report and how far we are, in one transaction."""
    if not done:
        return at
    async with sessions() as session:
        for one in done:
            if one.found is not None:
                await _keep(session, site, one, now=now, new_id=new_id)
        reached = replace(
            at,
            compared=at.compared + sum(one.found is not None for one in done),
            drifted=at.drifted + sum(bool(one.found) for one in done),
            failed=at.failed + sum(one.found is None for one in done),
            until=done[-1].delivered_at,
            last=done[-1].update_id,
        )
        await session.execute(
            update(ReconcilingRow)
            .where(ReconcilingRow.site == site)
            .values(
                delivered_at=reached.until,
                update_id=reached.last,
                compared=reached.compared,
                drifted=reached.drifted,
                failed=reached.failed,
            )
        )
        await session.commit()
    return reached


async def _keep(
    session: AsyncSession, site: str, one: _Compared, *, now: datetime, new_id: Callable[[], str]
) -> None:
    """New lines are open, changed ones open again, and what is in order again leaves the report."""
    mine = (DriftRow.site == site, DriftRow.update_id == one.update_id)
    known = {
        (row.object, row.record_id, row.field): row
        for row in await session.scalars(select(DriftRow).where(*mine))
    }
    for found in one.found or ():
        values = _values(found)
        row = known.pop((found.object, found.record, found.field), None)
        if row is None:
            await insert_new(
                session,
                DriftRow,
                **values,
                id=new_id(),
                site=site,
                update_id=one.update_id,
                conversation=one.conversation,
                object=found.object,
                record_id=found.record,
                field=found.field,
                noticed_at=now,
                state="open",
            )
        elif (row.kind, row.found) != (values["kind"], values["found"]):
            again = {"noticed_at": now, "state": "open", "seen_by": None}
            await session.execute(update(DriftRow).where(DriftRow.id == row.id).values(**values, **again))
    if known:
        await session.execute(
            delete(DriftRow).where(*mine, DriftRow.id.in_([row.id for row in known.values()]))
        )


def _values(found: Found) -> dict[str, Any]:
    is_personal = (found.object, found.field) in sealed_fields()
    shown = {
        name: None if is_personal or foreign(jsonable(value)) else jsonable(value)
        for name, value in (("wrote", found.wrote), ("found", found.found))
    }
    return {"kind": found.kind, **shown, "by": found.by, "at": found.at}


async def _end(
    sessions: async_sessionmaker[AsyncSession], site: str, at: Reconciled, now: datetime
) -> Reconciled:
    async with sessions() as session:
        ended = update(ReconcilingRow).where(ReconcilingRow.site == site).values(ended_at=now)
        await session.execute(ended)
        await session.commit()
    return replace(at, is_done=True, ended_at=now)


def _round(row: ReconcilingRow) -> Reconciled:
    return Reconciled(
        compared=row.compared,
        drifted=row.drifted,
        failed=row.failed,
        is_done=row.ended_at is not None,
        began_at=row.began_at,
        since=row.since,
        until=row.delivered_at,
        last=row.update_id,
        ended_at=row.ended_at,
    )
