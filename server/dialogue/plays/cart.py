"""Fill a cart and change it: which plan, how many seats, then the price and the link."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from server.dialogue.buying import AskCart, Basket, EmptyCart, FillCart
from server.dialogue.carts import (
    Shop,
    asks_price,
    bare_count_in,
    changed,
    count_in,
    period_in,
    plans_in,
    wishes,
    with_extras,
)
from server.dialogue.prompts import OpenCart, OpenOffer, OpenQuestion
from server.dialogue.reading import (
    SURE,
    asks_also,
    chosen,
    declines,
    fresh,
    is_follow_up,
    is_information_question,
)
from server.dialogue.values import Bid, Case, Chose, Evidence, GiveAnswer, Known, Move, Said, Say, State

_BARE, _FEW = 2, 4
_READ = 400
_SHOW = re.compile(
    r"^\W*(?:and |so |ok,? )?(?:what(?:['’]s| is| do i have) (?:now )?in|show(?: me)?|see|view|open|where(?:['’]s| is))"
    r" (?:my|the|our) (?:shopping )?(?:cart|basket)(?: now| again| please)*\W*$",
    re.IGNORECASE,
)
"""Only to look at it; what is changed is said so."""
_POLITE = r"^\W*(?:please |pls |ok,? |okay,? |no,? |actually,? |and |then |can you |could you |i want to )*"
_CLEAR = r"(?:empty|clear|drop|delete|remove|discard|cancel|scrap|get rid of|throw away)"
_EMPTY = re.compile(
    rf"{_POLITE}{_CLEAR}(?: out)? (?:everything (?:in|from) )?(?:my|the|our|this|that) (?:whole |entire |shopping )?"
    r"(?:cart|basket)(?: again| now| then| please| completely)*\W*$"
    r"|^\W*(?:bitte )?(?:leere?n?|lösche?n?)(?: sie)?(?: bitte)? (?:den|meinen|unseren) warenkorb(?: bitte)?\W*$"
    r"|^\W*(?:bitte )?(?:(?:den|meinen|unseren) )?warenkorb(?: bitte)? (?:leeren|löschen)(?: bitte)?\W*$"
    r"|^\W*(?:(?:vide[rz]?|supprime[rz]?) (?:le|mon|notre) panier)(?: s['’]il (?:vous|te) plaît)?\W*$"
    r"|^\W*(?:vac[ií]a(?:r|me)?|vacíe|borra(?:r)?) (?:el|mi|nuestro) carrito(?: por favor)?\W*$"
    r"|^\W*(?:من فضلك )?(?:أفرغ|افرغ|إفراغ|تفريغ|امسح|احذف) (?:السلة|سلتي|سلة التسوق)(?: من فضلك)?\W*$",
    re.IGNORECASE,
)
_DROP_IT = re.compile(
    rf"{_POLITE}(?:drop|discard|scrap|clear|empty|get rid of) (?:it|that)(?: again| now| then| please| all)*\W*$",
    re.IGNORECASE,
)
"""Of the cart only while nothing else is on the table."""
_FACTS = ("plan", "seats", "billing_period")


def consider(case: Case) -> Bid | None:
    if "cart" not in case.policy.plays:
        return None
    if isinstance(case.state.open, OpenCart):
        bid = _missing(case, case.state.open)
        if bid is not None:
            return bid
    if not (case.opens("cart") or _names_both(case)) or is_information_question(case):
        return None
    first: tuple[Move, ...] = (GiveAnswer(),) if asks_also(case) else ()
    return _next(case, _told(case), first, ("buying",))


def change(case: Case) -> Bid | None:
    """The cart that stands is to be another: "Business instead", "make it 20", "yearly please"."""
    basket = case.state.cart
    if bid := _emptied(case):
        return bid
    if "cart" not in case.policy.plays or basket is None or not _is_free(case):
        return None
    if _SHOW.match(case.plain[:_READ]):
        return Bid("cart", (_fill(basket),), ("cart_shown",), replace(case.state, open=None))
    # "Rather 20" may be read as a time of day too; with more words it is one.
    is_time = fresh(case, "when") and len(case.text.split()) > _BARE
    if is_time or not _may_be_a_change(case):
        return None
    is_told = any(fresh(case, name) for name in _FACTS) or case.opens("cart")
    # A gloss of two words may be off ("lieber 20"): the visitor's own are looked at as well.
    shop = shop_of(case)
    wanted = changed(basket, case.plain, shop, is_told=is_told) or changed(
        basket, case.text, shop, is_told=is_told
    )
    if wanted is None or not 1 <= wanted.seats <= case.policy.max_seats:
        return None
    state = _with_facts(case, basket, wanted)
    return Bid("cart", (_fill(wanted),), ("cart_changed",), state)


def _emptied(case: Case) -> Bid | None:
    """ "Empty the cart"; "drop it" where the cart was shown last."""
    if "cart" not in case.policy.plays or not isinstance(case.event, Said):
        return None
    spoken = (case.plain[:_READ], case.text[:_READ])
    is_named = any(_EMPTY.match(words) for words in spoken)
    is_meant = case.state.cart is not None and case.state.open is None and _DROP_IT.match(case.plain[:_READ])
    if not is_named and not is_meant:
        return None
    state = replace(case.state, open=None) if isinstance(case.state.open, OpenCart) else case.state
    if state.cart is None:
        return Bid("cart", (Say("cart_empty"),), ("cart_empty",), state)
    emptied = EmptyCart(state.cart.id)
    return Bid("cart", (emptied,), ("cart_emptied",), replace(state, cart=None))


def _is_free(case: Case) -> bool:
    """Whether the words are no answer to something of ours that waits for a number or a plan."""
    if not isinstance(case.event, Said) or case.reading is None:
        return False
    match case.state.open:
        case None | OpenOffer():
            return True
        case OpenQuestion(key=key):
            asked = case.policy.question(key)
            return asked is not None and asked.kind != "number" and wishes(case.plain)
        case _:
            return False


def _may_be_a_change(case: Case) -> bool:
    """A wish, or a few words that go on with the cart ("what about 10?", "Business then"): no question of its own."""
    if is_follow_up(case.state, case.plain) or (len(case.plain.split()) <= _FEW and "?" not in case.text):
        return not asks_price(case.plain)
    return not is_information_question(case) and not asks_also(case)


def shop_of(case: Case) -> Shop:
    """The names that a visitor may use here."""
    return Shop(case.policy.plans, case.policy.addons, case.policy.codes)


def _names_both(case: Case) -> bool:
    """Plan and seats in a message that asks nothing: "12 seats of Team, monthly" is put into a cart."""
    return "?" not in case.text and all(
        fresh(case, name) and _is_sure(case, name) for name in ("plan", "seats")
    )


def _is_sure(case: Case, name: str) -> bool:
    fact = case.state.known(name)
    return fact is not None and fact.confidence >= SURE


def _missing(case: Case, cart: OpenCart) -> Bid | None:
    value = chosen(case, cart.id)
    if declines(case, cart.id):
        return Bid("cart", (Say("form_skipped"),), ("cart_declined",), replace(case.state, open=None))
    if value is not None:
        # The value comes from a browser: only what could have been offered is taken, a plan or a number of seats.
        name = "plan" if value in case.policy.plans else "seats"
        told: object = value if name == "plan" else _seats(value)
        if told is None:
            return None
        label = case.event.label if isinstance(case.event, Chose) else value
        evidence = Evidence(case.message_id, label, 0, len(label))
        state = replace(case.state, facts=(*case.state.facts, Known(name, told, "chosen", 1.0, evidence)))
        return _next(case, state, (), ("cart_told",))
    is_brief = len(case.plain.split()) <= _FEW and "?" not in case.text
    if isinstance(case.event, Said) and (is_brief or not asks_also(case)):
        # Whichever of the two is told: "then 50" and "then Business" both mend a cart that did not fit.
        state = _told(case, bare=cart.missing == "seats")
        if state is not case.state or any(fresh(case, name) for name in _FACTS):
            bid = _next(case, state, (), ("cart_told",))
            # Told something else than what we asked: it is noted before the question comes again.
            is_again = AskCart(cart.missing) in bid.moves
            return replace(bid, moves=(Say("noted"), *bid.moves)) if is_again else bid
    return None


def _told(case: Case, *, bare: bool = False) -> State:
    """The state with a plan, a number or a period that the reader did not take for one."""
    state = case.state
    plans = plans_in(case.plain, case.policy.plans)
    if plans and not fresh(case, "plan"):
        state = _with_fact(case, state, "plan", plans[-1])
    count = count_in(case.plain) or (bare_count_in(case.plain) if bare else None)
    if count and not fresh(case, "seats") and not fresh(case, "when"):
        state = _with_fact(case, state, "seats", count)
    period = period_in(case.plain)
    if period and not fresh(case, "billing_period"):
        state = _with_fact(case, state, "billing_period", period)
    return state


def _next(case: Case, state: State, first: tuple[Move, ...], reasons: tuple[str, ...]) -> Bid:
    plan, seats, period = state.known("plan"), state.known("seats"), state.known("billing_period")
    if plan is None or plan.value not in case.policy.plans:
        return _ask(case, state, first, "plan", reasons)
    # A number that was only gathered from the words is named again before it is priced; an answer to us is not.
    is_meant = seats is not None and (seats.confidence >= SURE or isinstance(case.state.open, OpenCart))
    count = _seats(seats.value) if seats and is_meant else None
    if count is None or not 1 <= count <= case.policy.max_seats:
        return _ask(case, state, first, "seats", reasons)
    held = state.cart or Basket("", 0)
    wanted = replace(
        held,
        plan=str(plan.value),
        seats=count,
        period="month" if period and period.value == "month" else "year",
    )
    wanted = with_extras(wanted, case.plain, shop_of(case))
    return Bid("cart", (*first, _fill(wanted)), reasons, replace(state, open=None))


def _fill(wanted: Basket) -> FillCart:
    return FillCart(wanted.plan, wanted.seats, wanted.period, wanted.addons, wanted.code, wanted.id)


def _ask(
    case: Case,
    state: State,
    first: tuple[Move, ...],
    missing: Literal["plan", "seats"],
    reasons: tuple[str, ...],
) -> Bid:
    state = replace(state, open=OpenCart(case.prompt_id, missing))
    return Bid("cart", (*first, AskCart(missing)), (*reasons, f"{missing}_unknown"), state)


def _with_facts(case: Case, before: Basket, after: Basket) -> State:
    """What was changed is what holds, for the CRM as for the cart."""
    state = case.state
    pairs = (
        ("plan", before.plan, after.plan),
        ("seats", before.seats, after.seats),
        ("billing_period", before.period, after.period),
    )
    for name, old, new in pairs:
        known = state.known(name)
        if old != new and (known is None or known.value != new):
            state = _with_fact(case, state, name, new)
    return state


def _with_fact(case: Case, state: State, name: str, value: object) -> State:
    evidence = Evidence(case.message_id, case.text, 0, len(case.text))
    return replace(state, facts=(*state.facts, Known(name, value, "said", 0.9, evidence)))


def _seats(value: object) -> int | None:
    """A number of seats from what was said or chosen."""
    try:
        return int(str(value))
    except ValueError:
        return None
