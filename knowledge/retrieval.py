"""Finds passages: what both searches put forward, re-scored by all that is known about each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.dense import Mask
from knowledge.indexes.shelf import Shelf
from knowledge.rescoring import Candidates, all_signals, fitted, min_max, rescore
from knowledge.values import Found
from knowledge.words import content_terms, equal_terms, terms

POOL = 60
"""Candidates from each search; more did not change a figure."""

Mode = Literal["served", "min-max", "dense", "bm25"]
"""What serves visitors, and the plainer systems that it has to beat in the same run."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question ready to be searched."""

    text: str
    """As it was asked: what a passage should cover."""
    words: str
    """With synonyms behind it: what the keyword search looks for."""
    vector: NDArray[np.float32]


def search(
    shelf: Shelf,
    query: Query,
    k: int,
    *,
    mode: Mode = "served",
    weights: Mapping[str, float] | None = None,
    allowed: Mask | None = None,
) -> list[Found]:
    """The `k` best passages, best first, among the rows that `allowed` tells; `weights`: others than the fitted."""
    if len(shelf) == 0:
        return []
    asked = terms(query.words)
    rows, dense, keyword = _candidates(shelf, query, asked, allowed)
    if len(rows) == 0:
        return []
    match mode:
        case "dense":
            scores = dense
        case "bm25":
            scores = keyword
        case "min-max":
            scores = np.float32(0.5) * (min_max(dense) + min_max(keyword))
        case "served":
            scores = rescore(shelf, query.text, asked, Candidates(rows, dense, keyword), weights)
    best = np.argsort(-scores, kind="stable")[:k]
    cover = _coverage(shelf, query.text, rows[best])
    return [
        replace(
            _found(shelf, row, float(scores[i]), float(dense[i]), float(keyword[i]), float(cover[place])),
            superseded_by=shelf.successor(row, allowed),
        )
        for place, (i, row) in enumerate(zip(best, rows[best].tolist(), strict=True))
    ]


def _candidates(
    shelf: Shelf, query: Query, asked: Sequence[str], allowed: Mask | None
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Rows that either search puts forward, each with both scores."""
    near, _ = shelf.dense.search(query.vector, POOL, allowed)
    keyword = shelf.keywords.scores(asked)
    if allowed is not None:
        keyword[~allowed] = 0
    count = min(POOL, len(keyword))
    worded = np.argpartition(-keyword, count - 1)[:count]
    rows = np.union1d(near, worded[keyword[worded] > 0]).astype(np.int64)
    return rows, shelf.dense.scores_of(query.vector, rows), keyword[rows]


def signals_of(shelf: Shelf, query: Query) -> tuple[NDArray[np.int64], dict[str, NDArray[np.float32]]]:
    """The candidates' rows and everything that the re-score knows of them; what its weights are fitted on."""
    asked = terms(query.words)
    rows, dense, keyword = _candidates(shelf, query, asked, None)
    if len(rows) == 0:
        return rows, {}
    return rows, all_signals(shelf, query.text, asked, Candidates(rows, dense, keyword), fitted())


def _coverage(shelf: Shelf, question: str, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """The share of the question's content words, weighed by rarity, that each passage or its headings hold."""
    asked = [(term, shelf.keywords.rarity(term)) for term in content_terms(question)]
    whole = sum(weight for _, weight in asked)
    if not whole:
        return np.zeros(len(rows), np.float32)
    held = np.zeros(len(rows))
    for term, weight in asked:
        held += weight * _say(shelf, term, rows)
    return (held / whole).astype(np.float32)


def _say(shelf: Shelf, term: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the rows say a term, in this word or an equal one: `words.holds` for many passages at once."""
    saying = shelf.keywords.holding(term, rows)
    for others in equal_terms(term):
        saying = saying | np.logical_and.reduce([shelf.keywords.holding(other, rows) for other in others])
    return saying


def _found(shelf: Shelf, row: int, score: float, dense: float, keyword: float, coverage: float) -> Found:
    entry = shelf.entries[row]
    return Found(
        passage=entry.passage,
        page=entry.page,
        document_version=entry.document.version,
        updated=entry.document.updated,
        score=round(score, 4),
        dense=round(dense, 4),
        keyword=round(keyword, 4),
        coverage=round(coverage, 4),
    )
