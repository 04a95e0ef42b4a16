"""What seats cost, in exact decimals, from the operator's catalogue and nothing else. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel.numbers import format_decimal

from server.actions.catalogue import AddOn, Catalogue, Discount, Plan
from server.actions.errors import CartRefused
from server.actions.goods import Cart, CartLine, LineKind, Period
from server.dialogue.languages import locale_of
from server.dialogue.phrases import Value, phrase

MONTHS = {"month": 1, "year": 12}
_CENT = Decimal("0.01")
_KINDS: dict[str, LineKind] = {"seat": "addon_seat", "account": "addon_account"}


def unit_price(plan: Plan, period: Period, seats: int = 1) -> Decimal | None:
    """One seat for one month when billed so, among this many; None when a person sells the plan."""
    reached = [tier for tier in plan.tiers if tier.seats <= seats]
    holds = reached[-1] if reached else plan
    return holds.monthly if period == "month" else holds.yearly


def fits(plan: Plan, seats: int) -> bool:
    """Whether the plan can have this many seats."""
    return plan.min_seats <= seats and (plan.max_seats is None or seats <= plan.max_seats)


def nearest(plan: Plan, seats: int) -> int:
    """The number of seats that the plan can have which is closest to what was wished for."""
    return plan.min_seats if seats < plan.min_seats else min(seats, plan.max_seats or seats)


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
    catalogue: Catalogue,
    wanted: Sequence[tuple[str, int]],
    period: Period,
    language: str = "en",
    *,
    addons: Sequence[str] = (),
    code: str = "",
    today: date | None = None,
) -> Cart:
    """The cart for pairs of plan and seats; the same plan twice is one line.

    Raises `CartRefused` with a code (`cart_empty`, `plan_unknown`, `needs_sales`, `seats_out_of_bounds`,
    `addon_unknown`, `addon_elsewhere`, `code_unknown`, `code_over`, `code_elsewhere`) and words for the visitor
    that name what would fit.
    """
    seats: dict[str, int] = {}
    for name, quantity in wanted:
        plan = _known(catalogue, name)
        seats[plan.key] = seats.get(plan.key, 0) + quantity
    if not seats:
        raise CartRefused("cart_empty", code="cart_empty")
    lines = [
        _line(catalogue, _known(catalogue, key), count, period, language) for key, count in seats.items()
    ]
    lines += _beside(catalogue, seats, dict.fromkeys(addons), period)
    subtotal = sum((line.total for line in lines), Decimal(0))
    off, named = Decimal(0), ""
    if code:
        discount = _discount(catalogue, code, seats, today)
        counted = sum((line.total for line in lines if _is_for(discount, line)), Decimal(0))
        off = (counted * discount.percent / 100).quantize(_CENT, ROUND_HALF_UP)
        named = discount.code
    return Cart(
        tuple(lines), period, catalogue.currency, subtotal - off, catalogue.version,
        discount=off, code=named, tax=catalogue.tax or "",
    )  # fmt: skip


def _known(catalogue: Catalogue, name: str) -> Plan:
    plan = catalogue.plan(name)
    if plan is None:
        names = ", ".join(each.name for each in catalogue.plans)
        raise CartRefused("plan_unknown", {"name": name, "plans": names}, code="plan_unknown")
    return plan


def _line(catalogue: Catalogue, plan: Plan, quantity: int, period: Period, language: str) -> CartLine:
    unit = unit_price(plan, period, quantity)
    if unit is None:
        raise CartRefused("needs_sales", {"plan": plan.name}, code="needs_sales")
    if not fits(plan, quantity):
        other = _instead(catalogue, plan, quantity)
        values: dict[str, Value] = {
            "plan": plan.name, "bounds": bounds(plan, language), "seats": quantity, "fits": nearest(plan, quantity),
        }  # fmt: skip
        if other is None:
            raise CartRefused("seats_refused", values, code="seats_out_of_bounds")
        raise CartRefused("seats_instead", values | {"other": other.name}, code="seats_out_of_bounds")
    return CartLine(plan.key, plan.name, quantity, unit, unit * quantity * MONTHS[period])


def _beside(
    catalogue: Catalogue, seats: dict[str, int], names: Sequence[str] | dict[str, None], period: Period
) -> Iterator[CartLine]:
    for name in names:
        addon = catalogue.addon(name)
        if addon is None:
            known = ", ".join(each.name for each in catalogue.addons) or "–"
            raise CartRefused("addon_unknown", {"name": name, "addons": known}, code="addon_unknown")
        counted = [count for key, count in seats.items() if goes_with(addon, key)]
        if not counted:
            plans = ", ".join(plan.name for plan in catalogue.plans if plan.key in addon.plans)
            raise CartRefused("addon_elsewhere", {"name": addon.name, "plans": plans}, code="addon_elsewhere")
        unit = addon.monthly if period == "month" else addon.yearly
        quantity = sum(counted) if addon.per == "seat" else 1
        total = unit * quantity * MONTHS[period]
        yield CartLine(addon.key, addon.name, quantity, unit, total, kind=_KINDS[addon.per])


def goes_with(addon: AddOn, plan: str) -> bool:
    """Whether the add-on can stand beside a plan."""
    return not addon.plans or plan in addon.plans


def _is_for(discount: Discount, line: CartLine) -> bool:
    return not discount.plans or line.plan in discount.plans


def _discount(catalogue: Catalogue, code: str, seats: dict[str, int], today: date | None) -> Discount:
    found = catalogue.discount(code)
    if found is None:
        raise CartRefused("code_unknown", {"code": code}, code="code_unknown")
    if found.until is not None and today is not None and today > found.until:
        raise CartRefused("code_over", {"code": found.code, "day": found.until}, code="code_over")
    if found.plans and not set(found.plans) & set(seats):
        plans = ", ".join(plan.name for plan in catalogue.plans if plan.key in found.plans)
        raise CartRefused("code_elsewhere", {"code": found.code, "plans": plans}, code="code_elsewhere")
    return found


def _instead(catalogue: Catalogue, refused: Plan, quantity: int) -> Plan | None:
    """The plan that can have so many: one with a price before one that a person sells."""
    others = [p for p in catalogue.plans if p.key != refused.key and quantity > 0 and fits(p, quantity)]
    return next((plan for plan in others if plan.monthly is not None), others[0] if others else None)
