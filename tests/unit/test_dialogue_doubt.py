"""When it is asked what a message means, what becomes of the choice, and which plays an intent opens."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from intents.values import IntentGuess
from server.dialogue.decide import decide
from server.dialogue.doubt import OTHER, in_doubt
from server.dialogue.policy import Meaning
from server.dialogue.prompts import OpenCart, OpenForm, OpenQuestion, OpenReading, OpenSlots
from server.dialogue.values import Abstain, Case, Chose, Clarify, GiveAnswer, OfferSlots, Said, Say, State
from tests.support.dialogue import (
    MEANINGS,
    MESSAGE,
    POLICY,
    PROMPT,
    a_fact,
    a_reading,
    an_answer,
    chose,
    known,
    no_answer,
    said,
)

TUESDAY = {"start": "2026-03-03T12:00:00+01:00", "end": "2026-03-03T18:00:00+01:00", "grain": "part_of_day"}
OPEN = OpenReading(PROMPT, ("book_meeting", "pricing"), "numbers on thursday?", "earlier")
ASKED = State(open=OPEN, clarified=1, questions=("numbers on thursday?",))


def unsure(text: str = "numbers on thursday?", first: float = 0.45, second: float = 0.4, **more: Any) -> Case:
    """A message that may ask for a meeting or for a price."""
    names = more.pop("names", ("book_meeting", "pricing"))
    case = said(text, names[0], **more)
    guesses = tuple(IntentGuess(name, chance) for name, chance in zip(names, (first, second), strict=True))
    assert case.reading is not None
    return replace(case, reading=replace(case.reading, intents=guesses))


def chosen(value: str, state: State = ASKED) -> Case:
    """The visitor picked one of the two; the server has read the earlier message again."""
    asked = state.open
    reading = None
    if isinstance(asked, OpenReading) and value in asked.options:
        guesses = (IntentGuess("pricing", 0.45), IntentGuess("book_meeting", 0.2))
        reading = replace(a_reading(asked.text, (value,)), intents=guesses)
    return replace(chose(value, state=state), reading=reading, answer=no_answer())


def test_two_readings_that_open_different_plays_are_put_to_the_visitor() -> None:
    decision = decide(unsure())

    assert decision.moves == (Clarify("book_meeting", "pricing"),)
    assert decision.state.open == OpenReading(
        "prompt-2", ("book_meeting", "pricing"), "numbers on thursday?", MESSAGE
    )
    assert decision.state.clarified == 1
    assert decision.state.asked == ()
    (check,) = [check for check in decision.checks if check.name == "clear"]
    assert (check.passed, check.why) == (False, "book_meeting 0.45, pricing 0.40")


CLEAR = {
    "a reading that is likely enough": unsure(first=0.7, second=0.2),
    "a second reading that is hardly one": unsure(second=0.01),
    "an answer in the documents": unsure(answer=an_answer()),
    "two readings that are both answered": unsure(names=("pricing", "plan_limits")),
    "a question that would be answered and start no trial": unsure(
        "is there a version for our own servers?", names=("start_trial", "feature_question")
    ),
    "a reading that has no words for the visitor": unsure(names=("greeting", "pricing")),
    "times that stand open": unsure(state=State(open=OpenSlots(PROMPT, ("a",)))),
    "a form that stands open": unsure(state=State(open=OpenForm(PROMPT, "trial"))),
    "a cart that lacks something": unsure(state=State(open=OpenCart(PROMPT, "plan"))),
    "a follow-up": unsure("and for business?", state=State(questions=("what does team cost?",))),
    "an answer to our question": unsure(
        "40 of us",
        facts=[a_fact("team_size", 40)],
        state=State(asked=("team_size",), open=OpenQuestion(PROMPT, "team_size")),
    ),
    "a larger model has chosen": replace(unsure(), settled=True),
}


@pytest.mark.parametrize("case", CLEAR.values(), ids=CLEAR)
def test_here_there_is_nothing_to_ask(case: Case) -> None:
    assert in_doubt(case) is None
    assert not any(isinstance(move, Clarify) for move in decide(case).moves)


HINDERED = {
    "after stop asking": (unsure(state=State(stop_asking=True)), "stop"),
    "to a frustrated visitor": (unsure(frustration=0.6), "frustration"),
    "to one whose frustration has added up": (unsure(frustration=0.2, state=State(mood=0.6)), "frustration"),
    "a third time": (unsure(state=State(clarified=2)), "asked 2 times"),
    "twice in a row": (
        unsure(state=State(open=replace(OPEN, options=("start_trial", "talk_to_person")), clarified=1)),
        "the turn before",
    ),
    "right after something else": (unsure(state=State(open=replace(OPEN, options=()))), "the turn before"),
}


@pytest.mark.parametrize(("case", "why"), HINDERED.values(), ids=HINDERED)
def test_it_is_not_asked(case: Case, why: str) -> None:
    decision = decide(case)

    assert not any(isinstance(move, Clarify) for move in decision.moves)
    assert any(check.name == "may_clarify" and why in check.why for check in decision.checks)


def test_not_asked_the_likeliest_reading_is_taken() -> None:
    (move,) = decide(unsure(state=State(stop_asking=True))).moves

    assert isinstance(move, OfferSlots)


def test_the_choice_is_the_earlier_message_with_its_date() -> None:
    state = replace(ASKED, facts=(known("when", TUESDAY, "earlier"),))

    decision = decide(chosen("book_meeting", state))

    assert decision.play == "book"
    (offer,) = decision.moves
    assert isinstance(offer, OfferSlots)
    assert offer.start is not None
    assert offer.start.isoformat() == TUESDAY["start"]
    assert decision.learned == ()
    assert decision.state.questions == ASKED.questions


def test_the_other_choice_is_answered_from_the_documents() -> None:
    case = replace(chosen("pricing"), answer=an_answer())

    decision = decide(case)

    assert decision.play == "answer"
    assert decision.moves[0] == GiveAnswer()


def test_what_was_asked_for_earns_its_points_once_it_is_chosen_and_for_the_earlier_message() -> None:
    asked = decide(unsure(names=("book_meeting", "pricing")))
    told = decide(chosen("pricing"))

    assert asked.score.total == 0
    assert {point.message_id for point in told.score.points} == {"earlier"}
    assert told.score.total == 10


def test_naming_a_reading_in_words_keeps_the_earlier_date() -> None:
    state = replace(ASKED, facts=(known("when", TUESDAY, "earlier"),))

    (offer,) = decide(said("a meeting", "book_meeting", state=state)).moves

    assert isinstance(offer, OfferSlots)
    assert offer.start is not None


def test_something_else_invites_other_words_and_is_not_asked_about_again() -> None:
    other = decide(chose(OTHER, state=ASKED))

    again = decide(unsure("hm, numbers then?", state=other.state))

    assert other.moves == (Say("reword"),)
    assert not any(isinstance(move, Clarify) for move in again.moves)


def test_a_reading_that_was_never_offered_is_refused() -> None:
    decision = decide(chose("talk_to_person", state=ASKED))

    assert decision.moves == (Say("stale"),)
    assert decision.state.open == OPEN


def test_moving_and_booking_are_the_same_when_nothing_is_booked_and_a_time_is_named() -> None:
    names = ("move_meeting", "book_meeting")

    with_time = unsure(names=names, facts=[a_fact("when", TUESDAY)])
    with_meeting = unsure(names=names, facts=[a_fact("when", TUESDAY)], state=State(meeting="m1"))

    assert in_doubt(with_time) is None
    assert in_doubt(with_meeting) is not None


# -- which play an intent opens -----------------------------------------------------------------------------------


def own(name: str, *plays: str) -> dict[str, Meaning]:
    return {**MEANINGS, name: Meaning(plays)}


def test_an_operators_own_intent_opens_the_play_that_it_lists() -> None:
    case = said("somebody should come and look at our depot", "site_visit")

    books = decide(replace(case, meanings=own("site_visit", "book")))
    answers = decide(replace(case, meanings=own("site_visit", "answer", "book")))

    assert [type(move) for move in books.moves] == [OfferSlots]
    assert answers.moves == (Abstain(),)


def test_of_the_plays_listed_the_first_that_is_switched_on_is_opened() -> None:
    policy = POLICY.model_copy(update={"plays": frozenset({"book", "qualify"})})

    decision = decide(said("can i talk to somebody", "talk_to_person", policy=policy))

    assert decision.play == "book"


@pytest.mark.parametrize(
    ("plays", "play"),
    [(("trial",), "trial"), (("cart",), "cart"), (("handoff",), "handoff"), (("privacy",), "privacy"),
     (("smalltalk",), "smalltalk"), (("qualify",), "answer")],
)  # fmt: skip
def test_each_play_can_be_opened_by_an_intent_of_the_operators(plays: tuple[str, ...], play: str) -> None:
    case = replace(said("please do the thing", "own_thing"), meanings=own("own_thing", *plays))

    assert decide(case).play == play


def test_an_intent_that_the_catalogue_does_not_hold_is_answered() -> None:
    assert decide(said("please do the thing", "unheard_of", answer=an_answer())).play == "answer"


def test_a_choice_is_an_event_like_any_other_to_the_log() -> None:
    case = chosen("pricing")

    assert isinstance(case.event, Chose)
    assert not isinstance(case.event, Said)


def test_a_click_on_what_was_meant_says_nothing_of_the_mood() -> None:
    upset = replace(ASKED, mood=0.6, troubles=1)

    after = decide(chosen("pricing", upset)).state

    assert (after.mood, after.troubles) == (0.6, 1)
