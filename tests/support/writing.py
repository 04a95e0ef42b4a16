"""Words for tests of the writer: passages as ingest makes them, an extractive answer, a scribe on a real endpoint."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from knowledge.chunking import chunk
from knowledge.citing import Citer
from knowledge.parsing.blocks import lay_out
from knowledge.parsing.markdown import parse_markdown
from knowledge.values import Answer, Found, Line, PageRef, Sentences
from knowledge.writing.openai import Endpoint, OpenAiWriter
from knowledge.writing.scribe import Errand, Scribe
from knowledge.writing.spending import Allowance
from tests.support.fake_openai import FakeOpenAi
from tests.support.knowledge import WordEmbedder

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEY = "sk-never-shown"
_IDS = "5f3a3b62-7a70-5e0e-9d5c-0d6a6f1f5a1{}"

PRICES = (
    "Team costs 12 EUR per seat a month when billed yearly, or 15 EUR billed monthly. "
    "Business costs 24 EUR per seat a month when billed yearly. Starter is free for up to 3 seats."
)
TRIAL = (
    "The trial is 14 days of Business, and no credit card is needed. A trial can be extended once, by 7 days."
)
CANCEL = """A subscription can be cancelled at any time by an Owner.

1. Sign in as an Owner.
2. Go to Settings, Billing, and choose Cancel subscription.
3. Choose Confirm.
"""


def a_passage(heading: str, text: str, *, number: int = 0) -> Found:
    """Found first when its number is lowest."""
    plain, placed = lay_out(parse_markdown(f"## {heading}\n\n{text}", fallback_title=heading).blocks)
    (passage,) = chunk(_IDS.format(number), "1", plain, placed)
    page = PageRef(heading, f"/docs/{heading.lower().replace(' ', '-')}")
    return Found(passage, page, "1", None, 1.0 - number / 10, 0.8, 5.0)


def passages() -> tuple[Found, ...]:
    return (
        a_passage("Prices", PRICES),
        a_passage("Free trial", TRIAL, number=1),
        a_passage("Cancel", CANCEL, number=2),
    )


def an_answer(question: str = "What does the Team plan cost?", **more: Any) -> Answer:
    """What the extractive writer says: the first sentence of the first passage."""
    found = more.pop("found", passages())
    citer = Citer()
    best = found[0] if found else passages()[0]
    unit = best.passage.units[0]
    n = citer.cite(best, [unit])
    line = Line(best.passage.text[unit.start : unit.end], (n,))
    made = Answer(
        question=question,
        searched_for=question,
        parts=(Sentences((line,)),),
        citations=citer.citations,
        abstained=False,
        confidence=0.9,
        found=found,
        nearest=(),
        generation=1,
        timings_ms={},
    )
    if more.get("abstained"):
        made = replace(made, parts=(), citations=())
    return replace(made, **more)


def an_errand(**more: Any) -> Errand:
    return Errand(
        site=more.pop("site", "demo"),
        when=more.pop("when", "always"),
        allowance=Allowance(**{"seconds": 5.0, **more.pop("allowance", {})}),
        now=more.pop("now", NOW),
        is_banned=more.pop("is_banned", lambda _: False),
        names=("Fernway",),
    )


@dataclass
class Time:
    """A monotonic clock that moves when told."""

    at: float = 1000.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Log:
    """What the decision records say was spent."""

    spent: int = 0
    asked: list[tuple[str, datetime]] = field(default_factory=list)

    async def __call__(self, site: str, since: datetime) -> int:
        self.asked.append((site, since))
        return self.spent


@dataclass
class Room:
    """A scribe whose endpoint is a real server on this machine."""

    scribe: Scribe
    server: FakeOpenAi
    clock: Time
    log: Log
    pool: ThreadPoolExecutor


@contextmanager
def a_room(server: FakeOpenAi) -> Iterator[Room]:
    clock, log = Time(), Log()
    with ThreadPoolExecutor(1) as pool:
        writer = OpenAiWriter(Endpoint(server.url, "tiny-1", KEY))
        yield Room(Scribe(writer, WordEmbedder(), pool, log, clock), server, clock, log, pool)


def words_of(answer: Answer) -> str:
    """What the visitor reads."""
    lines = [
        line.text
        for part in answer.parts
        for line in (part.lines if isinstance(part, Sentences) else getattr(part, "items", ()))
    ]
    return " ".join(lines)
