"""What seats cost, in exact decimals, from the operator's catalogue and nothing else. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from babel.numbers import format_decimal

from server.actions.catalogue import Catalogue, Plan
from server.actions.errors import CartRefused
from server.actions.values import Cart, CartLine, Period
from server.dialogue.languages import locale_of
from server.dialogue.phrases import Value, phrase

MONTHS = {"month": 1, "year": 12}


def unit_price(plan: Plan, period: Period) -> Decimal | None:
    """One seat for one month when billed so; None when a person sells the plan."""
    return plan.monthly if period == "month" else plan.yearly


def fits(plan: Plan, seats: int) -> bool:
    """Whether the plan can have this many seats."""
    return plan.min_seats <= seats and (plan.max_seats is None or seats <= plan.max_seats)


def billed(period: Period, language: str = "en") -> str:
    """ "billed monthly"."""
    return phrase(f"billed_{period}", language=language)


def bounds(plan: Plan, language: str = "en") -> str:
    """ "4 to 50 seats", "up to 3 seats", "5 seats or more"."""
    if plan.max_seats is None:
        name = "bounds_from" if plan.min_seats > 1 else "bounds_any"
        return phrase(name, {"count": plan.min_seats}, language)
    if plan.min_seats <= 1:
        return phrase("bounds_to", {"count": plan.max_seats}, language)
    return phrase("bounds_between", {"least": plan.min_seats, "count": plan.max_seats}, language)


def money(amount: Decimal, currency: str, language: str = "en") -> str:
    """ "1,440 EUR", "14.50 EUR"; the code, because a sign such as $ leaves open which dollar is meant."""
    whole = amount == amount.to_integral_value()
    pattern = "#,##0" if whole else "#,##0.00"
    figure = format_decimal(amount, pattern, locale=locale_of(language), numbering_system="latn")
    # No line break between the two, but in English, whose plain space is what pages and mails were read for so far.
    return f"{figure} {currency}" if language == "en" else f"{figure}\u00a0{currency}"


def price(
    catalogue: Catalogue, wanted: Sequence[tuple[str, int]], period: Period, language: str = "en"
) -> Cart:
    """The cart for pairs of plan and seats; the same plan twice is one line.

    Raises `CartRefused` with a code (`cart_empty`, `plan_unknown`, `needs_sales`, `seats_out_of_bounds`) and
    words for the visitor that name what would fit.
    """
    seats: dict[str, int] = {}
    for name, quantity in wanted:
        plan = _known(catalogue, name)
        seats[plan.key] = seats.get(plan.key, 0) + quantity
    if not seats:
        raise CartRefused("cart_empty", code="cart_empty")
    lines = tuple(
        _line(catalogue, _known(catalogue, key), count, period, language) for key, count in seats.items()
    )
    total = sum((line.total for line in lines), Decimal(0))
    return Cart(lines, period, catalogue.currency, total, catalogue.version)


def _known(catalogue: Catalogue, name: str) -> Plan:
    plan = catalogue.plan(name)
    if plan is None:
        names = ", ".join(each.name for each in catalogue.plans)
        raise CartRefused("plan_unknown", {"name": name, "plans": names}, code="plan_unknown")
    return plan


def _line(catalogue: Catalogue, plan: Plan, quantity: int, period: Period, language: str) -> CartLine:
    unit = unit_price(plan, period)
    if unit is None:
        raise CartRefused("needs_sales", {"plan": plan.name}, code="needs_sales")
    if not fits(plan, quantity):
        other = _instead(catalogue, plan, quantity)
        values: dict[str, Value] = {"plan": plan.name, "bounds": bounds(plan, language), "seats": quantity}
        if other is None:
            raise CartRefused("seats_refused", values, code="seats_out_of_bounds")
        raise CartRefused("seats_instead", values | {"other": other.name}, code="seats_out_of_bounds")
    return CartLine(plan.key, plan.name, quantity, unit, unit * quantity * MONTHS[period])


def _instead(catalogue: Catalogue, refused: Plan, quantity: int) -> Plan | None:
    for plan in catalogue.plans:
        if plan.key != refused.key and quantity > 0 and fits(plan, quantity):
            return plan
    return None
