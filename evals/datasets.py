"""Read anybody's data: labelled texts, and corpora in BEIR layout; every complaint names file, line and fix."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from evals.errors import BadData
from intents.training import Labelled
from knowledge.corpora import CorpusPage

T = TypeVar("T")

OUT_OF_SCOPE = frozenset({"none", "oos", "out_of_scope", "none_of_these"})
"""Labels under which data sets keep what no intent should claim."""


@dataclass(frozen=True, slots=True)
class Question:
    """One query of a retrieval set."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """Pages, questions, and which page answers which question."""

    pages: tuple[CorpusPage, ...]
    questions: tuple[Question, ...]
    relevant: Mapping[str, Mapping[str, float]]
    known_as: str = ""
    """Fingerprint of the files."""


def json_lines(file: Path, needs: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each object with its line number; `needs` says what a line must hold, for the error."""
    for number, line in _lines(file, f"JSON lines of {needs}"):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise BadData(
                f"{file}:{number}: not valid JSON ({error}); write one object of {needs} a line"
            ) from error
        if not isinstance(row, dict):
            raise BadData(f"{file}:{number}: not a JSON object; write one object of {needs} a line")
        yield number, row


def labelled(file: Path) -> list[Labelled]:
    """Lines of `{text, intent}`."""
    needs = "text and intent"
    rows = [
        Labelled(_word(row, file, number, needs, "text"), _word(row, file, number, needs, "intent"))
        for number, row in json_lines(file, needs)
    ]
    return _some(rows, file, needs)


def texts(file: Path) -> list[str]:
    """Lines of `{text}`; whatever else they hold is not read."""
    rows = [_word(row, file, number, "text", "text", "question") for number, row in json_lines(file, "text")]
    return _some(rows, file, "text")


def retrieval_set(corpus: Path, queries: Path, qrels: Path) -> RetrievalSet:
    """A corpus in BEIR layout. Questions without a judgement are left out, as everybody leaves them out."""
    pages = tuple(
        CorpusPage(
            id=_word(row, corpus, number, "_id, title and text", "_id", "id"),
            title=str(row.get("title") or ""),
            text=_word(row, corpus, number, "_id, title and text", "text", "contents", "body", empty=True),
        )
        for number, row in json_lines(corpus, "_id, title and text")
    )
    _some(list(pages), corpus, "_id, title and text")
    asked = [
        Question(
            id=_word(row, queries, number, "_id and text", "_id", "id"),
            text=_word(row, queries, number, "_id and text", "text", "query", "question"),
        )
        for number, row in json_lines(queries, "_id and text")
    ]
    relevant = _judgements(qrels, {page.id for page in pages}, {question.id for question in asked})
    judged = tuple(question for question in asked if question.id in relevant)
    if not judged:
        raise BadData(
            f"{qrels}:1: no query of {queries} is judged relevant to a page; check the ids of both files"
        )
    return RetrievalSet(pages, judged, relevant, fingerprint(corpus, queries, qrels))


def fingerprint(*files: Path) -> str:
    """Recognises well-known sets whatever their files are called."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _judgements(qrels: Path, pages: set[str], queries: set[str]) -> dict[str, dict[str, float]]:
    relevant: dict[str, dict[str, float]] = {}
    fix = "write query-id, corpus-id and score, separated by tabs"
    for number, line in _lines(qrels, "query-id, corpus-id and score"):
        cells = line.split("\t") if "\t" in line else line.split()
        if number == 1 and cells[-1].strip().lower() in {"score", "relevance", "label"}:
            continue
        # TREC's layout has an unused second column.
        cells = [cells[0], *cells[2:]] if len(cells) == 4 else cells
        if len(cells) != 3:
            raise BadData(f"{qrels}:{number}: {len(cells)} columns; {fix}")
        query, page, score = [cell.strip() for cell in cells]
        try:
            gain = float(score)
        except ValueError as error:
            raise BadData(f"{qrels}:{number}: the score {score!r} is not a number; {fix}") from error
        # Judgements of other splits' queries are usual; a page that is not there counts as never found.
        if gain > 0 and query in queries:
            relevant.setdefault(query, {})[page] = gain
    if relevant and not any(page in pages for judged in relevant.values() for page in judged):
        raise BadData(
            f"{qrels}:1: none of the pages judged stands in the corpus; check the ids of both files"
        )
    return relevant


def _lines(file: Path, what: str) -> Iterator[tuple[int, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadData(f"{file}:1: there is no such file; name a file of {what}") from error
    except UnicodeDecodeError as error:
        number = error.object[: error.start].count(b"\n") + 1
        raise BadData(f"{file}:{number}: not UTF-8 text; save the file as UTF-8") from error
    except OSError as error:
        raise BadData(f"{file}:1: can not be read ({error.strerror}); name a file of {what}") from error
    # Not splitlines: JSON may hold U+2028 unescaped, which is no line end here.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.rstrip("\r")


def _word(row: dict[str, Any], file: Path, number: int, needs: str, *names: str, empty: bool = False) -> str:
    """The first of these fields that the row has."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool) and (empty or str(value).strip()):
            return str(value)
    raise BadData(f"{file}:{number}: no text under {names[0]!r}; a line needs {needs}")


def _some(rows: list[T], file: Path, needs: str) -> list[T]:
    if not rows:
        raise BadData(f"{file}:1: the file is empty; write one object of {needs} a line")
    return rows
