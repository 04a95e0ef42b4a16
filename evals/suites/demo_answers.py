"""The golden questions about the demo company, asked of its library as a visitor's would be."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from evals import gates, installation
from evals.datasets import json_lines
from evals.errors import BadData
from evals.metrics import mean
from evals.report import Report
from evals.suites.answers import Asked, Tell, figures_of, remarks_of, top_cosine, verbatim
from knowledge.library import Library
from knowledge.values import Answer, Code, Points, Sentences, TableRows
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.wiring import embedder_of

GOLDEN = Path(__file__).parent.parent / "golden" / "demo_answers.jsonl"
_SITE = "demo"
_KINDS = {
    "followup": "followups_right",
    "typo": "typos_right",
    "polite": "polite_right",
    "several": "several_right",
}
"""Kinds of questions that have a figure of their own."""


@dataclass(frozen=True, slots=True)
class Golden:
    """A question, the page that answers it (None: none does) and words that stand there."""

    id: str
    question: str
    page: str | None
    must_contain: tuple[str, ...]
    kind: str
    previous: tuple[str, ...]


async def run(settings: Settings, tell: Tell, golden: Path = GOLDEN) -> Report:
    """Every golden question, follow-ups with what was asked before."""
    cases = read(golden)
    with tempfile.TemporaryDirectory(prefix="frontdesk-eval-") as folder:
        made = installation.copy(await installation.template(settings, tell), Path(folder) / "house")
        engine = open_engine(made.database)
        try:
            library = Library(open_sessions(engine), embedder_of(made))
            await library.refresh(_SITE)
            texts = {page.id: page.text for page in await library.documents(_SITE)}
            tell(f"asking {len(cases)} questions")
            asked = [_ask(library, case, texts) for case in cases]
        finally:
            await engine.dispose()
    figures = figures_of(asked) | _more(cases, asked)
    return Report("answers", figures, gates.bars("answers", figures), remarks_of(asked))


def read(golden: Path) -> list[Golden]:
    """Lines of `{id, question, page, must_contain, kind, previous}`."""
    cases = []
    for number, row in json_lines(golden, "id, question, page and kind"):
        missing = [name for name in ("id", "question", "page", "kind") if name not in row]
        if missing:
            raise BadData(
                f"{golden}:{number}: {missing[0]!r} is missing; add it (page is null without an answer)"
            )
        cases.append(
            Golden(
                id=row["id"],
                question=row["question"],
                page=row["page"],
                must_contain=tuple(row.get("must_contain", ())),
                kind=row["kind"],
                previous=tuple(row.get("previous", ())),
            )
        )
    return cases


def _ask(library: Library, case: Golden, texts: dict[str, str]) -> Asked:
    answer = library.answer(_SITE, case.question, previous=case.previous)
    cited = [page_of(one.url) for one in answer.citations]
    right = cited[0] == case.page if case.page is not None and cited else None
    words = words_of(answer)
    return Asked(
        id=case.id,
        question=case.question,
        is_answerable=case.page is not None,
        was_answered=not answer.abstained,
        confidence=answer.confidence,
        right=right,
        right_among=case.page in cited,
        quotes=len(answer.citations),
        verbatim=verbatim(answer, texts.__getitem__),
        ms=sum(answer.timings_ms.values()),
        cosine=top_cosine(answer),
        said=None if answer.abstained else all(wanted in words for wanted in case.must_contain),
    )


def page_of(url: str) -> str:
    return unquote(urlsplit(url).path).removeprefix("/docs").strip("/")


def words_of(answer: Answer) -> str:
    """Everything that the visitor reads in the answer itself."""
    words: list[str] = []
    for part in answer.parts:
        match part:
            case Sentences(lines=lines):
                words += [line.text for line in lines]
            case Points(items=items):
                words += [item.text for item in items]
            case TableRows(header=header, rows=rows):
                words += [" ".join(cells) for cells in (header, *rows)]
            case Code(text=text):
                words.append(text)
    return "\n".join(words)


def _more(cases: Sequence[Golden], asked: Sequence[Asked]) -> dict[str, float]:
    """Beside the usual figures: whether the very words were given, and right answers by kind of question."""
    given = [one for one in asked if one.is_answerable and one.was_answered]
    figures = {
        "right_words": mean([float(bool(one.said)) for one in given]),
        # Another page may hold the very words as well; then it answers too.
        "right_page_or_words": mean([float(bool(one.right or one.said)) for one in given]),
    }
    for kind, name in _KINDS.items():
        of_kind = [one for case, one in zip(cases, asked, strict=True) if case.kind == kind and case.page]
        if of_kind:
            figures[name] = mean([float(bool(one.right)) for one in of_kind])
    return figures
