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

from crm_sync.errors import ProviderBusy
from crm_sync.remote.tables import RemoteLeaseRow

LASTS = timedelta(seconds=30)
"""As long as a delivery's, which is given to another worker then; renewed with every step that is saved."""
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
    ) -> None:
        self._sessions, self._clock, self._site, self._provider = sessions, clock, site, provider
        self._holder = str(uuid_utils.uuid7())
        self._names: set[str] = set()

    async def take(self, name: str) -> bool:
        """Hold `name` too; says whether somebody else had to be waited for. Raises ProviderBusy."""
        for pause in _PAUSES:
            if await self._taken(name):
                self._names.add(name)
                return pause != _PAUSES[0]
            await asyncio.sleep(pause)
        # Seldom anything but a worker that died: it is not asked after every second.
        raise ProviderBusy(
            f"Another attempt is at work on the same {_SAID[name.partition(':')[0]]}.", retry_after_s=5.0
        )

    async def renew(self, session: AsyncSession) -> None:
        """Hold on, in the caller's transaction; raises ProviderBusy when it ran out and somebody else took over."""
        mine = (
            RemoteLeaseRow.site == self._site,
            RemoteLeaseRow.provider == self._provider,
            RemoteLeaseRow.holder == self._holder,
        )
        done = await session.execute(
            update(RemoteLeaseRow)
            .where(*mine)
            .values(until=self._clock() + LASTS)
            .returning(RemoteLeaseRow.name)
            .execution_options(synchronize_session=False)
        )
        if len(done.all()) < len(self._names):
            raise ProviderBusy("The attempt took so long that another one took over.", retry_after_s=1.0)

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
                "until": now + LASTS,
            }
            statement = (
                build.values(**values)
                .on_conflict_do_update(
                    index_elements=["site", "provider", "name"],
                    set_={"holder": self._holder, "until": now + LASTS},
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
) -> AsyncIterator[Lease]:
    """Hold `name` for the length of the block, however it ends."""
    held = Lease(sessions, clock, site, provider)
    await held.take(name)
    try:
        yield held
    finally:
        await asyncio.shield(held.free())
