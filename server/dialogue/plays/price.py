"""Quote the price list where a price is asked for; what the documents say stands beside it."""

from __future__ import annotations

from dataclasses import replace

from server.dialogue.buying import QuotePrice
from server.dialogue.carts import asks_all_prices, asks_price, count_in, period_in, plans_in
from server.dialogue.reading import fresh, has_answer, is_follow_up, outlasts_questions
from server.dialogue.values import Bid, Case, GiveAnswer, Move, Said


def consider(case: Case) -> Bid | None:
    if "cart" not in case.policy.plays or not isinstance(case.event, Said) or case.reading is None:
        return None
    if not _is_asked(case):
        return None
    plans = plans_in(case.plain, case.policy.plans)
    seats, period = _count(case), period_in(case.plain)
    if not plans and case.state.cart is not None and (seats or period):
        plans = (case.state.cart.plan,)
    if not plans and seats is None and (has_answer(case) or not asks_all_prices(case.plain)):
        return None  # asked in general, the documents explain better than a list
    if len(plans) == 1 and seats is None and period is not None and case.state.cart is not None:
        seats = case.state.cart.seats
    given: tuple[Move, ...] = (GiveAnswer(),) if has_answer(case) else ()
    reasons = ("price_list", "documents_answer") if given else ("price_list",)
    stays = case.state.open if outlasts_questions(case.state.open) else None
    moves = (QuotePrice(plans, seats, period), *given)
    return Bid("answer", moves, reasons, replace(case.state, open=stays))


def _is_asked(case: Case) -> bool:
    """A price is asked for, or was a moment ago: "and for Business?"."""
    asked_for = case.reading.asked_for if case.reading else ()
    if any(case.opened_by(name) not in {"answer", "cart"} for name in asked_for):
        return False
    if asks_price(case.plain):
        return case.wants("pricing") or "?" in case.text or not case.opens("cart")
    before = case.state.questions[-2:-1]
    is_about_it = bool(
        plans_in(case.plain, case.policy.plans) or count_in(case.plain) or period_in(case.plain)
    )
    return bool(before) and is_follow_up(case.state, case.plain) and asks_price(before[0]) and is_about_it


def _count(case: Case) -> int | None:
    """The seats that are asked about: named as such, told of in the same breath, or those of the question before."""
    goes_on = not asks_price(case.plain) and not plans_in(case.plain, case.policy.plans)
    for name in ("seats", "team_size"):
        known = case.state.known(name)
        if (fresh(case, name) or goes_on) and known is not None and str(known.value).isdecimal():
            return int(str(known.value))
    return count_in(case.plain)
