"""What a source fetched, kept in the database: an interrupted crawl goes on, a later one asks only for what changed."""

from __future__ import annotations

import hashlib
import zlib
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge.sources.fetches import Fetch
from knowledge.store import add_missing
from knowledge.tables import FetchRow


class KeptFetches:
    """The fetches of one source; each is committed by itself, so that a crash loses none."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], site: str, source_id: str) -> None:
        self._sessions = sessions
        self._site = site
        self._source_id = source_id

    async def get(self, url: str) -> Fetch | None:
        async with self._sessions() as session:
            row = await session.scalar(select(FetchRow).where(*self._of(url)))
        if row is None:
            return None
        return Fetch(
            url=row.url,
            final_url=row.final_url,
            status=row.status,
            etag=row.etag,
            last_modified=row.last_modified,
            content_type=row.content_type,
            robots=row.robots,
            body=zlib.decompress(row.body),
            fetched_at=row.fetched_at,
            run=row.run,
        )

    async def put(self, fetch: Fetch) -> None:
        values: dict[str, Any] = {
            "url": fetch.url,
            "final_url": fetch.final_url,
            "status": fetch.status,
            "etag": fetch.etag,
            "last_modified": fetch.last_modified,
            "content_type": fetch.content_type,
            "robots": fetch.robots,
            "body": zlib.compress(fetch.body, 1),
            "fetched_at": fetch.fetched_at,
            "run": fetch.run,
        }
        key = {"site": self._site, "source_id": self._source_id, "url_hash": _hash(fetch.url)}
        async with self._sessions.begin() as session:
            changing = update(FetchRow).where(*self._of(fetch.url)).values(**values)
            changed = await session.execute(changing.returning(FetchRow.url_hash))
            if changed.scalar_one_or_none() is None:
                await add_missing(session, FetchRow, [key | values])

    async def forget_others(self, run: str) -> None:
        """Drops what a finished reading did not ask for again: those addresses are linked no more."""
        async with self._sessions.begin() as session:
            await session.execute(
                delete(FetchRow).where(
                    FetchRow.site == self._site, FetchRow.source_id == self._source_id, FetchRow.run != run
                )
            )

    def _of(self, url: str) -> tuple[Any, ...]:
        return (
            FetchRow.site == self._site,
            FetchRow.source_id == self._source_id,
            FetchRow.url_hash == _hash(url),
        )


def _hash(url: str) -> str:
    return hashlib.sha256(url.encode()).hexdigest()
