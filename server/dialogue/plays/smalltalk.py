"""Greetings, thanks and abuse, answered in one line."""

from __future__ import annotations

import re
from dataclasses import replace

from server.dialogue.reading import has_answer
from server.dialogue.values import Bid, Case, Move, OfferPerson, OpenOffer, Said, Say

_WORDS = re.compile(r"\w")
_LINES = ("greeting", "thanks", "small_talk")


def consider(case: Case) -> Bid | None:
    if isinstance(case.event, Said) and not _WORDS.search(case.text):
        return Bid("smalltalk", (Say("yes_what"),), ("no_words",), case.state)
    if case.reading is None or not case.reading.asked_for:
        return None
    asked_for = set(case.reading.asked_for)
    if asked_for == {"abuse"} and "handoff" not in case.policy.plays:
        return Bid("smalltalk", (Say("small_talk"),), ("abuse",), case.state)
    if asked_for == {"abuse"}:
        state = replace(case.state, open=OpenOffer(case.prompt_id, "handoff"))
        move: Move = OfferPerson("abuse")
        return Bid("smalltalk", (move,), ("abuse",), state)
    if asked_for <= {*_LINES, "yes", "no"} and not ("?" in case.text and has_answer(case)):
        line = next((name for name in _LINES if name in asked_for), None)
        if line is None:
            line = "yes_what" if "yes" in asked_for else "bye"
        return Bid("smalltalk", (Say(line),), (line,), case.state)
    return None
