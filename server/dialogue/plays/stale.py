"""A click or a form that belongs to a prompt which is not open any more: say so and leave what is open alone."""

from __future__ import annotations

from server.dialogue.values import Bid, Case, Chose, Filled, Say


def consider(case: Case) -> Bid | None:
    if not isinstance(case.event, Chose | Filled):
        return None
    if case.state.open is not None and case.state.open.id == case.event.prompt:
        return None
    if case.event.prompt == (case.state.trial_prompt or None) and "trial" in case.policy.plays:
        return None  # the card of a trial's mail stays of use whatever else is asked
    return Bid("stale", (Say("stale"),), ("prompt_closed",), case.state)
