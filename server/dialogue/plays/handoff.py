"""Bring in a person: when asked, when our offer is accepted, when the visitor is frustrated."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.prompts import OpenForm, OpenOffer
from server.dialogue.reading import accepts, declines, fresh, is_fed_up, puts_off
from server.dialogue.values import AskForm, Bid, Case, Filled, HandOver, OfferPerson, Say, Wrote

_REASONS = 3


def written(case: Case) -> Bid | None:
    """Who writes to the team reaches it, whatever the words would mean in a chat and whatever else is open.

    While a person talks with them, it is one more message of that talk.
    """
    if not isinstance(case.event, Wrote) or case.state.with_person:
        return None
    if "handoff" not in case.policy.plays and "handoff" not in case.shut:
        return Bid("handoff", (Say("shut"),), ("nobody_to_write_to",), case.state)
    if case.state.known("email"):
        state = replace(case.state, open=None, person_wanted=True)
        return Bid("handoff", (HandOver("wrote"),), ("wrote_to_team",), state)
    state = replace(case.state, person_wanted=True, open=OpenForm(case.prompt_id, "handoff"))
    moves = (HandOver("wrote"), AskForm("handoff"))
    return Bid("handoff", moves, ("wrote_to_team", "contact_unknown"), state)


def consider(case: Case) -> Bid | None:
    if "handoff" not in case.policy.plays:
        return None
    match case.state.open:
        case OpenOffer(id=prompt, what="handoff", unasked=unasked) if accepts(case, prompt):
            taken = _hand_over(case, "offer_accepted")
            return replace(taken, reasons=(*taken.reasons, "accepted:handoff")) if unasked else taken
        case OpenOffer(id=prompt, what="handoff") if declines(case, prompt):
            return Bid("handoff", (Say("bye"),), ("offer_declined",), replace(case.state, open=None))
        case OpenForm(id=prompt, purpose="handoff") as form:
            bid = _contact(case, form)
            if bid is not None:
                return bid
        case _:
            pass
    if case.opens("handoff"):
        return _hand_over(case, "asked_for_person")
    if is_fed_up(case):
        return _offer(case)
    return None


def _offer(case: Case) -> Bid:
    # Whoever is this angry is not asked anything more either, whether or not they said so.
    prompt = OpenOffer(case.prompt_id, "handoff")
    state = replace(case.state, open=prompt, stop_asking=True, person_offered=True)
    words = {0: "frustrated", 1: "frustrated", 2: "frustrated_again"}.get(state.troubles, "frustrated_often")
    reasons = ("frustration", *(f"felt:{reason}" for reason in case.felt[:_REASONS]))
    return Bid("handoff", (OfferPerson(words),), reasons, state)


def _hand_over(case: Case, reason: str) -> Bid:
    if case.state.person_wanted:
        return Bid("handoff", (Say("still_waiting"),), ("already_asked",), replace(case.state, open=None))
    if case.state.known("email"):
        state = replace(case.state, open=None, person_wanted=True)
        return Bid("handoff", (HandOver(reason),), (reason,), state)
    state = replace(case.state, person_wanted=True, open=OpenForm(case.prompt_id, "handoff"))
    return Bid("handoff", (HandOver(reason), AskForm("handoff")), (reason, "contact_unknown"), state)


def _contact(case: Case, form: OpenForm) -> Bid | None:
    """The address for the answer, by form or in words; anything else leaves the form standing."""
    if puts_off(case, form.id):
        return Bid("handoff", (Say("no_problem"),), ("contact_declined",), replace(case.state, open=None))
    if fresh(case, "email"):
        moves = (Say("contact_noted"), HandOver("contact_given"))
        return Bid("handoff", moves, ("contact_given",), replace(case.state, open=None))
    if isinstance(case.event, Filled) and case.event.prompt == form.id:
        state = replace(case.state, open=OpenForm(case.prompt_id, "handoff"))
        return Bid("handoff", (AskForm("handoff", "bad_email"),), ("bad_email",), state)
    return None
