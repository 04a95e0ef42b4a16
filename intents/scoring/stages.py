"""The stage of the journey, and why, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from intents.scoring.features import ASKED
from intents.scoring.rules import number
from intents.scoring.values import Signal, Stage, StageReason, StageRules

_NOTHING = StageReason("research", "Nothing beyond reading and general questions so far")


def derive_stage(rules: StageRules, signals: Sequence[Signal]) -> StageReason:
    """What the latest telling message says; of two things in one message the weightier one."""
    stages = _stages(rules)
    last = next((each for each in reversed(signals) if _told(rules, stages, each) is not None), None)
    if last is None:
        return _NOTHING
    latest = last.message_id
    # A signal without a message stands for itself.
    near = [last] if latest is None else [each for each in signals if each.message_id == latest]
    of_latest = [(each, told) for each in near if (told := _told(rules, stages, each)) is not None]
    signal, stage = min(of_latest, key=lambda one: _WEIGHT.index(one[1]))
    return StageReason(stage, _because(signal), signal.message_id)


_WEIGHT: tuple[Stage, ...] = ("at_risk", "purchase", "support", "evaluation", "research")


@lru_cache(maxsize=64)
def _stages(rules: StageRules) -> dict[str, Stage]:
    """The stage that each intent marks; of two, the first in this order."""
    named: tuple[tuple[Stage, tuple[str, ...]], ...] = (
        ("evaluation", rules.evaluation),
        ("support", rules.support),
        ("purchase", rules.purchase),
        ("at_risk", rules.at_risk),
    )
    return {name: stage for stage, names in named for name in names}


def _told(rules: StageRules, stages: Mapping[str, Stage], signal: Signal) -> Stage | None:
    if signal.kind == "frustration":
        return "at_risk" if number(signal.value) >= rules.frustration_at_risk else None
    return stages.get(signal.name) if signal.kind == "intent" else None


def _because(signal: Signal) -> str:
    if signal.kind == "frustration":
        return f"Sounds frustrated ({number(signal.value):.1f} of 1)"
    return ASKED.get(signal.name, f"Asked about {signal.name.replace('_', ' ')}")
