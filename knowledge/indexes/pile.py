"""Everything that one generation holds, for all audiences at once and stored once; shelves are views of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from knowledge.chunking import index_text
from knowledge.indexes.passages import Passages, PassagesMaker
from knowledge.indexes.postings import Postings, PostingsMaker
from knowledge.indexes.strings import Arrays
from knowledge.indexes.vocabulary import Words
from knowledge.values import Document, PageRef, Passage
from knowledge.words import raw_words, stems


@dataclass(frozen=True, slots=True)
class Card:
    """What serving needs to know of a page; its text and source stay in the database."""

    id: str
    path: str
    url: str
    title: str
    audience: frozenset[str]
    version: str
    updated: date | None
    expires: datetime | None = None
    superseded_by: str = ""
    """What the page says replaces it, and `supersedes` what it says that it replaces; `Shelf.successor` makes it out
    among the pages of one audience, so that nobody learns what hidden pages claim."""
    supersedes: tuple[str, ...] = ()

    @property
    def ref(self) -> PageRef:
        return PageRef(self.title, self.url, self.id, self.version)

    @classmethod
    def of(cls, document: Document) -> Card:
        return cls(
            document.id,
            document.path,
            document.url,
            document.title,
            frozenset(document.audience),
            document.version,
            document.updated,
            document.expires,
            document.superseded_by,
        )


class Pile:
    """Cards, passages, vectors and postings; never changes."""

    def __init__(self, cards: Sequence[Card], arrays: Arrays) -> None:
        self.cards = tuple(cards)
        self.passages = Passages(arrays)
        self.postings = Postings(arrays)
        self.vectors: NDArray[np.float32] = arrays["vectors"].view(np.float32)
        self.arrays = arrays
        self.words = Words(self.postings.words)
        self.numbers = {card.id: number for number, card in enumerate(self.cards)}
        """Of each page, by its id."""
        self.ends = np.array([card.expires.timestamp() if card.expires else np.inf for card in self.cards])
        """Of each page: when it expires, in seconds."""

    def __len__(self) -> int:
        return len(self.passages)

    def rows_of_page(self, number: int) -> range:
        """A page's passages stand together."""
        numbers = self.passages.page_numbers
        return range(int(np.searchsorted(numbers, number)), int(np.searchsorted(numbers, number, "right")))


class PileMaker:
    """Takes a generation in page by page, so that it never stands in memory as objects."""

    def __init__(self, held: Pile | None = None) -> None:
        """`held`: an earlier generation, pages of which can be kept."""
        self._cards: list[Card] = []
        self._passages = PassagesMaker()
        self._postings = PostingsMaker()
        self._held = held
        if held is not None:
            self._postings.adopt(held.postings)

    def __len__(self) -> int:
        """How many passages were added."""
        return len(self._passages)

    def add(self, card: Card, passages: Sequence[Passage]) -> None:
        """The next page with its passages; their vectors follow in the same order."""
        for passage in passages:
            self._passages.add(len(self._cards), passage)
        texts = [index_text(card.title, passage) for passage in passages]
        words = [raw_words(text) for text in texts]
        self._postings.add_page([stems(some) for some in words], chain.from_iterable(words))
        self._cards.append(card)

    def keep(self, card: Card) -> NDArray[np.float32]:
        """The next page, whose passages are what they were; returns their vectors. `card` may say new things of it."""
        assert self._held is not None, "there is no earlier generation to keep pages of"
        number = self._held.numbers[card.id]
        rows = self._held.rows_of_page(number)
        for row in rows:
            self._passages.add(len(self._cards), self._held.passages.passage(row, card.id))
        self._postings.keep_page(self._held.postings, number, rows)
        self._cards.append(card)
        return self._held.vectors[rows.start : rows.stop]

    def arrays(self) -> Arrays:
        """All but the vectors."""
        return self._passages.arrays() | self._postings.arrays()

    def done(self, vectors: NDArray[np.float32]) -> Pile:
        """`vectors`: a row for each passage."""
        kept = np.ascontiguousarray(vectors, np.float32)
        return Pile(self._cards, {**self.arrays(), "vectors": kept})

    @property
    def cards(self) -> tuple[Card, ...]:
        return tuple(self._cards)
