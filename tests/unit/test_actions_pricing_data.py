"""A catalogue is data that is checked; what it says of add-ons, discounts and tiers is what a cart holds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from server.actions.catalogue import Catalogue
from server.actions.disposable import meant
from server.actions.errors import CartRefused
from server.actions.pricing import price
from server.playbook.checkout import CheckoutRules

TEAM: dict[str, Any] = {
    "key": "team",
    "name": "Team",
    "monthly": "15.00",
    "yearly": "12.00",
    "min_seats": 4,
    "max_seats": 50,
}
DATA: dict[str, Any] = {
    "currency": "EUR",
    "tax": "excluded",
    "plans": [
        {**TEAM, "tiers": [{"seats": 20, "monthly": "14.00", "yearly": "11.00"}]},
        {"key": "business", "name": "Business", "monthly": "29.00", "yearly": "24.00"},
    ],
    "addons": [
        {
            "key": "sms",
            "name": "Text messages",
            "monthly": "1.50",
            "yearly": "1.00",
            "per": "seat",
            "plans": ["business"],
        },
        {"key": "storage", "name": "Storage", "monthly": "5.00", "yearly": "5.00"},
    ],
    "discounts": [{"code": "SPRING10", "percent": 10, "plans": ["team"], "until": "2026-05-31"}],
}
SHOP = Catalogue.model_validate(DATA)


def test_all_seats_cost_what_the_tier_says_that_they_reach() -> None:
    assert price(SHOP, [("team", 19)], "month").total == Decimal(19 * 15)
    assert price(SHOP, [("team", 20)], "month").total == Decimal(20 * 14)


def test_add_ons_are_paid_by_seat_or_once_and_a_discount_is_for_its_plans() -> None:
    cart = price(SHOP, [("business", 10)], "month", addons=["text messages", "Storage"])
    off = price(SHOP, [("team", 10)], "year", addons=["storage"], code="spring10", today=date(2026, 5, 31))

    assert [(line.name, line.quantity, line.total) for line in cart.lines] == [
        ("Business", 10, Decimal(290)),
        ("Text messages", 10, Decimal(15)),
        ("Storage", 1, Decimal(5)),
    ]
    assert (off.discount, off.total, off.code) == (Decimal(144), Decimal(1_356), "SPRING10")


@pytest.mark.parametrize(
    ("addons", "code", "today", "refusal"),
    [
        (["Gold"], "", date(2026, 1, 1), "addon_unknown"),
        (["Text messages"], "", date(2026, 1, 1), "addon_elsewhere"),
        ([], "WINTER", date(2026, 1, 1), "code_unknown"),
        ([], "SPRING10", date(2026, 6, 1), "code_over"),
    ],
)
def test_what_the_catalogue_does_not_hold_is_refused(
    addons: list[str], code: str, today: date, refusal: str
) -> None:
    with pytest.raises(CartRefused) as refused:
        price(SHOP, [("team", 10)], "year", addons=addons, code=code, today=today)

    assert refused.value.code == refusal


def test_seats_that_do_not_fit_are_refused_with_the_number_that_does() -> None:
    with pytest.raises(CartRefused) as refused:
        price(SHOP, [("team", 60)], "year")

    assert (refused.value.values["fits"], refused.value.values["other"]) == (50, "Business")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"plans": [{**TEAM, "tiers": [{"seats": 10, "monthly": "16.00", "yearly": "12.00"}]}]},
            "costs more",
        ),
        (
            {"plans": [{**TEAM, "tiers": [{"seats": 60, "monthly": "9.00", "yearly": "9.00"}]}]},
            "nobody reaches",
        ),
        ({"plans": [{**TEAM, "tiers": [{"seats": 4, "monthly": "9.00", "yearly": "9.00"}]}]}, "rising order"),
        (
            {"addons": [{"key": "x", "name": "X", "monthly": "1", "yearly": "1", "plans": ["gold"]}]},
            "no plan 'gold'",
        ),
        ({"addons": [{"key": "team", "name": "X", "monthly": "1", "yearly": "1"}]}, "stands twice"),
        ({"discounts": [{"code": "ABC", "percent": 5}, {"code": "abc", "percent": 6}]}, "stands twice"),
        ({"discounts": [{"code": "ABC", "percent": 101}]}, "less than or equal to 100"),
    ],
)
def test_data_that_makes_no_sense_is_said_with_its_fix(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Catalogue.model_validate({**DATA, "addons": [], "discounts": [], **change})


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ({"kind": "template"}, "needs url"),
        ({"kind": "stripe", "url": "https://shop.example/?r={ref}"}, "is for kind template"),
        ({"kind": "template", "url": "https://shop.example/?p={plan}"}, r"add \{ref\}"),
        ({"kind": "template", "url": "https://shop.example/?p={price}&r={ref}"}, "no value 'price'"),
        ({"kind": "template", "url": "https://{plan}.example/?r={ref}"}, "host can not depend"),
        ({"kind": "template", "url": "javascript:alert({ref})"}, "no address of the web"),
        ({"kind": "template", "url": "https://shop.example/?r={ref"}, "not closed"),
        ({"kind": "template", "url": "https://shop.example/?r={ref.id}"}, "no value"),
    ],
)
def test_an_address_of_a_shop_that_can_not_work_is_refused_when_it_is_loaded(
    rules: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        CheckoutRules.model_validate(rules)


@pytest.mark.parametrize(
    ("typed", "likely"),
    [
        ("gmial.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("lifts.con", "lifts.com"),
        ("gmail.com", ""),
        ("ymail.com", ""),
        ("mail.ru", ""),
        ("lifts.example", ""),
    ],
)
def test_a_mistyped_provider_is_told_from_another_one(typed: str, likely: str) -> None:
    assert meant(typed) == likely
