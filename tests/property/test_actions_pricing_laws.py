"""Money: exact, consistent, never dearer a seat for more of them, and kept to the cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.actions.cart import _read, _written
from server.actions.catalogue import AddOn, Catalogue, Discount, Plan, Tier
from server.actions.errors import CartRefused
from server.actions.goods import Period
from server.actions.pricing import MONTHS, fits, nearest, price, unit_price

CENTS = st.integers(0, 99_999).map(lambda cents: Decimal(cents) / 100)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan with rising tiers of falling prices."""
    monthly, yearly = draw(CENTS), draw(CENTS)
    least = draw(st.integers(1, 5))
    steps = sorted(draw(st.sets(st.integers(least + 1, 200), max_size=3)))
    tiers = []
    for seats in steps:
        monthly = draw(st.integers(0, int(monthly * 100)).map(lambda cents: Decimal(cents) / 100))
        yearly = draw(st.integers(0, int(yearly * 100)).map(lambda cents: Decimal(cents) / 100))
        tiers.append(Tier(seats=seats, monthly=monthly, yearly=yearly))
    first = draw(CENTS)
    return Plan(
        key="team",
        name="Team",
        monthly=max([first, *(tier.monthly for tier in tiers)]),
        yearly=max([first, *(tier.yearly for tier in tiers)]),
        min_seats=least,
        max_seats=draw(st.one_of(st.none(), st.integers(max([least, *steps]), 400))),
        tiers=tuple(tiers),
    )


@st.composite
def catalogues(draw: st.DrawFn) -> Catalogue:
    addon = AddOn(
        key="extra",
        name="Extra",
        monthly=draw(CENTS),
        yearly=draw(CENTS),
        per=draw(st.sampled_from(["seat", "account"])),
    )
    discount = Discount(code="SAVE", percent=draw(st.integers(1, 100)))
    return Catalogue(currency="EUR", plans=(draw(plans()),), addons=(addon,), discounts=(discount,))


PERIODS: st.SearchStrategy[Period] = st.sampled_from(["month", "year"])


@settings(max_examples=60, deadline=None)
@given(catalogues(), st.integers(1, 300), PERIODS, st.booleans(), st.booleans())
def test_a_total_is_the_exact_sum_of_its_lines_less_the_discount(
    catalogue: Catalogue, seats: int, period: Period, with_addon: bool, with_code: bool
) -> None:
    wanted, addons, code = [("team", seats)], ["Extra"] * with_addon, "save" * with_code
    if not fits(catalogue.plans[0], seats):
        with pytest.raises(CartRefused):
            price(catalogue, wanted, period, addons=addons, code=code)
        return
    cart = price(catalogue, wanted, period, addons=addons, code=code)
    subtotal = sum((line.total for line in cart.lines), Decimal(0))
    assert cart.total == subtotal - cart.discount
    assert 0 <= cart.discount <= subtotal
    assert all(line.total == line.unit_price * line.quantity * MONTHS[period] for line in cart.lines)
    amounts = [cart.total, cart.discount, *(line.total for line in cart.lines)]
    assert all(type(each) is Decimal and each == each.quantize(Decimal("0.01")) for each in amounts)
    assert _read(_written(cart)) == cart


@settings(max_examples=60, deadline=None)
@given(plans(), st.integers(1, 300), st.integers(0, 100), PERIODS)
def test_a_seat_never_costs_more_among_more_of_them(
    plan: Plan, seats: int, more: int, period: Period
) -> None:
    few, many = unit_price(plan, period, seats), unit_price(plan, period, seats + more)

    assert few is not None
    assert many is not None
    assert many <= few


@settings(max_examples=60, deadline=None)
@given(plans(), st.integers(1, 1_000))
def test_the_nearest_number_of_seats_fits_and_what_fits_is_its_own_nearest(plan: Plan, seats: int) -> None:
    found = nearest(plan, seats)

    assert fits(plan, found)
    assert (found == seats) == fits(plan, seats)
