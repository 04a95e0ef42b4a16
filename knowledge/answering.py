"""From a question and a shelf to an answer: resolve, mend, search, weigh, compose, or abstain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.answerability import Model, Signals, fitted, probability, signals
from knowledge.compose import Composed, compose
from knowledge.evidence import Evidence, weigh
from knowledge.followups import resolve
from knowledge.indexes.dense import Mask
from knowledge.indexes.shelf import Shelf
from knowledge.ports import Embedder
from knowledge.retrieval import Query, search
from knowledge.values import Answer, Found, PageRef
from knowledge.words import widened

DEPTH = 8
NEAREST = 3


@dataclass(frozen=True, slots=True)
class Study:
    """What was learned about a question before a word is written."""

    searched_for: str
    found: tuple[Found, ...]
    evidence: tuple[Evidence, ...]
    signals: Signals


def find(
    shelf: Shelf, embedder: Embedder, question: str, k: int, *, allowed: Mask | None = None
) -> tuple[str, list[Found]]:
    """The question as it was searched, and the best passages among the rows that may be found."""
    text = shelf.speller.mend(question)
    wide = widened(text)
    return text, search(shelf, Query(text, wide, embedder.embed([wide])[0]), k, allowed=allowed)


def study(shelf: Shelf, embedder: Embedder, question: str) -> Study:
    """Finds passages and weighs their units."""
    text, found = find(shelf, embedder, question, DEPTH)
    return _weighed(shelf, embedder, text, found)


def _weighed(shelf: Shelf, embedder: Embedder, text: str, found: list[Found]) -> Study:
    vector = embedder.embed([widened(text)])[0]

    def similarity(texts: Sequence[str]) -> list[float]:
        return [float(cosine) for cosine in embedder.embed(texts) @ vector] if texts else []

    words = shelf.keywords
    evidence = weigh(text, found, words.rarity, similarity)
    background = shelf.dense.background(vector)
    seen = signals(text, found, evidence, background, rarity=words.rarity, knows=words.knows)
    return Study(text, tuple(found), evidence, seen)


def answer(
    shelf: Shelf,
    embedder: Embedder,
    question: str,
    *,
    previous: Sequence[str] = (),
    generation: int = 0,
    model: Model | None = None,
    allowed: Mask | None = None,
) -> Answer:
    """An answer in the documents' words, or an abstention with the nearest pages."""
    clock = _Clock()
    text, found = find(shelf, embedder, resolve(question, previous), DEPTH, allowed=allowed)
    clock.lap("find")
    learned = _weighed(shelf, embedder, text, found)
    clock.lap("weigh")
    judge = model or fitted()
    confidence = probability(learned.signals, judge) if found else 0.0
    composed = compose(text, learned.evidence) if confidence >= judge.threshold else Composed((), ())
    clock.lap("compose")
    return Answer(
        question=question,
        searched_for=text,
        parts=composed.parts,
        citations=composed.citations,
        abstained=not composed.parts,
        confidence=round(confidence, 4),
        found=tuple(found),
        nearest=_nearest(found),
        generation=generation,
        timings_ms=clock.laps,
    )


def _nearest(found: Sequence[Found]) -> tuple[PageRef, ...]:
    return tuple(dict.fromkeys(one.page for one in found))[:NEAREST]


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round((now - self._last) * 1000, 3)
        self._last = now
