"""Reads sources in the background of a serving process: on demand, and those whose time has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

from knowledge import Library
from knowledge.errors import KnowledgeError, SourceBusyError, SourceUnknownError
from knowledge.values import Progress
from server.telemetry import log


class SourceReads:
    """One task a source; how it went is kept by the library, how far it is only here."""

    def __init__(self, library: Library, clock: Callable[[], datetime]) -> None:
        self._library = library
        self._clock = clock
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._progress: dict[tuple[str, str], Progress] = {}

    async def start(self, site: str, name: str) -> None:
        """Begin to read it; raises when there is no such source or somebody is reading it already."""
        known = {source.name: source for source in await self._library.sources(site)}
        if name not in known:
            raise SourceUnknownError(
                f"site {site!r} has no source {name!r}: list the sources to see their names"
            )
        if (site, name) in self._tasks or known[name].state == "reading":
            raise SourceBusyError(f"source {name!r} is being read already: wait until it is done")
        self._begin(site, name)

    async def start_due(self, sites: Sequence[str]) -> None:
        """Begin to read every source whose time has come."""
        for site in sites:
            for name in await self._library.due(site, self._clock()):
                if (site, name) not in self._tasks:
                    self._begin(site, name)

    def progress(self, site: str, name: str) -> Progress | None:
        """How far this process is with it."""
        return self._progress.get((site, name))

    def is_reading(self, site: str, name: str) -> bool:
        """Whether this process is at it."""
        return (site, name) in self._tasks

    async def settled(self) -> None:
        """When everything begun is over."""
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def stop(self) -> None:
        """Break off; what was fetched is kept and the next reading goes on from there."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, site: str, name: str) -> None:
        key = (site, name)
        task = asyncio.create_task(self._read(site, name))
        self._tasks[key] = task
        task.add_done_callback(lambda _: (self._tasks.pop(key, None), self._progress.pop(key, None)))

    async def _read(self, site: str, name: str) -> None:
        def tell(progress: Progress) -> None:
            self._progress[site, name] = progress

        try:
            report = await self._library.read_source(site, name, now=self._clock(), progress=tell)
        except KnowledgeError as error:
            # The source says it in the console; nobody waits for this task.
            log().warning("source.not_read", site=site, source=name, code=error.code, why=str(error))
        except Exception:  # noqa: BLE001  a task that nobody awaits; the log says what it was
            log().exception("source.reading_failed", site=site, source=name)
        else:
            counts = {word: len(getattr(report, word)) for word in ("added", "changed", "removed", "broken")}
            log().info("source.read", site=site, source=name, **counts)
