"""Generations in mapped files and answers in memory: the same as without, made anew when broken, never mixed up."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from knowledge import loading, snapshot
from knowledge.library import Library
from knowledge.values import Answer
from tests.support.knowledge import NOW, WordEmbedder, a_database, ingest, write_pages

PAGES = {
    "prices.md": "---\nexpires: 2027-01-01\n---\n# Prices\n\nThe Team plan costs 12 EUR per seat.",
    "limits.md": "# Limits\n\nThe Team plan allows 600 requests a minute.",
    "inside.md": "---\naudience: staff\n---\n# Inside prices\n\nThe Team plan costs us 3 EUR per seat.",
}
QUESTION = "What does the Team plan cost per seat?"


@dataclass
class Place:
    """A database of pages, and a folder for the indexes made of them."""

    library: Library
    embedder: WordEmbedder
    folder: Path
    another: Library

    @property
    def generations(self) -> list[Path]:
        home = self.folder / "indexes" / "site-demo"
        return sorted(one for one in home.iterdir() if not one.name.startswith("."))


@asynccontextmanager
async def a_place(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    """Every site counts as large: files for all, cells for all."""
    monkeypatch.setattr(loading, "FILES_FROM", 1)
    monkeypatch.setattr(
        snapshot.Snapshot.__init__, "__kwdefaults__", {"exact_up_to": 1, "parted": snapshot._part}
    )
    async with a_database(folder) as sessions:
        embedder = WordEmbedder()
        indexes = folder / "indexes"
        library = Library(sessions, embedder, index_dir=indexes)
        await ingest(library, write_pages(folder / "docs", PAGES))
        yield Place(library, embedder, folder, Library(sessions, embedder, index_dir=indexes))


def plain(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


async def test_mapped_files_find_what_memory_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_place(tmp_path, monkeypatch) as place:
        sessions = place.library._sessions
        in_memory = Library(sessions, WordEmbedder())
        for library in (in_memory, place.another):
            await library.refresh("demo")

        for audience in (("public",), ("staff",)):
            expected = in_memory.find("demo", QUESTION, audience=audience, now=NOW)
            assert place.library.find("demo", QUESTION, audience=audience, now=NOW) == expected
            assert place.another.find("demo", QUESTION, audience=audience, now=NOW) == expected
            assert len(expected) == (2 if audience == ("public",) else 3)


async def test_a_second_process_opens_what_the_first_has_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_place(tmp_path, monkeypatch) as place:
        monkeypatch.setattr(loading, "_packed", None)

        await place.another.refresh("demo")

        assert place.another.find("demo", QUESTION, now=NOW)


@pytest.mark.parametrize("harm", ["cut short", "gone", "other bytes", "no manifest"])
async def test_broken_files_are_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: str) -> None:
    async with a_place(tmp_path, monkeypatch) as place:
        expected = place.library.find("demo", QUESTION, now=NOW)
        (made,) = place.generations
        vectors = made / "vectors.npy"
        match harm:
            case "cut short":
                vectors.write_bytes(vectors.read_bytes()[:-100])
            case "gone":
                shutil.rmtree(made)
            case "other bytes":
                vectors.write_bytes(vectors.read_bytes()[:-1] + b"\x7f")
            case "no manifest":
                (made / "manifest.json").unlink()

        await place.another.refresh("demo")

        assert place.another.find("demo", QUESTION, now=NOW) == expected
        assert place.generations == [made]


async def test_a_new_generation_takes_the_place_of_the_old_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_place(tmp_path, monkeypatch) as place:
        (old,) = place.generations
        before = place.library.find("demo", QUESTION, now=NOW)
        await place.another.refresh("demo")
        write_pages(tmp_path / "docs", {"prices.md": "# Prices\n\nThe Team plan costs 13 EUR per seat."})

        await ingest(place.library, tmp_path / "docs")

        (new,) = place.generations
        assert new != old
        # Whoever still serves the old generation keeps what it has mapped.
        assert place.another.find("demo", QUESTION, now=NOW) == before
        assert "13 EUR" in place.library.find("demo", QUESTION, now=NOW)[0].passage.text


async def test_remembered_answers_are_never_another_audiences_or_generations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_place(tmp_path, monkeypatch) as place:

        def asked(library: Library, question: str, audience: str, now: datetime = NOW) -> Answer:
            return plain(library.answer("demo", question, audience=(audience,), now=now))

        async def fresh() -> Library:
            """One that remembers nothing."""
            library = Library(place.library._sessions, WordEmbedder())
            await library.refresh("demo")
            return library

        spellings = (QUESTION, f"  {QUESTION.upper()} ")
        for round_number in range(2):
            for question in spellings:
                for audience in ("staff", "public", "partner", "staff"):
                    held = asked(place.library, question, audience)
                    expected = asked(await fresh(), question, audience)
                    assert replace(held, searched_for="") == replace(expected, searched_for="")
                    inside = any("3 EUR" in one.passage.text for one in held.found)
                    assert inside == (audience == "staff")
            if round_number == 0:
                changed = PAGES["inside.md"].replace("3 EUR", "2.50 EUR, not 3 EUR,")
                write_pages(tmp_path / "docs", {"inside.md": changed})
                await ingest(place.library, tmp_path / "docs")


async def test_a_remembered_answer_ends_with_its_pages_and_heeds_what_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_place(tmp_path, monkeypatch) as place:
        library = place.library
        before = library.answer("demo", QUESTION, now=NOW)
        cited = before.found[0].passage.document_id

        after = library.answer("demo", QUESTION, now=datetime(2027, 1, 2, tzinfo=UTC))
        left_out = library.answer("demo", QUESTION, now=NOW, without=frozenset({cited}))
        again = library.answer("demo", QUESTION, now=NOW + timedelta(hours=1))

        assert cited not in {one.passage.document_id for one in (*after.found, *left_out.found)}
        assert again == before
