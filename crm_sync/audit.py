"""The audit trail: append-only, each entry chained by hash to the one before, one chain per site."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from crm_sync.documents.canonical import Json, canonical, digest
from crm_sync.tables import AuditHeadRow, AuditRow
from crm_sync.values import AuditReport

GENESIS = "0" * 64


# Spelled once: to build a statement takes longer than to run it.
_HEADS, _ENTRIES = cast("Table", AuditHeadRow.__table__), cast("Table", AuditRow.__table__)
_OF_SITE = _HEADS.c.site == bindparam("of_site")
# An update that changes nothing still takes the row's lock, and reads what the last writer committed.
_LOCK = update(_HEADS).where(_OF_SITE).values(n=_HEADS.c.n).returning(_HEADS.c.n, _HEADS.c.hash)
_MOVE_ON = update(_HEADS).where(_OF_SITE).values(n=bindparam("last"), hash=bindparam("own"))
_ADD = insert(_ENTRIES)
_HELD = "crm_sync.audit"
"""Where a session remembers the end of the chain that its transaction holds."""


async def hold(session: AsyncSession, site: str) -> tuple[int, str]:
    """Make this transaction the chain's next writer; returns its last number and hash. Taken before any row of the
    ledger is locked: with one order for everybody, PostgreSQL never finds two of us waiting for each other."""
    if held := _held(session, site):
        return held
    if (head := (await session.execute(_LOCK, {"of_site": site})).first()) is None:
        build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        await session.execute(build(_HEADS).values(site=site, n=0, hash=GENESIS).on_conflict_do_nothing())
        head = (await session.execute(_LOCK, {"of_site": site})).one()
    _remember(session, site, head.n, head.hash)
    return head.n, head.hash


async def append(
    session: AsyncSession, *, site: str, at: datetime, who: str, act: str, update_id: str, detail: Json
) -> None:
    """Add an entry in the caller's transaction."""
    await append_many(session, site=site, at=at, who=who, acts=[(act, update_id, detail)])


async def append_many(
    session: AsyncSession, *, site: str, at: datetime, who: str, acts: Sequence[tuple[str, str, Json]]
) -> None:
    """Add an entry for each (act, update, detail), in the caller's transaction."""
    n, previous = await hold(session, site)
    added: list[dict[str, Any]] = []
    for act, update_id, detail in acts:
        n, text = n + 1, canonical(detail)
        own = _hash(site, n, at, who, act, update_id, text, previous)
        added.append(
            {
                "site": site, "n": n, "at": at, "who": who, "act": act, "update_id": update_id, "detail": text,
                "previous_hash": previous, "hash": own,
            }
        )  # fmt: skip
        previous = own
    await session.run_sync(_write, added, {"of_site": site, "last": n, "own": previous})
    _remember(session, site, n, previous)


def _write(session: Session, added: list[dict[str, Any]], end: dict[str, Any]) -> None:
    # Two statements in one change to the driver's side, past the unit of work, which has nothing to do with them.
    connection = session.connection()
    connection.execute(_ADD, added[0] if len(added) == 1 else added)
    connection.execute(_MOVE_ON, end)


def _held(session: AsyncSession, site: str) -> tuple[int, str] | None:
    """The end of the chain, where this very transaction has it already."""
    transaction, ends = session.info.get(_HELD, (None, {}))
    end: tuple[int, str] | None = ends.get(site)
    return end if transaction is not None and transaction is _only(session) else None


def _remember(session: AsyncSession, site: str, n: int, own: str) -> None:
    transaction, ends = session.info.get(_HELD, (None, {}))
    if (now := _only(session)) is None:
        session.info.pop(_HELD, None)
    elif transaction is now:
        ends[site] = (n, own)
    else:
        session.info[_HELD] = (now, {site: (n, own)})


def _only(session: AsyncSession) -> object | None:
    """The transaction; None inside a savepoint, which may be taken back without the rest."""
    inner = session.sync_session
    return None if inner.in_nested_transaction() else inner.get_transaction()


