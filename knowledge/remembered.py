"""Remembers what was made for a question, so that a popular one is searched and answered once a generation."""

from __future__ import annotations

import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Key:
    """Whatever an outcome depends on; a generation or an audience that is not in it could be served another's."""

    site: str
    generation: int
    labels: frozenset[str]
    allowed: bytes
    """Names which passages may be found at all."""
    question: str
    rest: Hashable = None


def normalised(question: str) -> str:
    """Without what can not matter: spacing, and letters in other widths. Capitals do matter: they are for names."""
    return " ".join(unicodedata.normalize("NFKC", question).split())


class Remembered(Generic[V]):
    """The outcomes asked for last; safe to share between threads. Those of an older generation fall out unasked."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def recall(self, key: Key) -> V | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def keep(self, key: Key, made: V) -> None:
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > self._capacity:
                self._kept.popitem(last=False)
