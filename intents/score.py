"""The lead score: an exact sum of rule points, each with the words or the page that earned it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["research", "evaluation", "purchase", "support", "at_risk"]
PointKind = Literal["fit", "intent"]


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
    """Which intents mark a stage of the journey; the latest telling signal decides."""

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


@dataclass(frozen=True, slots=True)
class Point:
    """Points one rule paid for one signal."""

    code: str
    points: int
    kind: PointKind
    because: str
    message_id: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """`fit`, `intent` and `total` are exactly the sums of `points`; `stage_because` names the signal."""

    fit: int
    intent: int
    total: int
    stage: Stage
    points: tuple[Point, ...]
    stage_because: str


def score(rules: ScoreRules, signals: Sequence[Signal]) -> Score:
    """Add up what the signals earn, in the order they came."""
    points = tuple(point for rule in rules.rules for point in _paid_by(rule, signals))
    fit = sum(point.points for point in points if point.kind == "fit")
    intent = sum(point.points for point in points if point.kind == "intent")
    stage, because = derive_stage(rules.stages, signals)
    return Score(fit, intent, fit + intent, stage, points, because)


def derive_stage(rules: StageRules, signals: Sequence[Signal]) -> tuple[Stage, str]:
    """The stage that the latest telling signal names; research when nothing tells."""
    named: tuple[tuple[Stage, tuple[str, ...]], ...] = (
        ("at_risk", rules.at_risk),
        ("purchase", rules.purchase),
        ("support", rules.support),
        ("evaluation", rules.evaluation),
    )
    for signal in reversed(signals):
        if signal.kind == "frustration" and _number(signal.value) >= rules.frustration_at_risk:
            return "at_risk", f"frustration {_number(signal.value):.1f}"
        if signal.kind == "intent":
            for stage, names in named:
                if signal.name in names:
                    return stage, f"asked about {signal.name}"
    return "research", "nothing beyond reading so far"


def _paid_by(rule: ScoreRule, signals: Sequence[Signal]) -> list[Point]:
    matching = [signal for signal in signals if _matches(rule, signal)]
    if rule.when_fact:
        # A later word on the same fact replaces the earlier one, so only it is paid.
        latest = [signal for signal in signals if signal.kind == "fact" and signal.name == rule.when_fact][
            -1:
        ]
        matching = [signal for signal in latest if _matches(rule, signal)]
    return [
        Point(
            code=rule.code,
            points=rule.points,
            kind=rule.kind,
            because=_fill(rule.because, signal),
            message_id=signal.message_id,
            page=signal.page,
        )
        for signal in matching[: rule.times_at_most]
    ]


def _matches(rule: ScoreRule, signal: Signal) -> bool:
    match signal.kind:
        case "intent":
            named = signal.name in rule.when_intent
        case "fact":
            named = signal.name == rule.when_fact
        case "page":
            named = rule.when_page is not None and signal.name.startswith(rule.when_page)
        case "frustration":
            named = False
    return named and _value_counts(rule, signal.value)


def _value_counts(rule: ScoreRule, value: Any) -> bool:
    if rule.at_least is not None and not _number(value) >= rule.at_least:
        return False
    if rule.at_most is not None and not _number(value) <= rule.at_most:
        return False
    return not rule.one_of or str(value).casefold() in {choice.casefold() for choice in rule.one_of}


def _number(value: Any) -> float:
    """NaN for what is no number, so that every comparison with it is false."""
    if isinstance(value, dict):
        value = value.get("amount")
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


def _fill(because: str, signal: Signal) -> str:
    # Plain replacement, not str.format: an operator's stray brace must not raise while scoring.
    for name, value in (("text", signal.text), ("value", signal.value), ("name", signal.name)):
        because = because.replace("{" + name + "}", str(value))
    return because
