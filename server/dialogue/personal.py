"""How personal it may be: off, this conversation, or remembered. Pure."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.known import NOTHING_BEFORE
from server.dialogue.values import Case


def as_allowed(case: Case) -> Case:
    """The case with what the visitor's consent lets a decision see, whatever was loaded or kept from before.

    `remembered` adds what they told in earlier conversations; `necessary` takes the pages away. Counts of what we
    asked stay at every level: they only hold us back.
    """
    state, history = case.state, case.history
    facts = tuple(fact for fact in state.facts if fact.how != "remembered")
    if case.consent == "remembered":
        facts = (*history.facts, *facts)
    else:
        history = (
            replace(
                history, facts=(), asked_before=frozenset(), offered_before=frozenset(), stands=frozenset()
            )
            if history != NOTHING_BEFORE
            else history
        )
    seen = () if case.consent == "necessary" else state.pages
    if facts != state.facts or seen != state.pages:
        state = replace(state, facts=facts, pages=seen)
    if case.consent == "necessary" and history.in_crm:
        history = replace(history, in_crm=frozenset())
    page = "" if case.consent == "necessary" else case.page
    return replace(case, state=state, history=history, page=page)
