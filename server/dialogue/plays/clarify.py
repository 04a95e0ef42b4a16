"""Ask which of two readings is meant; take "something else" for what it is."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.doubt import OTHER, hindrance, in_doubt
from server.dialogue.prompts import OpenReading
from server.dialogue.values import Bid, Case, Check, Chose, Clarify, Said, Say


def consider(case: Case) -> Bid | None:
    asked = case.state.open
    if isinstance(asked, OpenReading) and isinstance(case.event, Chose):
        return _other(case, asked)
    doubt = in_doubt(case)
    if doubt is None or hindrance(case) or not isinstance(case.event, Said):
        return None
    options = (doubt.first, doubt.second)
    prompt = OpenReading(case.prompt_id, options, case.event.text, case.message_id)
    return Bid(
        "clarify",
        (Clarify(*options),),
        ("unsure_which", *(f"maybe:{name}" for name in options)),
        replace(case.state, open=prompt, clarified=case.state.clarified + 1),
        (Check("clear", passed=False, why=doubt.why),),
    )


def checks(case: Case) -> tuple[Check, ...]:
    """Why the likelier reading was taken although another one was near."""
    doubt = in_doubt(case)
    why_not = hindrance(case) if doubt else ""
    if doubt is None or not why_not:
        return ()
    return (
        Check("clear", passed=False, why=doubt.why),
        Check("may_clarify", passed=False, why=why_not),
    )


def _other(case: Case, asked: OpenReading) -> Bid:
    """A value that was never offered comes from a browser that is up to something."""
    if not isinstance(case.event, Chose) or case.event.value != OTHER:
        return Bid("stale", (Say("stale"),), ("not_offered",), case.state)
    # It stays open without its options: what the visitor says next is not asked about again.
    state = replace(case.state, open=replace(asked, options=()))
    return Bid("clarify", (Say("reword"),), ("something_else",), state)
