"""Pages for what somebody has typed so far: half words, slips, titles first, meaning once words stand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from knowledge.library import Library
from knowledge.snippets import snippet
from knowledge.values import Passage, Unit
from tests.support.knowledge import NOW, WordEmbedder, a_database, ingest, write_pages

PAGES = {
    "invoices.md": "---\ntitle: Invoices\n---\n# Invoices\n\nThey come by mail.\n\n## VAT\n\nTell us your VAT ID.\n",
    "sync.md": "---\ntitle: Sync problems\n---\n# Sync problems\n\nAn invoice may be stuck. Reconnect the calendar.\n",
    "keys.md": "---\ntitle: Own keys\naudience: enterprise\n---\n# Own keys\n\nInvoices of enterprises; zirconium.\n",
    "de.md": "---\ntitle: Rechnungen prüfen\n---\n# Rechnungen prüfen\n\nÖffnen Sie die Übersicht.\n",
}


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[Library]:
    async with a_database(tmp_path) as sessions:
        made = Library(sessions, WordEmbedder())
        await ingest(made, write_pages(tmp_path / "docs", PAGES))
        yield made


def titles(
    library: Library, query: str, *, audience: tuple[str, ...] = ("public",), whole: bool = False
) -> list[str]:
    return [hit.title for hit in library.suggest("demo", query, audience=audience, now=NOW, whole=whole).hits]


async def test_half_a_word_finds_and_the_title_comes_first(library: Library) -> None:
    assert titles(library, "inv") == ["Invoices", "Sync problems"]
    assert titles(library, "reconn") == ["Sync problems"]


async def test_slips_and_accents_find_what_was_meant(library: Library) -> None:
    assert titles(library, "invocies ") == ["Invoices", "Sync problems"]
    assert titles(library, "invioc") == ["Invoices", "Sync problems"]
    assert titles(library, "ubersicht") == ["Rechnungen prüfen"]
    assert titles(library, "prufen rech") == ["Rechnungen prüfen"]


async def test_every_word_narrows_and_what_fits_nothing_finds_nothing(library: Library) -> None:
    assert titles(library, "invoice calen") == ["Sync problems"]
    assert titles(library, "qqqq") == []
    assert titles(library, "   ") == []


async def test_words_and_counts_of_other_audiences_are_not_there(library: Library) -> None:
    assert titles(library, "zirc") == []
    assert titles(library, "zirconuim ") == []
    assert library.suggest("demo", "invoices", now=NOW).total == 2
    assert library.suggest("demo", "invoices", audience=("enterprise",), now=NOW).total == 3


async def test_a_question_is_embedded_once_a_word_and_not_once_a_letter(tmp_path: Path) -> None:
    embedder = WordEmbedder()
    async with a_database(tmp_path) as sessions:
        library = Library(sessions, embedder)
        await ingest(library, write_pages(tmp_path / "docs", PAGES))
        embedder.embedded.clear()

        for end in range(len("my calendar is st"), len("my calendar is stuck again") + 1):
            library.suggest("demo", "my calendar is stuck again"[:end], now=NOW)

    asked = list(dict.fromkeys(embedder.embedded))
    assert asked == ["my calendar is", "my calendar is stuck"]


async def test_the_best_section_is_named(library: Library) -> None:
    hit = library.suggest("demo", "vat id", now=NOW).hits[0]

    assert (hit.heading, hit.anchor) == ("VAT", "vat")
    assert [hit.snippet.text[start:end] for start, end in hit.snippet.marks] == ["VAT", "ID"]


def test_a_long_line_is_cut_around_what_was_looked_for() -> None:
    text = f"{'before it ' * 30}the zebra crossed {'and after ' * 30}".strip()
    passage = Passage("p", "d", (), "", text, 0, len(text), (Unit("prose", 0, len(text)),))

    cut = snippet(passage, frozenset({"zebra"}))

    assert len(cut.text) < 190
    assert [cut.text[start:end] for start, end in cut.marks] == ["zebra"]
    assert cut.text.startswith("… ")
    assert cut.text.endswith(" …")
