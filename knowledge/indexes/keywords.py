"""Search by words: BM25 over stemmed terms, with the statistics of one shelf."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.postings import Postings

_K1 = 1.5
_B = 0.75
_COUNTED = 4_096


class KeywordIndex:
    """BM25 (k1 1.5, b 0.75, as Lucene weighs), and how rare each term is. Rows count within the shelf.

    Postings are the generation's and shared by all shelves. How many passages there are, how long they are and how
    many hold a term is counted over the shelf's own, so that no score tells of another audience's.
    """

    def __init__(self, postings: Postings, rows: NDArray[np.int64] | None = None) -> None:
        self._postings = postings
        lengths = postings.lengths if rows is None else postings.lengths[rows]
        self._size = len(lengths)
        self.lengths = lengths
        """Of each passage: how many terms it has."""
        self._places: NDArray[np.int32] | None = None
        if rows is not None:
            self._places = np.full(len(postings.lengths), -1, np.int32)
            self._places[rows] = np.arange(len(rows), dtype=np.int32)
        mean = float(lengths.mean(dtype=np.float64)) if self._size else 0.0
        share = lengths / mean if mean else np.zeros(self._size)
        self._norms: NDArray[np.float32] = (_K1 * (1 - _B + _B * share)).astype(np.float32)
        # A visitor's question asks for the same few terms many times over; counting one walks its postings. No
        # `lru_cache`: around a method of its own object it would keep a generation that is over.
        self._counted: dict[str, int] = {}

    def scores(self, question_terms: Sequence[str]) -> NDArray[np.float32]:
        """Of every passage, in order."""
        scores = np.zeros(self._size, np.float32)
        for term, times in Counter(question_terms).items():
            rows, counts = self._of(term)
            if len(rows) == 0:
                continue
            rarity = math.log(1 + (self._size - len(rows) + 0.5) / (len(rows) + 0.5))
            often = counts.astype(np.float32)
            scores[rows] += np.float32(times * rarity) * (often / (often + self._norms[rows]))
        return scores

    def places(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The passages that hold a term, ascending, and how often each does."""
        return self._of(term)

    def knows(self, term: str) -> bool:
        return self._frequency(term) > 0

    def rarity(self, term: str) -> float:
        """Inverse document frequency between 0 and 1; an unknown term is as rare as can be."""
        whole = math.log(1 + self._size)
        return math.log((1 + self._size) / (1 + self._frequency(term))) / whole if whole else 0.0

    def holding(self, term: str, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these rows hold a term."""
        held, _ = self._of(term)
        if len(held) == 0:
            return np.zeros(len(rows), np.bool_)
        at = np.minimum(np.searchsorted(held, rows), len(held) - 1)
        found: NDArray[np.bool_] = held[at] == rows
        return found

    def _frequency(self, term: str) -> int:
        count = self._counted.get(term)
        if count is None:
            if len(self._counted) > _COUNTED:
                self._counted.clear()
            count = self._counted[term] = len(self._of(term)[0])
        return count

    def _of(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The shelf's own passages that hold a term, ascending, and how often each does."""
        rows, counts = self._postings.of(term)
        if self._places is None:
            return rows, counts
        places = self._places[rows]
        own = places >= 0
        return places[own], counts[own]
