"""One at a time: whoever works on a key or a record holds its lease, in any coroutine of any process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import uuid_utils
from sqlalchemy import delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.errors import ProviderOccupied
from crm_sync.remote.tables import RemoteLeaseRow

_MARGIN_S = 15.0
"""For what we write down between two calls, and for clocks that differ."""


def lasting(longest_call_s: float) -> timedelta:
    """How long a lease lasts that is renewed right before each effect: no other attempt begins while the longest call
    that the vendor's adapter makes may still run."""
    return timedelta(seconds=longest_call_s + _MARGIN_S)


LASTS = lasting(60.0)
_SAID = {"key": "update", "make": "new record", "contact": "contact", "company": "company"}
_PAUSES = (0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.5, 0.5, 0.5)
"""How long somebody else is waited for, before the order is put off."""


class Lease:
    """What one attempt holds."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        clock: Callable[[], datetime],
        site: str,
        provider: str,
        lasts: timedelta = LASTS,
    ) -> None:
        self._sessions, self._clock, self._site, self._provider = sessions, clock, site, provider
        self._lasts = lasts
        self.is_in_flight = False
        """Whether an effect was asked for and nobody knows when it ends: the lease is left to run out then."""
        self._holder = str(uuid_utils.uuid7())
        self._names: set[str] = set()

    async def take(self, name: str) -> bool:
        """Hold `name` too; says whether somebody else had to be waited for. Raises ProviderOccupied."""
        for pause in _PAUSES:
            if await self._taken(name):
                self._names.add(name)
                return pause != _PAUSES[0]
            await asyncio.sleep(pause)
        # Seldom anything but a worker that died: it is not asked after every second.
        raise ProviderOccupied(
            f"Another attempt is at work on the same {_SAID[name.partition(':')[0]]}.", retry_after_s=5.0
        )

    async def renew(self, session: AsyncSession) -> None:
        """Hold on, in the caller's transaction; raises ProviderOccupied when it ran out and somebody else took over."""
        mine = (
            RemoteLeaseRow.site == self._site,
            RemoteLeaseRow.provider == self._provider,
            RemoteLeaseRow.holder == self._holder,
        )
        done = await session.execute(
            update(RemoteLeaseRow)
            .where(*mine)
            .values(until=self._clock() + self._lasts)
            .returning(RemoteLeaseRow.name)
            .execution_options(synchronize_session=False)
        )
        if len(done.all()) < len(self._names):
            raise ProviderOccupied("The attempt took so long that another one took over.", retry_after_s=1.0)

    async def hold_on(self) -> None:
        """Hold on, right before an effect, for as long as it may take."""
        async with self._sessions() as session:
            await self.renew(session)
            await session.commit()

    async def free(self) -> None:
        """Let go of everything."""
        async with self._sessions() as session:
            await session.execute(
                delete(RemoteLeaseRow).where(
                    RemoteLeaseRow.site == self._site,
                    RemoteLeaseRow.provider == self._provider,
                    RemoteLeaseRow.holder == self._holder,
                )
            )
            await session.commit()

    async def _taken(self, name: str) -> bool:
        now = self._clock()
        async with self._sessions() as session:
            build = (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(
                RemoteLeaseRow
            )
            values = {
                "site": self._site,
                "provider": self._provider,
                "name": name,
                "holder": self._holder,
                "until": now + self._lasts,
            }
            statement = (
                build.values(**values)
                .on_conflict_do_update(
                    index_elements=["site", "provider", "name"],
                    set_={"holder": self._holder, "until": now + self._lasts},
                    where=or_(RemoteLeaseRow.until <= now, RemoteLeaseRow.holder == self._holder),
                )
                .returning(RemoteLeaseRow.name)
            )
            done = await session.execute(statement)
            mine = done.first() is not None
            await session.commit()
        return mine


@asynccontextmanager
async def lease(
    sessions: async_sessionmaker[AsyncSession],
    clock: Callable[[], datetime],
    site: str,
    provider: str,
    name: str,
    lasts: timedelta = LASTS,
) -> AsyncIterator[Lease]:
    """Hold `name` for the length of the block, however it ends; longer while an effect of it is in flight."""
    held = Lease(sessions, clock, site, provider, lasts)
    await held.take(name)
    try:
        yield held
    finally:
        if not held.is_in_flight:
            await asyncio.shield(held.free())
