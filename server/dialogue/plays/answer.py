"""Answer from the documents, or say that they do not hold it."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.prompts import OpenOffer
from server.dialogue.reading import has_answer
from server.dialogue.values import Abstain, Bid, Case, GiveAnswer, Say


def consider(case: Case) -> Bid:
    if has_answer(case):
        return Bid("answer", (GiveAnswer(),), ("documents_answer",), replace(case.state, open=None))
    offers_person = "handoff" in case.policy.plays and not case.state.person_wanted
    prompt = OpenOffer(case.prompt_id, "handoff") if offers_person else None
    state = replace(case.state, open=prompt)
    if case.reading is not None and case.reading.language not in {case.policy.language, "und"}:
        moves = (Say("other_language"), Abstain())
        return Bid("answer", moves, ("not_in_documents", f"language:{case.reading.language}"), state)
    return Bid("answer", (Abstain(),), ("not_in_documents",), state)
