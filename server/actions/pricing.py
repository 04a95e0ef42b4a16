"""What seats cost, in exact decimals, from the operator's catalogue and nothing else. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from server.actions.catalogue import Catalogue, Plan
from server.actions.errors import CartRefused
from server.actions.values import Cart, CartLine, Period

MONTHS = {"month": 1, "year": 12}
PERIOD_WORDS = {"month": "billed monthly", "year": "billed yearly"}


def unit_price(plan: Plan, period: Period) -> Decimal | None:
    """One seat for one month when billed so; None when a person sells the plan."""
    return plan.monthly if period == "month" else plan.yearly


def fits(plan: Plan, seats: int) -> bool:
    """Whether the plan can have this many seats."""
    return plan.min_seats <= seats and (plan.max_seats is None or seats <= plan.max_seats)


def bounds(plan: Plan) -> str:
    """ "4 to 50 seats", "up to 3 seats", "5 seats or more"."""
    if plan.max_seats is None:
        return f"{plan.min_seats} seats or more" if plan.min_seats > 1 else "any number of seats"
    if plan.min_seats <= 1:
        return f"up to {plan.max_seats:,} seats"
    return f"{plan.min_seats:,} to {plan.max_seats:,} seats"


def money(amount: Decimal, currency: str) -> str:
    """ "1,440 EUR", "14.50 EUR"."""
    whole = amount == amount.to_integral_value()
    return f"{amount:,.0f} {currency}" if whole else f"{amount:,.2f} {currency}"


def price(catalogue: Catalogue, wanted: Sequence[tuple[str, int]], period: Period) -> Cart:
    """The cart for pairs of plan and seats; the same plan twice is one line.

    Raises `CartRefused` with a code (`cart_empty`, `plan_unknown`, `needs_sales`, `seats_out_of_bounds`) and
    words for the visitor that name what would fit.
    """
    seats: dict[str, int] = {}
    for name, quantity in wanted:
        plan = _known(catalogue, name)
        seats[plan.key] = seats.get(plan.key, 0) + quantity
    if not seats:
        raise CartRefused("The cart is empty; say which plan and how many seats.", code="cart_empty")
    lines = tuple(_line(catalogue, _known(catalogue, key), count, period) for key, count in seats.items())
    total = sum((line.total for line in lines), Decimal(0))
    return Cart(lines, period, catalogue.currency, total, catalogue.version)


def _known(catalogue: Catalogue, name: str) -> Plan:
    plan = catalogue.plan(name)
    if plan is None:
        names = ", ".join(each.name for each in catalogue.plans)
        raise CartRefused(f"There is no plan {name!r}. The plans are {names}.", code="plan_unknown")
    return plan


def _line(catalogue: Catalogue, plan: Plan, quantity: int, period: Period) -> CartLine:
    unit = unit_price(plan, period)
    if unit is None:
        raise CartRefused(
            f"{plan.name} has a price made for you; our sales team will work it out.", code="needs_sales"
        )
    if not fits(plan, quantity):
        raise CartRefused(
            f"{plan.name} has {bounds(plan)}, not {quantity:,}.{_instead(catalogue, plan, quantity)}",
            code="seats_out_of_bounds",
        )
    return CartLine(plan.key, plan.name, quantity, unit, unit * quantity * MONTHS[period])


def _instead(catalogue: Catalogue, refused: Plan, quantity: int) -> str:
    for plan in catalogue.plans:
        if plan.key != refused.key and quantity > 0 and fits(plan, quantity):
            return f" {plan.name} fits."
    return ""
