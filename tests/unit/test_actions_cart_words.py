"""What a few words change in a cart that stands, what they do not, and which prices they ask for."""

from __future__ import annotations

from typing import Any

import pytest

from server.dialogue.buying import Basket, FillCart, QuotePrice
from server.dialogue.carts import Shop, changed
from server.dialogue.decide import decide
from server.dialogue.values import State
from tests.support.dialogue import POLICY, a_fact, an_answer, said

SHOP = Shop(("Starter", "Team", "Business"), ("Extra storage",), ("SPRING10",))
HELD = Basket("Team", 12, "month", id="cart-1")
WITH = Basket("Team", 12, "month", ("Extra storage",), "SPRING10", "cart-1")


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("make it 20", {"seats": 20}),
        ("make that twenty please", {"seats": 20}),
        ("20", {"seats": 20}),
        ("20 seats instead", {"seats": 20}),
        ("actually 15", {"seats": 15}),
        ("no, 8", {"seats": 8}),
        ("5 more seats", {"seats": 17}),
        ("add 3 more", {"seats": 15}),
        ("2 fewer", {"seats": 10}),
        ("remove 2", {"seats": 10}),
        ("take 4 off", {"seats": 8}),
        ("Business instead", {"plan": "Business"}),
        ("switch to business", {"plan": "Business"}),
        (
            "can we have the Business plan, for 30 people, yearly",
            {"plan": "Business", "seats": 30, "period": "year"},
        ),
        ("yearly please", {"period": "year"}),
        ("billed annually then", {"period": "year"}),
        ("jährlich bitte", {"period": "year"}),
        ("lieber 20", {"seats": 20}),
        ("plutôt 15", {"seats": 15}),
        ("add the extra storage", {"addons": ("Extra storage",)}),
        ("with storage please", {"addons": ("Extra storage",)}),
        ("use code SPRING10", {"code": "SPRING10"}),
        ("I have a voucher: WELCOME5", {"code": "WELCOME5"}),
    ],
)
def test_these_words_change_the_cart(words: str, change: dict[str, Any]) -> None:
    wanted = changed(HELD, words, SHOP)

    assert wanted == Basket(**{**_parts(HELD), **change})


@pytest.mark.parametrize(
    ("words", "change"),
    [
        ("drop the add-on", {"addons": ()}),
        ("without the storage please", {"addons": ()}),
        ("remove the discount", {"code": ""}),
        ("make it 20", {"seats": 20}),
    ],
)
def test_what_stands_beside_the_seats_can_be_taken_out_and_stays_otherwise(
    words: str, change: dict[str, Any]
) -> None:
    assert changed(WITH, words, SHOP) == Basket(**{**_parts(WITH), **change})


@pytest.mark.parametrize(
    "words",
    [
        "thanks, that is great",
        "monthly is fine",
        "our team is happy",
        "make it 3pm",
        "we will pay 20 eur",
        "the whole team has looked at it and likes what it sees so far, we come back next week",
    ],
)
def test_these_words_change_nothing(words: str) -> None:
    assert changed(HELD, words, SHOP) is None


def test_a_change_keeps_the_cart_and_what_is_known_follows_it() -> None:
    decision = decide(said("make it 20", state=State(cart=HELD)))

    assert decision.moves == (FillCart("Team", 20, "month", (), "", "cart-1"),)
    known = decision.state.known("seats")
    assert known is not None
    assert known.value == 20


def test_a_question_about_the_product_leaves_the_cart_alone() -> None:
    case = said("does Team work offline?", "feature_question", state=State(cart=HELD), answer=an_answer())

    assert not any(isinstance(move, FillCart) for move in decide(case).moves)


@pytest.mark.parametrize(
    ("words", "plans", "seats", "period"),
    [
        ("What does Team cost for 12?", ("Team",), 12, None),
        ("how much is Business per month for 30 people?", ("Business",), 30, "month"),
        ("what is the difference in price between Team and Business?", ("Team", "Business"), None, None),
        ("price for 10 people?", (), 10, None),
    ],
)
def test_a_price_is_quoted_from_the_list_before_what_the_documents_say(
    words: str, plans: tuple[str, ...], seats: int | None, period: Any
) -> None:
    decision = decide(said(words, "pricing", answer=an_answer()))

    assert decision.play == "answer"
    assert decision.moves[0] == QuotePrice(plans, seats, period)
    assert len(decision.moves) >= 2


def test_without_a_catalogue_no_price_is_quoted() -> None:
    policy = POLICY.model_copy(update={"plays": frozenset({"qualify"}), "plans": ()})
    decision = decide(said("What does Team cost for 12?", "pricing", answer=an_answer(), policy=policy))

    assert not any(isinstance(move, QuotePrice) for move in decision.moves)


def test_plan_and_seats_in_one_breath_are_a_cart_whatever_they_are_read_as() -> None:
    facts = [a_fact("plan", "Team", "Team"), a_fact("seats", 12, "12 seats")]

    decision = decide(said("12 seats of Team", facts=facts))

    assert decision.moves == (FillCart("Team", 12, "year"),)


def _parts(basket: Basket) -> dict[str, Any]:
    return {name: getattr(basket, name) for name in ("plan", "seats", "period", "addons", "code", "id")}
