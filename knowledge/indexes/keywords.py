"""Search by words: BM25 over stemmed terms with bm25s."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.words import terms


class KeywordIndex:
    """BM25 (k1 1.5, b 0.75), and how rare each term is."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        bags = [terms(text) for text in texts]
        frequency: Counter[str] = Counter()
        for bag in bags:
            frequency.update(set(bag))
        self._size = len(texts)
        self._frequency = dict(frequency)
        self._ids = {term: number for number, term in enumerate(frequency)}
        self.bags: list[frozenset[str]] = [frozenset(bag) for bag in bags]
        self._bm25: Any = None
        if self._ids:
            self._bm25 = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
            corpus = ([[self._ids[term] for term in bag] for bag in bags], self._ids)
            self._bm25.index(corpus, show_progress=False, create_empty_token=False)

    def scores(self, question_terms: Sequence[str]) -> NDArray[np.float32]:
        """Of every text, in order."""
        known = [self._ids[term] for term in question_terms if term in self._ids]
        if not known or self._bm25 is None:
            return np.zeros(self._size, np.float32)
        scores: NDArray[np.float32] = self._bm25.get_scores_from_ids(known)
        return scores

    def knows(self, term: str) -> bool:
        return term in self._ids

    def rarity(self, term: str) -> float:
        """Inverse document frequency between 0 and 1; an unknown term is as rare as can be."""
        seen = self._frequency.get(term, 0)
        whole = math.log(1 + self._size)
        return math.log((1 + self._size) / (1 + seen)) / whole if whole else 0.0
