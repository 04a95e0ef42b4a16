"""Fit the linear machines of a classifier and mix them, with the neighbours' vote, into one decision."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.classifier import Head, softmax
from intents.features import Vocabulary
from intents.negatives import Negatives, instead, margins_with, stacked
from intents.ports import Vectors

Decided = NDArray[np.float32]
Targets = NDArray[np.int64]

_FEW = 20
"""Up to so many texts an intent, spelling n-grams are seen too rarely to weigh as much."""


@dataclass(frozen=True, slots=True)
class Machines:
    """The two linear heads of one training: margins (`svm`) and likelihoods (`logistic`)."""

    svm: Head
    logistic: Head


@dataclass(frozen=True, slots=True)
class Spread:
    """Where the decision values of a machine lie, so that those of two machines can be added."""

    mean: float
    deviation: float

    @classmethod
    def of(cls, decided: Decided) -> Spread:
        """Over all columns and rows."""
        return cls(float(decided.mean()), max(float(decided.std()), 1e-6))


@dataclass(frozen=True, slots=True)
class Mix:
    """How much of the decision each part has: `logistic` of the linear part, `neighbours` of the whole.

    The column of strangers, after those of the intents, is the margin alone: it tells them better than a likelihood.
    """

    intents: int
    logistic: float
    neighbours: float
    svm_spread: Spread
    logistic_spread: Spread
    neighbour_spread: Spread

    @property
    def logistic_factors(self) -> tuple[float, float]:
        """Scale and offset that bring the likelihoods to the scale of the margins."""
        return _onto(self.logistic_spread, self.svm_spread)

    @property
    def neighbour_factors(self) -> tuple[float, float]:
        """The same for the neighbours' vote."""
        return _onto(self.neighbour_spread, self.svm_spread)

    def linear(self, svm: Decided, logistic: Decided) -> Decided:
        """The linear part, on the scale of the margins: -1 is clearly none of a class."""
        scale, offset = self.logistic_factors
        mixed = np.array(svm, dtype=np.float32)
        own = slice(0, self.intents)
        mixed[:, own] = (1.0 - self.logistic) * svm[:, own] + self.logistic * (
            logistic[:, own] * scale + offset
        )
        return mixed

    def whole(self, linear: Decided, votes: Decided) -> Decided:
        """Linear part and neighbours. A last column of `linear` without votes, that of strangers, stays."""
        scale, offset = self.neighbour_factors
        mixed = linear.copy()
        intents = votes.shape[1]
        mixed[:, :intents] *= 1.0 - self.neighbours
        mixed[:, :intents] += self.neighbours * (votes * scale + offset)
        return mixed

    def head(self, machines: Machines) -> Head:
        """Both machines as one: adding two linear heads gives a linear head, so the mix costs nothing to serve."""
        scale, offset = self.logistic_factors
        share = np.zeros(machines.svm.bias.shape, dtype=np.float32)
        share[: self.intents] = self.logistic
        svm, logistic = 1.0 - share, share * scale
        return Head(
            dense=(svm * machines.svm.dense + logistic * machines.logistic.dense).astype(np.float32),
            sparse=(svm * machines.svm.sparse + logistic * machines.logistic.sparse).astype(np.float32),
            bias=(svm * machines.svm.bias + logistic * machines.logistic.bias + share * offset).astype(
                np.float32
            ),
        )


def _onto(from_: Spread, to: Spread) -> tuple[float, float]:
    scale = to.deviation / from_.deviation
    return scale, to.mean - from_.mean * scale


_LOGISTIC = (0.0, 0.3, 0.5, 0.65, 0.8, 1.0)
_NEIGHBOURS = (0.0, 0.1, 0.2, 0.3, 0.4)


def choose_mix(svm: Decided, logistic: Decided, votes: Decided, targets: Targets) -> tuple[Mix, float]:
    """The best mix and its temperature; the values are of machines that have not seen these texts.

    With few texts the count of right ones is mostly chance. So of the mixes that are within half a standard error of
    the best count, the one that finds the true intents likeliest is taken.
    """
    intents = votes.shape[1]
    spreads = (Spread.of(svm[:, :intents]), Spread.of(logistic[:, :intents]), Spread.of(votes))
    tried: list[tuple[float, Mix, Decided]] = []
    for share in _LOGISTIC:
        for near in _NEIGHBOURS:
            mix = Mix(intents, share, near, *spreads)
            decided = mix.whole(mix.linear(svm, logistic), votes)[:, :intents]
            tried.append((float((decided.argmax(axis=1) == targets).mean()), mix, decided))
    best = max(right for right, _, _ in tried)
    close = best - 0.5 * (best * (1.0 - best) / len(targets)) ** 0.5
    fitted = [(*best_temperature(decided, targets), mix) for right, mix, decided in tried if right >= close]
    _, temperature, mix = min(fitted, key=lambda item: item[0])
    return mix, temperature


