"""Hear a no to what we offered unasked; a yes opens the play itself."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.prompts import OpenOffer
from server.dialogue.reading import declines
from server.dialogue.values import Bid, Case, Say

_OTHER_WISHES = ("book", "trial", "cart", "handoff")


def consider(case: Case) -> Bid | None:
    offer = case.state.open
    if not isinstance(offer, OpenOffer) or not offer.unasked or not declines(case, offer.id):
        return None
    if any(case.opens(play) for play in _OTHER_WISHES):
        return None  # "no, but I'd like a trial" is served
    state = replace(case.state, open=None, declined=(*case.state.declined, offer.what))
    return Bid(offer.what, (Say("bye"),), (f"declined:{offer.what}",), state)
