"""Documents in: sources that are read under a lease, folders named on the command line, and what others push."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from knowledge import schedule, store
from knowledge.chunking import RECIPE
from knowledge.errors import DocumentTakenError, KnowledgeError, SourceUnknownError
from knowledge.fetches import KeptFetches
from knowledge.ingest import AfterSave, Bench, embed_prepared, take_in
from knowledge.ports import Also, Embedder
from knowledge.preparing import prepare, with_languages
from knowledge.rows import Prepared, version_of
from knowledge.schedule import FILES, PUSHED, Held, Source
from knowledge.sources.files import read_folder
from knowledge.sources.pages import Reading
from knowledge.sources.pushed import page_of
from knowledge.sources.reading import Web, read_source
from knowledge.sources.spec import SourceSpec
from knowledge.values import Broken, Document, IngestReport, OnProgress, PutDocument

_PUSHED_SPEC = SourceSpec("pushed")
Condition = Callable[[str | None], None]
"""Raises when a change may not follow this version, or nothing. Asked again where nobody can come between."""


def any_version(_: str | None) -> None:
    """No condition."""


def _version(known: store.Stored | None) -> str | None:
    return version_of(known.digest) if known else None


class Intake:
    """Changes what a site's documents are; the library shows them."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        embedder: Embedder,
        after_save: AfterSave,
        web: Web | None = None,
    ) -> None:
        self._sessions = sessions
        self._embedder = embedder
        self._after_save = after_save
        # Sources may be fetched side by side; embedding two at once would leave visitors no processor.
        self._one_at_a_time = asyncio.Semaphore(1)
        self._web = web

    async def save_source(
        self,
        site: str,
        spec: SourceSpec,
        *,
        name: str,
        every_s: int | None,
        now: datetime,
        also: Also | None = None,
    ) -> Source:
        async with self._saving(also) as session:
            await schedule.save(session, site, spec, name=name, every_s=every_s, now=now)
            saved = await schedule.all_sources(session, site, now)
        return next(source for source in saved if source.name == name)

    async def remove_source(self, site: str, name: str, *, now: datetime, also: Also | None = None) -> None:
        """With its pages."""
        async with self._saving(also) as session:
            await store.lock_generation(session, site, now)
            gone = await schedule.remove(session, site, name)
            owned = {gone, ""} if name == FILES else {gone}
            pages = await store.stored_pages(session, site)
            ids = [page.id for page in pages.values() if page.source_id in owned]
            if ids:
                await store.save_generation(session, site, [], ids, now)
                await self._after_save(session, site)

    async def ingest(
        self, site: str, paths: Sequence[Path], *, base_url: str, now: datetime, tell: OnProgress
    ) -> IngestReport:
        """Folders and files named by hand: the source `files`."""
        spec = SourceSpec("folder", location="\n".join(str(path) for path in paths), base_url=base_url)
        async with self._sessions.begin() as session:
            known = {one.name: one for one in await schedule.all_sources(session, site)}
            if FILES not in known or known[FILES].spec != spec:
                await schedule.save(session, site, spec, name=FILES, every_s=None, now=now)
        return await self.read(site, FILES, now=now, tell=tell)

    async def put(
        self,
        site: str,
        body: PutDocument,
        *,
        now: datetime,
        condition: Condition = any_version,
        also: Also | None = None,
    ) -> Document:
        """Makes the page what the body says; the same body again changes nothing."""
        page = await asyncio.to_thread(page_of, body, recipe=RECIPE)
        drafted = await asyncio.to_thread(prepare, site, "", _PUSHED_SPEC, page, now)
        prepared = (await asyncio.to_thread(with_languages, [drafted]))[0]
        async with self._sessions() as session:
            known = await store.stored_page(session, site, page.path)
        condition(_version(known))
        if known is not None and known.digest == prepared.digest:
            return replace(prepared.document, source_id=known.source_id)
        await embed_prepared(self._sessions, self._embedder, site, [prepared], now=now)
        async with self._saving(also) as session:
            await store.lock_generation(session, site, now)
            source = await _pushed(session, site, now)
            condition(_version(await self._refuse_foreign(session, site, page.path, source)))
            document = replace(prepared.document, source_id=source)
            await store.save_generation(session, site, [replace(prepared, document=document)], [], now)
            await self._after_save(session, site)
        return document

    async def draft(self, site: str, body: PutDocument, *, now: datetime) -> Prepared:
        """The page as `put` would save it; nothing is saved."""
        page = await asyncio.to_thread(page_of, body, recipe=RECIPE)
        return await asyncio.to_thread(prepare, site, "", _PUSHED_SPEC, page, now)

    async def delete(
        self,
        site: str,
        path: str,
        *,
        now: datetime,
        condition: Condition = any_version,
        also: Also | None = None,
    ) -> bool:
        """Only what was put can be deleted: what a source brings would come back."""
        async with self._sessions.begin() as session:
            await store.lock_generation(session, site, now)
            source = await _pushed(session, site, now)
            known = await self._refuse_foreign(session, site, path.strip("/"), source)
            if known is None:
                return False
            condition(_version(known))
            await store.save_generation(session, site, [], [known.id], now)
            await self._after_save(session, site)
            if also is not None:
                await also(session)
        return True

    @asynccontextmanager
    async def _saving(self, also: Also | None) -> AsyncIterator[AsyncSession]:
        """A transaction that ends with what the caller saves beside the change."""
        async with self._sessions.begin() as session:
            yield session
            if also is not None:
                await also(session)

    async def _refuse_foreign(
        self, session: AsyncSession, site: str, path: str, source: str
    ) -> store.Stored | None:
        known = await store.stored_page(session, site, path)
        if known is not None and known.source_id != source:
            raise DocumentTakenError(
                f"the page {path!r} comes from another source, which would write over it: change it there"
            )
        return known

    async def read(self, site: str, name: str, *, now: datetime, tell: OnProgress) -> IngestReport:
        """Reads one source; raises `SourceBusyError` when another process does."""
        started = time.perf_counter()

        def clock() -> datetime:
            return now + timedelta(seconds=time.perf_counter() - started)

        async with self._sessions.begin() as session:
            held = await schedule.take(session, site, name, lease=str(uuid7()), now=now)
        bench = Bench(self._sessions, self._embedder, clock, tell, self._after_save)
        fetches = KeptFetches(self._sessions, site, held.id)
        async with self._leased(held, clock):
            reading = await _read(held, fetches, now, tell, self._web)
            async with self._one_at_a_time:
                report = await take_in(bench, held, reading, started=started)
        if reading.is_whole:
            await fetches.forget_others(held.run)
        return report

    @asynccontextmanager
    async def _leased(self, held: Held, clock: Callable[[], datetime]) -> AsyncIterator[None]:
        renewing = asyncio.create_task(self._renew(held, clock))
        try:
            yield
        except Exception as error:
            message = str(error) if isinstance(error, KnowledgeError) else f"{type(error).__name__}: {error}"
            async with self._sessions.begin() as session:
                await schedule.fail(session, held, message, now=clock())
            raise
        except BaseException:
            # Stopped from outside: the next reading goes on from here.
            await asyncio.shield(self._let_go(held, clock()))
            raise
        finally:
            renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await renewing

    async def _let_go(self, held: Held, now: datetime) -> None:
        async with self._sessions.begin() as session:
            await schedule.let_go(session, held, now=now)

    async def _renew(self, held: Held, clock: Callable[[], datetime]) -> None:
        while True:
            await asyncio.sleep(schedule.LEASE.total_seconds() / 4)
            try:
                async with self._sessions.begin() as session:
                    await schedule.renew(session, held, now=clock())
            except KnowledgeError:
                return  # Taken over: saving will notice and refuse.
            except SQLAlchemyError:
                continue  # A database that is busy for a moment: the lease lasts for three more tries.