def best_temperature(decided: Decided, targets: Targets) -> tuple[float, float]:
    """The loss and the factor under which the true classes are likeliest (Guo et al. 2017), by golden section."""
    rows = np.arange(len(targets))

    def loss(log_factor: float) -> float:
        chances = softmax(decided * np.float32(np.exp(log_factor)))
        return float(-np.log(np.maximum(chances[rows, targets], 1e-9)).mean())

    low, high, ratio = -2.0, 4.0, (5**0.5 - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = loss(left), loss(right)
    for _ in range(18):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = loss(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = loss(right)
    return min(at_left, at_right), float(np.exp((low + high) / 2))


def fit_machines(
    vectors: Vectors,
    texts: Sequence[str],
    targets: Targets,
    classes: int,
    vocabulary: Vocabulary,
    negatives: Negatives | None = None,
) -> Machines:
    """Both machines; a class without a text here keeps the lowest decision."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    few = len(texts) <= _FEW * len(np.unique(targets))
    for_svm, for_logistic = (0.5, 0.5) if few else (0.7, 1.0)
    features = _features(vectors, texts, vocabulary)
    against = _features(negatives.vectors, negatives.texts, vocabulary) if negatives else None
    # tol 1e-2 costs no accuracy on BANKING77 and saves half of the time.
    svm = LinearSVC(C=1.0, tol=1e-2, random_state=0)
    # The more classes, the smaller the first step's slope: of 150 classes it is under 1e-3, and nothing was learnt.
    slope = min(1e-3, 0.05 / classes)
    logistic = LogisticRegression(C=20.0 if few else 30.0, max_iter=100, tol=slope)
    if negatives is None or against is None:
        svm.fit(features(for_svm), targets)
        logistic.fit(features(for_logistic), targets)
    else:
        svm = margins_with(features(for_svm), targets, negatives, against(for_svm), svm)
        rows, others, shares = instead(negatives, vectors, targets, classes)
        both = stacked(features(for_logistic), against(for_logistic)[rows])
        weights = np.concatenate([np.ones(len(targets)), shares])
        logistic.fit(both, np.concatenate([targets, others]), sample_weight=weights)
    dim = vectors.shape[1]
    return Machines(
        svm=_head(svm, classes, dim, for_svm, lowest=-1.0),
        logistic=_head(logistic, classes, dim, for_logistic, lowest=None),
    )


def _features(vectors: Vectors, texts: Sequence[str], vocabulary: Vocabulary) -> Callable[[float], Any]:
    """Meaning and spelling side by side, by what spelling weighs."""
    from scipy.sparse import csr_matrix, hstack

    dense, spelling = csr_matrix(vectors), _spelling(texts, vocabulary)
    return lambda weight: hstack([dense, spelling * weight]).tocsr()


def _spelling(texts: Sequence[str], vocabulary: Vocabulary) -> Any:
    from scipy.sparse import csr_matrix

    weighed = [vocabulary.weigh(text) for text in texts]
    ends = np.cumsum([0, *(len(columns) for columns, _ in weighed)])
    columns = np.array([column for found, _ in weighed for column in found], dtype=np.int64)
    values = np.concatenate([found for _, found in weighed]) if weighed else np.zeros(0)
    return csr_matrix((values, columns, ends), shape=(len(texts), len(vocabulary)))


def _head(machine: Any, classes: int, dim: int, weight: float, *, lowest: float | None) -> Head:
    """A machine's coefficients, one column a class; what spelling was scaled by goes into them."""
    weights, bias = np.asarray(machine.coef_), np.asarray(machine.intercept_)
    if len(weights) == 1:
        half = 1.0 if lowest is not None else 0.5  # a likelihood's two columns differ by its one
        weights, bias = np.vstack([-weights, weights]) * half, np.concatenate([-bias, bias]) * half
    full = np.zeros((classes, weights.shape[1]), dtype=np.float32)
    full_bias = np.full(classes, lowest if lowest is not None else float(bias.min()) - 5.0, dtype=np.float32)
    full[machine.classes_], full_bias[machine.classes_] = weights, bias
    return Head(
        dense=np.ascontiguousarray(full[:, :dim].T),
        sparse=np.ascontiguousarray(full[:, dim:].T) * np.float32(weight),
        bias=full_bias,
    )


_WORDS_OF_A_NAME = re.compile(r"[^\W\d_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SAYS_NOTHING = frozenset({"intent", "label", "class", "category", "type", "topic"})


def said_name(name: str) -> str:
    """An intent's name as a text, "card_arrival" as "card arrival"; nothing when it has no word of its own."""
    words = [word.lower() for word in _WORDS_OF_A_NAME.findall(_HUMP.sub(" ", name))]
    telling = [word for word in words if len(word) > 2 and word not in _SAYS_NOTHING]
    return " ".join(words) if telling else ""
