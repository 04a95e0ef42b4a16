"""What names nothing yet: a yes to an open form, a bare "help", a quote, a complaint without a question."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.prompts import OpenForm, OpenOffer
from server.dialogue.reading import (
    asks_for_quote,
    fresh,
    is_complaint,
    is_misunderstood,
    names_nothing,
    said_before,
)
from server.dialogue.values import AskForm, Bid, Case, OfferPerson, Said, Say

_PLAYS = {"booking": "book", "trial": "trial", "handoff": "handoff"}


def consider(case: Case) -> Bid | None:
    if not isinstance(case.event, Said) or case.reading is None:
        return None
    if isinstance(case.state.open, OpenForm) and case.reading.asked_for == ("yes",):
        return _form_again(case, case.state.open)
    if is_misunderstood(case) or is_complaint(case):
        return _sorry(case)
    if asks_for_quote(case) and "handoff" in case.policy.plays and not case.state.person_wanted:
        state = replace(case.state, open=OpenOffer(case.prompt_id, "handoff"))
        return Bid("handoff", (OfferPerson("offer_person"),), ("quote_wished",), state)
    if names_nothing(case.plain) and (case.state.open is None or isinstance(case.state.open, OpenOffer)):
        return Bid("smalltalk", (Say("yes_what"),), ("names_nothing",), case.state)
    return None


def _form_again(case: Case, form: OpenForm) -> Bid | None:
    """ "Yes" to "where can we reach you?" is meant well; the form still needs its address."""
    if fresh(case, "email"):
        return None
    state = replace(case.state, open=replace(form, id=case.prompt_id))
    return Bid(_PLAYS[form.purpose], (AskForm(form.purpose),), ("form_still_open",), state)


def _sorry(case: Case) -> Bid:
    """Searching for a complaint finds nothing, or the very answer that is complained about."""
    reason = "misunderstood" if is_misunderstood(case) else "complaint"
    state = case.state
    offer = state.open
    if isinstance(offer, OpenOffer) and offer.what == "handoff":
        # The offer stands, and is the best that we have: anger about it is no wish for other words of ours.
        state = replace(state, open=OpenOffer(case.prompt_id, "handoff"), person_offered=True)
        return Bid("handoff", (OfferPerson("frustrated_again"),), (reason, "offered_again"), state)
    if reason == "misunderstood" and not said_before(case):
        return Bid("smalltalk", (Say("missed"),), (reason,), replace(state, open=None))
    if "handoff" not in case.policy.plays or state.person_wanted or state.person_offered:
        return Bid("smalltalk", (Say("reword"),), (reason,), state)
    state = replace(state, open=OpenOffer(case.prompt_id, "handoff"), person_offered=True)
    return Bid("handoff", (OfferPerson("frustrated"),), (reason,), state)
