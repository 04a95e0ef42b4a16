"""Fill a cart: which plan, how many seats, then the price and the link."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from server.dialogue.prompts import OpenCart
from server.dialogue.reading import SURE, asks_also, chosen, declines, fresh, is_information_question
from server.dialogue.values import (
    AskCart,
    Bid,
    Case,
    Chose,
    Evidence,
    FillCart,
    GiveAnswer,
    Known,
    Move,
    Say,
    State,
)


def consider(case: Case) -> Bid | None:
    if "cart" not in case.policy.plays:
        return None
    if isinstance(case.state.open, OpenCart):
        bid = _missing(case, case.state.open)
        if bid is not None:
            return bid
    if not case.opens("cart") or is_information_question(case):
        return None
    first: tuple[Move, ...] = (GiveAnswer(),) if asks_also(case) else ()
    return _next(case, case.state, first, ("buying",))


def _missing(case: Case, cart: OpenCart) -> Bid | None:
    value = chosen(case, cart.id)
    if declines(case, cart.id):
        return Bid("cart", (Say("form_skipped"),), ("cart_declined",), replace(case.state, open=None))
    if value is not None:
        # The value comes from a browser: only what could have been offered is taken.
        told: object = (
            _seats(value) if cart.missing == "seats" else value if value in case.policy.plans else None
        )
        if told is None:
            return None
        label = case.event.label if isinstance(case.event, Chose) else value
        evidence = Evidence(case.message_id, label, 0, len(label))
        state = replace(
            case.state, facts=(*case.state.facts, Known(cart.missing, told, "chosen", 1.0, evidence))
        )
        return _next(case, state, (), ("cart_told",))
    # Whichever of the two is told: "then 50" and "then Business" both mend a cart that did not fit.
    if fresh(case, "plan") or fresh(case, "seats"):
        return _next(case, case.state, (), ("cart_told",))
    return None


def _next(case: Case, state: State, first: tuple[Move, ...], reasons: tuple[str, ...]) -> Bid:
    plan, seats, period = state.known("plan"), state.known("seats"), state.known("billing_period")
    if plan is None or plan.value not in case.policy.plans:
        return _ask(case, state, first, "plan", reasons)
    # A number that was only gathered from the words is named again before it is priced; an answer to us is not.
    is_meant = seats is not None and (seats.confidence >= SURE or isinstance(case.state.open, OpenCart))
    count = _seats(seats.value) if seats and is_meant else None
    if count is None or not 1 <= count <= case.policy.max_seats:
        return _ask(case, state, first, "seats", reasons)
    by: Literal["month", "year"] = "month" if period and period.value == "month" else "year"
    moves = (*first, FillCart(str(plan.value), count, by))
    return Bid("cart", moves, reasons, replace(state, open=None))


def _ask(
    case: Case,
    state: State,
    first: tuple[Move, ...],
    missing: Literal["plan", "seats"],
    reasons: tuple[str, ...],
) -> Bid:
    state = replace(state, open=OpenCart(case.prompt_id, missing))
    return Bid("cart", (*first, AskCart(missing)), (*reasons, f"{missing}_unknown"), state)


def _seats(value: object) -> int | None:
    """A number of seats from what was said or chosen."""
    try:
        return int(str(value))
    except ValueError:
        return None
