"""Which passages hold which word, for a whole generation at once; statistics are each shelf's own (`keywords`)."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from knowledge.indexes.strings import Arrays, Strings

_MOST = 255
"""A term that stands in a passage more often is counted so often; BM25 has long levelled off there."""


ByRow = tuple[NDArray[np.int32], NDArray[np.uint8], NDArray[np.int64]]


class Postings:
    """Rows by term, and words by page."""

    def __init__(self, arrays: Arrays) -> None:
        self.terms = Strings.open(arrays, "terms")
        """Every stem; sorted."""
        self._place = lru_cache(maxsize=8_192)(self.terms.place)
        self._starts = arrays["term_starts"].view(np.int64)
        self._rows = arrays["term_rows"].view(np.int32)
        self._counts = arrays["term_counts"].view(np.uint8)
        self.lengths: NDArray[np.int32] = arrays["lengths"].view(np.int32)
        """Of each row: how many terms it has, repeats counted."""
        self.words = Strings.open(arrays, "words")
        """Every word as it is written, folded; sorted."""
        self._page_starts = arrays["page_starts"].view(np.int64)
        self._page_words = arrays["page_words"].view(np.int32)
        self._page_counts = arrays["page_counts"].view(np.int32)

    def of(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The rows that hold a term, ascending, and how often each does."""
        place = self._place(term)
        start, end = (self._starts[place], self._starts[place + 1]) if place >= 0 else (0, 0)
        return self._rows[start:end], self._counts[start:end]

    def by_row(self) -> ByRow:
        """The other way round: each row's terms by number, how often each, and where each row begins."""
        sizes = np.diff(self._starts)
        terms = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        order = np.argsort(self._rows, kind="stable")
        starts = np.zeros(len(self.lengths) + 1, np.int64)
        np.cumsum(np.bincount(self._rows, minlength=len(self.lengths)), out=starts[1:])
        return terms[order], self._counts[order], starts

    def words_of_page(self, page: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """Numbers of the page's words, and how often each stands there."""
        start, end = self._page_starts[page], self._page_starts[page + 1]
        return self._page_words[start:end], self._page_counts[start:end]

    def word_counts(self, pages: NDArray[np.int64]) -> NDArray[np.int64]:
        """How often each of `words` stands in these pages."""
        counts = np.zeros(len(self.words), np.int64)
        for page in pages.tolist():
            start, end = self._page_starts[page], self._page_starts[page + 1]
            counts[self._page_words[start:end]] += self._page_counts[start:end]
        return counts


class PostingsMaker:
    """Counts terms passage by passage, and words page by page."""

    def __init__(self) -> None:
        self._terms: dict[str, int] = {}
        self._words: dict[str, int] = {}
        self._row_terms, self._row_counts = array("i"), array("B")
        self._row_sizes, self._lengths = array("i"), array("i")
        self._page_words, self._page_counts = array("i"), array("i")
        self._page_starts = array("q", [0])
        self._held: ByRow | None = None

    def adopt(self, held: Postings) -> None:
        """Before anything else: pages of an earlier generation can then be kept without reading their words again."""
        self._terms = {term: number for number, term in enumerate(held.terms)}
        self._words = {word: number for number, word in enumerate(held.words)}
        self._held = held.by_row()

    def keep_page(self, held: Postings, page: int, rows: range) -> None:
        """A page of the adopted generation as it is: its numbers for words are ours."""
        assert self._held is not None, "adopt comes first"
        terms, counts, starts = self._held
        first, last = int(starts[rows.start]), int(starts[rows.stop])
        self._row_terms.frombytes(terms[first:last].tobytes())
        self._row_counts.frombytes(counts[first:last].tobytes())
        self._row_sizes.extend(np.diff(starts[rows.start : rows.stop + 1]).tolist())
        self._lengths.extend(held.lengths[rows.start : rows.stop].tolist())
        words, often = held.words_of_page(page)
        self._page_words.frombytes(words.tobytes())
        self._page_counts.frombytes(often.tobytes())
        self._page_starts.append(len(self._page_words))

    def add_page(self, bags: Iterable[list[str]], words: Iterable[str]) -> None:
        """`bags` are the terms of each of its passages; `words` are those of all of them, as they are written."""
        for bag in bags:
            number = self._terms
            counted = Counter([number.setdefault(term, len(number)) for term in bag])
            self._row_terms.extend(counted.keys())
            self._row_counts.extend([min(count, _MOST) for count in counted.values()])
            self._row_sizes.append(len(counted))
            self._lengths.append(len(bag))
        number = self._words
        counted = Counter([number.setdefault(word, len(number)) for word in words])
        self._page_words.extend(counted.keys())
        self._page_counts.extend(counted.values())
        self._page_starts.append(len(self._page_words))

    def arrays(self) -> Arrays:
        """What `Postings` opens."""
        terms, term_ranks = _sorted(self._terms, np.frombuffer(self._row_terms, np.int32))
        words, word_ranks = _sorted(self._words, np.frombuffer(self._page_words, np.int32))
        by_row = term_ranks[np.frombuffer(self._row_terms, np.int32)]
        # Stable, so that rows stay in order within a term.
        order = np.argsort(by_row, kind="stable")
        sizes = np.frombuffer(self._row_sizes, np.int32)
        rows = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        starts = np.zeros(len(terms) + 1, np.int64)
        np.cumsum(np.bincount(by_row, minlength=len(terms)), out=starts[1:])
        return {
            **terms.arrays("terms"),
            "term_starts": starts,
            "term_rows": rows[order],
            "term_counts": np.frombuffer(self._row_counts, np.uint8)[order],
            "lengths": np.frombuffer(self._lengths, np.int32),
            **words.arrays("words"),
            "page_starts": np.frombuffer(self._page_starts, np.int64),
            "page_words": word_ranks[np.frombuffer(self._page_words, np.int32)],
            "page_counts": np.frombuffer(self._page_counts, np.int32),
        }


def _sorted(numbers: dict[str, int], used: NDArray[np.int32]) -> tuple[Strings, NDArray[np.int32]]:
    """The words that are used, in order, and the place that each number's word has there."""
    is_used = np.zeros(len(numbers), np.bool_)
    is_used[used] = True
    ordered = sorted(word for word, number in numbers.items() if is_used[number])
    ranks = np.full(len(numbers), -1, np.int32)
    ranks[[numbers[word] for word in ordered]] = np.arange(len(ordered), dtype=np.int32)
    return Strings.of(ordered), ranks
