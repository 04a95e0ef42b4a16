"""What this room needs from outside: something that turns texts into vectors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession

Also = Callable[[AsyncSession], Awaitable[None]]
"""What a caller saves in the very transaction of a change: who made it, for one. Not called when nothing changes."""


class Embedder(Protocol):
    """Turns texts into unit vectors; must be usable from several threads."""

    @property
    def name(self) -> str:
        """Changes whenever the vectors would; cached embeddings are kept by it."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        """One row of unit length for each text."""
