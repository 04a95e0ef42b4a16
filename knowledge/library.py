"""The door of the knowledge room: documents in, passages found, answers made only of what documents say."""

from __future__ import annotations

import asyncio
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import answering, store
from knowledge.chunking import index_text
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.ingest import ingest
from knowledge.ports import Embedder
from knowledge.snapshot import Snapshot
from knowledge.values import PUBLIC, Answer, Document, Found, IngestReport, OnProgress, Passage
from knowledge.words import fold

_ANSWERS_KEPT = 2_000
_STARTER = re.compile(r"^(?:how|what|which|can|do|does|is|are|where|when|who)\b.{8,70}\?$", re.IGNORECASE)

_AnswerKey = tuple[str, int, frozenset[str], str, tuple[str, ...]]


class Library:
    """Each site's documents, passages and answers. `find` and `answer` are plain CPU work: call them in a thread."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        embedder: Embedder,
        *,
        readers: async_sessionmaker[AsyncSession] | None = None,
    ) -> None:
        """`readers` are sessions that only read, so that loading a generation never waits for a writer."""
        self._sessions = sessions
        self._readers = readers or sessions
        self._embedder = RememberingEmbedder(embedder)
        self._ingesting = embedder
        self._snapshots: dict[str, Snapshot] = {}
        self._lock = threading.Lock()
        self._answers: OrderedDict[_AnswerKey, Answer] = OrderedDict()

    async def ingest(
        self,
        site: str,
        paths: Sequence[Path],
        *,
        base_url: str,
        now: datetime,
        progress: OnProgress | None = None,
    ) -> IngestReport:
        """Makes the site's documents exactly what the folders and files hold, and answers from them at once.

        Only what changed is read into passages and embedded; pages that are gone disappear; a broken file is
        reported, its page is left out, and the rest goes on. Readers see the old or the new generation.
        """
        report = await ingest(
            self._sessions, self._ingesting, site, paths, base_url=base_url, now=now, progress=progress
        )
        await self.refresh(site)
        return report

    async def refresh(self, site: str) -> int:
        """Loads the newest generation, which another process may have made; cheap when it is in memory already."""
        async with self._readers() as session:
            number = await store.generation_of(session, site)
        held = self._snapshots.get(site)
        if held is not None and held.generation == number:
            return number
        return await self._load(site)

    async def _load(self, site: str) -> int:
        while True:
            async with self._readers() as session:
                before = await store.generation_of(session, site)
                rows = await store.load_generation(session, site)
                hashes = [text_hash for _, passages in rows for _, text_hash in passages]
                vectors = await store.embeddings(session, site, self._ingesting.name, hashes)
            async with self._readers() as session:
                # Read-committed databases may show two generations to two statements: then read again.
                if await store.generation_of(session, site) == before:
                    break
        pairs = [(document, passage) for document, passages in rows for passage, _ in passages]
        snapshot = await asyncio.to_thread(self._snapshot, before, pairs, hashes, vectors)
        held = self._snapshots.get(site)
        if held is None or held.generation < before:
            self._snapshots[site] = snapshot
        return before

    def _snapshot(
        self,
        generation: int,
        pairs: Sequence[tuple[Document, Passage]],
        hashes: Sequence[str],
        vectors: dict[str, NDArray[np.float32]],
    ) -> Snapshot:
        # Another model than at ingest, or a cache that was cleared: embed what is not there.
        missing = {
            text_hash: index_text(document.title, passage)
            for (document, passage), text_hash in zip(pairs, hashes, strict=True)
            if text_hash not in vectors
        }
        if missing:
            vectors |= dict(zip(missing, self._ingesting.embed(list(missing.values())), strict=True))
        empty = np.empty((0, self._ingesting.dim), np.float32)
        matrix = np.stack([vectors[text_hash] for text_hash in hashes]) if hashes else empty
        snapshot = Snapshot.of(generation, pairs, matrix)
        # Built now, so that the first visitor does not wait for it.
        snapshot.shelf((PUBLIC,))
        return snapshot

    def generation(self, site: str) -> int:
        """The one in memory; 0 when nothing was ingested or `refresh` was not called yet."""
        held = self._snapshots.get(site)
        return held.generation if held else 0

    def find(
        self, site: str, question: str, *, audience: Sequence[str] = (PUBLIC,), k: int = 8
    ) -> list[Found]:
        """The best passages that this audience may see, best first."""
        snapshot = self._snapshots.get(site)
        if snapshot is None or not question.strip():
            return []
        return answering.find(snapshot.shelf(audience), self._embedder, question, k)[1]

    def answer(
        self, site: str, question: str, *, audience: Sequence[str] = (PUBLIC,), previous: Sequence[str] = ()
    ) -> Answer:
        """What the documents say, in their words. `previous`: the visitor's earlier questions, the latest last."""
        snapshot = self._snapshots.get(site)
        if snapshot is None or not question.strip():
            return Answer(question, question, (), (), True, 0.0, (), (), self.generation(site), {})  # noqa: FBT003
        labels = snapshot.labels(audience)
        key = (site, snapshot.generation, labels, fold(question).strip(), tuple(previous[-1:]))
        with self._lock:
            kept = self._answers.get(key)
        if kept is not None:
            return replace(kept, question=question)
        made = answering.answer(
            snapshot.shelf(audience),
            self._embedder,
            question,
            previous=previous,
            generation=snapshot.generation,
        )
        with self._lock:
            self._answers[key] = made
            while len(self._answers) > _ANSWERS_KEPT:
                self._answers.popitem(last=False)
        return made

    async def document(self, site: str, path: str, *, audience: Sequence[str] = (PUBLIC,)) -> Document | None:
        """The page at a path, when this audience may see it."""
        async with self._readers() as session:
            found = await store.document_at(session, site, path.strip("/"))
        return found if found and _may_see(found, audience) else None

    async def documents(self, site: str, *, audience: Sequence[str] = (PUBLIC,)) -> list[Document]:
        """Every page that this audience may see, by path."""
        async with self._readers() as session:
            found = await store.all_documents(session, site)
        return [document for document in found if _may_see(document, audience)]

    def starters(self, site: str, *, count: int = 3) -> list[str]:
        """Questions that public pages ask in their headings and answer, one a page."""
        snapshot = self._snapshots.get(site)
        if snapshot is None:
            return []
        by_page: dict[str, str] = {}
        for card, heading in snapshot.shelf((PUBLIC,)).headings():
            if _STARTER.match(heading):
                by_page.setdefault(card.id, heading)
        chosen: list[str] = []
        for question in by_page.values():
            if len(chosen) == count:
                break
            if not self.answer(site, question).abstained:
                chosen.append(question)
        return chosen


def _may_see(document: Document, audience: Sequence[str]) -> bool:
    return not {PUBLIC, *audience}.isdisjoint(document.audience)
