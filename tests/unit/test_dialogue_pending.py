"""What a visitor says without naming anything: a complaint, a bare "help", a yes to an open form, a time alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from intents.values import IntentGuess
from server.dialogue.buying import FillCart
from server.dialogue.decide import decide
from server.dialogue.doubt import in_doubt
from server.dialogue.prompts import OpenCart, OpenForm, OpenSlots
from server.dialogue.values import AskForm, Case, GiveAnswer, OfferPerson, OfferSlots, Say, State
from tests.support.dialogue import PROMPT, a_fact, an_answer, known, said

FRIDAY = {"start": "2026-03-06T00:00:00+00:00", "end": "2026-03-07T00:00:00+00:00", "grain": "day"}
TEN = {
    "start": "2026-03-02T10:00:00-05:00",
    "end": "2026-03-02T11:00:00-05:00",
    "grain": "minute",
    "zone": "America/New_York",
}


@pytest.mark.parametrize(
    "words", ["that's not what I asked", "You already told me that", "same answer again"]
)
def test_who_was_misunderstood_is_asked_for_other_words_and_never_answered_again(words: str) -> None:
    decision = decide(said(words, "stop_asking", answer=an_answer()))

    assert decision.moves == (Say("missed"),)


def test_the_second_such_complaint_is_offered_a_person() -> None:
    first = decide(said("that's not what I asked", answer=an_answer()))
    second = decide(said("you already told me that", state=first.state, answer=an_answer()))

    assert second.moves == (OfferPerson("frustrated"),)


@pytest.mark.parametrize(
    "words",
    [
        "this is not helping at all",
        "das hilft mir nicht weiter",
        "esto no me sirve de nada",
        "rien ne marche",
    ],
)
def test_a_complaint_alone_is_not_looked_up(words: str) -> None:
    decision = decide(said(words, "no"))

    assert decision.moves == (OfferPerson("frustrated"),)


def test_a_question_that_complains_is_answered() -> None:
    decision = decide(said("it does not help me, how much is Team?", "pricing", answer=an_answer()))

    assert GiveAnswer() in decision.moves


@pytest.mark.parametrize(("words", "read"), [("help", "thanks"), ("show me", "book_meeting")])
def test_who_names_nothing_is_asked_what_they_want_to_know(words: str, read: str) -> None:
    assert decide(said(words, read)).moves == (Say("yes_what"),)


def test_a_quote_that_no_document_holds_is_offered_from_a_person() -> None:
    assert decide(said("can I get a quote", "press")).moves == (OfferPerson("offer_person"),)


@pytest.mark.parametrize("purpose", ["booking", "trial", "handoff"])
def test_a_yes_to_an_open_form_shows_the_form_again(purpose: str) -> None:
    state = State(open=OpenForm(PROMPT, purpose, "slot"))  # type: ignore[arg-type]

    decision = decide(said("yes", "yes", state=state))

    assert decision.moves == (AskForm(purpose),)  # type: ignore[arg-type]
    assert decision.state.open == OpenForm("prompt-2", purpose, "slot")  # type: ignore[arg-type]


def test_another_plan_mends_a_cart_whose_seats_do_not_fit() -> None:
    facts = (known("plan", "Team"), known("seats", 60))
    state = State(facts=facts, open=OpenCart(PROMPT, "seats"))

    decision = decide(said("ok business then", "yes", state=state, facts=[a_fact("plan", "Business")]))

    assert decision.moves == (FillCart("Business", 60, "year"),)


def test_another_day_for_a_meeting_that_stands_moves_it_without_a_question() -> None:
    case = _near(
        said("move it to friday", "move_meeting", state=State(meeting="m1"), facts=[a_fact("when", FRIDAY)])
    )

    decision = decide(case)

    assert decision.reasons[0] == "move_wished"
    assert isinstance(decision.moves[0], OfferSlots)
    assert decision.moves[0].moving == "m1"


def test_moving_is_no_reading_where_nothing_is_booked() -> None:
    case = _near(said("can I change it", "buy_or_add_seats"), first="buy_or_add_seats", second="move_meeting")

    assert in_doubt(case) is None


def test_a_time_without_a_day_keeps_the_day_of_the_offered_times() -> None:
    offered = OpenSlots(PROMPT, ("20260306T1300Z~a", "20260306T1330Z~a"))
    fact = a_fact("when", TEN, "10am New York time")

    move = decide(said("10am New York time", state=State(open=offered), facts=[fact])).moves[0]

    assert isinstance(move, OfferSlots)
    assert move.start is not None
    assert move.start.isoformat() == "2026-03-06T10:00:00-05:00"


@pytest.mark.parametrize("words", ["10am Monday London time", "monday 10am", "10am tomorrow"])
def test_a_time_with_its_own_day_keeps_that_day(words: str) -> None:
    offered = OpenSlots(PROMPT, ("20260306T1300Z~a",))

    move = decide(said(words, state=State(open=offered), facts=[a_fact("when", TEN, words)])).moves[0]

    assert isinstance(move, OfferSlots)
    assert move.start is not None
    assert move.start.day == 2


def _near(case: Case, first: str = "move_meeting", second: str = "buy_or_add_seats") -> Case:
    assert case.reading is not None
    near = (IntentGuess(first, 0.53), IntentGuess(second, 0.2))
    return replace(case, reading=replace(case.reading, intents=near))
