"""The lead score: an exact sum of listed points, each with the words or the page that earned it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from intents.scoring.model import ScoreModel
from intents.scoring.rules import Sorted, earned_by, latest_fact, matches
from intents.scoring.stages import derive_stage
from intents.scoring.values import (
    SURE,
    Point,
    PointKind,
    Score,
    ScoreRule,
    ScoreRules,
    Signal,
    Stage,
    StageRules,
    Waiting,
)

__all__ = [
    "SURE",
    "Point",
    "PointKind",
    "Score",
    "ScoreModel",
    "ScoreRule",
    "ScoreRules",
    "Signal",
    "Stage",
    "StageRules",
    "Waiting",
    "derive_stage",
    "score",
    "without",
]


def score(rules: ScoreRules, signals: Sequence[Signal], model: ScoreModel | None = None) -> Score:
    """Add up what the signals earn, by the rules or by a model that was trained with them."""
    used = model if model is not None and model.scores(rules) else None
    sure = [signal for signal in signals if signal.confidence >= SURE]
    points = _points(rules, sure, used)
    fit = sum(point.points for point in points if point.kind == "fit")
    intent = sum(point.points for point in points if point.kind == "intent")
    stage = derive_stage(rules.stages, sure)
    return Score(
        fit=fit,
        intent=intent,
        total=fit + intent,
        stage=stage.stage,
        points=points,
        stage_because=stage.because,
        stage_message=stage.message_id,
        waiting=_waiting(rules, signals, sure, used, fit + intent),
        chance=round(used.chance(fit + intent), 4) if used else None,
        version=used.version if used else "rules",
    )


def without(signals: Sequence[Signal], message_id: str) -> tuple[Signal, ...]:
    """The signals as if the message had never been written."""
    return tuple(signal for signal in signals if signal.message_id != message_id)


def _points(rules: ScoreRules, signals: Sequence[Signal], model: ScoreModel | None) -> tuple[Point, ...]:
    if model is not None:
        return model.points_of(rules, signals)
    by_kind = Sorted(signals)
    return tuple(
        Point(rule.code, rule.points, rule.kind, earned.because, earned.message_id, earned.page)
        for rule in rules.rules
        for earned in earned_by(rule, by_kind)
    )


def _waiting(
    rules: ScoreRules, signals: Sequence[Signal], sure: Sequence[Signal], model: ScoreModel | None, total: int
) -> tuple[Waiting, ...]:
    """Facts whose last word is unsure, where it would change the sum."""
    found = []
    last = {signal.name: place for place, signal in enumerate(signals) if signal.kind == "fact"}
    for place in sorted(last.values()):
        signal = signals[place]
        if signal.confidence >= SURE:
            continue
        if model is None:
            gain = _gain(rules, sure, signal)
        else:
            believed = [
                replace(each, confidence=1.0) if at == place else each
                for at, each in enumerate(signals)
                if at == place or each.confidence >= SURE
            ]
            gain = sum(point.points for point in _points(rules, believed, model)) - total
        if gain:
            told = (signal.name, signal.value, signal.text, signal.confidence, gain, signal.message_id)
            found.append(Waiting(*told))
    return tuple(found)


def _gain(rules: ScoreRules, sure: Sequence[Signal], unsure: Signal) -> int:
    """What it would change to believe the last word on a fact: only rules on this fact pay differently."""
    of_fact = [rule for rule in rules.rules if rule.when_fact == unsure.name]
    if not of_fact:
        return 0
    held = latest_fact(unsure.name, sure)
    return sum(
        rule.points * (matches(rule, unsure) - (held is not None and matches(rule, held))) for rule in of_fact
    )
