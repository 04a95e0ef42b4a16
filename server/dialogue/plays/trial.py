"""Start a trial: where should the confirmation link go, then start."""

from __future__ import annotations

import re
from dataclasses import replace

from server.dialogue.buying import StartTrial, TrialStatus
from server.dialogue.prompts import OpenForm, OpenOffer
from server.dialogue.reading import (
    accepts,
    asks_also,
    chosen,
    fresh,
    is_information_question,
    misses_mail,
    puts_off,
)
from server.dialogue.values import AskForm, Bid, Case, Chose, Filled, GiveAnswer, Move, Said, Say

_READ = 400
_OF_TRIAL = r"(?:my|our|the) (?:free )?(?:trial|test account|trial account)"
_STATUS = re.compile(
    rf"\b(?:is|are|was|has|did) {_OF_TRIAL} .{{0,30}}\b(?:ready|set up|running|active|activated|started|created|done"
    r"|prepared|go through|work)\b"
    rf"|\b(?:when|how soon) (?:will|is|can|do) .{{0,20}}{_OF_TRIAL}.{{0,20}}\b(?:ready|set up|running|active)\b"
    rf"|\b(?:status|state) of {_OF_TRIAL}\b|\bwhere (?:is|'s|do i find) {_OF_TRIAL}\b|\b{_OF_TRIAL} (?:status|link)\b"
    rf"|\bhow(?:'s| is) {_OF_TRIAL} (?:going|doing|coming|getting)\b"
    rf"|\bhow far is {_OF_TRIAL}\b|\bwhat (?:happened|about|is up) (?:to|with) {_OF_TRIAL}\b"
    rf"|\b(?:waiting for|haven'?t (?:got|received)|did(?: not|n'?t) get) {_OF_TRIAL}\b",
    re.IGNORECASE,
)


def consider(case: Case) -> Bid | None:
    if "trial" not in case.policy.plays:
        return None
    if isinstance(case.event, Chose | Filled) and case.event.prompt == (case.state.trial_prompt or None):
        return _mail_again(case)
    if _asks_how_far(case):
        return Bid("trial", (TrialStatus(),), ("trial_status",), replace(case.state, open=None))
    if isinstance(case.state.open, OpenForm) and case.state.open.purpose == "trial":
        bid = _address(case, case.state.open)
        if bid is not None:
            return bid
    offer = case.state.open
    if isinstance(offer, OpenOffer) and offer.what == "trial" and accepts(case, offer.id):
        return _begin(case, ("offer_accepted", "accepted:trial"))
    if not case.opens("trial") or is_information_question(case):
        return None
    return _begin(case, ("trial_wished",))


def _mail_again(case: Case) -> Bid:
    """From the card that says the mail is on its way: the same address once more, or another one."""
    if chosen(case, case.state.trial_prompt) == "again" and case.state.known("email"):
        return Bid("trial", (StartTrial(),), ("mail_again",), replace(case.state, open=None))
    state = replace(case.state, open=OpenForm(case.prompt_id, "trial"))
    return Bid("trial", (AskForm("trial"),), ("other_address",), state)


def _begin(case: Case, reasons: tuple[str, ...]) -> Bid:
    if case.state.known("email"):
        return Bid("trial", _first(case, StartTrial()), reasons, replace(case.state, open=None))
    state = replace(case.state, open=OpenForm(case.prompt_id, "trial"))
    return Bid("trial", _first(case, AskForm("trial")), (*reasons, "email_unknown"), state)


def _asks_how_far(case: Case) -> bool:
    """Where the trial stands, or where its mail stays."""
    if not isinstance(case.event, Said):
        return False
    is_named = _STATUS.search(case.plain[:_READ].replace("’", "'"))
    return bool(is_named) or (case.state.trial and misses_mail(case))


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