async def _pushed(session: AsyncSession, site: str, now: datetime) -> str:
    """The source of what was put, made with the first document. The caller holds the lock: removing it takes that."""
    with contextlib.suppress(SourceUnknownError):
        return await schedule.source_id(session, site, PUSHED)
    await schedule.save(session, site, _PUSHED_SPEC, name=PUSHED, every_s=None, now=now)
    return await schedule.source_id(session, site, PUSHED)


async def _read(
    held: Held, fetches: KeptFetches, now: datetime, tell: OnProgress, web: Web | None
) -> Reading:
    if held.name != FILES:
        return await read_source(held.spec, fetches, run=held.run, recipe=RECIPE, now=now, tell=tell, web=web)
    roots = held.spec.location.split("\n")
    specs = [replace(held.spec, location=root) for root in roots]
    readings = [await asyncio.to_thread(read_folder, spec, recipe=RECIPE, tell=tell) for spec in specs]
    return _together(readings)


def _together(readings: Sequence[Reading]) -> Reading:
    pages = {path: page for reading in reversed(readings) for path, page in reading.pages.items()}
    broken = [one for reading in readings for one in reading.broken]
    seen: set[str] = set()
    for reading in readings:
        twice = sorted(seen & set(reading.pages))
        broken += [Broken(path, f"Another folder has the page {path!r} too: rename one") for path in twice]
        seen |= set(reading.pages)
    return Reading(pages, tuple(broken))
