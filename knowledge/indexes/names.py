"""Which pages of a shelf have a word in their title, and which passages in their headings."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.pile import Card
from knowledge.words import fold, terms


class Headed(Protocol):
    """A shelf, as far as names are concerned."""

    @property
    def page_numbers(self) -> NDArray[np.int32]: ...

    def card(self, row: int) -> Card: ...

    def heading_paths(self) -> Iterator[tuple[Card, tuple[str, ...]]]: ...


class Names:
    """Of one shelf. Pages count in the order in which their rows stand."""

    def __init__(self, shelf: Headed) -> None:
        """Reads every title and heading once."""
        numbers = shelf.page_numbers
        self.firsts: NDArray[np.int64] = np.flatnonzero(np.diff(numbers, prepend=-1)).astype(np.int64)
        """Where each page's rows begin; they stand together."""
        sizes = np.diff(self.firsts, append=len(numbers))
        self.places: NDArray[np.int64] = np.repeat(np.arange(len(self.firsts)), sizes)
        """Of each row: which page it is of."""
        titles: defaultdict[str, list[int]] = defaultdict(list)
        headings: defaultdict[str, list[int]] = defaultdict(list)
        self.titles_folded: list[str] = []
        self.by_id: dict[str, int] = {}
        for place, row in enumerate(self.firsts.tolist()):
            self.by_id[shelf.card(row).id] = place
            title = shelf.card(row).title
            self.titles_folded.append(fold(title))
            for term in set(terms(title)):
                titles[term].append(place)
        for row, (card, path) in enumerate(shelf.heading_paths()):
            for term in {term for name in path if name != card.title for term in terms(name)}:
                headings[term].append(row)
        self.titles = {term: np.array(places, np.int64) for term, places in titles.items()}
        self.headings = {term: np.array(rows, np.int64) for term, rows in headings.items()}
