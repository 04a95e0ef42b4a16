"""Any company's documents in, the right passage out, an answer made only of what the documents say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from knowledge.library import Library

__all__ = ["Library"]


def __getattr__(name: str) -> Any:
    """Opens the door only when somebody stands before it: numpy and the database library load with it."""
    if name == "Library":
        from knowledge.library import Library

        return Library
    raise AttributeError(f"module 'knowledge' has no attribute {name!r}")
