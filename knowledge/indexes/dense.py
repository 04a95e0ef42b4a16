"""Search by meaning: inner products over unit vectors with FAISS; exact, or by cells when there are very many."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.cells import Cells

PROBES = 64
"""Cells that a search looks into: recall@10 of 0.98 against exact at 100,000 passages (docs/adr/0013)."""
_BACKGROUND_RANK = 50
_USUAL_BACKGROUND = 0.18
"""The mean over the demo company's golden questions."""

Mask = NDArray[np.bool_]
"""Of each row of a shelf: whether it may be found."""


class DenseIndex:
    """A shelf's view of the generation's vectors, which all shelves share. Rows count within the shelf.

    Every score is the product of two vectors by themselves: it can not depend on what else is stored, which one
    matrix product over all of them could, in its last bits.
    """

    def __init__(
        self, vectors: NDArray[np.float32], rows: NDArray[np.int64] | None = None, cells: Cells | None = None
    ) -> None:
        import faiss

        # Two threads a search were slower under load.
        faiss.omp_set_num_threads(1)
        self._faiss: Any = faiss
        self._vectors = np.asarray(vectors)
        self._rows = np.arange(len(vectors), dtype=np.int64) if rows is None else rows
        self._cells = cells

    def exact(self) -> DenseIndex:
        """The same vectors, all of them compared: what the cells are held against."""
        return DenseIndex(self._vectors, self._rows)

    def search(
        self, vector: NDArray[np.float32], k: int, mask: Mask | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows and cosines of the `k` nearest that the mask allows, best first."""
        places = self._candidates(vector, k, mask)
        if len(places) == 0:
            return places, np.empty(0, np.float32)
        scores = self.scores_of(vector, places)
        if k < len(scores):
            best = np.sort(np.argpartition(scores, len(scores) - k)[len(scores) - k :])
            places, scores = places[best], scores[best]
        order = np.argsort(-scores, kind="stable")
        return places[order], scores[order]

    def _candidates(self, vector: NDArray[np.float32], k: int, mask: Mask | None) -> NDArray[np.int64]:
        if self._cells is None:
            return np.arange(len(self._rows)) if mask is None else np.flatnonzero(mask)
        held: list[NDArray[np.int32]] = []
        count = 0
        # Cells whose passages are all masked out must not leave the visitor with less than there is.
        for places in self._cells.near(vector, PROBES):
            held.append(places if mask is None else places[mask[places]])
            count += len(held[-1])
            if count >= 2 * k:
                break
        return np.sort(np.concatenate(held)).astype(np.int64)

    def background(self, vector: NDArray[np.float32], mask: Mask | None = None) -> float:
        """The cosine of the fiftieth passage: what is near only because the whole site is about the same thing.

        A site with fewer passages has no background of its own and gets what is usual.
        """
        _, scores = self.search(vector, _BACKGROUND_RANK, mask)
        return float(scores[-1]) if len(scores) == _BACKGROUND_RANK else _USUAL_BACKGROUND

    def scores_of(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosines of rows that another search found."""
        scores = np.empty(len(rows), np.float32)
        if len(rows) == 0:
            return scores
        asked = np.ascontiguousarray(vector, np.float32)
        wanted = np.ascontiguousarray(self._rows[rows])
        pointer = self._faiss.swig_ptr
        self._faiss.fvec_inner_products_by_idx(
            pointer(scores),
            pointer(asked),
            pointer(self._vectors),
            pointer(wanted),
            self._vectors.shape[1],
            1,
            len(wanted),
        )
        return scores
