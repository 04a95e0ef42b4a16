"""What the lead score reads and what it says: signals, rules, points and what waits to become points."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["research", "evaluation", "purchase", "support", "at_risk"]
PointKind = Literal["fit", "intent"]

SURE = 0.8
"""From this confidence on a fact earns points; what is less sure waits."""


@dataclass(frozen=True, slots=True)
class Signal:
    """Something the visitor did or said: an intent, a fact or a page view.

    `name` is the intent's or fact's name or the page's path; exactly one of `message_id` and `page` says
    where it came from, so that deleting the message or visit takes its points along.
    """

    kind: Literal["intent", "fact", "page", "frustration"]
    name: str
    value: Any = None
    message_id: str | None = None
    page: str | None = None
    text: str = ""
    confidence: float = 1.0


class ScoreRule(BaseModel):
    """Points for one kind of signal. All conditions that are set must hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    kind: PointKind
    points: int
    because: str
    """Shown to the sales rep; `{text}`, `{value}` and `{name}` are filled in."""
    when_intent: tuple[str, ...] = ()
    when_fact: str | None = None
    when_page: str | None = None
    """A path prefix such as `/pricing`."""
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    """Values that count, compared without regard to case."""
    times_at_most: Annotated[int, Field(ge=1)] = 1
    """How often this rule may pay."""


class StageRules(BaseModel):
    """Which intents mark a stage of the journey; the latest telling message decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_risk: tuple[str, ...] = ("cancel_or_downgrade",)
    support: tuple[str, ...] = ("bug_or_outage", "account_and_billing", "invoice")
    purchase: tuple[str, ...] = ("buy_or_add_seats", "start_trial", "extend_trial", "book_meeting")
    evaluation: tuple[str, ...] = (
        "pricing", "plan_limits", "security_compliance", "comparison", "migration",
        "integration_question", "proof_by_industry", "talk_to_person",
    )  # fmt: skip
    frustration_at_risk: float = 0.8


class ScoreRules(BaseModel):
    """The operator's scoring rules; a playbook embeds them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[ScoreRule, ...] = ()
    stages: StageRules = StageRules()

    def conditions(self) -> str:
        """A fingerprint of when each rule pays, whatever it pays and however it is worded."""
        told = [rule.model_dump(mode="json", exclude={"points", "because"}) for rule in self.rules]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Earned:
    """A reason for points, without their number: which signal, in which words."""

    code: str
    kind: PointKind
    because: str
    message_id: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """Points that one reason brings."""

    code: str
    points: int
    kind: PointKind
    because: str
    message_id: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A fact that was heard, is not sure enough, and would change the score by `points` if it were."""

    fact: str
    value: Any
    text: str
    confidence: float
    points: int
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class StageReason:
    """Why the journey stands where it stands, and the message that says so."""

    stage: Stage
    because: str
    message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """`fit`, `intent` and `total` are exactly the sums of `points`; `stage_because` tells why in words."""

    fit: int
    intent: int
    total: int
    stage: Stage
    points: tuple[Point, ...]
    stage_because: str
    stage_message: str | None = None
    waiting: tuple[Waiting, ...] = ()
    chance: float | None = None
    """How many of such leads came to a meeting, a trial or a purchase, when a trained model scores."""
    version: str = "rules"
    """`rules`, or the version of the trained model."""
