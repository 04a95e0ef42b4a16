"""How far a visitor has come with us, from what the conversation holds. Pure."""

from __future__ import annotations

from server.dialogue.gate_rules import Stage
from server.dialogue.policy import Policy
from server.dialogue.values import Case, State

_DEEDS: frozenset[Stage] = frozenset({"customer", "trial", "meeting_booked"})


def stage_of(case: Case) -> Stage:
    """The furthest stage that holds."""
    # This very message is the last of those kept.
    return stage_at(case.state, case.policy, in_product=case.in_product, wrote=len(case.state.questions) > 1)


def stage_at(state: State, policy: Policy, *, in_product: bool, wrote: bool, learned: bool = True) -> Stage:
    """The same between two messages. `wrote`: the visitor said something before; `learned`: what they told counts."""
    if in_product:
        return "customer"
    if state.trial:
        return "trial"
    if state.meeting is not None:
        return "meeting_booked"
    told = sum(learned and state.known(question.fact) is not None for question in policy.questions)
    if told >= min(policy.limits.qualified_from, len(policy.questions) or 1):
        return "qualified"
    return "engaged" if wrote or state.facts or state.asked else "new"


def may_steer(case: Case, stage: Stage) -> bool:
    """Whether the stage may be gone by: what was merely learned steers nothing with consent `necessary`."""
    return case.consent != "necessary" or stage in _DEEDS
