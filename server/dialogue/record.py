"""The decision record: why the assistant said what it said, stored with every turn, free of personal details."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from server.dialogue.derivation import Derivation


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IntentEntry(_Entry):
    name: str
    probability: float


class PassageEntry(_Entry):
    """A passage that was considered; offsets are characters in the document's version."""

    passage: str
    document: str
    version: str
    url: str
    heading: str
    start: int
    end: int
    score: float
    dense: float
    keyword: float
    coverage: float
    cited: bool


class CheckEntry(_Entry):
    name: str
    passed: bool
    why: str


class WriterEntry(_Entry):
    """What an outside writer was asked for, and what became of its words."""

    model: str
    prompt: str
    why: str
    used: bool
    failed: str
    tokens_in: int
    tokens_out: int
    ms: float
    dropped: list[str]


class ChooserEntry(_Entry):
    """What a larger model was asked to choose, and what it chose."""

    model: str
    prompt: str
    why: str
    choice: str
    failed: str
    tokens_in: int
    tokens_out: int
    ms: float


class Versions(_Entry):
    """What was in force; with these the turn can be replayed."""

    playbook: str
    intents: str
    embedder: str
    generation: int
    phrases: str = ""
    """Of the reviewed sentences."""


class DecisionRecord(_Entry):
    """One record, four readers: the console shows it, evals replay it, support explains with it, metrics count it."""

    schema_version: int = 2
    """2 since a record holds where each word of the reply comes from."""
    turn: str
    site: str
    conversation: str
    message: str
    at: str
    """ISO 8601, UTC."""
    said: str
    """The visitor's words, redacted."""
    language: str
    """Of the visitor's words."""
    spoken: str = ""
    """The language that was answered in."""
    group: str = ""
    """`holdout` or `pilot`; empty for everybody else."""
    intents: list[IntentEntry]
    asked_for: list[str]
    out_of_scope: bool
    scope_score: float
    facts: list[dict[str, Any]]
    frustration: float
    searched_for: str | None
    answerability: float | None
    abstained: bool | None
    passages: list[PassageEntry]
    approved: str = ""
    """The approved answer that won, by its id; empty when the documents were searched."""
    play: str
    reasons: list[str]
    moves: list[str]
    checks: list[CheckEntry]
    score: dict[str, Any]
    consent: str
    audience: list[str] = ["public"]
    """Labels of the documents that could be shown; the search is repeated with them."""
    outcomes: list[dict[str, Any]]
    """What the actions did: meeting booked, slot taken, trial started, with ids."""
    crm_updates: list[str]
    effects: list[str]
    reply: list[dict[str, Any]]
    """The blocks as logged, for those who only want to read them; `derivation` does without."""
    derivation: Derivation | None = None
    """Where each word of the reply comes from. None in records of before, and where a message was erased."""
    versions: Versions
    timings_ms: dict[str, float]
    tokens_spent: int = 0
    writer: WriterEntry | None = None
    """None when none was asked."""
    chooser: ChooserEntry | None = None
    """None when none was asked."""
