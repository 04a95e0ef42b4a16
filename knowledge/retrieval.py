"""Finds passages: both searches, fused, then re-scored by what else was found on the same page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.dense import Mask
from knowledge.indexes.shelf import Shelf
from knowledge.values import Found
from knowledge.words import content_terms, equal_terms, terms

POOL = 60
"""Candidates from each search; more did not change a figure."""

Mode = Literal["served", "min-max", "dense", "bm25"]
"""What serves visitors, and the plainer systems that it has to beat in the same run."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The recipe of the re-score, chosen on four question sets from two sites' documents.

    Tried and left out, because they lost on at least one set: title and heading match, coverage of the question's
    words, similarity to the heading alone, similarity to the page's centroid, and BM25 over whole pages.
    """

    keyword: float = 0.45
    """BM25's share of the fused score."""
    page: float = 0.5
    """What the page's other passages add, beside a fused score of 1."""
    best_of_page: int = 5


SERVED = Weights()
HALF = Weights(keyword=0.5, page=0.0)


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
    weights: Weights = SERVED,
    allowed: Mask | None = None,
) -> list[Found]:
    """The `k` best passages, best first; `allowed` tells which rows may be found at all."""
    if len(shelf) == 0:
        return []
    rows, dense, keyword = _candidates(shelf, query, allowed)
    if len(rows) == 0:
        return []
    match mode:
        case "dense":
            scores = dense
        case "bm25":
            scores = keyword
        case "min-max":
            scores = _fused(dense, keyword, HALF.keyword)
        case "served":
            scores = _rescored(shelf, rows, _fused(dense, keyword, weights.keyword), weights)
    best = np.argsort(-scores, kind="stable")[:k]
    cover = _coverage(shelf, query.text, rows[best])
    return [
        _found(shelf, int(rows[i]), float(scores[i]), float(dense[i]), float(keyword[i]), float(cover[place]))
        for place, i in enumerate(best)
    ]


def _candidates(
    shelf: Shelf, query: Query, allowed: Mask | None
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Rows that either search puts forward, each with both scores."""
    near, _ = shelf.dense.search(query.vector, POOL, allowed)
    keyword = shelf.keywords.scores(terms(query.words))
    if allowed is not None:
        keyword[~allowed] = 0
    count = min(POOL, len(keyword))
    worded = np.argpartition(-keyword, count - 1)[:count]
    rows = np.union1d(near, worded[keyword[worded] > 0]).astype(np.int64)
    return rows, shelf.dense.scores_of(query.vector, rows), keyword[rows]


def _fused(dense: NDArray[np.float32], keyword: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    return np.float32(1 - share) * _min_max(dense) + np.float32(share) * _min_max(keyword)


def _min_max(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    low, high = float(scores.min()), float(scores.max())
    if high - low < 1e-9:
        return np.zeros_like(scores)
    return ((scores - low) / (high - low)).astype(np.float32)


def _rescored(
    shelf: Shelf, rows: NDArray[np.int64], fused: NDArray[np.float32], weights: Weights
) -> NDArray[np.float32]:
    """A passage gains when others of its page were found as well: a page on the subject beats a passing mention."""
    by_page: dict[int, list[float]] = {}
    pages = shelf.page_numbers[rows].tolist()
    for page, score in zip(pages, fused.tolist(), strict=True):
        by_page.setdefault(page, []).append(score)
    best = weights.best_of_page
    support = {page: sum(sorted(found, reverse=True)[:best]) / best for page, found in by_page.items()}
    gained = np.array([support[page] for page in pages], np.float32)
    return ((fused + np.float32(weights.page) * gained) / np.float32(1 + weights.page)).astype(np.float32)


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
        superseded_by=shelf.successor(row),
    )
