"""The visitor's say over their data and over our questions: why, stop, export, delete, unsubscribe."""

from __future__ import annotations

import re
from dataclasses import replace

from server.dialogue.prompts import OpenCart, OpenDay, OpenForm, OpenQuestion, OpenSlots
from server.dialogue.reading import asks_for_silence, asks_to_stop, asks_why, has_answer, is_fed_up
from server.dialogue.values import Bid, Case, HandOver, Say

_PERSONAL = re.compile(
    r"\b(gdpr|ccpa|personal|about me|on me|forg[eo]t|eras|delet|wipe|remov|consent|article|subject access|portab)",
    re.IGNORECASE,
)
"""What makes a wish for data one about one's own person."""

_NAMED = frozenset({"data_request", "unsubscribe", "why_do_you_ask", "stop_asking"})


def consider(case: Case) -> Bid | None:
    if asks_to_stop(case) and not is_fed_up(case):
        state = replace(case.state, stop_asking=True, open=None)
        return Bid("privacy", (Say("stop"),), ("asked_to_stop",), state)
    if asks_why(case):
        return _explain(case)
    if (case.wants("data_request") or asks_for_silence(case)) and not _somebody_is_told(case):
        return Bid("privacy", (Say("ask_privacy"),), ("nobody_to_tell",), replace(case.state, open=None))
    if case.wants("data_request") and has_answer(case) and not _PERSONAL.search(case.plain):
        return None  # "can I export to CSV?" is a question about the product
    if case.wants("data_request"):
        moves = (Say("data_request"), HandOver("data_request"))
        return Bid("privacy", moves, ("data_request",), replace(case.state, open=None))
    if asks_for_silence(case):
        state = replace(case.state, stop_asking=True, open=None)
        return Bid("privacy", (Say("unsubscribe"), HandOver("unsubscribe")), ("unsubscribe",), state)
    if case.opens("privacy") and not case.wants(*_NAMED):
        return _passed_on(case)
    return None


def _passed_on(case: Case) -> Bid:
    """A wish over their data that the operator's own catalogue names."""
    state = replace(case.state, open=None)
    if not _somebody_is_told(case):
        return Bid("privacy", (Say("ask_privacy"),), ("nobody_to_tell",), state)
    return Bid("privacy", (Say("data_request"), HandOver("data_request")), ("data_request",), state)


def _somebody_is_told(case: Case) -> bool:
    """Whether there are people to pass it on to; what a playbook lets open is no bar to a right."""
    return "handoff" in case.policy.plays or "handoff" in case.shut


def _explain(case: Case) -> Bid:
    """Answer "why do you ask?" from the rule that fired; what is open stays open."""
    began, why = case.state.began, ""
    match case.state.open:
        case OpenQuestion(key=key):
            began = f"question:{key}"
        case OpenForm():
            return Bid("privacy", (Say("why_email"),), ("explained_form",), case.state)
        case OpenSlots() | OpenCart() | OpenDay():
            return Bid("privacy", (Say("why_choice"),), ("explained_choice",), case.state)
        case _:
            began = began or (f"question:{case.state.asked[-1]}" if case.state.asked else "")
    kind, _, key = began.partition(":")
    question = case.policy.question(key) if kind == "question" else None
    why = question.why if question else case.policy.reasons.get(began, "")
    if why:
        return Bid("privacy", (Say("verbatim", {"text": why}),), (f"explained:{key}",), case.state)
    if kind == "next":
        return Bid("privacy", (Say(f"why_next_{key}"),), (f"explained:next_{key}",), case.state)
    if kind == "offer":
        return Bid("privacy", (Say(f"why_person_{key}"),), (f"explained:offer_{key}",), case.state)
    return Bid("privacy", (Say("why_nothing"),), ("nothing_asked",), case.state)
