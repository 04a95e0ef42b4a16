"""Many strings in one buffer: a hundred thousand small objects would weigh several times their letters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from mmap import MADV_DONTNEED, mmap

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]
"""Named flat arrays: what can be kept in memory or mapped from files alike."""


def let_go(arrays: Arrays) -> None:
    """Takes pages of mapped files out of this process's memory; the system has them still, for when they are asked for.

    Building reads every page once, and a page once read would count as ours until somebody else is short of memory.
    """
    for array in arrays.values():
        base: object = array
        while isinstance(base, np.ndarray):
            base = base.base
        if isinstance(base, mmap) and hasattr(base, "madvise"):
            base.madvise(MADV_DONTNEED)


class Strings:
    """A sequence of strings, decoded one at a time when asked for."""

    __slots__ = ("_bytes", "_starts", "_view", "_view_starts")

    def __init__(self, data: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        self._bytes = data
        self._starts = starts
        # A question reads some hundred strings, and an array's own slices take five times as long.
        self._view, self._view_starts = data.data, starts.data

    def __len__(self) -> int:
        return len(self._starts) - 1

    def __getitem__(self, place: int) -> str:
        starts = self._view_starts
        return str(self._view[starts[place] : starts[place + 1]], "utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return (self[place] for place in range(len(self)))

    def place(self, word: str) -> int:
        """Where a word stands in sorted strings; -1 when it is not among them."""
        low = self.first(word)
        return low if low < len(self) and self[low] == word else -1

    def first(self, word: str) -> int:
        """Where a word stands in sorted strings, or would stand."""
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self[middle] < word:
                low = middle + 1
            else:
                high = middle
        return low

    @classmethod
    def of(cls, texts: Iterable[str]) -> Strings:
        """Packed."""
        maker = StringsMaker()
        for text in texts:
            maker.add(text)
        return maker.done()

    @classmethod
    def open(cls, arrays: Arrays, name: str) -> Strings:
        """From where `arrays()` put them."""
        return cls(arrays[f"{name}.bytes"].view(np.uint8), arrays[f"{name}.starts"].view(np.int64))

    def arrays(self, name: str) -> Arrays:
        return {f"{name}.bytes": self._bytes, f"{name}.starts": self._starts}


class StringsMaker:
    """Collects strings one after the other."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._starts = [0]

    def add(self, text: str) -> None:
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._starts.append(len(self._bytes))

    def done(self) -> Strings:
        return Strings(np.frombuffer(self._bytes, np.uint8), np.array(self._starts, np.int64))
