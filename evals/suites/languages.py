"""German, French, Spanish and Arabic messages: their intents, facts and languages, and the pages that answer them."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from evals import gates, installation
from evals.datasets import json_lines
from evals.metrics import mean
from evals.report import Report
from evals.suites.answers import Tell
from evals.suites.demo_answers import page_of
from evals.suites.facts import held_facts, same
from intents.catalogue import load_catalogue
from intents.language import detect
from intents.model_store import load as load_model
from intents.reader import Reader
from intents.values import Asked, ReadingContext, Understanding
from knowledge.library import Library
from knowledge.values import Answer
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.thinking import look_up
from server.wiring import embedder_of, intent_embedder_of, intent_folder

GOLDEN = Path(__file__).parent.parent / "golden" / "languages.jsonl"
_NEEDS = "language, text and one of intent, pages, facts and before"
_NOW = datetime(2026, 11, 18, 10, tzinfo=ZoneInfo("Europe/Berlin"))
_PLANS = ("Starter", "Team", "Business", "Enterprise")
_REMARKS = 60


@dataclass(slots=True)
class _Tally:
    """Rights and wrongs by the name of their figure, and what was wrong."""

    marks: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    remarks: list[str] = field(default_factory=list)

    def mark(self, names: Sequence[str], *, right: bool) -> None:
        for name in names:
            self.marks[name].append(float(right))

    def figures(self) -> dict[str, float | None]:
        return {name: mean(values) for name, values in sorted(self.marks.items())}


async def run(settings: Settings, tell: Tell) -> Report:
    """The golden set: lines of `{language, text}` with what is to be read, and `fresh` if written after the words."""
    rows = [row for _, row in json_lines(GOLDEN, _NEEDS)]
    tally = _Tally()
    with tempfile.TemporaryDirectory(prefix="frontdesk-eval-") as folder:
        made = installation.copy(await installation.template(settings, tell), Path(folder) / "house")
        embedder = intent_embedder_of(made, embedder_of(made), tell)
        reader = Reader(embedder, load_model(intent_folder(made)), load_catalogue(), _PLANS, ("Fernway",))
        tell(f"reading {len(rows)} messages")
        for row in rows:
            _read(tally, row, reader)
        await _pages(tally, [row for row in rows if "pages" in row], reader, made)
    figures = tally.figures() | {"messages": float(len(rows))}
    return Report("languages", figures, gates.bars("languages", figures), tuple(tally.remarks[:_REMARKS]))


def _read(tally: _Tally, row: dict[str, Any], reader: Reader) -> None:
    if "intent" in row:
        _intent(tally, row, reader.read(row["text"], ReadingContext(_NOW)))
    elif "facts" in row:
        asked = Asked(**row["asked"]) if "asked" in row else None
        # Whoever was asked has spoken before.
        spoken = row["language"] if asked else ""
        context = ReadingContext(_NOW, "Europe/Berlin", asked=asked, spoken=spoken)
        _facts(tally, row, reader.read(row["text"], context))
    elif "before" in row:
        heard = detect(row["text"], row["before"])
        tally.mark(["language"], right=heard == row["language"])
        if heard != row["language"]:
            tally.remarks.append(f"{row['text']!r} after {row['before']}: taken for {heard}")


def _intent(tally: _Tally, row: dict[str, Any], reading: Understanding) -> None:
    best, wanted = reading.intents[0], row["intent"]
    is_right = reading.out_of_scope if wanted == "none" else best.name == wanted
    when = "fresh" if row.get("fresh") else "first"
    if wanted == "none":
        tally.mark(["none_refused", f"{when}_none_refused"], right=is_right)
    else:
        tally.mark(["accuracy", f"{when}_accuracy", f"accuracy_{row['language']}"], right=is_right)
        tally.mark(["in_scope_accepted"], right=not reading.out_of_scope)
    if not is_right:
        tally.remarks.append(f"{row['text']!r} ({wanted}) read as {best.name}, in words {reading.gloss!r}")


def _facts(tally: _Tally, row: dict[str, Any], reading: Understanding) -> None:
    held, wanted = held_facts(reading.facts), row["facts"]
    right = {name for name, value in wanted.items() if name in held and same(held[name], value)}
    for name in wanted:
        tally.mark(["facts_recall", f"facts_recall_{row['language']}"], right=name in right)
    for name in held:
        tally.mark(["facts_precision"], right=name in right)
    text = reading.redacted.text
    for fact in reading.facts:
        tally.mark(["verbatim"], right=text[fact.start : fact.end] == fact.text)
    if right != set(wanted) or set(held) - right:
        tally.remarks.append(f"{row['text']!r}: expected {wanted}, read {held}, in words {reading.gloss!r}")


async def _pages(tally: _Tally, rows: Sequence[dict[str, Any]], reader: Reader, made: Settings) -> None:
    """Questions about the demo company, asked of its English documents."""
    engine = open_engine(made.database)
    try:
        library = Library(open_sessions(engine), embedder_of(made))
        await library.refresh("demo")
        for row in rows:
            reading = reader.read(row["text"], ReadingContext(_NOW))
            _page(tally, row, reading, look_up(library, reader, "demo", reading))
    finally:
        await engine.dispose()


def _page(tally: _Tally, row: dict[str, Any], reading: Understanding, answer: Answer) -> None:
    cited = "" if answer.abstained else page_of(answer.citations[0].url)
    nearest = [page_of(page.url) for page in answer.nearest[:3]]
    is_right = cited in row["pages"]
    when = "fresh" if row.get("fresh") else "first"
    tally.mark([f"{when}_page_right", f"page_right_{row['language']}"], right=is_right)
    tally.mark([f"{when}_page_shown"], right=is_right or bool(set(nearest) & set(row["pages"])))
    if cited:
        tally.mark(["page_right_among_given"], right=is_right)
    if not is_right:
        said = cited or f"nothing, nearest {', '.join(nearest)}"
        tally.remarks.append(f"{row['text']!r} ({row['pages'][0]}): {said}; {reading.gloss!r}")
