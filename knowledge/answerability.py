"""How likely it is that the found passages answer the question: a small calibrated logistic model. Pure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from knowledge.evidence import Evidence
from knowledge.values import Found
from knowledge.words import content_terms


@dataclass(frozen=True, slots=True)
class Signals:
    """What speaks for and against an answer, each roughly between 0 and 1."""

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


@dataclass(frozen=True, slots=True)
class Model:
    """Coefficients as data, written by the calibration script."""

    weights: tuple[float, ...]
    bias: float
    threshold: float


def signals(
    question: str, found: Sequence[Found], evidence: Sequence[Evidence], background: float
) -> Signals:
    """Reads the signals off what retrieval and weighing already know."""
    return Signals(
        top_cosine=max((one.dense for one in found), default=0.0),
        unit=max((one.best for one in evidence), default=0.0),
        coverage=max((one.coverage for one in found[:5]), default=0.0),
        background=background,
        words=min(8, len(content_terms(question))) / 8,
    )


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
