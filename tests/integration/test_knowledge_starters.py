"""Questions that a site's own pages offer to begin with."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from knowledge.library import Library
from tests.support.knowledge import WordEmbedder, a_database, ingest, write_pages


async def test_only_so_many_headings_are_tried_when_none_is_answered(
    tmp_path: Path, monkeypatch: Any
) -> None:
    pages = {
        f"p{number}.md": f"# Page {number}\n\n## How does part {number} work?\n\nIt turns.\n"
        for number in range(40)
    }
    folder = write_pages(tmp_path / "docs", pages)
    tried: list[str] = []

    def nothing(_self: Library, _site: str, question: str) -> Any:
        tried.append(question)
        return SimpleNamespace(abstained=True)

    async with a_database(tmp_path) as sessions:
        library = Library(sessions, WordEmbedder())
        await ingest(library, folder)
        monkeypatch.setattr(Library, "answer", nothing)
        found = library.starters("demo")

    assert found == []
    assert len(tried) == 20
