"""What reading one message yields: the values that leave this room."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

AnswerKind = Literal["text", "number", "choice", "email", "yes_no", "when"]
"""How the answer to an open question is to be read."""

PLACEHOLDER = re.compile(r"\[([a-z]+)_(\d+)\]")
"""What stands for a personal detail: its kind and its number."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """One personal detail and the placeholder that stands for it; offsets point into the redacted text."""

    placeholder: str
    kind: str
    # Kept out of repr so that a log line or a traceback can not print it.
    value: str = field(repr=False)
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text in which personal details are replaced by placeholders such as `[email_1]`."""

    text: str
    sealed: tuple[Sealed, ...] = ()


@dataclass(frozen=True, slots=True)
class IntentGuess:
    """An intent of the catalogue with its calibrated probability."""

    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing the visitor said about themselves or their wish.

    `start` and `end` point into the redacted text; `text` is what stands there. A personal value is its
    placeholder. `value` is JSON: see docs of each kind in `intents/facts/`. `how` names the rule or model.
    """

    name: str
    value: Any
    text: str
    start: int
    end: int
    confidence: float
    how: str
    message_id: str | None = None
    reason: str = ""
    """Why this word holds where the message said another one before: what it corrects or came after."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Our own question that is still open: a bare "40" or "skip" is read as its answer first."""

    field: str
    kind: AnswerKind = "text"
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What must be known to read a message: the visitor's clock, the open question, earlier placeholders."""

    now: datetime
    time_zone: str = "UTC"
    locale: str = "en"
    asked: Asked | None = None
    known_seals: Mapping[str, str] = field(default_factory=dict, repr=False)
    message_id: str | None = None
    spoken: str = ""
    """The language of the visitor's earlier messages, for one that is too short to tell its own."""

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("ReadingContext.now has no time zone; pass an aware datetime such as now(UTC)")


@dataclass(frozen=True, slots=True)
class Understanding:
    """Everything read from one message.

    `intents` are best first and hold every intent the message carries before the runners-up. They are filled
    even when `out_of_scope` is true, so that a clarifying question can name the two likeliest readings.
    `scope_score` is above 0 inside the catalogue's scope and below 0 outside. `frustration` runs from 0 to 1.
    """

    redacted: Redacted
    language: str
    intents: tuple[IntentGuess, ...]
    out_of_scope: bool
    scope_score: float
    facts: tuple[Fact, ...]
    frustration: float
    frustration_reasons: tuple[str, ...]
    model_version: str
    timings_ms: Mapping[str, float]
    asked_for: tuple[str, ...] = ()
    """The intents judged to be in the message: none when out of scope, several for "price and a demo thursday"."""

    is_answer: bool = False
    """The whole message answers our own open question; it wishes for nothing and is not out of scope."""

    gloss: str = ""
    """The message in English words, one by one, when it is in another language that we have words of."""

    def fact(self, name: str) -> Fact | None:
        """The fact of that name that holds: when the visitor corrected themselves, the later one."""
        found = [fact for fact in self.facts if fact.name == name]
        return found[-1] if found else None
