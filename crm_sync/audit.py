"""The audit trail: append-only, each entry chained by hash to the one before, one chain per site."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.canonical import Json, canonical, digest
from crm_sync.tables import AuditHeadRow, AuditRow
from crm_sync.values import AuditReport

GENESIS = "0" * 64


async def hold(session: AsyncSession, site: str) -> tuple[int, str]:
    """Make this transaction the chain's next writer; returns its last number and hash. Taken before any row of the
    ledger is locked: with one order for everybody, PostgreSQL never finds two of us waiting for each other."""
    # An update that changes nothing still takes the row's lock, and reads what the last writer committed.
    lock = (
        update(AuditHeadRow)
        .where(AuditHeadRow.site == site)
        .values(n=AuditHeadRow.n)
        .returning(AuditHeadRow.n, AuditHeadRow.hash)
        .execution_options(synchronize_session=False)
    )
    if head := (await session.execute(lock)).first():
        return head.n, head.hash
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    await session.execute(build(AuditHeadRow).values(site=site, n=0, hash=GENESIS).on_conflict_do_nothing())
    head = (await session.execute(lock)).one()
    return head.n, head.hash


async def append(
    session: AsyncSession, *, site: str, at: datetime, who: str, act: str, update_id: str, detail: Json
) -> None:
    """Add an entry in the caller's transaction."""
    last, previous = await hold(session, site)
    n, text = last + 1, canonical(detail)
    own = _hash(site, n, at, who, act, update_id, text, previous)
    await session.execute(
        insert(AuditRow).values(
            site=site,
            n=n,
            at=at,
            who=who,
            act=act,
            update_id=update_id,
            detail=text,
            previous_hash=previous,
            hash=own,
        )
    )
    await session.execute(
        update(AuditHeadRow)
        .where(AuditHeadRow.site == site)
        .values(n=n, hash=own)
        .execution_options(synchronize_session=False)
    )


async def verify(session: AsyncSession, site: str) -> AuditReport:
    """Recompute the chain; an entry changed, removed, inserted or cut off at the end is found."""
    previous, expected = GENESIS, 0
    rows = await session.stream_scalars(
        select(AuditRow).where(AuditRow.site == site).order_by(AuditRow.n).execution_options(yield_per=500)
    )
    async for row in rows:
        expected += 1
        if row.n != expected:
            return _broken(expected, "an entry is missing")
        if row.previous_hash != previous:
            return _broken(expected, "the entry does not follow the one before")
        own = _hash(site, row.n, row.at, row.who, row.act, row.update_id, row.detail, previous)
        if row.hash != own:
            return _broken(expected, "the entry was changed")
        previous = own
    head = await session.scalar(select(AuditHeadRow).where(AuditHeadRow.site == site))
    if head is not None and (head.n != expected or head.hash != previous):
        return _broken(expected + 1, "entries at the end are missing")
    return AuditReport(intact=True, entries=expected)


async def entries(
    session: AsyncSession, site: str, *, update_id: str | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The chain, oldest first, ready for JSON lines; or only what concerns one update."""
    query = select(AuditRow).where(AuditRow.site == site).order_by(AuditRow.n)
    if update_id is not None:
        query = query.where(AuditRow.update_id == update_id)
    rows = await session.stream_scalars(query.execution_options(yield_per=500))
    async for row in rows:
        yield {
            "n": row.n,
            "at": row.at.isoformat(),
            "who": row.who,
            "act": row.act,
            "update": row.update_id,
            "detail": json.loads(row.detail),
            "previous_hash": row.previous_hash,
            "hash": row.hash,
        }


def _broken(at: int, reason: str) -> AuditReport:
    return AuditReport(intact=False, entries=at - 1, broken_at=at, reason=reason)


def _hash(
    site: str, n: int, at: datetime, who: str, act: str, update_id: str, detail: str, previous: str
) -> str:
    # Whole microseconds: what both databases keep of an instant.
    return digest([site, n, int(at.timestamp() * 1_000_000), who, act, update_id, detail, previous])
