"""What short words mean beside what stands: a meeting, a cart, times that are offered, a person."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from intents.facts.tools import find_tools
from server.dialogue.buying import AskCart, Basket, EmptyCart, FillCart, QuotePrice
from server.dialogue.decide import decide
from server.dialogue.prompts import OpenCart, OpenOffer, OpenQuestion, OpenSlots
from server.dialogue.showing import ShowMeeting
from server.dialogue.values import Ask, OfferPerson, OfferSlots, Say, State
from tests.support.dialogue import POLICY, PROMPT, a_fact, an_answer, known, said

SLOT = "20260303T1300Z~sales"
BOOKED = State(meeting="meeting-1")
CART = State(cart=Basket("Team", 12, id="cart-1"))
TIMES = State(open=OpenSlots(PROMPT, (SLOT,)), questions=("can I see a demo?",))


@pytest.mark.parametrize(
    "words",
    [
        "When is my demo?",
        "what time is our meeting again?",
        "Wann ist mein Termin?",
        "Quand est mon rendez-vous ?",
        "À quelle heure est notre réunion ?",
        "¿Cuándo es mi reunión?",
        "متى موعدي؟",
    ],
)
def test_who_booked_a_meeting_is_told_when_it_is(words: str) -> None:
    asked = said(words, "book_meeting", answer=an_answer(), state=BOOKED)

    assert decide(asked).moves == (ShowMeeting("meeting-1"),)
    assert decide(replace(asked, state=State())).moves == (Say("no_meeting"),)


@pytest.mark.parametrize(
    "words", ["When is the next demo day?", "When is my trial over?", "when is support open?"]
)
def test_another_when_is_no_question_about_the_meeting(words: str) -> None:
    decision = decide(said(words, answer=an_answer(), state=BOOKED))

    assert decision.play == "answer"


@pytest.mark.parametrize(
    "words",
    [
        "Empty the cart",
        "please clear my cart",
        "delete our shopping cart",
        "Bitte den Warenkorb leeren",
        "Leeren Sie bitte den Warenkorb",
        "Videz le panier s'il vous plaît",
        "vacía el carrito",
        "أفرغ السلة",
        "drop it",
    ],
)
def test_a_cart_that_stands_is_emptied(words: str) -> None:
    decision = decide(said(words, answer=an_answer(), state=CART))

    assert decision.moves == (EmptyCart("cart-1"),)
    assert decision.state.cart is None


def test_drop_it_beside_an_offer_is_not_about_the_cart() -> None:
    state = replace(CART, open=OpenOffer(PROMPT, "handoff"))

    assert EmptyCart("cart-1") not in decide(said("drop it", "no", state=state)).moves


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("And in New York time?", "America/New_York"),
        ("what is that in PST?", "America/Los_Angeles"),
        ("can you show them in Tokyo time please", "Asia/Tokyo"),
    ],
)
def test_times_that_are_offered_are_shown_on_another_clock(words: str, zone: str) -> None:
    decision = decide(said(words, state=TIMES))

    assert decision.moves == (OfferSlots(shown=zone),)
    assert isinstance(decision.state.open, OpenSlots)
    assert decision.state.open.values == (SLOT,)


def test_an_office_in_a_city_is_no_question_about_the_clock() -> None:
    decision = decide(said("do you have an office in New York?", answer=an_answer(), state=TIMES))

    assert decision.play == "answer"


def test_part_of_a_day_picks_no_time_that_begins_with_it() -> None:
    noon = {"start": "2026-03-03T12:00:00+00:00", "end": "2026-03-03T18:00:00+00:00", "grain": "part_of_day"}
    state = replace(TIMES, open=OpenSlots(PROMPT, ("20260303T1200Z~sales",)))

    decision = decide(said("tomorrow afternoon then", state=state, facts=[a_fact("when", noon)]))

    assert [type(move) for move in decision.moves] == [OfferSlots]


@pytest.mark.parametrize("asked_for", ["book_meeting", "security"])
def test_a_kind_of_meeting_is_booked_by_its_title(asked_for: str) -> None:
    policy = POLICY.model_copy(update={"meetings": {"Demo": (), "Security review": ("security",)}})
    case = replace(said("Can I book a security review?", asked_for, answer=an_answer()), policy=policy)

    assert [move for move in decide(case).moves if isinstance(move, OfferSlots)]


def test_a_question_about_security_books_nothing() -> None:
    policy = POLICY.model_copy(update={"meetings": {"Demo": (), "Security review": ("security",)}})
    case = replace(said("How do you look after security?", "security", answer=an_answer()), policy=policy)

    assert decide(case).play == "answer"


def test_a_price_from_the_list_is_something_given() -> None:
    decision = decide(said("what does Team cost for 12 seats?", "pricing"))

    assert [type(move) for move in decision.moves] == [QuotePrice, Ask]


@pytest.mark.parametrize(
    ("words", "fact"), [("make it 14", ("seats", 14)), ("monthly please", ("billing_period", "month"))]
)
def test_what_is_told_beside_the_plan_that_is_asked_for_is_noted(
    words: str, fact: tuple[str, object]
) -> None:
    asked = State(open=OpenCart(PROMPT, "plan"), facts=(known("seats", 12),))

    decision = decide(said(words, answer=an_answer(), state=asked))

    assert decision.moves == (Say("noted"), AskCart("plan"))
    kept = decision.state.known(fact[0])
    assert kept is not None
    assert kept.value == fact[1]


def test_the_plan_that_is_asked_for_fills_the_cart_at_once() -> None:
    asked = State(open=OpenCart(PROMPT, "plan"), facts=(known("seats", 12),))

    assert [type(move) for move in decide(said("Team", state=asked)).moves] == [FillCart]


@pytest.mark.parametrize("words", ["that is not what I asked", "this is useless, it does not help"])
def test_anger_about_the_offer_of_a_person_offers_the_person_again(words: str) -> None:
    offered = State(open=OpenOffer(PROMPT, "handoff"), person_offered=True)

    decision = decide(said(words, state=offered, frustration=0.6))

    assert decision.moves == (OfferPerson("frustrated_again"),)
    assert isinstance(decision.state.open, OpenOffer)


@pytest.mark.parametrize(
    ("words", "tools"),
    [
        ("We are 40 people with spreadsheets", ["spreadsheets"]),
        ("about 40 technicians on Excel", ["Excel"]),
        ("can 40 people with Excel import their jobs?", []),
    ],
)
def test_what_a_team_has_is_what_it_works_with(words: str, tools: list[str]) -> None:
    assert [found.value for found in find_tools(words)] == tools


def test_a_number_that_is_set_right_answers_no_question_for_free_words() -> None:
    state = State(
        facts=(known("team_size", 12),),
        asked=("current_tool",),
        open=OpenQuestion(PROMPT, "current_tool"),
    )
    told = [a_fact("team_size", 21), a_fact("current_tool", "21 people", how="asked:free_text")]

    decision = decide(said("Sorry, I meant 21 people.", state=state, facts=told))

    assert [(fact.name, fact.value) for fact in decision.learned] == [("team_size", 21)]
    assert decision.play == "qualify"


def test_a_message_of_blanks_and_dots_is_read_at_once() -> None:
    before = time.process_time()

    for blanks in (" " * 3_950, ". " * 1_950, "\n " * 1_950):
        decide(said(blanks + "book a demo please", "book_meeting", answer=an_answer()))

    assert time.process_time() - before < 0.5
