"""What the scribe needs from outside: something that writes, and somebody who knows what was spent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from knowledge.errors import KnowledgeError


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A passage as the writer sees it; `number` is what it cites."""

    number: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Task:
    """One question with its passages. Nothing in it is personal: the question is redacted, the passages are visible."""

    question: str
    excerpts: tuple[Excerpt, ...]
    max_tokens: int
    """Of the answer."""
    seconds: float
    """All the time there is, retries included."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What was written, unchecked."""

    text: str
    tokens_in: int
    tokens_out: int
    is_whole: bool
    """False when the writer was cut off."""


class WriterError(KnowledgeError):
    """No draft came; the extractive answer stands. `code` says why, and is stable."""

    def __init__(self, code: str, message: str, *, tokens_in: int = 0, pause_s: float = 0.0) -> None:
        super().__init__(message)
        self.code = code
        self.tokens_in = tokens_in
        """What was sent, as far as it must be counted as spent."""
        self.pause_s = pause_s
        """How long the endpoint asked to be left alone."""


class Writer(Protocol):
    """Writes a draft from passages."""

    @property
    def model(self) -> str:
        """Its name, for the record."""

    async def write(self, task: Task, /) -> Draft:
        """Raises `WriterError` for everything that goes wrong, within the task's time."""

    async def close(self) -> None:
        """Puts connections away."""


class Chat(Protocol):
    """One exchange with a language model."""

    @property
    def model(self) -> str:
        """Its name, for the record."""

    async def ask(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        seconds: float,
        as_json: bool = False,
        setting: str = "writer.seconds",
    ) -> Draft:
        """Raises `WriterError` for everything that goes wrong, within `seconds`."""


SpentToday = Callable[[str, datetime], Awaitable[int]]
"""Tokens that turns of this site have spent since the moment, by the log."""
