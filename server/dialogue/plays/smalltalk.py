"""Greetings, thanks and abuse, answered in one line."""

from __future__ import annotations

import re
from dataclasses import replace

from server.dialogue.prompts import OpenOffer
from server.dialogue.reading import has_answer
from server.dialogue.values import Bid, Case, Move, OfferPerson, Said, Say

_WORDS = re.compile(r"\w")
_LINES = ("greeting", "thanks", "small_talk")


def consider(case: Case) -> Bid | None:
    if isinstance(case.event, Said) and not _WORDS.search(case.text):
        return Bid("smalltalk", (Say("yes_what"),), ("no_words",), case.state)
    if case.reading is None or not case.reading.asked_for:
        return None
    asked_for = set(case.reading.asked_for)
    is_offered = "handoff" not in case.policy.plays or case.state.person_offered
    if asked_for == {"abuse"} and is_offered:
        return Bid("smalltalk", (Say("small_talk"),), ("abuse",), case.state)
    if asked_for == {"abuse"}:
        state = replace(case.state, open=OpenOffer(case.prompt_id, "handoff"), person_offered=True)
        move: Move = OfferPerson("abuse")
        return Bid("smalltalk", (move,), ("abuse",), state)
    if asked_for <= {*_LINES, "yes", "no"} and not ("?" in case.plain and has_answer(case)):
        line = next((name for name in _LINES if name in asked_for), None)
        if line is None:
            line = "yes_what" if "yes" in asked_for else "bye"
        return Bid("smalltalk", (Say(line),), (line,), case.state)
    if all(case.opened_by(name) == "smalltalk" for name in asked_for) and not has_answer(case):
        return Bid("smalltalk", (Say("small_talk"),), (min(asked_for),), case.state)
    return None
