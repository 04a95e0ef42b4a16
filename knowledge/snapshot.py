"""One generation of one site in memory, with a shelf for each audience that asks."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.shelf import Shelf
from knowledge.values import PUBLIC, Document, Passage


class Snapshot:
    """Never changes; a newer generation is another snapshot."""

    def __init__(
        self, generation: int, pairs: Sequence[tuple[Document, Passage]], vectors: NDArray[np.float32]
    ) -> None:
        self.generation = generation
        self._pairs = pairs
        self._vectors = vectors
        self._labels = frozenset(label for document, _ in pairs for label in document.audience)
        self._lock = threading.Lock()
        self._shelves: dict[frozenset[str], Shelf] = {}

    def labels(self, audience: Iterable[str]) -> frozenset[str]:
        """The audience's labels that any document knows; public is everybody's."""
        return (frozenset(audience) | {PUBLIC}) & self._labels

    def shelf(self, audience: Iterable[str]) -> Shelf:
        """Holds what this audience may see and nothing else, so no score, count or spelling can tell of the rest."""
        labels = self.labels(audience)
        found = self._shelves.get(labels)
        if found is not None:
            return found
        with self._lock:
            if labels not in self._shelves:
                rows = [
                    row for row, (document, _) in enumerate(self._pairs) if labels & set(document.audience)
                ]
                self._shelves[labels] = Shelf([self._pairs[row] for row in rows], self._vectors[rows])
            return self._shelves[labels]
