"""Everything that one audience of one site may find: passages, their vectors, their words. Nothing else is in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from knowledge.chunking import index_text, index_text_of
from knowledge.indexes.cells import Cells
from knowledge.indexes.dense import DenseIndex, Mask
from knowledge.indexes.frames import Frames
from knowledge.indexes.keywords import KeywordIndex
from knowledge.indexes.names import Names
from knowledge.indexes.pile import Card, Pile
from knowledge.indexes.vocabulary import Vocabulary
from knowledge.rows import Standing, replacements
from knowledge.spelling import Speller
from knowledge.values import PageRef, Passage
from knowledge.words import terms


@dataclass(frozen=True, slots=True)
class Entry:
    """A passage with its page, made when somebody asks for it."""

    passage: Passage
    document: Card

    @property
    def page(self) -> PageRef:
        return self.document.ref

    @property
    def names(self) -> frozenset[str]:
        """Terms of the title and the headings."""
        return frozenset(terms(" ".join([self.document.title, *self.passage.heading_path])))

    @property
    def bag(self) -> frozenset[str]:
        """Terms of all that is searched."""
        return frozenset(terms(index_text(self.document.title, self.passage)))


class Shelf:
    """A view of the pile for one audience, then only read: safe to share between threads.

    Storage is shared with other audiences; nothing that is computed is. Rows count within the shelf.
    """

    def __init__(
        self, pile: Pile, pages: NDArray[np.int64] | None = None, cells: Cells | None = None
    ) -> None:
        """`pages`: the numbers of the pages that this audience may see, ascending; all of them without it."""
        self._pile = pile
        self._pages = np.arange(len(pile.cards)) if pages is None else pages
        self._rows = rows_of(pile, self._pages)
        self.dense = DenseIndex(pile.vectors, self._rows, cells)
        self.keywords = KeywordIndex(pile.postings, self._rows if len(self._rows) < len(pile) else None)

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def entries(self) -> Sequence[Entry]:
        """Its passages. Not kept: a shelf that holds itself is not gone when its generation is."""
        return _Entries(self)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """This shelf's words only."""
        return Vocabulary(self._pile.words, self._pile.postings.word_counts(self._pages))

    @cached_property
    def speller(self) -> Speller:
        """Knows this shelf's words only."""
        return Speller(self.vocabulary)

    @cached_property
    def names(self) -> Names:
        """The words of titles and headings."""
        return Names(self)

    @cached_property
    def page_numbers(self) -> NDArray[np.int32]:
        """Of each row: a number that passages of the same page share."""
        return self._pile.passages.page_numbers[self._rows]

    @property
    def cards(self) -> list[Card]:
        """The audience's pages, by path."""
        return [self._pile.cards[page] for page in self._pages.tolist()]

    @cached_property
    def document_ids(self) -> list[str]:
        return sorted(card.id for card in self.cards)

    def card_of(self, page: str) -> Card | None:
        """The audience's page of that id."""
        return self._by_id.get(page)

    @cached_property
    def _by_id(self) -> dict[str, Card]:
        return {card.id: card for card in self.cards}

    @cached_property
    def _by_path(self) -> dict[str, Card]:
        return {card.path: card for card in self.cards}

    @cached_property
    def _replaced(self) -> dict[str, str]:
        claims = [Standing(card.path, card.url, card.superseded_by, card.supersedes) for card in self.cards]
        return replacements(claims)

    def successor(self, row: int, allowed: Mask | None = None) -> PageRef | None:
        """The page that replaces a row's page, made out of what this audience's pages say.

        None when none of that page's rows is among those that `allowed` tells: then it may not be named either.
        """
        path = self._replaced.get(self.card(row).path)
        if path is None:
            return None
        card = self._by_path[path]
        own = self.page_numbers == self._pile.numbers[card.id]
        return card.ref if allowed is None or bool(allowed[own].any()) else None

    def allowed(self, now: datetime | None = None, without: AbstractSet[str] = frozenset()) -> Mask | None:
        """Which rows may be found at a moment, without these documents; None when all of them may."""
        gone = np.zeros(len(self._pile.cards), np.bool_)
        if now is not None:
            gone |= self._pile.ends <= now.timestamp()
        gone[[self._pile.numbers[one] for one in without if one in self._pile.numbers]] = True
        return ~gone[self.page_numbers] if gone[self._pages].any() else None

    def entry(self, row: int) -> Entry:
        return Entry(self._passage(row), self.card(row))

    def card(self, row: int) -> Card:
        """The page of a row."""
        return self._pile.cards[int(self.page_numbers[row])]

    def headings(self) -> Iterator[tuple[Card, str]]:
        """Each row's page and last heading, without making the passages."""
        passages = self._pile.passages
        for row in self._rows.tolist():
            path = passages.heading_path(row)
            yield self._pile.cards[int(passages.page_numbers[row])], path[-1] if path else ""

    def heading_paths(self) -> Iterator[tuple[Card, tuple[str, ...]]]:
        """Each row's page and the headings above it."""
        passages = self._pile.passages
        for row in self._rows.tolist():
            yield self._pile.cards[int(passages.page_numbers[row])], passages.heading_path(row)

    def written(self, row: int) -> str:
        """What was indexed of a row, without making the passage."""
        passages = self._pile.passages
        at = int(self._rows[row])
        return index_text_of(self.card(row).title, passages.heading_path(at), passages.text(at))

    @cached_property
    def frames(self) -> Frames:
        """The same words in wider frames: the whole page, and the neighbours."""
        return Frames(self.keywords, self.page_numbers)

    def _passage(self, row: int) -> Passage:
        return self._pile.passages.passage(int(self._rows[row]), self.card(row).id)


class _Entries(Sequence[Entry]):
    """The shelf's passages as a sequence; each is made anew when asked for."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def __len__(self) -> int:
        return len(self._shelf)

    @overload
    def __getitem__(self, row: int) -> Entry: ...
    @overload
    def __getitem__(self, row: slice) -> list[Entry]: ...
    def __getitem__(self, row: int | slice) -> Entry | list[Entry]:
        if isinstance(row, slice):
            return [self._shelf.entry(one) for one in range(*row.indices(len(self)))]
        if not -len(self) <= row < len(self):
            raise IndexError(row)
        return self._shelf.entry(row % len(self))


def rows_of(pile: Pile, pages: NDArray[np.int64]) -> NDArray[np.int64]:
    """The rows of these pages, ascending."""
    seen = np.zeros(len(pile.cards), np.bool_)
    seen[pages] = True
    return np.flatnonzero(seen[pile.passages.page_numbers])
