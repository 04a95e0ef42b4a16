"""Answer from the documents, or say that they do not hold it."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.languages import is_foreign, name_of
from server.dialogue.prompts import OpenOffer
from server.dialogue.reading import has_answer, outlasts_questions
from server.dialogue.values import Abstain, Bid, Case, GiveAnswer, OfferPerson, Say


def consider(case: Case) -> Bid:
    stays = case.state.open if outlasts_questions(case.state.open) else None
    if has_answer(case):
        return Bid("answer", (GiveAnswer(),), ("documents_answer",), replace(case.state, open=stays))
    offers_person = "handoff" in case.policy.plays and not case.state.person_wanted and stays is None
    prompt = OpenOffer(case.prompt_id, "handoff") if offers_person else stays
    state = replace(case.state, open=prompt)
    if case.barred:
        move = OfferPerson("shut_person") if offers_person else Say("shut")
        return Bid("answer", (move,), (f"shut:{case.barred}",), state)
    heard = case.reading.language if case.reading is not None else "und"
    if is_foreign(heard, case.text):
        said = Say("other_language", {"language": name_of(heard, case.state.language or "en")})
        return Bid("answer", (said, Abstain()), ("not_in_documents", f"language:{heard}"), state)
    return Bid("answer", (Abstain(),), ("not_in_documents",), state)
