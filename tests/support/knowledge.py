"""Words for the knowledge room's tests: an embedder without weights, a folder of pages, a library on SQLite."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from knowledge.library import Library
from knowledge.tables import Base
from knowledge.values import IngestReport
from knowledge.words import terms

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class WordEmbedder:
    """Hashes stemmed words into a vector: texts that share words are near each other."""

    def __init__(self) -> None:
        self.embedded: list[str] = []

    name = "words-1"
    dim = 256

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self.embedded.extend(texts)
        vectors = np.zeros((len(texts), self.dim), np.float32)
        for row, text in enumerate(texts):
            for term in terms(text):
                vectors[row, zlib.crc32(term.encode()) % self.dim] += 1
            vectors[row] /= np.linalg.norm(vectors[row]) or 1
        return vectors


def write_pages(folder: Path, pages: Mapping[str, str]) -> Path:
    """A folder of files by relative name."""
    for name, text in pages.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


@asynccontextmanager
async def a_database(folder: Path) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """This room's tables in a fresh SQLite file."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'knowledge.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    try:
        yield async_sessionmaker(engine, expire_on_commit=False)
    finally:
        await engine.dispose()


async def ingest(library: Library, folder: Path, *, site: str = "demo") -> IngestReport:
    """The folder as the site's documents."""
    return await library.ingest(site, [folder], base_url="/docs", now=NOW)
