"""Whether a site's CRM takes an update now: its rate, its places, and the pause while it refuses our key or is away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from sqlalchemy import Table, and_, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit
from crm_sync.delivering.states import LEASE
from crm_sync.delivering.tables import ProviderStateRow
from crm_sync.tables import UpdateRow

WORKER = "delivery"
PATIENCE = timedelta(seconds=10)
"""A longer pause than this is left to the sweep, so that nobody sits in a queue's place for it."""
AWAY_AFTER = 10
"""So many failures in a row are no accident any more: at one in five it happens once in ten million times."""
Shut = Literal["refused", "away"]
_PROBES: dict[Shut, tuple[timedelta, timedelta]] = {
    "refused": (timedelta(minutes=1), timedelta(minutes=30)),
    "away": (timedelta(seconds=15), timedelta(minutes=10)),
}
"""When the first update may ask again, and the longest pause, as each refusal doubles it."""
_PAUSE_AT_MOST = timedelta(hours=1)
_STATES = cast("Table", ProviderStateRow.__table__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a site's CRM may be asked at most, over all processes; 0 means no limit."""

    concurrency: int = 0
    per_second: float = 0.0


LimitsOf = Callable[[str], Limits]


@dataclass(frozen=True, slots=True)
class ProviderState:
    """How a site's CRM stands to us. While it is not open deliveries wait, and none of their attempts is used up:
    `refused`: it said no to our key or account; `away`: it does not answer, or not well."""

    standing: Literal["open", "refused", "away"]
    since: datetime | None = None
    words: str = ""
    next_probe_at: datetime | None = None
    """None while it is not open: only a person lets deliveries go on."""
    probes: int = 0
    waits_until: datetime | None = None
    """The CRM asked for a pause, which ends then."""

    @property
    def is_gone(self) -> bool:
        """It wants nothing more from us, whatever the key: no update asks again before a person resumes."""
        return self.standing != "open" and self.next_probe_at is None


async def state(session: AsyncSession, site: str, now: datetime) -> ProviderState:
    """How it stands now."""
    row = await _row(session, site)
    if row is None:
        return ProviderState("open")
    waits = row.free_at if row.free_at is not None and row.free_at > now + PATIENCE else None
    if row.standing == "open":
        return ProviderState("open", waits_until=waits)
    return ProviderState(row.standing, row.since, row.words or "", row.probe_at, row.probes, waits)


async def admit(
    session: AsyncSession, site: str, limits: Limits, now: datetime
) -> Literal["goes", "probes"] | None:
    """Whether one more attempt may begin, in the transaction that claims it; roll back when nothing is claimed."""
    row = await _row(session, site)
    if row is not None and row.standing != "open":
        if row.probe_at is None or now < row.probe_at:
            return None
        # Half open: one update asks, and the others wait for what it hears.
        mine = await session.execute(
            update(_STATES)
            .where(_STATES.c.site == site, _STATES.c.probe_at == row.probe_at)
            .values(probe_at=now + LEASE)
            .returning(_STATES.c.site)
        )
        return "probes" if mine.first() is not None else None
    if limits.concurrency and await _under_way(session, site, now) >= limits.concurrency:
        return None
    return "goes"


async def waits(session: AsyncSession, site: str, now: datetime) -> float:
    """Seconds of the pause that the CRM asked for and that are left."""
    row = await _row(session, site)
    return max((row.free_at - now).total_seconds(), 0.0) if row is not None and row.free_at else 0.0


async def reserve(session: AsyncSession, site: str, limits: Limits, now: datetime) -> float:
    """Seconds until this attempt may begin, where a rate is kept. Its place in the row is taken, unless it is too far
    off to wait for."""
    free_at = await _locked(session, site)
    begins = max(free_at, now) if free_at is not None else now
    if begins - now <= PATIENCE:
        after = begins + timedelta(seconds=1 / limits.per_second)
        await session.execute(update(_STATES).where(_STATES.c.site == site).values(free_at=after))
    return (begins - now).total_seconds()


async def put_off(session: AsyncSession, site: str, seconds: float, now: datetime) -> None:
    """The CRM asked everybody to wait (Retry-After)."""
    free_at = await _locked(session, site)
    until = now + min(timedelta(seconds=seconds), _PAUSE_AT_MOST)
    if free_at is None or free_at < until:
        await session.execute(update(_STATES).where(_STATES.c.site == site).values(free_at=until))


async def close(
    session: AsyncSession,
    *,
    site: str,
    standing: Shut,
    words: str,
    update_id: str,
    now: datetime,
    for_good: bool = False,
) -> None:
    """Nothing is sent any more until one update that asks gets through, or a person resumes. `for_good`: none asks."""
    await _locked(session, site)
    row = await _row(session, site)
    assert row is not None, "it was locked a moment ago"
    is_new = row.standing == "open"
    probes = 1 if is_new else row.probes + 1
    first, most = _PROBES[standing]
    # Who comes back late with a failure does not hide that our key is refused.
    kept = "refused" if row.standing == "refused" else standing
    asks_never = for_good or (not is_new and row.probe_at is None)
    await session.execute(
        update(_STATES)
        .where(_STATES.c.site == site)
        .values(
            standing=kept,
            since=now if is_new else row.since,
            words=words,
            probes=probes,
            probe_at=None if asks_never else now + min(first * 2.0 ** min(probes - 1, 10), most),
        )
    )
    if is_new or kept != row.standing:
        detail = {"more": {"error": words}}
        await audit.append(
            session, site=site, at=now, who=WORKER, act=f"crm_{kept}", update_id=update_id, detail=detail
        )


async def failed(session: AsyncSession, *, site: str, words: str, update_id: str, now: datetime) -> None:
    """An attempt was put off. After some in a row with no success between them the CRM is away, and none is used up."""
    await _locked(session, site)
    counted = update(_STATES).where(_STATES.c.site == site).values(failures=_STATES.c.failures + 1)
    row = (await session.execute(counted.returning(_STATES.c.failures, _STATES.c.standing))).one()
    if row.failures >= AWAY_AFTER and row.standing == "open":
        await close(session, site=site, standing="away", words=words, update_id=update_id, now=now)


async def worked(session: AsyncSession, *, site: str) -> None:
    """The CRM took one."""
    await session.execute(
        update(_STATES).where(_STATES.c.site == site, _STATES.c.failures > 0).values(failures=0)
    )


async def reopen(session: AsyncSession, site: str, *, by: str, update_id: str, now: datetime) -> bool:
    """Deliveries go on; says whether they had stopped."""
    done = await session.execute(
        update(_STATES)
        .where(_STATES.c.site == site, or_(_STATES.c.standing != "open", _STATES.c.free_at > now))
        .values(standing="open", since=now, probes=0, failures=0, probe_at=None, free_at=None, resumed_by=by)
        .returning(_STATES.c.site)
    )
    if done.first() is None:
        return False
    await audit.append(
        session, site=site, at=now, who=by, act="crm_resumed", update_id=update_id, detail={"more": None}
    )
    return True


async def shut(session: AsyncSession, now: datetime) -> tuple[frozenset[str], frozenset[str]]:
    """The sites that take nothing now, and those where one update may ask."""
    closed = _STATES.c.standing != "open"
    found = await session.execute(
        select(_STATES.c.site, and_(closed, _STATES.c.probe_at <= now)).where(
            or_(closed, _STATES.c.free_at > now + PATIENCE)
        )
    )
    rows = found.all()
    return (
        frozenset(site for site, may_ask in rows if not may_ask),
        frozenset(site for site, may_ask in rows if may_ask),
    )


async def _row(session: AsyncSession, site: str) -> Any:
    return (await session.execute(select(_STATES).where(_STATES.c.site == site))).first()


async def _locked(session: AsyncSession, site: str) -> datetime | None:
    """When the site is free, its row made where there was none, and held to the end of the transaction."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    insertion = build(_STATES).values(site=site, standing="open", probes=0, failures=0)
    held = insertion.on_conflict_do_update(index_elements=["site"], set_={"site": insertion.excluded.site})
    free_at: datetime | None = (await session.execute(held.returning(_STATES.c.free_at))).scalar_one()
    return free_at


async def _under_way(session: AsyncSession, site: str, now: datetime) -> int:
    if session.get_bind().dialect.name == "postgresql":
        # Two that count at once would both find the last place free.
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        await session.execute(lock, {"name": f"frontdesk crm places:{site}"})
    found = await session.scalar(
        select(func.count()).where(
            UpdateRow.site == site,
            UpdateRow.status == "delivering",
            UpdateRow.next_attempt_at > now,
        )
    )
    return found or 0
