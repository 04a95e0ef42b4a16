"""The library on a real database: ingest, ingest again, switch generations, answer, abstain, note gaps."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import SourceMissingError
from knowledge.gaps import close_gap, note_gap, open_gaps
from knowledge.library import Library
from tests.support.knowledge import NOW, WordEmbedder, a_database, ingest, write_pages

PAGES = {
    "index.md": "# Fernway\n\nFernway plans jobs for field crews.\n",
    "plans/prices.md": "---\ntitle: Prices\nupdated: 2026-01-05\n---\n\n## Team\n\nTeam costs 12 EUR per seat.\n",
    "internal/margins.md": "---\ntitle: Margins\naudience: signed-in\n---\n\nThe discount ceiling is 40 percent.\n",
}


async def test_a_folder_becomes_pages_with_addresses_and_versions(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "docs", PAGES)

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        report = await ingest(library, folder)
        page = await library.document("demo", "plans/prices")
        pages = await library.documents("demo")

    assert report.added == ("", "internal/margins", "plans/prices")
    assert page is not None
    assert (page.title, page.url, len(page.version)) == ("Prices", "/docs/plans/prices", 12)
    assert [document.path for document in pages] == ["", "plans/prices"]


async def test_ingesting_again_reads_only_what_changed_and_forgets_what_is_gone(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "docs", PAGES)
    embedder = WordEmbedder()

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, embedder)
        first = await ingest(library, folder)
        write_pages(folder, {"plans/prices.md": "# Prices\n\nTeam costs 13 EUR per seat.\n"})
        (folder / "index.md").unlink()
        embedder.embedded.clear()
        second = await ingest(library, folder)
        found = library.find("demo", "What does Team cost per seat?")
        third = await ingest(library, folder)

    assert (second.changed, second.removed, second.unchanged) == (
        ("plans/prices",),
        ("",),
        ("internal/margins",),
    )
    assert second.embedded == 1
    assert [one.passage.text for one in found] == ["Team costs 13 EUR per seat."]
    assert (first.generation, second.generation, third.generation) == (1, 2, 2)


async def test_a_broken_file_is_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "docs", PAGES | {"bad.md": "---\nupdated: soon\n---\nText.\n"})
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4\nbroken")

    async with a_database(tmp_path) as sessions:
        report = await ingest(Library(sessions, WordEmbedder()), folder)

    assert [broken.path for broken in report.broken] == ["bad.md", "scan.pdf"]
    assert "2026-03-01" in report.broken[0].reason
    assert len(report.added) == 3


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        with pytest.raises(SourceMissingError, match="nowhere"):
            await ingest(Library(sessions, WordEmbedder()), tmp_path / "nowhere")


async def test_another_process_keeps_its_generation_until_it_refreshes(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "docs", PAGES)

    async with a_database(tmp_path) as sessions:
        writer, reader = Library(sessions, WordEmbedder()), Library(sessions, WordEmbedder())
        await ingest(writer, folder)
        await reader.refresh("demo")
        write_pages(folder, {"plans/prices.md": "# Prices\n\nTeam costs 13 EUR per seat.\n"})
        await ingest(writer, folder)
        before = reader.find("demo", "What does Team cost?")[0].passage.text
        await reader.refresh("demo")
        after = reader.find("demo", "What does Team cost?")[0].passage.text

    assert (before, after) == ("Team costs 12 EUR per seat.", "Team costs 13 EUR per seat.")


async def test_an_ingest_that_fails_half_way_leaves_the_old_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_pages(tmp_path / "docs", PAGES)

    async def dies(*_: object) -> None:
        raise RuntimeError("power cut")

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, folder)
        write_pages(folder, {"plans/prices.md": "# Prices\n\nTeam costs 13 EUR per seat.\n"})
        monkeypatch.setattr("knowledge.store._drop_unused_embeddings", dies)
        with pytest.raises(RuntimeError, match="power cut"):
            await ingest(library, folder)
        restarted = Library(sessions, WordEmbedder())
        generation = await restarted.refresh("demo")
        found = restarted.find("demo", "What does Team cost?")

    assert generation == 1
    assert found[0].passage.text == "Team costs 12 EUR per seat."


async def test_a_signed_in_page_reaches_only_the_signed_in(tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "docs", PAGES)
    question = "What is the discount ceiling in percent?"

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, folder)
        signed_in = library.answer("demo", question, audience=("public", "signed-in"))
        anonymous = library.answer("demo", question)
        hidden = await library.document("demo", "internal/margins")

    assert signed_in.found[0].passage.text == "The discount ceiling is 40 percent."
    assert "ceiling" not in repr(anonymous.found) + repr(anonymous.nearest) + repr(anonymous.parts)
    assert hidden is None


async def test_sites_do_not_see_each_other(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, write_pages(tmp_path / "a", {"a.md": "# A\n\nAlpha is blue.\n"}), site="a")
        await ingest(library, write_pages(tmp_path / "b", {"a.md": "# A\n\nAlpha is red.\n"}), site="b")

        assert [one.passage.text for one in library.find("a", "alpha")] == ["Alpha is blue."]
        assert [one.passage.text for one in library.find("b", "alpha")] == ["Alpha is red."]
        assert library.answer("c", "alpha").abstained


async def test_a_gap_is_counted_once_for_each_time_it_is_asked(tmp_path: Path) -> None:
    async with a_database(tmp_path) as sessions:
        async with sessions.begin() as session:
            first = await note_gap(session, "demo", "Do you have a Slack app?", gap_id="1", now=NOW)
            second = await note_gap(session, "demo", "do you have slack APP", gap_id="2", now=NOW)
            await note_gap(session, "demo", "Is there a dark mode?", gap_id="3", now=NOW)
        async with sessions.begin() as session:
            gaps = await open_gaps(session, "demo")
            await close_gap(session, "demo", "3")
            left = await open_gaps(session, "demo")
            elsewhere = await open_gaps(session, "other")

    assert first == second == "1"
    assert [(gap.question, gap.count) for gap in gaps] == [
        ("Do you have a Slack app?", 2),
        ("Is there a dark mode?", 1),
    ]
    assert [gap.id for gap in left] == ["1"]
    assert elsewhere == []
