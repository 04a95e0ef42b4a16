"""Search by words in wider frames than a passage: its whole page, and the passage with its neighbours."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.keywords import KeywordIndex

_K1 = 1.5
_B = 0.75


@dataclass(frozen=True, slots=True)
class Framed:
    """BM25 of some passages, each read as part of something larger."""

    page: NDArray[np.float32]
    near: NDArray[np.float32]


class Frames:
    """Nothing is stored for it: a term's rows are ascending and a page's rows stand together, so that how often a page
    says a term is a difference of two running sums. Statistics are the shelf's own."""

    def __init__(self, keywords: KeywordIndex, page_numbers: NDArray[np.int32]) -> None:
        self._keywords = keywords
        self._pages = page_numbers
        self._size = len(page_numbers)
        first = np.flatnonzero(np.diff(page_numbers, prepend=-1))
        self._count = len(first)
        # Of each row: which stretch it is in; of each stretch: where it begins, and where the last one ends.
        self._stretch = (np.cumsum(np.diff(page_numbers, prepend=-1) != 0) - 1).astype(np.int32)
        self._bounds = np.append(first, self._size).astype(np.int64)
        self._written = np.concatenate(([0], np.cumsum(keywords.lengths, dtype=np.int64)))
        rows = np.arange(self._size)
        self._mean_page = float(self._written[-1]) / max(1, self._count)
        start, end = self._near(rows)
        self._mean_near = float((self._written[end] - self._written[start]).sum()) / max(1, self._size)
        self._pages_with = lru_cache(maxsize=4_096)(self._count_pages)

    def scores(self, question_terms: Sequence[str], rows: NDArray[np.int64]) -> Framed:
        """Of these rows, in their order."""
        stretch = self._stretch[rows]
        whole, near = (self._bounds[stretch], self._bounds[stretch + 1]), self._near(rows)
        page_norm, near_norm = self._norm(whole, self._mean_page), self._norm(near, self._mean_near)
        page, around = np.zeros(len(rows)), np.zeros(len(rows))
        for term, times in Counter(question_terms).items():
            held, counts = self._keywords.places(term)
            if len(held) == 0:
                continue
            running = np.concatenate(([0], np.cumsum(counts, dtype=np.int64)))
            of_page, of_near = _said(held, running, whole), _said(held, running, near)
            page += times * _rarity(self._count, self._pages_with(term)) * of_page / (of_page + page_norm)
            around += times * _rarity(self._size, len(held)) * of_near / (of_near + near_norm)
        return Framed(page.astype(np.float32), around.astype(np.float32))

    def _near(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """From the passage before to the one after, within the page."""
        stretch = self._stretch[rows]
        return np.maximum(rows - 1, self._bounds[stretch]), np.minimum(rows + 2, self._bounds[stretch + 1])

    def _norm(self, spans: tuple[NDArray[np.int64], NDArray[np.int64]], mean: float) -> NDArray[np.float64]:
        lengths = self._written[spans[1]] - self._written[spans[0]]
        norm: NDArray[np.float64] = _K1 * (1 - _B + _B * lengths / (mean or 1.0))
        return norm

    def _count_pages(self, term: str) -> int:
        held, _ = self._keywords.places(term)
        return int(np.count_nonzero(np.diff(self._stretch[held], prepend=-1)))


def _said(
    held: NDArray[np.int32], running: NDArray[np.int64], spans: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.int64]:
    """How often a term stands in each span."""
    said: NDArray[np.int64] = (
        running[np.searchsorted(held, spans[1].astype(np.int32))]
        - running[np.searchsorted(held, spans[0].astype(np.int32))]
    )
    return said


def _rarity(size: int, holding: int) -> float:
    return math.log(1 + (size - holding + 0.5) / (holding + 0.5))
