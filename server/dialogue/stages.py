"""How far a visitor has come with us, from what the conversation holds. Pure."""

from __future__ import annotations

from server.dialogue.gate_rules import Stage
from server.dialogue.values import Case

_DEEDS: frozenset[Stage] = frozenset({"customer", "trial", "meeting_booked"})


def stage_of(case: Case) -> Stage:
    """The furthest stage that holds."""
    state = case.state
    if case.in_product:
        return "customer"
    if state.trial:
        return "trial"
    if state.meeting is not None:
        return "meeting_booked"
    told = sum(state.known(question.fact) is not None for question in case.policy.questions)
    if told >= min(case.policy.limits.qualified_from, len(case.policy.questions) or 1):
        return "qualified"
    # This very message is the last of those kept.
    return "engaged" if len(state.questions) > 1 or state.facts or state.asked else "new"


def may_steer(case: Case, stage: Stage) -> bool:
    """Whether the stage may be gone by: what was merely learned steers nothing with consent `necessary`."""
    return case.consent != "necessary" or stage in _DEEDS
