"""The figures themselves: pure functions over rankings, labels and scores."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence


def ndcg(ranked: Sequence[str], relevant: Mapping[str, float], k: int = 10) -> float:
    """Normalised discounted cumulative gain of the first `k`, with linear gains as in BEIR's tool (pytrec_eval)."""
    gained = math.fsum(
        relevant.get(found, 0.0) / math.log2(place + 2) for place, found in enumerate(ranked[:k])
    )
    best = sorted(relevant.values(), reverse=True)[:k]
    ideal = math.fsum(gain / math.log2(place + 2) for place, gain in enumerate(best))
    return gained / ideal if ideal else 0.0


def recall(ranked: Sequence[str], relevant: Collection[str], k: int = 5) -> float:
    """The share of what is relevant that stands among the first `k`."""
    return len(set(ranked[:k]) & set(relevant)) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], relevant: Collection[str], k: int = 10) -> float:
    """One over the place of the first relevant one, 0 when it is not among the first `k`."""
    places = (place for place, found in enumerate(ranked[:k], 1) if found in relevant)
    return 1 / next(places, math.inf)


def accuracy(guessed: Sequence[str], true: Sequence[str]) -> float:
    """The share that is right."""
    return mean([float(guess == label) for guess, label in zip(guessed, true, strict=True)])


def macro_f1(guessed: Sequence[str], true: Sequence[str]) -> float:
    """The mean over labels of the harmonic mean of precision and recall.

    A label counts when it stands on either side, as in scikit-learn: a guess of what is never true costs.
    """
    scores = []
    for label in sorted({*guessed, *true}):
        both = sum(g == t == label for g, t in zip(guessed, true, strict=True))
        said = sum(g == label for g in guessed) + sum(t == label for t in true)
        scores.append(2 * both / said)
    return mean(scores)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """The chance that a positive scores above a negative (ties count half); None without one of the two."""
    if not positives or not negatives:
        return None
    scored = sorted([(score, 1) for score in positives] + [(score, 0) for score in negatives])
    rank_sum, at = 0.0, 0
    while at < len(scored):
        end = at
        while end < len(scored) and scored[end][0] == scored[at][0]:
            end += 1
        # Equal scores share the mean of the ranks they take.
        rank_sum += (at + 1 + end) / 2 * sum(is_positive for _, is_positive in scored[at:end])
        at = end
    count = len(positives)
    return (rank_sum - count * (count + 1) / 2) / (count * len(negatives))


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return math.fsum(values) / len(values) if values else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed (nearest rank); 0 of nothing."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two; 0 of nothing."""
    if not values:
        return 0.0
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2
