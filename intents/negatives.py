"""Texts that one intent must not claim: they count against it alone, whatever else they may mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.ports import Vectors

# A neighbour's say falls with its distance as it does when messages are read.
_STEEPNESS = 40.0
_LEAST = 0.05


@dataclass(frozen=True, slots=True)
class Negatives:
    """The texts with their vectors, and the number of the intent that each is not."""

    texts: Sequence[str]
    vectors: Vectors
    targets: NDArray[np.int64]


def margins_with(
    rows: Any, targets: NDArray[np.int64], negatives: Negatives, features: Any, machine: Any
) -> Any:
    """One machine an intent against the rest, as a multi-class one fits them, each with the negatives of its own.

    `features` are the negatives' rows; `machine` is refitted for every intent and holds them all in the end.
    """
    classes = np.unique(targets)
    weights, biases = [], []
    for number in classes:
        own = negatives.targets == number
        its_rows = stacked(rows, features[own]) if own.any() else rows
        machine.fit(its_rows, np.concatenate([targets == number, np.zeros(int(own.sum()), dtype=bool)]))
        weights.append(machine.coef_[0])
        biases.append(machine.intercept_[0])
    machine.coef_, machine.intercept_, machine.classes_ = np.stack(weights), np.array(biases), classes
    return machine


def stacked(rows: Any, more: Any) -> Any:
    """Sparse rows, and more of them below."""
    from scipy.sparse import vstack

    return vstack([rows, more]).tocsr()


def instead(
    negatives: Negatives, vectors: Vectors, targets: NDArray[np.int64], classes: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """What each text may be instead, by the training texts near it: number of the text, class and share.

    Likelihoods know no "not this one"; a text that is shared out among the others tells them so.
    """
    heard = np.zeros((len(negatives.targets), classes))
    for row, vector in enumerate(negatives.vectors):
        said = np.exp(_STEEPNESS * (vectors @ vector - 1.0)).astype(np.float64)
        heard[row] = np.bincount(targets, weights=said, minlength=classes)
    heard[np.arange(len(heard)), negatives.targets] = 0.0
    shares = _shared(heard)
    shares = _shared(np.where(shares < _LEAST, 0.0, shares))
    rows, others = np.nonzero(shares)
    return rows, others, shares[rows, others]


def _shared(heard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rows that sum to 1."""
    shares: NDArray[np.float64] = heard / np.maximum(heard.sum(axis=1, keepdims=True), 1e-300)
    return shares
