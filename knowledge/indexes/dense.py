"""Search by meaning: exact inner product over unit vectors with FAISS."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BACKGROUND_RANK = 50
_USUAL_BACKGROUND = 0.18
"""The mean over the demo company's golden questions."""


class DenseIndex:
    """Flat, so exact: 0.3 ms at 10,000 passages, 6 ms at 100,000."""

    def __init__(self, vectors: NDArray[np.float32]) -> None:
        import faiss

        # Two threads a search were slower under load.
        faiss.omp_set_num_threads(1)
        self._index: Any = faiss.IndexFlatIP(vectors.shape[1])
        if len(vectors):
            self._index.add(np.ascontiguousarray(vectors))

    def search(self, vector: NDArray[np.float32], k: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Rows and cosines of the `k` nearest, best first."""
        count = min(k, int(self._index.ntotal))
        if count == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        scores, rows = self._index.search(vector.reshape(1, -1), count)
        return rows[0], scores[0]

    def background(self, vector: NDArray[np.float32]) -> float:
        """The cosine of the fiftieth passage: what is near only because the whole site is about the same thing.

        A site with fewer passages has no background of its own and gets what is usual.
        """
        _, scores = self.search(vector, _BACKGROUND_RANK)
        return float(scores[-1]) if len(scores) == _BACKGROUND_RANK else _USUAL_BACKGROUND

    def scores_of(self, vector: NDArray[np.float32], rows: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosines of rows that another search found."""
        if len(rows) == 0:
            return np.empty(0, np.float32)
        kept: NDArray[np.float32] = self._index.reconstruct_batch(rows)
        scores: NDArray[np.float32] = kept @ vector
        return scores
