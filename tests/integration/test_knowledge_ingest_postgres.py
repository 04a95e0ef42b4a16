"""What the room keeps, on PostgreSQL: the same life of a document as on SQLite."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from knowledge.errors import SourceBusyError
from knowledge.gaps import note_gap, open_gaps
from knowledge.library import Library
from knowledge.sources.spec import SourceSpec
from knowledge.tables import Base
from knowledge.values import Approval, CitedSpan, PutDocument
from tests.support.knowledge import NOW, WordEmbedder, write_pages
from tests.support.postgres import fresh_database


async def test_a_document_lives_and_dies_with_all_that_rests_on_it(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "docs", {"new.md": "---\nsupersedes: old\n---\n\n# New\n\nNew words.\n"})
    body = PutDocument("old", "Old", "Team costs 12 EUR.", expires=NOW + timedelta(days=1))

    with fresh_database() as url:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        library, other = (Library(sessions, WordEmbedder()) for _ in range(2))
        await library.put_document("demo", body, now=NOW)
        await library.ingest("demo", [folder], base_url="/docs", now=NOW)
        replaced = await library.document("demo", "old")
        await library.approve(
            "demo",
            Approval("Team cost?", "12 EUR.", (CitedSpan("old", "Team costs 12 EUR."),)),
            by="x",
            now=NOW,
        )
        answer = library.answer("demo", "Team cost?", now=NOW)
        async with sessions.begin() as session:
            await library.note_cited(
                session, "demo", message_id="m", conversation_id="c", question="q", answer=answer, now=NOW
            )
            for number in range(2):
                await note_gap(session, "demo", "Dark mode?", gap_id=str(number), now=NOW)
        await library.put_document("demo", PutDocument("old", "Old", "Team costs 13 EUR."), now=NOW)
        async with sessions() as session:
            stale = await library.still_current(session, "demo", answer, NOW)
        outdated = await library.outdated("demo", now=NOW)
        approved = await library.approved("demo", now=NOW)
        gaps = await library.gaps("demo")
        closed = await library.close_gap("demo", gaps[0].id, by="x", how="dismissed", now=NOW)
        await other.refresh("demo")
        await library.delete_document("demo", "old", now=NOW)
        await engine.dispose()

    assert replaced is not None
    assert replaced.superseded_by == "new"
    assert (len(stale), [one.why for one in outdated], [one.state for one in approved]) == (
        1,
        ["changed"],
        ["stale"],
    )
    assert ([gap.count for gap in gaps], closed) == ([2], True)
    assert "13 EUR" in repr(other.find("demo", "team", now=NOW))
    assert "EUR" not in repr(library.find("demo", "team", now=NOW))


class PatientEmbedder(WordEmbedder):
    """Holds the one that reads until the others have been told."""

    def __init__(self) -> None:
        super().__init__()
        self.others_told = threading.Event()

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        assert self.others_told.wait(timeout=60)
        return super().embed(texts)


async def test_of_many_who_want_a_source_at_once_one_gets_it(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "docs", {f"p{n}.md": f"# P\n\nNumber {n}.\n" for n in range(30)})

    with fresh_database() as url:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        embedder = PatientEmbedder()
        library = Library(async_sessionmaker(engine, expire_on_commit=False), embedder)
        await library.save_source(
            "demo", SourceSpec("folder", str(folder)), name="docs", every_s=None, now=NOW
        )
        readings = [asyncio.create_task(library.read_source("demo", "docs", now=NOW)) for _ in range(6)]
        told = 0
        for next_one in asyncio.as_completed(readings):
            try:
                await next_one
            except SourceBusyError:
                told += 1
            if told == len(readings) - 1:
                embedder.others_told.set()
        results = await asyncio.gather(*readings, return_exceptions=True)
        await engine.dispose()

    busy = [one for one in results if isinstance(one, SourceBusyError)]
    assert len(busy) == 5
    assert [
        one for one in results if isinstance(one, Exception) and not isinstance(one, SourceBusyError)
    ] == []


async def test_two_who_ask_the_same_unanswered_question_at_once_are_both_counted() -> None:
    with fresh_database() as url:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        async with sessions() as one, sessions() as other:
            await note_gap(one, "demo", "Dark mode?", gap_id="1", now=NOW)
            waiting = asyncio.create_task(note_gap(other, "demo", "Dark mode?", gap_id="2", now=NOW))
            await asyncio.sleep(0.2)
            await one.commit()
            gap = await waiting
            await other.commit()
        async with sessions() as session:
            found = await open_gaps(session, "demo")
        await engine.dispose()

    assert (gap, [(one.id, one.count) for one in found]) == ("1", [("1", 2)])


async def test_a_page_that_holds_what_no_database_keeps_is_reported_and_the_rest_goes_on(
    tmp_path: Path,
) -> None:
    folder = write_pages(tmp_path / "docs", {"good.md": "# Good\n\nGood words.\n"})
    (folder / "bad.txt").write_bytes(b"Words. " * 1000 + b"\0 and more words.")

    with fresh_database() as url:
        engine = create_async_engine(url)
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        library = Library(async_sessionmaker(engine, expire_on_commit=False), WordEmbedder())
        report = await library.ingest("demo", [folder], base_url="/docs", now=NOW)
        await engine.dispose()

    assert (report.added, [one.path for one in report.broken]) == (("good",), ["bad.txt"])
