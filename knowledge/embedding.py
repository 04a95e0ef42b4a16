"""Embeds what is new and saves it batch by batch, reading ahead and saving behind, so that the embedder never waits."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import store
from knowledge.ports import Embedder
from knowledge.values import OnProgress, Progress

BATCH = 64
"""Saved batch by batch: an ingest that was interrupted does not embed these again."""
_AHEAD = 2
_LOOKS_AT = 2_000
_NICENESS = 10

_Batch = Mapping[str, str]
"""Texts by their hash."""
_Made = tuple[list[str], NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Embedded:
    """How much there was to do and how long the embedder worked."""

    count: int
    busy_s: float


async def embed_missing(
    sessions: async_sessionmaker[AsyncSession],
    embedder: Embedder,
    site: str,
    texts: Mapping[str, str],
    *,
    now: datetime,
    tell: OnProgress,
) -> Embedded:
    """Embeds the texts (by hash) that are not cached."""
    waiting: asyncio.Queue[_Batch | None] = asyncio.Queue(_AHEAD)
    made: asyncio.Queue[_Made | None] = asyncio.Queue(_AHEAD)
    work = _Work(sessions, embedder, site, now, tell, len(texts))
    async with asyncio.TaskGroup() as together:
        together.create_task(work.look_up(texts, waiting))
        busy = together.create_task(work.embed(waiting, made))
        together.create_task(work.save(made))
    return Embedded(work.embedded, busy.result())


class _Work:
    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        embedder: Embedder,
        site: str,
        now: datetime,
        tell: OnProgress,
        total: int,
    ) -> None:
        self._sessions = sessions
        self._embedder = embedder
        self._site = site
        self._now = now
        self._tell = tell
        self._total = total
        self._done = 0
        self.embedded = 0

    async def look_up(self, texts: Mapping[str, str], waiting: asyncio.Queue[_Batch | None]) -> None:
        """Hands on what is not cached, in the order of the pages."""
        hashes, batch = list(texts), dict[str, str]()
        for at in range(0, len(hashes), _LOOKS_AT):
            some = hashes[at : at + _LOOKS_AT]
            async with self._sessions() as session:
                cached = await store.embedded(session, self._site, self._embedder.name, some)
            self._done += len(cached)
            for text_hash in some:
                if text_hash in cached:
                    continue
                batch[text_hash] = texts[text_hash]
                if len(batch) == BATCH:
                    await waiting.put(batch)
                    batch = {}
        if batch:
            await waiting.put(batch)
        await waiting.put(None)

    async def embed(self, waiting: asyncio.Queue[_Batch | None], made: asyncio.Queue[_Made | None]) -> float:
        """On a thread of its own that gives way to visitors; returns how long that thread worked."""
        busy = 0.0
        loop = asyncio.get_running_loop()
        pool = ThreadPoolExecutor(1, thread_name_prefix="embed", initializer=_give_way)
        try:
            while (batch := await waiting.get()) is not None:
                vectors, took = await loop.run_in_executor(pool, self._timed, list(batch.values()))
                busy += took
                await made.put((list(batch), vectors))
        finally:
            # Whoever stops this must not wait for the batch, and neither may the loop that serves visitors.
            pool.shutdown(wait=False, cancel_futures=True)
        await made.put(None)
        return busy

    def _timed(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], float]:
        started = time.perf_counter()
        return self._embedder.embed(texts), time.perf_counter() - started

    async def save(self, made: asyncio.Queue[_Made | None]) -> None:
        while (some := await made.get()) is not None:
            hashes, vectors = some
            rows = dict(zip(hashes, vectors, strict=True))
            async with self._sessions.begin() as session:
                await store.save_embeddings(session, self._site, self._embedder.name, rows, self._now)
            self.embedded += len(hashes)
            self._done += len(hashes)
            self._tell(Progress("embedding", self._done, self._total))


def _give_way() -> None:
    # On Linux niceness belongs to a thread; elsewhere it would slow the whole process for good.
    if sys.platform == "linux":
        os.nice(_NICENESS)
