"""Days that do not exist, are over, or are another weekday; times in another zone; and frustration that adds up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from intents.values import Fact
from server.dialogue.buying import AskCart, FillCart
from server.dialogue.decide import decide
from server.dialogue.prompts import OpenCart, OpenDay, OpenSlots
from server.dialogue.values import AskDay, Case, GiveAnswer, OfferPerson, OfferSlots, Say, State
from tests.support.dialogue import PROMPT, a_fact, an_answer, chose, known, said

# In March 2026 the 14th is a Saturday.
CLASH: dict[str, Any] = {
    "start": "2026-03-14T15:00:00+01:00",
    "end": "2026-03-14T16:00:00+01:00",
    "grain": "minute",
    "weekday": 4,
}
DAYS = OpenDay(PROMPT, ("2026-03-13", "2026-03-14"), CLASH["start"], CLASH["end"], "Europe/Berlin")


def a_doubtful(name: str, value: Any, text: str = "words") -> Fact:
    return replace(a_fact(name, value, text), confidence=0.5)


def wish(*facts: Fact, state: State | None = None, words: str = "a demo then please") -> Case:
    return replace(said(words, "book_meeting", facts=facts, state=state), time_zone="Europe/Berlin")


def test_a_day_that_no_calendar_has_is_named_and_no_time_is_offered() -> None:
    decision = decide(wish(a_fact("impossible_date", "31 February", "31 February")))

    assert decision.moves == (AskDay("31 February"),)
    assert isinstance(decision.state.open, OpenDay)


def test_beside_a_day_that_exists_the_other_one_is_let_go() -> None:
    when = {"start": "2026-03-03T00:00:00+01:00", "end": "2026-03-04T00:00:00+01:00", "grain": "day"}

    (offer,) = decide(wish(a_fact("impossible_date", "31 February"), a_fact("when", when))).moves

    assert isinstance(offer, OfferSlots)
    assert offer.start is not None


def test_of_a_weekday_and_a_date_that_disagree_both_days_are_offered() -> None:
    decision = decide(wish(a_doubtful("when", CLASH, "friday the 14th at 3pm")))

    assert decision.moves == (AskDay(days=(date(2026, 3, 13), date(2026, 3, 14))),)
    assert decision.state.open == replace(DAYS, id="prompt-2")


@pytest.mark.parametrize(
    ("case", "day"),
    [
        (chose("2026-03-13", state=State(open=DAYS)), 13),
        (chose("2026-03-14", state=State(open=DAYS)), 14),
        (
            said(
                "friday",
                state=State(open=DAYS),
                facts=[a_fact("when", {"start": "2026-03-06T00:00:00+01:00", "grain": "day"}, "friday")],
            ),
            13,
        ),
    ],
    ids=["the weekday", "the date", "the weekday in words, not the next one"],
)
def test_the_day_that_is_picked_keeps_the_time_that_was_wished_for(case: Case, day: int) -> None:
    (offer,) = decide(replace(case, time_zone="Europe/Berlin")).moves

    assert isinstance(offer, OfferSlots)
    assert offer.start is not None
    assert (offer.start.day, offer.start.hour, offer.start.utcoffset()) == (
        day,
        15,
        datetime.fromisoformat(CLASH["start"]).utcoffset(),
    )


def test_a_day_that_was_not_offered_is_no_pick() -> None:
    decision = decide(chose("2031-01-01", state=State(open=DAYS)))

    assert not any(isinstance(move, OfferSlots) for move in decision.moves)


def test_another_day_in_words_stands_for_itself() -> None:
    when = {"start": "2026-03-10T00:00:00+01:00", "end": "2026-03-11T00:00:00+01:00", "grain": "day"}

    (offer,) = decide(
        said("the 10th", state=State(open=DAYS), facts=[a_fact("when", when, "the 10th")])
    ).moves

    assert isinstance(offer, OfferSlots)
    assert offer.start is not None
    assert offer.start.day == 10


def test_of_two_days_one_of_which_is_over_nothing_is_asked() -> None:
    # Wednesday 4 March is ahead, "Sunday" 1 March is not.
    value = {**CLASH, "start": "2026-03-04T15:00:00+01:00", "end": "2026-03-04T16:00:00+01:00", "weekday": 6}

    (offer,) = decide(wish(a_doubtful("when", value))).moves

    assert isinstance(offer, OfferSlots)


@pytest.mark.parametrize(
    "fact",
    [
        a_fact("past_date", "yesterday at 3"),
        a_fact("when", {"start": "2026-03-02T07:00:00+01:00", "end": "2026-03-02T08:00:00+01:00"}),
    ],
    ids=["yesterday", "this morning"],
)
def test_of_a_time_that_is_over_it_is_said_and_the_next_ones_are_offered(fact: Fact) -> None:
    (offer,) = decide(wish(fact)).moves

    assert offer == OfferSlots(lead="slots_past")


def test_a_day_that_does_not_exist_is_asked_about_while_times_stand_open_too() -> None:
    state = State(open=OpenSlots(PROMPT, ("a",), "m1"))

    decision = decide(
        said(
            "rather 31 February", state=state, facts=[a_fact("impossible_date", "31 February", "31 February")]
        )
    )

    assert decision.moves == (AskDay("31 February"),)
    assert decision.state.open == OpenDay("prompt-2", moving="m1")


def test_a_time_in_another_zone_is_passed_on_with_it() -> None:
    value = {
        "start": "2026-03-03T10:00:00-05:00",
        "end": "2026-03-03T11:00:00-05:00",
        "grain": "minute",
        "zone": "America/New_York",
    }

    (offer,) = decide(wish(a_fact("when", value))).moves

    assert isinstance(offer, OfferSlots)
    assert offer.zone == "America/New_York"


# -- facts that are not sure -------------------------------------------------------------------------------------------


def test_seats_that_are_not_sure_are_named_before_they_are_priced() -> None:
    facts = [a_fact("plan", "Team"), a_doubtful("seats", 12)]

    asked = decide(said("add them", "buy_or_add_seats", facts=facts))
    told = decide(chose("12", state=State(facts=(known("plan", "Team"),), open=OpenCart(PROMPT, "seats"))))

    assert asked.moves == (AskCart("seats"),)
    assert [type(move) for move in told.moves] == [FillCart]


def test_what_is_not_sure_is_said_as_it_was_understood_and_leads_nowhere() -> None:
    decision = decide(said("forty-ish i guess", facts=[a_doubtful("team_size", 40)]))

    assert decision.moves == (Say("noted_unsure", {"value": "40"}),)


# -- frustration -------------------------------------------------------------------------------------------------------


def moods(*felt: float, answer: bool = True) -> list[Any]:
    """What is done in turns of so much frustration each."""
    state = State()
    done: list[Any] = []
    for frustration in felt:
        decision = decide(
            said(
                "it went wrong", frustration=frustration, state=state, answer=an_answer() if answer else None
            )
        )
        state, done = decision.state, [*done, decision.moves]
    return done


def test_one_message_of_some_frustration_offers_no_person_but_the_second_does_and_says_so() -> None:
    first, second = moods(0.5, 0.5)

    assert first == (GiveAnswer(),)
    assert second == (OfferPerson("frustrated_again"),)


def test_one_angry_message_is_enough_and_is_not_called_the_second() -> None:
    assert moods(0.9) == [(OfferPerson("frustrated"),)]


def test_what_goes_wrong_slowly_is_more_than_once() -> None:
    assert OfferPerson("frustrated_often") in moods(0.4, 0.4, 0.4, 0.4)[3]


def test_calm_messages_between_let_it_fall() -> None:
    assert all(move == (GiveAnswer(),) for move in moods(0.5, 0, 0, 0.5, 0, 0, 0.5))


def test_a_person_is_offered_once_and_not_at_every_turn() -> None:
    done = moods(0.9, 0.9, 0.9, 0.6)

    assert [any(isinstance(move, OfferPerson) for move in moves) for moves in done] == [
        True,
        False,
        False,
        False,
    ]


def test_after_calm_a_new_rise_is_met_anew() -> None:
    done = moods(0.9, 0, 0, 0, 0.9)

    assert done[4] == (OfferPerson("frustrated"),)


def test_grumbling_alone_never_offers_a_person() -> None:
    assert all(move == (GiveAnswer(),) for move in moods(*([0.15] * 12)))


def test_a_day_that_no_calendar_has_is_named_in_the_visitors_own_words() -> None:
    decision = decide(wish(a_fact("impossible_date", "31 february", "31 février")))

    assert decision.moves == (AskDay("31 février"),)
