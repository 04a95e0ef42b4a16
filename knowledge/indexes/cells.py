"""Parts a shelf's vectors into cells, so that a search looks into the nearest few only (an inverted file)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.strings import Arrays

_CELLS = 2.0
"""Times the square root of the number of vectors."""
_SAMPLE = 64
"""Vectors that each centre is learned from."""
_ROUNDS = 8
_SEED = 7
_BLOCK = 8_192


@dataclass(frozen=True, slots=True)
class Cells:
    """Centres, and the places of the vectors that are nearest to each.

    Made of the shelf's own vectors and nothing else: centres that knew other audiences' passages would let those
    decide which of this audience's are looked at.
    """

    centres: NDArray[np.float32]
    places: NDArray[np.int32]
    """Grouped by cell, ascending within one."""
    starts: NDArray[np.int64]

    def near(self, vector: NDArray[np.float32], probes: int) -> Iterator[NDArray[np.int32]]:
        """The places of the `probes` nearest cells together, then of as many again, and so on to the last."""
        order = np.argsort(-(self.centres @ vector), kind="stable")
        return (self._together(order[at : at + probes]) for at in range(0, len(order), probes))

    def _together(self, cells: NDArray[np.int64]) -> NDArray[np.int32]:
        parts = [self.places[self.starts[cell] : self.starts[cell + 1]] for cell in cells.tolist()]
        return np.concatenate(parts)

    def arrays(self) -> Arrays:
        return {"centres": self.centres, "places": self.places, "starts": self.starts}

    @classmethod
    def open(cls, arrays: Arrays) -> Cells:
        return cls(
            arrays["centres"].view(np.float32),
            arrays["places"].view(np.int32),
            arrays["starts"].view(np.int64),
        )


def part(vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> Cells:
    """The cells of these rows; the same vectors in the same order always make the same cells."""
    import faiss

    count = max(1, min(len(rows), round(_CELLS * math.sqrt(len(rows)))))
    chosen = np.random.default_rng(_SEED).permutation(len(rows))[: count * _SAMPLE]
    learner = faiss.Kmeans(
        vectors.shape[1],
        count,
        niter=_ROUNDS,
        seed=_SEED,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=_SAMPLE,
    )
    learner.train(np.ascontiguousarray(vectors[rows[np.sort(chosen)]]))
    centres = np.ascontiguousarray(learner.centroids, dtype=np.float32)
    nearest = np.concatenate(
        [_nearest(vectors[rows[at : at + _BLOCK]], centres) for at in range(0, len(rows), _BLOCK)]
    )
    starts = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(nearest, minlength=count), out=starts[1:])
    return Cells(centres, np.argsort(nearest, kind="stable").astype(np.int32), starts)


def _nearest(block: NDArray[np.float32], centres: NDArray[np.float32]) -> NDArray[np.int64]:
    best: NDArray[np.int64] = np.argmax(block @ centres.T, axis=1)
    return best
