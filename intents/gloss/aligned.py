"""A text put into other words, each with the place of the words that it stands for. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Aligned:
    """`text` in other words; for each character where its words began and ended in the original, and whether
    it was put there by us.
    """

    text: str
    begins: tuple[int, ...]
    ends: tuple[int, ...]
    ours: tuple[bool, ...]

    @classmethod
    def of(cls, text: str) -> Aligned:
        """The text as it is."""
        count = len(text)
        return cls(text, tuple(range(count)), tuple(range(1, count + 1)), (False,) * count)

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original's words, from the first to the last of them."""
        return min(self.begins[start:end]), max(self.ends[start:end])

    def replaced(self, pattern: re.Pattern[str], words_for: Callable[[re.Match[str]], str]) -> Aligned:
        """With other words where the pattern matches."""
        spans = [(*match.span(), words_for(match)) for match in pattern.finditer(self.text)]
        return self.rewritten(spans)

    def rewritten(self, spans: list[tuple[int, int, str]]) -> Aligned:
        """With other words in these spans, which stand in order and do not overlap."""
        if not spans:
            return self
        pieces: list[str] = []
        begins: list[int] = []
        ends: list[int] = []
        ours: list[bool] = []
        copied = 0
        for start, end, words in spans:
            if start == end:
                continue
            pieces += [self.text[copied:start], words]
            first, last = self.place(start, end)
            begins += [*self.begins[copied:start], *[first] * len(words)]
            ends += [*self.ends[copied:start], *[last] * len(words)]
            ours += [*self.ours[copied:start], *[True] * len(words)]
            copied = end
        return Aligned(
            "".join(pieces) + self.text[copied:],
            (*begins, *self.begins[copied:]),
            (*ends, *self.ends[copied:]),
            (*ours, *self.ours[copied:]),
        )
