"""Learn the head that hears frustration, and choose on unseen folds from where on it counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from intents.mood_head import MoodHead, is_too_short, signs, weight_of
from intents.ports import Embedder, Vectors
from intents.sentiment import read_mood

CALM_INTENTS = frozenset(
    {
        "pricing",
        "plan_limits",
        "comparison",
        "migration",
        "proof_by_industry",
        "start_trial",
        "extend_trial",
        "buy_or_add_seats",
        "feature_question",
        "integration_question",
        "security_compliance",
        "book_meeting",
        "move_meeting",
        "cancel_meeting",
        "invoice",
        "data_request",
        "greeting",
        "thanks",
        "small_talk",
        "why_do_you_ask",
        "yes",
        "tells_about_self",
        "partner",
        "job",
        "press",
    }
)
"""Intents whose examples are calm; those of the others may be sharp, so they teach nothing about the mood."""

_PRECISION = 0.9
"""What share of those heard as frustrated must be so, out of fold; a false alarm is worse than a miss."""
_FOLDS, _SEED = 10, 7
_WEIGHT = {0: 1.0, 1: 0.5, 2: 1.0, 3: 1.0}
_ORDINARY = 0.3
"""What an example of the catalogue counts beside a calm one that was written to look like a complaint."""
_HEARD = 0.5
_UNHEARD = -100.0


@dataclass(frozen=True, slots=True)
class Felt:
    """A message and how frustrated it is: 0 calm, 1 mildly, 2 clearly, 3 strongly."""

    text: str
    degree: int


@dataclass(frozen=True, slots=True)
class _Lesson:
    """Texts with their vectors, which of them are frustrated, and what each counts in training."""

    texts: Sequence[str]
    vectors: Vectors
    hot: NDArray[np.bool_]
    counts: NDArray[np.float64]


def learn_mood(
    felt: Sequence[Felt], embedder: Embedder, calm: Sequence[str] = (), calm_vectors: Vectors | None = None
) -> tuple[MoodHead, dict[str, Any]]:
    """The head and its figures out of fold. `calm_vectors` are those of `calm`, when already at hand."""
    own = np.asarray(embedder.embed([item.text for item in felt]), dtype=np.float32)
    beside = calm_vectors if calm_vectors is not None else embedder.embed(list(calm)) if calm else own[:0]
    lesson = _Lesson(
        texts=[*(item.text for item in felt), *calm],
        vectors=np.concatenate([own, np.asarray(beside, dtype=np.float32)]),
        hot=np.array([*(item.degree > 0 for item in felt), *[False] * len(calm)]),
        counts=np.array([*(_WEIGHT[item.degree] for item in felt), *[_ORDINARY] * len(calm)]),
    )
    sums = _out_of_fold(lesson, len(felt))
    leans, sure = _choose(sums, lesson)
    top = max(float(np.quantile(sums[lesson.hot], 0.99)), sure + 0.1)
    dense, weights, bias = _fit(lesson, np.arange(len(lesson.texts)))
    return MoodHead(dense, weights, bias, leans, sure, top), _figures(sums, leans, sure, top, lesson)


def _fit(lesson: _Lesson, rows: NDArray[np.int64]) -> tuple[NDArray[np.float32], dict[str, float], float]:
    from scipy.sparse import csr_matrix, hstack
    from sklearn.linear_model import LogisticRegression

    met = [signs(lesson.texts[int(row)]) for row in rows]
    times = Counter(sign for found in met for sign in found)
    place = {sign: at for at, sign in enumerate(sorted(sign for sign, count in times.items() if count > 1))}
    known = [[place[sign] for sign in sorted(found) if sign in place] for found in met]
    ends = np.cumsum([0, *(len(found) for found in known)])
    values = np.concatenate([np.full(len(found), max(len(found), 1) ** -0.5) for found in known])
    columns = np.array([at for found in known for at in found], dtype=np.int64)
    spelled = csr_matrix((values, columns, ends), shape=(len(rows), len(place)))
    machine = LogisticRegression(C=5.0, max_iter=300)
    machine.fit(
        hstack([csr_matrix(lesson.vectors[rows]), spelled]).tocsr(),
        lesson.hot[rows],
        sample_weight=lesson.counts[rows],
    )
    dim = lesson.vectors.shape[1]
    weights = machine.coef_[0]
    by_sign = {sign: round(float(weights[dim + at]), 4) for sign, at in place.items()}
    return weights[:dim].astype(np.float32), by_sign, float(machine.intercept_[0])


def _out_of_fold(lesson: _Lesson, own: int) -> NDArray[np.float64]:
    """What heads that have not seen a text make of it."""
    kinds = np.where(np.arange(len(lesson.texts)) < own, lesson.hot.astype(int), 2)
    shuffled = np.random.default_rng(_SEED).permutation(len(kinds))
    ordered = shuffled[np.argsort(kinds[shuffled], kind="stable")]
    fold_of = np.empty(len(kinds), dtype=np.int64)
    fold_of[ordered] = np.arange(len(kinds)) % _FOLDS
    sums = np.zeros(len(kinds))
    for fold in range(_FOLDS):
        head = MoodHead(*_fit(lesson, np.flatnonzero(fold_of != fold)), leans=0.0, sure=0.0, top=1.0)
        for row in map(int, np.flatnonzero(fold_of == fold)):
            if is_too_short(lesson.texts[row]):
                sums[row] = _UNHEARD
                continue
            sums[row] = head.sum_of(lesson.vectors[row], lesson.texts[row])
    return sums


def _choose(sums: NDArray[np.float64], lesson: _Lesson) -> tuple[float, float]:
    """From where on it counts, and from where on alone: the lowest sums that keep the precision asked for."""
    sure = _lowest(sums, lesson.hot, _PRECISION)
    # A hint is worth having where three of four are right; with a rule beside it, it is then nearly sure.
    return min(_lowest(sums, lesson.hot, 0.75), sure), sure


def _lowest(sums: NDArray[np.float64], hot: NDArray[np.bool_], precision: float) -> float:
    order = np.argsort(-sums)
    precise = np.cumsum(hot[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(precise >= precision)
    # Where no threshold is good enough, the head is never heard.
    return float(sums[order[good[-1]]]) if len(good) else float(sums.max()) + 1.0


def _figures(
    sums: NDArray[np.float64], leans: float, sure: float, top: float, lesson: _Lesson
) -> dict[str, Any]:
    alone = np.array([read_mood(text).frustration for text in lesson.texts])
    together = np.array(
        [
            read_mood(text, weight_of(found, leans, sure, top)).frustration
            for text, found in zip(lesson.texts, sums, strict=True)
        ]
    )
    return {
        "texts": len(lesson.texts),
        "frustrated": int(lesson.hot.sum()),
        "rules": _both(alone >= _HEARD, lesson.hot),
        "head": _both(sums >= sure, lesson.hot),
        "together": _both(together >= _HEARD, lesson.hot),
        "offers_person": _both(together >= 0.7, lesson.hot),
    }


def _both(heard: NDArray[np.bool_], hot: NDArray[np.bool_]) -> dict[str, float | None]:
    right = int((heard & hot).sum())
    return {
        "precision": round(right / int(heard.sum()), 4) if heard.any() else None,
        "recall": round(right / max(int(hot.sum()), 1), 4),
    }
