"""What a finder of facts hands back, before it is tied to its message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Found:
    """A value at `start:end` of the redacted text. `how` names the rule."""

    name: str
    value: Any
    start: int
    end: int
    confidence: float
    how: str
