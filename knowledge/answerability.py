"""How likely it is that the found passages answer the question: a small calibrated logistic model. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from knowledge.evidence import Evidence, Rarity
from knowledge.values import Found
from knowledge.words import content_terms, holds, terms

_USUAL_COVERAGE = 0.7
"""For "who is this for?": its words are in no index, so that their absence says nothing."""

_RARE, _NEAR = 0.5, 3
"""A name that hardly a passage in ten holds, among the best ones, is what the question is about."""

Knows = Callable[[str], bool]
"""Whether any passage holds a term."""


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for and against an answer, each roughly between 0 and 1.

    Chosen out of forty on thirteen sites' documents, each left out in turn. What else was tried and told nothing
    new: margins and agreement of the two searches, whether the answer's kind fits the question's (a number for "how
    many"), cosines against other sites' passages, similarity of single words, and boosted trees instead of this.
    """

    top_cosine: float
    """Of the passage nearest in meaning."""
    unit: float
    """Relevance of the best single sentence, row or item."""
    coverage: float
    """Share of the question's words, weighed by rarity, in the best covering passage."""
    background: float
    """Cosine of the fiftieth passage: near everything is near nothing, and some sites are all about one thing."""
    words: float
    """How many content words the question has, as a share of eight."""
    unmatched: float
    """Rarity of the rarest word of the question that no found passage holds."""
    named: float
    """-1 when the question names something, by a capital or a digit, that no document ever mentions; 1 when it names
    something that few passages mention, and one of them, with all else that was asked, was found."""


@dataclass(frozen=True, slots=True)
class Model:
    """Coefficients as data, written by the calibration script."""

    weights: tuple[float, ...]
    bias: float
    threshold: float


def signals(
    question: str,
    found: Sequence[Found],
    evidence: Sequence[Evidence],
    background: float,
    *,
    rarity: Rarity,
    knows: Knows,
) -> Signals:
    """Reads the signals off what retrieval and weighing already know."""
    asked = content_terms(question)
    has_words = bool(terms(question))
    return Signals(
        top_cosine=max((one.dense for one in found), default=0.0),
        unit=max((one.best for one in evidence), default=0.0),
        coverage=max((one.coverage for one in found[:5]), default=0.0) if has_words else _USUAL_COVERAGE,
        background=background,
        words=min(8, len(asked)) / 8,
        unmatched=_unmatched(asked, found, rarity) if has_words else 0.0,
        named=_named(question, found, rarity, knows),
    )


def _unmatched(asked: Sequence[str], found: Sequence[Found], rarity: Rarity) -> float:
    if any(one.coverage >= 1 for one in found):
        return 0.0
    held = frozenset[str]().union(*(_words(one) for one in found)) if found else frozenset[str]()
    return max((rarity(term) for term in asked if not holds(held, term)), default=0.0)


def _words(found: Found) -> frozenset[str]:
    names = [found.page.title, *found.passage.heading_path]
    return frozenset(terms(" ".join([*names, found.passage.text])))


def _named(question: str, found: Sequence[Found], rarity: Rarity, knows: Knows) -> float:
    if names_a_stranger(question, knows):
        return -1.0
    named = {term for stems in names_in(question) for term in stems}
    is_rare = any(rarity(term) >= _RARE for term in named)
    return float(is_rare and any(one.coverage >= 1 and named <= _words(one) for one in found[:_NEAR]))


def names_a_stranger(question: str, knows: Knows) -> bool:
    """ "Do you integrate with Shopify?" on a site that never says Shopify."""
    return any(not any(knows(stem) for stem in stems) for stems in names_in(question))


def names_in(question: str) -> list[list[str]]:
    """The stems of what is written with a capital or a digit; the first word's capital says nothing."""
    names = [
        terms(word)
        for place, word in enumerate(question.split())
        if (place > 0 and word[:1].isupper()) or any(char.isdigit() for char in word)
    ]
    return [stems for stems in names if stems]


def probability(found: Signals, model: Model) -> float:
    """That the documents answer the question."""
    values = [getattr(found, field.name) for field in fields(found)]
    logit = model.bias + math.fsum(
        weight * value for weight, value in zip(model.weights, values, strict=True)
    )
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


@cache
def fitted() -> Model:
    """The model that ships with the room."""
    data = json.loads((Path(__file__).parent / "data" / "answerability.json").read_text(encoding="utf-8"))
    weights = tuple(float(data["weights"][field.name]) for field in fields(Signals))
    return Model(weights, float(data["bias"]), float(data["threshold"]))
