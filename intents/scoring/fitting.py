"""Fit whole points to outcomes: a logistic regression drawn to the operator's rules, scaled on unseen leads, rounded.

The fewer outcomes, the more the points are the rules' own, in the scale of chances; with more they go their way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from intents.scoring.model import PER_POINT

Floats = NDArray[np.float64]
Strings = NDArray[np.str_]
_STRENGTHS = (0.001, 0.01, 0.03, 0.1, 0.3, 1.0)
"""Of which the inner folds choose: the smaller, the nearer to the rules."""
_FREEDOM = 10.0
"""How much less the weight of the rules as a whole is held back than that of a single feature."""
_INNER = 4
_MOST_TRUSTED = 1.5
_STEPS = 60


@dataclass(frozen=True, slots=True)
class Fitted:
    """Points of each column, and the log-odds of a lead without any."""

    points: NDArray[np.int64]
    base: float

    def chances(self, columns: Floats) -> Floats:
        """What comes of leads with these columns."""
        return sigmoid(self.base + PER_POINT * (columns @ self.points))


def fit(columns: Floats, came: Floats, groups: Strings, prior: Floats, seed: int) -> Fitted:
    """Points for columns of 0 and 1; leads of one group (one visitor) are never on both sides of a fold.

    `prior` is what the rules pay for each column.
    """
    strength, trust = _chosen(columns, came, groups, prior, seed)
    weights = _weights(columns, came, prior, strength)
    points = np.rint(weights * trust / PER_POINT).astype(np.int64)
    return Fitted(points, base_of(columns @ points, came))


def folds(
    columns: Floats, came: Floats, groups: Strings, count: int, seed: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Pairs of what is learned from and what is asked, with both outcomes in each."""
    from sklearn.model_selection import StratifiedGroupKFold

    split = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=seed)
    for learned, asked in split.split(columns, came, groups):
        if 0 < came[learned].sum() < len(learned):
            yield learned, asked


def slope_of(scores: Floats, came: Floats) -> tuple[float, float]:
    """The straight line from a score to log-odds that makes the outcomes likeliest; a slope below 0 is 0."""
    from sklearn.linear_model import LogisticRegression

    spread = float(scores.std())
    if spread == 0.0:
        return 0.0, base_of(np.zeros(len(came)), came)
    line = LogisticRegression(C=1e4, max_iter=500).fit((scores / spread)[:, None], came)
    slope = max(0.0, float(line.coef_[0, 0]) / spread)
    return slope, float(line.intercept_[0]) if slope else base_of(np.zeros(len(came)), came)


def base_of(totals: Floats, came: Floats) -> float:
    """The log-odds at which as many leads are expected as came, half a lead added to either side."""
    wanted = (came.sum() + 0.5) / (len(came) + 1)
    low, high = -30.0, 30.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if sigmoid(middle + PER_POINT * totals).mean() < wanted:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 6)


def sigmoid(values: Floats) -> Floats:
    """Log-odds as chances."""
    chances: Floats = 1 / (1 + np.exp(-np.clip(values, -60, 60)))
    return chances


def _weights(columns: Floats, came: Floats, prior: Floats, strength: float) -> Floats:
    """The log-odds that each column adds: its share of the rules, and what the outcomes say beyond them."""
    from sklearn.linear_model import LogisticRegression

    paid = columns @ prior
    spread = float(paid.std())
    if spread == 0.0 and not columns.any():
        return np.zeros(columns.shape[1])
    scaled = paid / spread * _FREEDOM if spread else np.zeros(len(paid))
    model = LogisticRegression(C=strength, max_iter=500).fit(np.column_stack([columns, scaled]), came)
    own: Floats = model.coef_[0, :-1]
    # Rules that point the wrong way are believed in nothing, rather than turned round.
    share = max(0.0, float(model.coef_[0, -1])) * _FREEDOM / spread if spread else 0.0
    weights: Floats = own + share * prior
    return weights


def _chosen(columns: Floats, came: Floats, groups: Strings, prior: Floats, seed: int) -> tuple[float, float]:
    """The strength whose decisions predict unseen leads best, and how far these decisions may be trusted."""
    if not columns.shape[1]:
        return _STRENGTHS[0], 0.0
    parts = list(folds(columns, came, groups, _INNER, seed))
    asked = np.concatenate([rows for _, rows in parts])
    best: tuple[float, float, float] | None = None
    for strength in _STRENGTHS:
        # Without the folds' own intercepts, which would differ only by who is in them.
        unseen = np.concatenate(
            [
                columns[rows] @ _weights(columns[learned], came[learned], prior, strength)
                for learned, rows in parts
            ]
        )
        slope, intercept = slope_of(unseen, came[asked])
        loss = _log_loss(sigmoid(slope * unseen + intercept), came[asked])
        if best is None or loss < best[0]:
            best = (loss, strength, min(slope, _MOST_TRUSTED))
    assert best is not None
    return best[1], best[2]


def _log_loss(chances: Floats, came: Floats) -> float:
    kept = np.clip(chances, 1e-6, 1 - 1e-6)
    return float(-np.mean(came * np.log(kept) + (1 - came) * np.log(1 - kept)))