class Chain:
    """Follows one site's entries, oldest first, and says where the first one is that does not fit."""

    def __init__(self, site: str) -> None:
        self._site = site
        self.n = 0
        self.hash = GENESIS

    def take(self, entry: Mapping[str, Any], detail: str) -> str:
        """What is wrong with the next entry; empty when it fits. `detail` is its text as it was hashed."""
        if entry["n"] != self.n + 1:
            return "an entry is missing"
        if entry["previous_hash"] != self.hash:
            return "the entry does not follow the one before"
        told = (entry["who"], entry["act"], entry["update_id"], detail, self.hash)
        if entry["hash"] != _hash(self._site, entry["n"], entry["at"], *told):
            return "the entry was changed"
        self.n, self.hash = entry["n"], entry["hash"]
        return ""

    def broken(self, reason: str) -> AuditReport:
        return AuditReport(intact=False, entries=self.n, broken_at=self.n + 1, reason=reason)

    def ends(self, n: int, own: str) -> AuditReport:
        """Whether this is all there should be."""
        if (n, own) != (self.n, self.hash):
            return self.broken("entries at the end are missing")
        return AuditReport(intact=True, entries=self.n)


async def verify(session: AsyncSession, site: str) -> AuditReport:
    """Recompute the chain; an entry changed, removed, inserted or cut off at the end is found."""
    # The end first: what others add while we read lies behind it.
    n, own = await _end(session, site)
    chain, mine = Chain(site), select(AuditRow).where(AuditRow.site == site)
    rows = await session.stream_scalars(
        mine.where(AuditRow.n <= n).order_by(AuditRow.n).execution_options(yield_per=500)
    )
    async for row in rows:
        if wrong := chain.take(vars(row), row.detail):
            return chain.broken(wrong)
    report = chain.ends(n, own)
    last = await session.scalar(select(func.max(AuditRow.n)).where(AuditRow.site == site)) or 0
    if report.intact and last > (await _end(session, site))[0]:
        return chain.broken("entries stand behind the end that nobody wrote")
    return report


async def sites(session: AsyncSession) -> list[str]:
    """The sites that have a trail."""
    found = await session.scalars(select(AuditHeadRow.site).union(select(AuditRow.site).distinct()))
    return sorted(found)


async def end_of(session: AsyncSession, site: str) -> dict[str, Any]:
    """The last line of an export: without it nobody could tell that lines at the end are missing."""
    n, own = await _end(session, site)
    return {"site": site, "end": n, "hash": own}


async def entries(
    session: AsyncSession, site: str, *, update_id: str | None = None, until: int | None = None
) -> AsyncIterator[dict[str, Any]]:
    """The chain, oldest first, ready for JSON lines; or only what concerns one update."""
    query = select(AuditRow).where(AuditRow.site == site).order_by(AuditRow.n)
    if update_id is not None:
        query = query.where(AuditRow.update_id == update_id)
    if until is not None:
        query = query.where(AuditRow.n <= until)
    rows = await session.stream_scalars(query.execution_options(yield_per=500))
    async for row in rows:
        yield {
            "site": row.site,
            "n": row.n,
            "at": row.at.isoformat(),
            "who": row.who,
            "act": row.act,
            "update": row.update_id,
            "detail": json.loads(row.detail),
            "previous_hash": row.previous_hash,
            "hash": row.hash,
        }


async def latest(
    session: AsyncSession, site: str, *, before: int | None = None, limit: int
) -> list[AuditRow]:
    """The newest entries, or those before one of them, newest first."""
    query = select(AuditRow).where(AuditRow.site == site)
    if before is not None:
        query = query.where(AuditRow.n < before)
    return list(await session.scalars(query.order_by(AuditRow.n.desc()).limit(limit)))


async def _end(session: AsyncSession, site: str) -> tuple[int, str]:
    columns = select(AuditHeadRow.n, AuditHeadRow.hash).where(AuditHeadRow.site == site)
    head = (await session.execute(columns)).first()
    return (head.n, head.hash) if head is not None else (0, GENESIS)


def _hash(
    site: str, n: int, at: datetime, who: str, act: str, update_id: str, detail: str, previous: str
) -> str:
    # Whole microseconds: what both databases keep of an instant.
    return digest([site, n, int(at.timestamp() * 1_000_000), who, act, update_id, detail, previous])
