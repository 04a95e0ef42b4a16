"""Two embedders as one: what either of them sees of a text, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from knowledge.ports import Embedder


class JoinedEmbedder:
    """Both vectors of a text in one of unit length, so that its cosine is the mean of theirs."""

    def __init__(self, first: Embedder, second: Embedder) -> None:
        self._first = first
        self._second = second

    @property
    def name(self) -> str:
        """Both names: what was trained with two is of no use to one."""
        return f"{self._first.name} + {self._second.name}"

    @property
    def dim(self) -> int:
        return self._first.dim + self._second.dim

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        both = np.concatenate([self._first.embed(texts), self._second.embed(texts)], axis=1)
        return np.asarray(both / np.float32(sqrt(2.0)), dtype=np.float32)
