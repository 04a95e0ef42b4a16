"""What is too long for the database is refused by its own page or field, and never by the whole reading."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import SourceSpecError, SourceUnreadableError
from knowledge.parsing.markdown import parse_markdown
from knowledge.sources.files import read_folder
from knowledge.sources.spec import SourceSpec
from knowledge.tables import DocumentRow


def length_of(column: str) -> int:
    return int(DocumentRow.__table__.c[column].type.length)  # type: ignore[attr-defined]


def test_a_file_far_down_is_broken_alone(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a" * 100] * 5)
    deep.mkdir(parents=True)
    (deep / "b.md").write_text("Words.")
    (tmp_path / "c.md").write_text("Words.")

    reading = read_folder(SourceSpec("folder", str(tmp_path)), recipe="r", tell=lambda _: None)

    assert list(reading.pages) == ["c"]
    assert "longer than 500" in reading.broken[0].reason


@pytest.mark.parametrize(
    ("name", "value"),
    [("superseded_by", "a" * (length_of("superseded_by") + 1)), ("language", "en" + "-abcdefgh" * 4)],
)
def test_a_page_that_says_too_much_of_itself_is_refused(name: str, value: str) -> None:
    assert len(value) > length_of(name)

    with pytest.raises(SourceUnreadableError, match=name):
        parse_markdown(f"---\n{name}: {value}\n---\nWords.", fallback_title="x")


@pytest.mark.parametrize(
    ("name", "value"), [("owner", "a" * (length_of("owner") + 1)), ("language", "en" + "-abcdefgh" * 4)]
)
def test_a_source_that_says_too_much_of_its_pages_is_refused(name: str, value: str) -> None:
    with pytest.raises(SourceSpecError, match=name):
        SourceSpec("folder", "docs", **{name: value})  # type: ignore[arg-type]


def test_what_just_fits_is_taken() -> None:
    spec = SourceSpec("folder", "docs", owner="a" * length_of("owner"), language="pt_br")

    assert spec.language == "pt-BR"
