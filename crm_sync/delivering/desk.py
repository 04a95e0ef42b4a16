"""The part of the ledger where updates leave: attempts, what is due, a CRM that refuses us, dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync import audit, rows
from crm_sync.deciding.desk import Deciding
from crm_sync.deciding.verdicts import Decided
from crm_sync.delivering import gates, lining_up
from crm_sync.delivering.delivery import Delivery
from crm_sync.delivering.gates import LimitsOf, ProviderState
from crm_sync.delivering.states import IN_FLIGHT
from crm_sync.tables import UpdateRow
from crm_sync.values import PendingUpdate, Status

_GO_ON: tuple[Status, ...] = ("delivered", "needs_review", "rejected", "retrying")
"""After these whoever made the attempt has time for another update of the site."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where one attempt left an update, and the update that may go next: of the same contact, else of the site."""

    status: Status
    next_attempt_at: datetime | None
    follower: str | None
    is_held: bool = False
    """Its site takes nothing now: leave it to the sweep."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended."""

    at: datetime
    number: int
    outcome: Status
    words: str
    """The CRM's own, or ours; empty where it was delivered."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """What has not arrived at a site's CRM."""

    waiting: int
    retrying: int
    dead: int
    oldest_at: datetime | None


class Delivering:
    """What `Ledger` offers to those who deliver; it shares the ledger's sessions."""

    _sessions: async_sessionmaker[AsyncSession]
    _readers: async_sessionmaker[AsyncSession]
    _delivery: Delivery
    _limits: LimitsOf

    async def deliver(self, update_id: str, *, now: datetime) -> Status:
        """One attempt to deliver; harmless to repeat, at any time, from any number of workers."""
        return (await self._delivery.deliver(update_id, now=now)).status

    async def place(self, update_id: str, *, now: datetime) -> float:
        """Seconds until the site's CRM takes this one, by the rate that it may be asked at; the place is kept."""
        async with self._readers() as session:
            site = await lining_up.site_of(session, update_id)
            limits = self._limits(site) if site is not None else gates.Limits()
            if site is None or not limits.per_second:
                return await gates.waits(session, site, now) if site is not None else 0.0
        async with self._sessions() as session:
            wait_s = await gates.reserve(session, site, limits, now)
            await session.commit()
        return wait_s

    async def attempt(self, update_id: str, *, now: datetime) -> Delivered:
        """`deliver` for a workflow: also says when to come back and what waited behind this update."""
        tried = await self._delivery.deliver(update_id, now=now)
        async with self._readers() as session:
            again = await session.scalar(select(UpdateRow.next_attempt_at).where(UpdateRow.id == update_id))
            follower = None
            if not tried.is_held:
                follower = await lining_up.next_of_contact(session, update_id, now=now)
            if follower is None and not tried.is_held and tried.status in _GO_ON:
                follower = await lining_up.next_of_site(session, update_id, now=now)
        return Delivered(tried.status, again, follower, tried.is_held)

    async def due(self, now: datetime, limit: int = 100) -> list[str]:
        """Ids of updates that could be delivered now, at most `limit` of a site: for the sweep that finds what a crash
        left behind."""
        async with self._readers() as session:
            return await lining_up.due(session, now=now, limit=limit)

    async def site_of(self, update_id: str) -> str | None:
        """Whose update it is."""
        async with self._readers() as session:
            return await lining_up.site_of(session, update_id)

    async def provider_state(self, site: str, now: datetime) -> ProviderState:
        """Whether the site's CRM takes updates, and since when it refuses our key, in its words."""
        async with self._readers() as session:
            return await gates.state(session, site, now)

    async def resume(self, site: str, by: str, now: datetime) -> bool:
        """Somebody mended what the CRM refused: deliveries go on at once. Says whether they had stopped."""
        async with self._sessions() as session:
            was_shut = await gates.reopen(session, site, by=by, update_id="", now=now)
            await session.commit()
        return was_shut

    async def replay(self, site: str, ids: Sequence[str], by: str, now: datetime) -> tuple[Decided, ...]:
        """Send dead letters once more, with as many attempts as at first; says of each what became of it, and leaves
        alone what only a rep may release. Start deliveries afterwards, or let the sweep."""
        assert isinstance(self, Deciding), "the ledger is both"
        wanted = list(dict.fromkeys(ids))
        dead: set[str] = set()
        async with self._readers() as session:
            for first in range(0, len(wanted), 500):
                query = select(UpdateRow.id).where(
                    UpdateRow.site == site,
                    UpdateRow.status == "needs_review",
                    UpdateRow.id.in_(wanted[first : first + 500]),
                )
                dead.update(await session.scalars(query))
        return await self.approve_many(site, [id_ for id_ in wanted if id_ in dead], by=by, now=now)

    async def dead_letters(self, site: str, *, limit: int = 100, after: str = "") -> list[PendingUpdate]:
        """What could not be delivered and waits for somebody, oldest first; `after` is the id of the last one seen."""
        query = select(UpdateRow).where(UpdateRow.site == site, UpdateRow.status == "needs_review")
        place = tuple_(UpdateRow.created_at, UpdateRow.id)
        async with self._readers() as session:
            if after:
                last = await rows.load(session, site, after)
                query = query.where(place > tuple_(last.created_at, last.id))
            found = await session.scalars(query.order_by(UpdateRow.created_at, UpdateRow.id).limit(limit))
            return [rows.pending(row) for row in found]

    async def attempts(self, site: str, id: str) -> list[Attempt]:  # noqa: A002
        """Every attempt to deliver an update, oldest first, from the audit trail."""
        found: list[Attempt] = []
        async with self._readers() as session:
            async for entry in audit.entries(session, site, update_id=id):
                more = entry["detail"].get("more")
                if entry["who"] == gates.WORKER and isinstance(more, dict) and "attempt" in more:
                    at, words = datetime.fromisoformat(entry["at"]), more.get("error") or ""
                    found.append(Attempt(at, more["attempt"], entry["act"], words))
        return found

    async def backlog(self, site: str) -> Backlog:
        """What has not arrived, for the metrics; costs what is in flight, however much was delivered before."""
        counted = (
            select(UpdateRow.status, func.count(), func.min(UpdateRow.created_at))
            .where(UpdateRow.site == site, lining_up.in_flight(UpdateRow))
            .group_by(UpdateRow.status)
        )
        dead = select(func.count()).where(UpdateRow.site == site, UpdateRow.status == "needs_review")
        async with self._readers() as session:
            flying = {status: (count, oldest) for status, count, oldest in await session.execute(counted)}
            dead_count = await session.scalar(dead) or 0
        retrying = flying.get("retrying", (0, None))[0]
        waiting = sum(flying[status][0] for status in IN_FLIGHT if status in flying) - retrying
        oldest_at = min((oldest for _, oldest in flying.values()), default=None)
        return Backlog(waiting, retrying, dead_count, oldest_at)
