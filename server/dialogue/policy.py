"""The operator's rules for the conversation: the part of a playbook that decisions read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from intents.score import ScoreModel, ScoreRules

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]


class Rules(BaseModel):
    """Base of everything an operator writes: unknown names are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class QuickReply(Rules):
    """One quick reply of a question."""

    value: Annotated[str, Field(max_length=100)]
    label: Annotated[str, Field(max_length=60)]


class AskWhen(Rules):
    """When a question may be asked; any one of these is enough."""

    intents: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    """Names of facts that the visitor mentioned."""
    page_visited_twice: tuple[str, ...] = ()
    """Path prefixes, such as `/pricing`, to which the visitor came back."""


class Question(Rules):
    """One qualification question."""

    key: Key
    fact: Key
    """The fact that answers it; known already means never asked."""
    kind: Literal["text", "number", "choice"] = "text"
    ask: Annotated[str, Field(min_length=5, max_length=200)]
    why: Annotated[str, Field(min_length=5, max_length=200)]
    """Answer to "why do you ask?"."""
    choices: tuple[QuickReply, ...] = ()
    when: AskWhen


class Limits(Rules):
    """Caps on what the visitor is asked."""

    questions_per_conversation: Annotated[int, Field(ge=0, le=4)] = 4
    quiet_above_frustration: Annotated[float, Field(ge=0, le=1)] = 0.5
    """No question to somebody who is more frustrated than this."""
    person_above_frustration: Annotated[float, Field(ge=0, le=1)] = 0.7
    """From here on a person is offered."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What the catalogue says of an intent."""

    plays: tuple[str, ...]
    """The first one that the site has switched on is opened by asking for it."""
    label: str = ""
    """What the visitor wants, in the conversation's language; empty when it is never put to them."""


class Policy(Rules):
    """What decisions may do at this site."""

    version: str = "0"
    language: str = "en"
    """The language of the documents and of the phrases."""
    questions: tuple[Question, ...] = ()
    limits: Limits = Limits()
    score: ScoreRules = ScoreRules()
    score_model: ScoreModel | None = None
    """Points learned from outcomes, which stand for the rules' own while one serves."""
    banned_claims: tuple[str, ...] = ()
    """Phrases that never reach a visitor, whatever the documents say."""
    plays: frozenset[Literal["book", "trial", "cart", "handoff", "qualify"]] = frozenset(
        {"book", "trial", "cart", "handoff", "qualify"}
    )
    """The plays that are switched on; answering always is."""
    plans: tuple[str, ...] = ()
    """Names of plans that can be put in a cart."""
    max_seats: int = 100_000

    def question(self, key: str) -> Question | None:
        return next((question for question in self.questions if question.key == key), None)
