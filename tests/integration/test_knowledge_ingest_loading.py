"""A generation loaded over the one in memory is the same as one loaded anew, and reads only what changed."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import store
from knowledge.embedding import BATCH
from knowledge.indexes.pile import Pile
from knowledge.library import Library
from knowledge.loading import load
from knowledge.values import Document
from tests.support.knowledge import WordEmbedder, a_database, ingest, write_pages

WORDS = "crew job vehicle seat plan price trial invoice refund region limit export import filter".split()  # noqa: SIM905


def _page(chance: random.Random) -> str:
    sections = "\n\n".join(
        f"## {' '.join(chance.sample(WORDS, 2))}\n\n{' '.join(chance.choices(WORDS, k=30))}."
        for _ in range(3)
    )
    return f"# {chance.choice(WORDS)}\n\n{sections}\n"


def _same(one: Pile, other: Pile) -> None:
    assert one.cards == other.cards
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        # What a page calls itself is numbered in the order in which it was met; it reads the same.
        if name.split(".")[0] not in {"headings", "paths", "languages", "units"}:
            assert array.tobytes() == other.arrays[name].tobytes(), name
    rows = range(len(one))
    pages = [one.cards[int(number)].id for number in one.passages.page_numbers]
    assert [one.passages.passage(row, pages[row]) for row in rows] == [
        other.passages.passage(row, pages[row]) for row in rows
    ]


async def test_loading_over_what_is_in_memory_gives_what_loading_anew_gives(tmp_path: Path) -> None:
    chance = random.Random(7)
    folder = write_pages(tmp_path / "docs", {f"p{number}.md": _page(chance) for number in range(12)})
    embedder = WordEmbedder()

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, embedder)
        await ingest(library, folder)
        held = (await load(sessions, "demo", embedder)).pile
        for _ in range(4):
            write_pages(folder, {f"p{chance.randrange(16)}.md": _page(chance) for _ in range(3)})
            min(folder.glob("*.md"), key=lambda file: chance.random()).unlink()
            write_pages(
                folder, {"p5.md": f"---\nsupersedes: p{chance.randrange(4)}\n---\n\n" + _page(chance)}
            )
            await ingest(library, folder)
            anew = (await load(sessions, "demo", embedder)).pile
            held = (await load(sessions, "demo", embedder, None, held)).pile

            _same(held, anew)


async def test_only_pages_that_changed_are_read_from_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pages(
        tmp_path / "docs", {f"{name}.md": f"# {name}\n\nAll about {name}.\n" for name in WORDS}
    )
    read: list[int] = []
    documents_of = store.documents_of

    async def counted(
        session: AsyncSession, site: str, ids: list[str], replaced: dict[str, str]
    ) -> list[Document]:
        read.append(len(ids))
        return await documents_of(session, site, ids, replaced)

    monkeypatch.setattr(store, "documents_of", counted)
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, folder)
        write_pages(folder, {"crew.md": "# Crew\n\nCrews have changed.\n"})
        await ingest(library, folder)
        found = library.find("demo", "crew")

    assert read == [len(WORDS), 1]
    assert found[0].passage.text == "Crews have changed."


class WaitsForSaving(WordEmbedder):
    """Works on its third batch only once its first one stands in the database."""

    def __init__(self, database: Path) -> None:
        super().__init__()
        self._database = database
        self._batches = 0
        self.saved_meanwhile = 0

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        self._batches += 1
        end = time.monotonic() + 20
        while self._batches == 3 and not self.saved_meanwhile and time.monotonic() < end:
            with closing(sqlite3.connect(self._database)) as connection:
                (self.saved_meanwhile,) = connection.execute(
                    "SELECT count(*) FROM knowledge_embeddings"
                ).fetchone()
        return super().embed(texts)


async def test_vectors_are_saved_while_the_next_ones_are_made(tmp_path: Path) -> None:
    pages = {f"p{number}.md": f"# Page {number}\n\nAbout number {number}.\n" for number in range(3 * BATCH)}
    embedder = WaitsForSaving(tmp_path / "knowledge.db")

    async with a_database(tmp_path) as sessions:
        report = await ingest(Library(sessions, embedder), write_pages(tmp_path / "docs", pages))

    assert embedder.saved_meanwhile >= BATCH
    assert report.embedded == 3 * BATCH
    assert 0 < report.embedding_s <= report.took_s
