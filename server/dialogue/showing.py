"""Moves that only show what stands."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShowMeeting:
    """Say when the conversation's meeting is, with the links that move and cancel it."""

    meeting: str
