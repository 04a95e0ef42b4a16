"""The words of one shelf and how often each stands there; storage is shared, counts are the shelf's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.strings import Strings


class Words:
    """Every word of a generation, sorted, with the shape of each; shared by all shelves."""

    def __init__(self, strings: Strings) -> None:
        self.strings = strings

    @cached_property
    def sizes(self) -> NDArray[np.int32]:
        return np.array([len(word) for word in self.strings], np.int32)

    @cached_property
    def letters(self) -> NDArray[np.uint64]:
        """Which letters each has, a bit each."""
        return np.array([_letters(word) for word in self.strings], np.uint64)


class Vocabulary:
    """Words of a shelf; a word that only other audiences' pages hold is not among them."""

    def __init__(self, words: Words, counts: NDArray[np.int64]) -> None:
        self._words = words
        self._counts = counts.astype(np.int32)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """Of these words, each as often as it comes."""
        counted = Counter(texts)
        ordered = sorted(counted)
        return cls(Words(Strings.of(ordered)), np.array([counted[word] for word in ordered], np.int64))

    def count(self, word: str) -> int:
        """How often a word stands on the shelf; 0 when it does not."""
        place = self._words.strings.place(word)
        return int(self._counts[place]) if place >= 0 else 0

    def knows_stem(self, term: str) -> bool:
        """Whether a word of the shelf begins with a stem, as most of its forms do."""
        return bool(self.beginning(term, 1))

    def beginning(self, letters: str, most: int | None) -> list[str]:
        """The shelf's words that begin so, the most frequent first; all of them, in order, without `most`."""
        first = self._words.strings.first(letters)
        last = self._words.strings.first(f"{letters}\U0010ffff")
        counts = self._counts[first:last]
        places = np.flatnonzero(counts > 0)
        if most is not None:
            places = places[np.argsort(-counts[places], kind="stable")[:most]]
        return [self._words.strings[first + place] for place in places.tolist()]

    def like(self, word: str, edits: int, *, shortest: int) -> list[str]:
        """The shelf's words that could be so few edits away, going by their lengths and letters; in order."""
        # An edit puts one letter for another at the most: two letters' difference.
        strange = np.bitwise_count(self._words.letters ^ np.uint64(_letters(word)))
        sizes = self._words.sizes
        could = (strange <= 2 * edits) & (np.abs(sizes - len(word)) <= edits) & (sizes >= shortest)
        return [self._words.strings[place] for place in np.flatnonzero(could & (self._counts > 0)).tolist()]


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits
