"""Brings the newest generation from the database into memory, page by page, or maps the files made of it before."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
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
from knowledge.indexes.strings import let_go
from knowledge.ports import Embedder
from knowledge.rows import version_of
from knowledge.snapshot import Snapshot
from knowledge.tables import DocumentRow, PassageRow
from knowledge.values import PUBLIC, Document, Passage

_PAGES = 200
"""Read at a time."""
FILES_FROM = 5_000
"""Passages; fewer are packed in less time than opening files takes."""

_Passages = list[tuple[Passage, str]]


@dataclass(frozen=True, slots=True)
class _Listed:
    """A page as it stands in the database."""

    id: str
    path: str
    version: str
    superseded_by: str
    supersedes: tuple[str, ...]

    def is_in(self, held: Pile | None) -> bool:
        """Whether the generation in memory has this very version."""
        number = held.numbers.get(self.id) if held else None
        return held is not None and number is not None and held.cards[number].version == self.version

    def on(self, card: Card) -> Card:
        """The card with what the page says of others, which may change without its text."""
        return replace(card, superseded_by=self.superseded_by, supersedes=self.supersedes)


@dataclass(frozen=True, slots=True)
class _Read:
    """Pages that had to be read, with what belongs to them."""

    documents: Mapping[str, Document]
    passages: Mapping[str, _Passages]
    vectors: dict[str, NDArray[np.float32]]


class _Moved(Exception):
    """Another generation was made while this one was read."""


async def load(
    sessions: async_sessionmaker[AsyncSession],
    site: str,
    embedder: Embedder,
    index_dir: Path | None = None,
    held: Pile | None = None,
) -> Snapshot:
    """The newest generation, with the public shelf built, so that the first visitor does not wait for it.

    Of `held`, the one in memory, the pages that did not change are taken over without reading them again.
    """
    while True:
        async with sessions() as session:
            number = await store.generation_of(session, site)
            try:
                snapshot = await _load(session, site, number, embedder, index_dir, held)
            except _Moved:
                continue
        async with sessions() as session:
            # Read-committed databases may show two generations to two statements: then read again.
            if await store.generation_of(session, site) == number:
                break
    await asyncio.to_thread(_warm, snapshot)
    let_go(snapshot.pile.arrays)
    return snapshot


def _warm(snapshot: Snapshot) -> None:
    shelf = snapshot.shelf((PUBLIC,))
    shelf.speller.mend("warm")


async def _load(
    session: AsyncSession,
    site: str,
    number: int,
    embedder: Embedder,
    index_dir: Path | None,
    held: Pile | None,
) -> Snapshot:
    count = await session.scalar(select(func.count()).where(PassageRow.site == site)) or 0
    pages, stamp = await _pages(session, site, embedder.name)
    if index_dir is None or count < FILES_FROM:
        vectors = _Held(count, embedder.dim)
        maker = await _packed(session, site, pages, embedder, vectors, held)
        return Snapshot(number, await asyncio.to_thread(maker.done, vectors.whole()))
    files = IndexFiles(index_dir, site)
    found = await asyncio.to_thread(files.open, stamp)
    if found is None:
        with files.workshop() as workshop:
            written = VectorsFile(workshop, (count, embedder.dim))
            try:
                maker = await _packed(session, site, pages, embedder, written, held)
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


async def _pages(session: AsyncSession, site: str, embedder: str) -> tuple[list[_Listed], str]:
    """The pages by path, and a stamp that differs whenever the files made of them would."""
    table = DocumentRow
    wanted = select(
        table.path, table.id, table.digest, table.url, table.title, table.audience, table.expires,
        table.updated, table.superseded_by, table.supersedes,
    ).where(table.site == site)  # fmt: skip
    rows = sorted((tuple(row) for row in await session.execute(wanted)), key=lambda row: str(row[0]))
    digest = hashlib.sha256(f"{embedder}\n{_recipe()}\n".encode())
    for row in rows:
        digest.update(repr(row).encode())
    listed = [
        _Listed(str(row[1]), str(row[0]), version_of(str(row[2])), str(row[8]), tuple(row[9])) for row in rows
    ]
    return listed, digest.hexdigest()[:32]


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
    session: AsyncSession,
    site: str,
    pages: Sequence[_Listed],
    embedder: Embedder,
    vectors: _Held | VectorsFile,
    held: Pile | None,
) -> PileMaker:
    maker = await asyncio.to_thread(PileMaker, held)
    for at in range(0, len(pages), _PAGES):
        some = pages[at : at + _PAGES]
        fresh = [page.id for page in some if not page.is_in(held)]
        documents = await store.documents_of(session, site, fresh, {})
        passages = await store.passages_of(session, site, documents)
        hashes = [text_hash for document in documents for _, text_hash in passages[document.id]]
        known = await store.embeddings(session, site, embedder.name, hashes)
        made = _Read({document.id: document for document in documents}, passages, known)
        await asyncio.to_thread(_add, maker, some, made, embedder, vectors, held)
        if held is not None:
            let_go(held.arrays)
    return maker


def _add(
    maker: PileMaker,
    pages: Sequence[_Listed],
    read: _Read,
    embedder: Embedder,
    vectors: _Held | VectorsFile,
    held: Pile | None,
) -> None:
    # Another model than at ingest, or a cache that was cleared: embed what is not there.
    missing = {
        text_hash: index_text(document.title, passage)
        for document in read.documents.values()
        for passage, text_hash in read.passages[document.id]
        if text_hash not in read.vectors
    }
    made: Any = embedder.embed(list(missing.values())) if missing else ()
    known = read.vectors | dict(zip(missing, made, strict=True))
    for page in pages:
        document = read.documents.get(page.id)
        if document is not None:
            rows = read.passages[page.id]
            maker.add(page.on(Card.of(document)), [passage for passage, _ in rows])
            if rows:
                vectors.add(np.stack([known[text_hash] for _, text_hash in rows]))
        elif held is not None and page.is_in(held):
            vectors.add(maker.keep(page.on(held.cards[held.numbers[page.id]])))
