"""Start a trial: where should the confirmation link go, then start."""

from __future__ import annotations

import re
from dataclasses import replace

from server.dialogue.buying import StartTrial, TrialStatus
from server.dialogue.prompts import OpenForm
from server.dialogue.reading import asks_also, fresh, is_information_question, puts_off
from server.dialogue.values import AskForm, Bid, Case, Filled, GiveAnswer, Move, Said, Say

_READ = 400
_OF_TRIAL = r"(?:my|our|the) (?:free )?(?:trial|test account|trial account)"
_STATUS = re.compile(
    rf"\b(?:is|are|was|has|did) {_OF_TRIAL} .{{0,30}}\b(?:ready|set up|running|active|activated|started|created|done"
    r"|prepared|go through|work)\b"
    rf"|\b(?:when|how soon) (?:will|is|can|do) .{{0,20}}{_OF_TRIAL}.{{0,20}}\b(?:ready|set up|running|active)\b"
    rf"|\b(?:status|state) of {_OF_TRIAL}\b|\bwhere (?:is|'s|do i find) {_OF_TRIAL}\b|\b{_OF_TRIAL} (?:status|link)\b"
    rf"|\bhow far is {_OF_TRIAL}\b|\bwhat (?:happened|about|is up) (?:to|with) {_OF_TRIAL}\b"
    rf"|\b(?:waiting for|haven'?t (?:got|received)|did(?: not|n'?t) get) {_OF_TRIAL}\b",
    re.IGNORECASE,
)


def consider(case: Case) -> Bid | None:
    if "trial" not in case.policy.plays:
        return None
    if isinstance(case.event, Said) and _STATUS.search(case.plain[:_READ].replace("’", "'")):
        return Bid("trial", (TrialStatus(),), ("trial_status",), replace(case.state, open=None))
    if isinstance(case.state.open, OpenForm) and case.state.open.purpose == "trial":
        bid = _address(case, case.state.open)
        if bid is not None:
            return bid
    if not case.opens("trial") or is_information_question(case):
        return None
    if case.state.known("email"):
        return Bid("trial", _first(case, StartTrial()), ("trial_wished",), replace(case.state, open=None))
    state = replace(case.state, open=OpenForm(case.prompt_id, "trial"))
    return Bid("trial", _first(case, AskForm("trial")), ("trial_wished", "email_unknown"), state)


def _first(case: Case, move: Move) -> tuple[Move, ...]:
    return (GiveAnswer(), move) if asks_also(case) else (move,)


def _address(case: Case, form: OpenForm) -> Bid | None:
    if puts_off(case, form.id):
        return Bid("trial", (Say("form_skipped"),), ("email_declined",), replace(case.state, open=None))
    if fresh(case, "email"):
        email = case.state.known("email")
        is_meant = email is not None and form.slot == email.value
        return Bid("trial", (StartTrial(is_meant),), ("email_given",), replace(case.state, open=None))
    if isinstance(case.event, Filled) and case.event.prompt == form.id:
        state = replace(case.state, open=OpenForm(case.prompt_id, "trial"))
        return Bid("trial", (AskForm("trial", "bad_email"),), ("bad_email",), state)
    return None
