"""What seats cost: a table of cases in exact decimals."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from server.actions.catalogue import Catalogue, Plan
from server.actions.errors import CartRefused
from server.actions.goods import Period
from server.actions.pricing import bounds, money, price, unit_price
from tests.support.actions_world import CATALOGUE

PRICED = [
    ("starter", 1, "month", "0"),
    ("starter", 3, "year", "0"),
    ("team", 4, "month", "60"),
    ("team", 5, "month", "75"),
    ("team", 5, "year", "720"),
    ("Team", 50, "year", "7200"),
    ("business", 1, "month", "29"),
    ("BUSINESS", 500, "year", "144000"),
]
REFUSED = [
    ("team", 3, "seats_out_of_bounds", "Starter fits"),
    ("team", 51, "seats_out_of_bounds", "Business fits"),
    ("starter", 4, "seats_out_of_bounds", "Team fits"),
    ("business", 501, "seats_out_of_bounds", "Enterprise fits"),
    ("team", 0, "seats_out_of_bounds", "4 to 50 seats"),
    ("team", -5, "seats_out_of_bounds", "4 to 50 seats"),
    ("enterprise", 5, "needs_sales", "sales team"),
    ("platinum", 5, "plan_unknown", "Starter, Team, Business, Enterprise"),
]


@pytest.mark.parametrize(("plan", "seats", "period", "total"), PRICED)
def test_a_cart_costs_exactly(plan: str, seats: int, period: Period, total: str) -> None:
    cart = price(CATALOGUE, [(plan, seats)], period)

    assert cart.total == Decimal(total)
    assert cart.version == "2026-03"


@pytest.mark.parametrize(("plan", "seats", "code", "says"), REFUSED)
def test_a_refusal_says_what_would_fit(plan: str, seats: int, code: str, says: str) -> None:
    with pytest.raises(CartRefused) as refusal:
        price(CATALOGUE, [(plan, seats)], "month")

    assert refusal.value.code == code
    assert says in refusal.value.message


def test_seats_of_one_plan_add_up_to_one_line() -> None:
    cart = price(CATALOGUE, [("team", 3), ("Team", 2), ("business", 1)], "month")

    assert [(line.plan, line.quantity) for line in cart.lines] == [("team", 5), ("business", 1)]
    assert cart.total == Decimal(104)


def test_an_empty_cart_is_refused() -> None:
    with pytest.raises(CartRefused) as refusal:
        price(CATALOGUE, [], "year")

    assert refusal.value.code == "cart_empty"


def test_cents_stay_exact_over_many_seats() -> None:
    catalogue = Catalogue(
        currency="EUR",
        plans=(Plan(key="odd", name="Odd", monthly=Decimal("0.10"), yearly=Decimal("0.07")),),
    )

    assert price(catalogue, [("odd", 3)], "month").total == Decimal("0.30")
    assert price(catalogue, [("odd", 333)], "year").total == Decimal("279.72")


def test_a_plan_sold_by_people_has_no_price() -> None:
    enterprise = CATALOGUE.plan("enterprise")

    assert enterprise is not None
    assert unit_price(enterprise, "month") is None
    assert unit_price(enterprise, "year") is None


@pytest.mark.parametrize(
    ("amount", "words"),
    [("12", "12 EUR"), ("1440.00", "1,440 EUR"), ("14.5", "14.50 EUR"), ("0.07", "0.07 EUR"), ("0", "0 EUR")],
)
def test_money_reads_like_money(amount: str, words: str) -> None:
    assert money(Decimal(amount), "EUR") == words


def test_bounds_read_like_a_sentence() -> None:
    assert [bounds(plan) for plan in CATALOGUE.plans] == [
        "up to 3 seats",
        "4 to 50 seats",
        "up to 500 seats",
        "any number of seats",
    ]


@pytest.mark.parametrize(
    "plan",
    [
        {"key": "a", "name": "A", "monthly": "1", "yearly": "1", "min_seats": 5, "max_seats": 4},
        {"key": "a", "name": "A", "monthly": "1"},
        {"key": "a", "name": "A", "monthly": "-1", "yearly": "1"},
        {"key": "a", "name": "A", "monthly": "1.005", "yearly": "1"},
        {"key": "A b", "name": "A"},
        {"key": "a", "name": "A", "seats": 3},
    ],
)
def test_a_plan_that_makes_no_sense_is_refused(plan: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Catalogue.model_validate({"currency": "EUR", "plans": [plan]})


def test_two_plans_can_not_share_a_key() -> None:
    plan = {"key": "a", "name": "A"}

    with pytest.raises(ValidationError, match="stands twice"):
        Catalogue.model_validate({"currency": "EUR", "plans": [plan, plan]})
