"""Start a trial: where should the confirmation link go, then start."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.prompts import OpenForm
from server.dialogue.reading import asks_also, fresh, is_information_question, puts_off
from server.dialogue.values import AskForm, Bid, Case, Filled, GiveAnswer, Move, Say, StartTrial


def consider(case: Case) -> Bid | None:
    if "trial" not in case.policy.plays:
        return None
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
        return Bid("trial", (StartTrial(),), ("email_given",), replace(case.state, open=None))
    if isinstance(case.event, Filled) and case.event.prompt == form.id:
        state = replace(case.state, open=OpenForm(case.prompt_id, "trial"))
        return Bid("trial", (AskForm("trial", "bad_email"),), ("bad_email",), state)
    return None
