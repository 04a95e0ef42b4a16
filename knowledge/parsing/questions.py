"""Tables of questions and answers: each row is a page of its own, found by its question."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import Parsed, one_line
from knowledge.parsing.front_matter import (
    read_audience,
    read_date,
    read_expiry,
    read_language,
    read_owner,
    read_url,
)
from knowledge.parsing.markdown import parse_markdown

MAX_FIELD = 200_000
_NAMES = {
    "question": ("question", "questions", "q", "frage", "pregunta", "ask"),
    "answer": ("answer", "answers", "a", "antwort", "réponse", "respuesta", "reply"),
    "url": ("url", "link", "source"),
    "audience": ("audience",),
    "updated": ("updated", "updated_at", "last_updated", "date"),
    "published": ("published",),
    "expires": ("expires",),
    "language": ("language", "lang", "locale"),
    "owner": ("owner",),
}
_READERS: Mapping[str, Callable[[str], Any]] = {
    "url": read_url,
    "audience": lambda text: read_audience(text or None),
    "updated": lambda text: read_date("updated", text),
    "published": lambda text: read_date("published", text),
    "expires": read_expiry,
    "language": read_language,
    "owner": read_owner,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: its page, or what is wrong with it."""

    line: int
    question: str
    source: str
    parsed: Parsed | None
    why_not: str = ""


def read_questions(source: str) -> Iterator[Row]:
    """Rows in their order; raises `SourceUnreadableError` when the first line does not name the columns."""
    reader = csv.reader(io.StringIO(source.lstrip("\ufeff")), _dialect(source), strict=True)
    columns: dict[int, str] = {}
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = _columns(cells)
                width = len(cells)
                continue
            yield _row(line, cells, columns, width)
    except csv.Error as error:
        message = (
            f"line {before + 1}: {error}: put quotes around cells with line ends, and double those within"
        )
        raise SourceUnreadableError(message) from error


def _dialect(source: str) -> type[csv.Dialect]:
    """Comma, semicolon or tab, by the line of names."""
    first = next((line for line in source.splitlines() if line.strip()), "")

    class Found(csv.excel):
        delimiter = max(",;\t", key=first.count)

    csv.field_size_limit(MAX_FIELD)
    return Found


def _columns(cells: list[str]) -> dict[int, str]:
    named = {at: re.sub(r"[\s-]+", "_", cell.strip().lower()) for at, cell in enumerate(cells)}
    found = {
        at: name for at, cell in named.items() for name, spellings in _NAMES.items() if cell in spellings
    }
    for name in ("question", "answer"):
        if list(found.values()).count(name) != 1:
            raise SourceUnreadableError(
                f"The first line does not name one {name} column: write question,answer, and url, audience, updated,"
                " expires, language or owner if you like"
            )
    return found


def _row(line: int, cells: list[str], columns: Mapping[int, str], width: int) -> Row:
    told = {name: cells[at].strip() if at < len(cells) else "" for at, name in columns.items()}
    question = one_line(told["question"])
    try:
        parsed = _page(question, told, extra=len(cells) - width)
    except SourceUnreadableError as error:
        return Row(line, question, told["answer"], None, f"line {line}: {error}")
    return Row(line, question, told["answer"], parsed)


def _page(question: str, told: Mapping[str, str], *, extra: int) -> Parsed:
    if extra > 0:
        raise SourceUnreadableError(f"there are {extra} cells too many: put quotes around the answer")
    for name in ("question", "answer"):
        if not told[name]:
            raise SourceUnreadableError(f"the {name} is empty: write it or remove the line")
    labels = {name: read(told[name]) for name, read in _READERS.items() if name in told}
    # The empty line keeps an answer that begins with dashes from being taken for front matter.
    answer = parse_markdown(f"\n{told['answer']}", fallback_title=question)
    return replace(answer, title=question, **labels)
