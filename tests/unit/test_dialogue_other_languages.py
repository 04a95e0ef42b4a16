"""Rules about wording hold in every language that is understood: they read the English gloss of a message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intents.gloss import gloss
from server.dialogue.decide import decide
from server.dialogue.prompts import OpenForm, OpenOffer, OpenQuestion
from server.dialogue.values import Abstain, Case, GiveAnswer, HandOver, Move, Say, State
from server.moves.meetings import topic_of
from tests.support.dialogue import PROMPT, a_fact, an_answer, no_answer, said

ASKED = State(open=OpenQuestion(PROMPT, "team_size"), asked=("team_size",))


def in_german(text: str, english: str, *wishes: str, **more: Any) -> Case:
    case = said(text, *wishes, **more)
    assert case.reading is not None
    return replace(case, reading=replace(case.reading, language="de", gloss=english))


CASES: dict[str, tuple[Case, list[Move]]] = {
    "no more questions": (
        in_german(
            "keine weiteren fragen bitte", "stop asking me questions please", "stop_asking", state=ASKED
        ),
        [Say("stop")],
    ),
    "a question about what could also be done": (
        in_german(
            "wie lange dauert die testphase", "how long takes trial", "start_trial", answer=an_answer()
        ),
        [GiveAnswer()],
    ),
    "a form put off": (
        in_german(
            "nein danke, später", "no thanks, later", "no", state=State(open=OpenForm(PROMPT, "trial"))
        ),
        [Say("form_skipped")],
    ),
    "one's own data": (
        in_german(
            "löschen sie alle meine daten", "delete you all my data", "data_request", answer=an_answer()
        ),
        [Say("data_request"), HandOver("data_request")],
    ),
    "a question that leans on the last one": (
        in_german(
            "und für business?", "and for Business?", "thanks", state=State(questions=("was kostet team?",))
        ),
        [Abstain()],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_message_in_another_language_is_taken_as_it_would_be_in_english(name: str) -> None:
    case, moves = CASES[name]

    assert list(decide(case).moves) == moves


def test_an_arabic_question_beside_an_answer_gets_its_answer() -> None:
    facts = [a_fact("team_size", 40)]
    case = in_german("نحن 40، هل يعمل بدون إنترنت؟", "we 40, works offline?", state=ASKED, facts=facts)

    answered = decide(replace(case, answer=an_answer()))
    unanswered = decide(replace(case, answer=no_answer()))

    assert answered.moves[:2] == (Say("noted"), GiveAnswer())
    assert unanswered.moves == (Say("noted"), Abstain())
    assert isinstance(unanswered.state.open, OpenOffer)


def test_what_a_meeting_is_about_is_asked_with_the_arabic_mark_too() -> None:
    assert (
        topic_of(("Does it sync?", "we are 40", "هل يعمل بدون إنترنت؟"))
        == "Does it sync? / هل يعمل بدون إنترنت؟"
    )


def test_a_german_also_is_no_english_one() -> None:
    english = gloss("also gut, buchen Sie einen Termin", "de", frozenset())

    assert english is not None
    assert english.text == "so good, book you appointment"
