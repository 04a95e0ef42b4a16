"""One generation of one site in memory, with a shelf for each audience that asks."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.cells import Cells, part
from knowledge.indexes.pile import Card, Pile, PileMaker
from knowledge.indexes.shelf import Shelf, rows_of
from knowledge.values import PUBLIC, Document, Passage

EXACT_UP_TO = 50_000
"""Passages of a shelf that are all compared; above, the nearest cells are."""
_SHELVES_KEPT = 16
"""Audiences whose views are kept ready; who knows how many roles a company has."""

Parted = Callable[[frozenset[str], NDArray[np.float32], NDArray[np.int64]], Cells]
"""Makes the cells of an audience's rows, or remembers them."""


def _part(_labels: frozenset[str], vectors: NDArray[np.float32], rows: NDArray[np.int64]) -> Cells:
    return part(vectors, rows)


class Snapshot:
    """Never changes; a newer generation is another snapshot."""

    def __init__(
        self, generation: int, pile: Pile, *, exact_up_to: int = EXACT_UP_TO, parted: Parted = _part
    ) -> None:
        self.generation = generation
        self._pile = pile
        self._exact_up_to = exact_up_to
        self._parted = parted
        self._labels = frozenset(label for card in pile.cards for label in card.audience)
        self._lock, self._making = threading.Lock(), threading.Lock()
        self._shelves: OrderedDict[frozenset[str], Shelf] = OrderedDict()

    def __len__(self) -> int:
        return len(self._pile)

    @property
    def pile(self) -> Pile:
        """Everything, for all audiences: whoever takes from it sees to who may have it."""
        return self._pile

    @cached_property
    def addresses(self) -> frozenset[str]:
        """Of all pages, for all audiences."""
        return frozenset(card.url for card in self._pile.cards)

    @classmethod
    def of(
        cls,
        generation: int,
        pairs: Sequence[tuple[Document, Passage]],
        vectors: NDArray[np.float32],
        *,
        exact_up_to: int = EXACT_UP_TO,
    ) -> Snapshot:
        """From documents in memory; each one's passages stand together."""
        return cls(generation, pile_of(pairs, vectors), exact_up_to=exact_up_to)

    def labels(self, audience: Iterable[str]) -> frozenset[str]:
        """The audience's labels that any document knows; public is everybody's."""
        return (frozenset(audience) | {PUBLIC}) & self._labels

    def shelf(self, audience: Iterable[str]) -> Shelf:
        """Holds what this audience may see and nothing else, so no score, count or spelling can tell of the rest."""
        labels = self.labels(audience)
        if found := self._ready(labels):
            return found
        # One after the other: two that are made at once would take twice the memory and each other's time.
        with self._making:
            if found := self._ready(labels):
                return found
            made = self._made(labels)
            with self._lock:
                self._shelves[labels] = made
                while len(self._shelves) > _SHELVES_KEPT:
                    self._shelves.popitem(last=False)
            return made

    def _ready(self, labels: frozenset[str]) -> Shelf | None:
        with self._lock:
            if labels in self._shelves:
                self._shelves.move_to_end(labels)
            return self._shelves.get(labels)

    def _made(self, labels: frozenset[str]) -> Shelf:
        pages = np.array(
            [number for number, card in enumerate(self._pile.cards) if labels & card.audience], np.int64
        )
        rows = rows_of(self._pile, pages)
        is_big = len(rows) > self._exact_up_to
        return Shelf(self._pile, pages, self._parted(labels, self._pile.vectors, rows) if is_big else None)


def pile_of(pairs: Iterable[tuple[Document, Passage]], vectors: NDArray[np.float32]) -> Pile:
    """Documents with their passages, packed."""
    maker = PileMaker()
    for _, group in groupby(pairs, key=lambda pair: pair[0].id):
        held = list(group)
        maker.add(Card.of(held[0][0]), [passage for _, passage in held])
    return maker.done(vectors)
