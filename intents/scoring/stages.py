"""The stage of the journey, and why, in words."""

from __future__ import annotations

from collections.abc import Sequence

from intents.scoring.features import ASKED
from intents.scoring.rules import number
from intents.scoring.values import Signal, Stage, StageReason, StageRules

_NOTHING = StageReason("research", "Nothing beyond reading and general questions so far")


def derive_stage(rules: StageRules, signals: Sequence[Signal]) -> StageReason:
    """What the latest telling message says; of two things in one message the weightier one."""
    telling = [(signal, told) for signal in signals if (told := _told(rules, signal)) is not None]
    if not telling:
        return _NOTHING
    latest = telling[-1][0].message_id
    # A signal without a message stands for itself.
    of_latest = [telling[-1]] if latest is None else [one for one in telling if one[0].message_id == latest]
    signal, stage = min(of_latest, key=lambda one: _WEIGHT.index(one[1]))
    return StageReason(stage, _because(signal), signal.message_id)


_WEIGHT: tuple[Stage, ...] = ("at_risk", "purchase", "support", "evaluation", "research")


def _told(rules: StageRules, signal: Signal) -> Stage | None:
    if signal.kind == "frustration":
        return "at_risk" if number(signal.value) >= rules.frustration_at_risk else None
    if signal.kind != "intent":
        return None
    named: tuple[tuple[Stage, tuple[str, ...]], ...] = (
        ("at_risk", rules.at_risk),
        ("purchase", rules.purchase),
        ("support", rules.support),
        ("evaluation", rules.evaluation),
    )
    return next((stage for stage, names in named if signal.name in names), None)


def _because(signal: Signal) -> str:
    if signal.kind == "frustration":
        return f"Sounds frustrated ({number(signal.value):.1f} of 1)"
    return ASKED.get(signal.name, f"Asked about {signal.name.replace('_', ' ')}")
