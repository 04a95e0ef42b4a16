"""What the reader needs from outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors whose dot product is their nearness in meaning."""

    @property
    def name(self) -> str:
        """Which model this is; a classifier trained with one embedder refuses vectors of another."""
        ...

    @property
    def dim(self) -> int:
        """The length of every vector."""
        ...

    def embed(self, texts: Sequence[str], /) -> Vectors:
        """One unit vector a text, in order: shape (len(texts), dim), float32."""
        ...
