"""Brings the newest generation from the database into memory, page by page, or maps the files made of it before."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import store, words
from knowledge.chunking import index_text
from knowledge.indexes.cells import Cells, part
from knowledge.indexes.files import IndexFiles, VectorsFile
from knowledge.indexes.pile import Card, Pile, PileMaker
from knowledge.ports import Embedder
from knowledge.snapshot import Snapshot
from knowledge.tables import DocumentRow, PassageRow
from knowledge.values import PUBLIC, Document, Passage

_PAGES = 200
"""Read at a time."""
FILES_FROM = 5_000
"""Passages; fewer are packed in less time than opening files takes."""

_Passages = list[tuple[Passage, str]]


class _Moved(Exception):
    """Another generation was made while this one was read."""


async def load(
    sessions: async_sessionmaker[AsyncSession], site: str, embedder: Embedder, index_dir: Path | None = None
) -> Snapshot:
    """The newest generation, with the public shelf built, so that the first visitor does not wait for it."""
    while True:
        async with sessions() as session:
            number = await store.generation_of(session, site)
            try:
                snapshot = await _load(session, site, number, embedder, index_dir)
            except _Moved:
                continue
        async with sessions() as session:
            # Read-committed databases may show two generations to two statements: then read again.
            if await store.generation_of(session, site) == number:
                break
    await asyncio.to_thread(_warm, snapshot)
    return snapshot


def _warm(snapshot: Snapshot) -> None:
    shelf = snapshot.shelf((PUBLIC,))
    shelf.speller.mend("warm")


async def _load(
    session: AsyncSession, site: str, number: int, embedder: Embedder, index_dir: Path | None
) -> Snapshot:
    count = await session.scalar(select(func.count()).where(PassageRow.site == site)) or 0
    pages, stamp = await _pages(session, site, embedder.name)
    if index_dir is None or count < FILES_FROM:
        vectors = _Held(count, embedder.dim)
        maker = await _packed(session, site, pages, embedder, vectors)
        return Snapshot(number, await asyncio.to_thread(maker.done, vectors.whole()))
    files = IndexFiles(index_dir, site)
    found = await asyncio.to_thread(files.open, stamp)
    if found is None:
        with files.workshop() as workshop:
            written = VectorsFile(workshop, (count, embedder.dim))
            try:
                maker = await _packed(session, site, pages, embedder, written)
            finally:
                written.close()
            if len(maker) != count:
                raise _Moved
            arrays = await asyncio.to_thread(maker.arrays)
            await asyncio.to_thread(files.publish, workshop, stamp, maker.cards, arrays)
            del maker, arrays
        _give_back()
        found = await asyncio.to_thread(files.open, stamp)
        if found is None:
            raise _Moved
    await asyncio.to_thread(files.tidy, stamp)
    return Snapshot(number, Pile(*found), parted=partial(_parted, files, stamp))


def _give_back() -> None:
    """Building leaves the allocator with more freed memory than the site needs; only glibc has to be asked for it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _parted(
    files: IndexFiles,
    stamp: str,
    labels: frozenset[str],
    vectors: NDArray[np.float32],
    rows: NDArray[np.int64],
) -> Cells:
    return files.cells(stamp, labels, lambda: part(vectors, rows))


async def _pages(session: AsyncSession, site: str, embedder: str) -> tuple[list[str], str]:
    """The pages' ids by path, and a stamp that differs whenever the files made of them would."""
    table = DocumentRow
    wanted = select(
        table.path, table.id, table.digest, table.url, table.title, table.audience, table.expires,
        table.updated, table.superseded_by, table.supersedes,
    ).where(table.site == site)  # fmt: skip
    rows = sorted((tuple(row) for row in await session.execute(wanted)), key=lambda row: str(row[0]))
    digest = hashlib.sha256(f"{embedder}\n{_recipe()}\n".encode())
    for row in rows:
        digest.update(repr(row).encode())
    return [str(row[1]) for row in rows], digest.hexdigest()[:32]


def _recipe() -> str:
    """How words are read: the module and its lists. Files made by another recipe are not opened."""
    home = Path(words.__file__)
    digest = hashlib.sha256(home.read_bytes())
    digest.update((home.parent / "data" / "stop_words.txt").read_bytes())
    return digest.hexdigest()


class _Held:
    """Vectors in memory, in the place of a file."""

    def __init__(self, count: int, dim: int) -> None:
        self._vectors = np.empty((count, dim), np.float32)
        self._filled = 0

    def add(self, vectors: NDArray[np.float32]) -> None:
        end = self._filled + len(vectors)
        if end > len(self._vectors):
            raise _Moved
        self._vectors[self._filled : end] = vectors
        self._filled = end

    def whole(self) -> NDArray[np.float32]:
        if self._filled != len(self._vectors):
            raise _Moved
        return self._vectors


async def _packed(
    session: AsyncSession, site: str, pages: Sequence[str], embedder: Embedder, vectors: _Held | VectorsFile
) -> PileMaker:
    maker = PileMaker()
    for at in range(0, len(pages), _PAGES):
        documents = await store.documents_of(session, site, pages[at : at + _PAGES])
        passages = await store.passages_of(session, site, documents)
        hashes = [text_hash for document in documents for _, text_hash in passages[document.id]]
        known = await store.embeddings(session, site, embedder.name, hashes)
        await asyncio.to_thread(_add, maker, documents, passages, known, embedder, vectors)
    return maker


def _add(
    maker: PileMaker,
    documents: Sequence[Document],
    passages: dict[str, _Passages],
    known: dict[str, NDArray[np.float32]],
    embedder: Embedder,
    vectors: _Held | VectorsFile,
) -> None:
    # Another model than at ingest, or a cache that was cleared: embed what is not there.
    missing = {
        text_hash: index_text(document.title, passage)
        for document in documents
        for passage, text_hash in passages[document.id]
        if text_hash not in known
    }
    made: Any = embedder.embed(list(missing.values())) if missing else ()
    known |= dict(zip(missing, made, strict=True))
    for document in documents:
        held = passages[document.id]
        maker.add(Card.of(document), [passage for passage, _ in held])
        if held:
            vectors.add(np.stack([known[text_hash] for _, text_hash in held]))
