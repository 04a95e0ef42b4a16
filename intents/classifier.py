"""The trained model at work: calibrated probabilities and how much a text belongs to the catalogue at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.errors import ModelError
from intents.features import Vocabulary
from intents.mood_head import MoodHead
from intents.ports import Embedder, Vectors

# How steeply a neighbour's say falls with its distance; 40 was best of 8, 20 and 40 on held-out training texts.
_STEEPNESS = 40.0
_NEAREST = 5


@dataclass(frozen=True, slots=True)
class Standardised:
    """A quantity made comparable: how many standard deviations above its mean over training texts."""

    mean: float
    deviation: float

    def of(self, values: Vectors) -> Vectors:
        """Z-scores."""
        return np.asarray((values - self.mean) / max(self.deviation, 1e-6), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Prediction:
    """One row a text: calibrated probabilities over `names`, and the scope score (above 0: in scope)."""

    names: tuple[str, ...]
    probabilities: NDArray[np.float32]
    scope: NDArray[np.float32]

    def best(self, row: int, count: int) -> list[tuple[str, float]]:
        """The `count` likeliest intents of a row, best first."""
        ordered = np.argsort(-self.probabilities[row], kind="stable")[:count]
        return [(self.names[i], float(self.probabilities[row, i])) for i in ordered]


@dataclass(frozen=True, slots=True)
class Head:
    """The linear part: one column an intent, for meaning (vectors) and spelling (n-grams).

    A model that was shown out-of-scope texts has one column more, the last, which leans to them.
    """

    dense: NDArray[np.float32]
    sparse: NDArray[np.float32]
    bias: NDArray[np.float32]

    def decide(self, vectors: Vectors, texts: Sequence[str], vocabulary: Vocabulary) -> NDArray[np.float32]:
        """Decision values: above 0 leans to the intent."""
        decided = vectors @ self.dense + self.bias
        for row, text in enumerate(texts):
            columns, values = vocabulary.weigh(text)
            if columns:
                decided[row] += values @ self.sparse[columns]
        return decided.astype(np.float32)


# Measured on out-of-fold texts: the column trained on strangers tells more than margin or nearness alone.
_STRANGENESS = 2.0


@dataclass(frozen=True, slots=True)
class Scope:
    """When a text is near enough to what the catalogue talks about."""

    margin: Standardised
    nearness: Standardised
    threshold: float

    def score(self, decided: NDArray[np.float32], strange: NDArray[np.float32], near: Vectors) -> Vectors:
        """Above 0 is in scope; 0 is where training texts are accepted at the chosen rate."""
        raw = scope_of(decided, strange, near, self.margin, self.nearness)
        return (raw - self.threshold).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The training texts' vectors, those of one intent together; `starts` says where each intent's begin.

    `scale` and `offset` bring their vote to the size of its share in the decision.
    """

    examples: NDArray[np.float32]
    starts: NDArray[np.int64]
    share: float
    scale: float
    offset: float

    def read(self, vectors: Vectors) -> tuple[NDArray[np.float32], Vectors]:
        """The vote on each intent, scaled, and the nearness of any example at all."""
        found, near = votes(vectors, self.examples, self.starts)
        return (found * np.float32(self.scale) + np.float32(self.offset)).astype(np.float32), near


def scope_of(
    decided: NDArray[np.float32],
    strange: NDArray[np.float32],
    near: Vectors,
    margin: Standardised,
    nearby: Standardised,
) -> Vectors:
    """Margin and nearness, z-scored and added; points off for what looks like known out-of-scope texts."""
    # A decision of -1 is what the machine gives to a text that is clearly none of a class.
    return (margin.of(decided.max(axis=1)) + nearby.of(near) - _STRANGENESS * (strange + 1.0)).astype(
        np.float32
    )


@dataclass(frozen=True, slots=True)
class Model:
    """A trained catalogue. `temperature` makes the softmax of decision values a calibrated probability."""

    names: tuple[str, ...]
    version: str
    embedder: str
    vocabulary: Vocabulary
    head: Head
    neighbours: Neighbours
    temperature: float
    scope: Scope
    metrics: Mapping[str, Any] = field(default_factory=dict)
    mood: MoodHead | None = None
    """Hears frustration on the same vectors; a model that was shown no moods has none."""

    def predict(self, vectors: Vectors, texts: Sequence[str]) -> Prediction:
        """Probabilities and scope scores for texts whose vectors are given."""
        decided, strange = split_strange(self.head.decide(vectors, texts, self.vocabulary), len(self.names))
        found, near = self.neighbours.read(vectors)
        decided = decided * np.float32(1.0 - self.neighbours.share) + found
        chances = softmax(decided * self.temperature)
        return Prediction(self.names, chances, self.scope.score(decided, strange, near))


class Classifier:
    """A model together with the embedder that it was trained with."""

    def __init__(self, model: Model, embedder: Embedder) -> None:
        if model.embedder != embedder.name:
            raise ModelError(
                f"intent model {model.version!r} was trained with embedder {model.embedder!r}, "
                f"not {embedder.name!r}; run `frontdesk train` with the embedder that serves"
            )
        self.model = model
        self._embedder = embedder

    def predict(self, texts: Sequence[str], vectors: Vectors | None = None) -> Prediction:
        """Probabilities and scope scores; `vectors` saves embedding what is already embedded."""
        return self.model.predict(self._embedder.embed(texts) if vectors is None else vectors, texts)


def split_strange(
    decided: NDArray[np.float32], intents: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The intents' columns, and the one of out-of-scope texts (-1 where the model was shown none)."""
    if decided.shape[1] > intents:
        return decided[:, :intents], decided[:, intents]
    return decided, np.full(len(decided), -1.0, dtype=np.float32)


def softmax(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows that sum to 1."""
    raised = np.exp(values - values.max(axis=1, keepdims=True))
    shares: NDArray[np.float32] = (raised / raised.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares


def votes(
    vectors: Vectors, examples: Vectors, starts: NDArray[np.int64], *, nearest: int = _NEAREST
) -> tuple[NDArray[np.float32], Vectors]:
    """What each intent's examples say to each text, a soft maximum of their cosines; and the mean cosine of
    the nearest of all. In blocks that keep memory small.
    """
    count = min(nearest, len(examples))
    said = np.zeros((len(vectors), len(starts)), dtype=np.float32)
    near = np.zeros(len(vectors), dtype=np.float32)
    for start in range(0, len(vectors), 512):
        cosines = vectors[start : start + 512] @ examples.T
        near[start : start + 512] = np.partition(cosines, -count, axis=1)[:, -count:].mean(axis=1)
        heard = np.add.reduceat(np.exp(_STEEPNESS * (cosines - 1.0)), starts, axis=1)
        said[start : start + 512] = np.log(np.maximum(heard, 1e-12)) / _STEEPNESS
    return said, near
