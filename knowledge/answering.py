"""From a question and a shelf to an answer: resolve, mend, search, weigh, compose, or abstain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from knowledge.answerability import Model, Signals, fitted, probability, signals
from knowledge.compose import Composed, compose
from knowledge.courtesy import without_courtesy
from knowledge.evidence import Evidence, weigh
from knowledge.followups import resolve
from knowledge.indexes.dense import Mask
from knowledge.indexes.shelf import Shelf
from knowledge.joining import joined
from knowledge.ports import Embedder
from knowledge.retrieval import Query, search
from knowledge.several import apart, without_introduction
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


@dataclass(frozen=True, slots=True)
class Asking:
    """What questions are asked of: a shelf, the rows of it that may be found, and the judge of answers."""

    shelf: Shelf
    embedder: Embedder
    allowed: Mask | None
    judge: Model
    generation: int


def find(
    shelf: Shelf, embedder: Embedder, question: str, k: int, *, allowed: Mask | None = None
) -> tuple[str, list[Found]]:
    """The question as it was searched, and the best passages among the rows that may be found."""
    text = shelf.speller.mend(without_courtesy(question))
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
    asking = Asking(shelf, embedder, allowed, model or fitted(), generation)
    earlier = [without_courtesy(one) for one in previous]
    kept = without_introduction(without_courtesy(question))
    pieces = apart(kept)
    if len(pieces) == 1:
        return replace(_answered(asking, resolve(kept, earlier)), question=question)
    made: list[Answer] = []
    for piece in pieces:
        # "…and how do I raise it?" points at the question before it.
        made.append(_answered(asking, resolve(piece, [*earlier, *pieces[: len(made)]])))
    if all(one.abstained for one in made):
        return replace(_answered(asking, resolve(kept, earlier)), question=question)
    return joined(question, pieces, made)


def _answered(asking: Asking, question: str) -> Answer:
    """One question, whole and without courtesy."""
    clock = _Clock()
    shelf, embedder, judge = asking.shelf, asking.embedder, asking.judge
    text, found = find(shelf, embedder, question, DEPTH, allowed=asking.allowed)
    clock.lap("find")
    learned = _weighed(shelf, embedder, text, found)
    clock.lap("weigh")
    confidence = probability(learned.signals, judge) if found else 0.0
    composed = Composed()
    if confidence >= judge.threshold:
        composed = compose(
            text, learned.evidence, shelf.keywords.rarity, further=found[len(learned.evidence) :]
        )
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
        generation=asking.generation,
        timings_ms=clock.laps,
        notes=composed.notes,
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
