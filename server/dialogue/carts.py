"""What a message changes in a cart, or wants to know of prices: read from its English words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from intents.facts.numbers import NUMBER, whole
from server.dialogue.buying import Basket, Period

_SEATS = r"(?:seats?|licen[cs]es?|users?|people|persons?|of us|members|technicians|engineers|employees|staff)"
_MORE = re.compile(
    rf"\b(?:(?:add|plus|and|need|want|make it|another)\s)?(?P<n>{NUMBER})\s(?:more|extra|additional|further)\b"
    rf"|\banother\s(?P<m>{NUMBER})\b",
    re.IGNORECASE,
)
_FEWER = re.compile(
    rf"\b(?P<n>{NUMBER})\s(?:fewer|less)\b|\b(?:remove|drop|take (?:off|away|out)|minus)\s(?P<m>{NUMBER})\b(?!\s?%)"
    rf"|\btake\s(?P<k>{NUMBER})\s(?:off|away|out)\b",
    re.IGNORECASE,
)
_COUNT = re.compile(rf"(?<![\w.,-])(?P<n>{NUMBER})\s(?:x\s)?{_SEATS}\b", re.IGNORECASE)
_MAKE = re.compile(
    rf"\b(?:make (?:it|that)|change (?:it|that|the seats|seats)? ?to|(?:rather|actually|only|just|about|to"
    rf"|for|with|of|lieber|besser|doch|nur|plutôt|mejor|solo|بل)"
    rf"|set (?:it|seats) to|i meant?)\s(?P<n>{NUMBER})(?![\d:.,]|\s?(?:am|pm|%|eur|euros?|dollars?|months?"
    rf"|years?|days?))\b"
    rf"|^\W*(?:no,?\s|ok,?\s|sorry,?\s|then\s)?(?P<m>{NUMBER})(?:\s(?:please|instead|then|rather))?\W*$"
    rf"|\b(?P<k>{NUMBER})\s(?:please|instead|then|rather)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(
    r"\b(?:yearly|annual(?:ly)?|per year|a year|by the year|every year|per annum|for a year|once a year"
    # Two words are too few to tell their language by, and then there is no gloss of them.
    r"|jährlich|annuel(?:le|lement)?|à l['’]année|anual(?:mente)?|سنوي\w*)\b",
    re.IGNORECASE,
)
_MONTH = re.compile(
    r"\b(?:monthly|per month|a month|by the month|month[- ](?:to|by)[- ]month|every month|each month"
    r"|monatlich|mensuel(?:le|lement)?|au mois|mensual(?:mente)?|شهري\w*)\b",
    re.IGNORECASE,
)
_DROP = re.compile(
    r"\b(?:drop|remove|without|no|cancel|take (?:off|out|away)|delete|leave out|don'?t (?:want|need)|minus|lose)\b",
    re.IGNORECASE,
)
_ADDON_WORD = re.compile(r"\badd-?\s?ons?\b|\bextras?\b", re.IGNORECASE)
_CODE = re.compile(
    r"\b(?:(?:promo|discount|voucher|coupon)\s?codes?|code|coupon|voucher)\W{1,3}(?:is\s"
    r"|called\s)?([A-Za-z0-9][\w-]{2,39})\b",
    re.IGNORECASE,
)
_CODE_WORD = re.compile(r"\b(?:code|coupon|voucher|discount)\b", re.IGNORECASE)
_OURS = re.compile(r"\b(?:our|my|your|whole|entire|sales|support|field|small|new|a|an)\s$", re.IGNORECASE)
_CUE = re.compile(
    r"\b(?:instead|make (?:it|that)|change|switch|rather|actually|please|pls|then|go (?:with|for)|add"
    r"|drop|remove|without"
    r"|upgrade|downgrade|add-?ons?|seats?|licen[cs]es?|code|coupon|voucher|plan|cart|more|fewer|less"
    r"|what about|how about"
    r"|take)\b",
    re.IGNORECASE,
)
_SHORT, _LONG = 4, 16
_READ = 400
"""Characters that are read: what is longer is a pasted text, and some patterns take long over it."""
_PRICE = re.compile(
    r"\b(?:prices?|pricing|costs?|how much|what (?:do|would|does|will) .{0,40}\b(?:come to|add up to"
    r"|run(?: us)?|pay)|charge"
    r"|total for|rates?|quote)\b",
    re.IGNORECASE,
)

_ALL_PRICES = re.compile(
    r"^\W*(?:and |so )?(?:what(?:['’]s| is| are)? |show me |can i see )?(?:the |your )?(?:prices?|pricing"
    r"|price list|costs?)"
    r"(?: please)?\W*$|^\W*(?:and |so )?(?:how much (?:is|does|do|are)|what (?:does|do)) (?:it|this|that|you|they)"
    r"(?: cost| charge)?\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Shop:
    """Names that a visitor may use: of plans, add-ons and codes."""

    plans: tuple[str, ...] = ()
    addons: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()


def asks_all_prices(text: str) -> bool:
    """Whether the words ask for the price list and for nothing besides."""
    return bool(_ALL_PRICES.match(text[:_READ]))


def asks_price(text: str) -> bool:
    """Whether the English words ask what something costs."""
    return bool(_PRICE.search(text[:_READ]))


def plans_in(text: str, plans: Sequence[str]) -> tuple[str, ...]:
    """The plans that are named, in the order of the words; "our team" names none."""
    found = []
    text = text[:_READ]
    for plan in plans:
        for match in re.finditer(rf"\b{re.escape(plan)}\b", text, re.IGNORECASE):
            is_named = bool(
                re.match(r"\s(?:plan|tier|package|edition)\b", text[match.end() :], re.IGNORECASE)
            )
            is_common = match[0].islower() and re.search(r"\b(?:the)\s$", text[: match.start()])
            if is_named or not (_OURS.search(text[: match.start()]) or is_common):
                found.append((match.start(), plan))
                break
    return tuple(plan for _, plan in sorted(found))


def count_in(text: str) -> int | None:
    """A number of seats that is said outright, such as "12 seats" or "for 12"."""
    text = text[:_READ]
    match = _COUNT.search(text) or _MAKE.search(text)
    if match is None:
        return None
    groups = match.groupdict()
    return whole(next(value for value in groups.values() if value))


def bare_count_in(text: str) -> int | None:
    """The one number of a short answer to "how many?": "we need 25"."""
    found = (
        re.findall(NUMBER, text, re.IGNORECASE)
        if len(text) < _READ and len(text.split()) <= _SHORT + 2
        else []
    )
    return whole(found[0]) if len(found) == 1 else None


def period_in(text: str) -> Period | None:
    """Monthly or yearly; None when neither or both are said."""
    text = text[:_READ]
    year, month = bool(_YEAR.search(text)), bool(_MONTH.search(text))
    return None if year == month else "year" if year else "month"


def with_extras(basket: Basket, text: str, shop: Shop) -> Basket:
    """The basket with the add-ons and the code that the words name."""
    text = text[:_READ]
    return replace(
        basket, addons=_addons(basket.addons, text, shop.addons), code=_code(basket.code, text, shop)
    )


def changed(basket: Basket, text: str, shop: Shop, *, is_told: bool = False) -> Basket | None:
    """The basket as these words want it; None when they want nothing of it.

    `is_told`: the reader found plan, seats or period in them, so that fewer words of wishing are needed.
    """
    words = len(text.split())
    if words > _LONG or len(text) > _READ or not (is_told or words <= _SHORT or _CUE.search(text)):
        return None
    plans = plans_in(text, shop.plans)
    wanted = with_extras(basket, text, shop)
    wanted = replace(
        wanted,
        plan=plans[-1] if plans else basket.plan,
        seats=_seats(basket.seats, _without_names(text, shop)),
        period=period_in(text) or basket.period,
    )
    return wanted if wanted != basket else None


def wishes(text: str) -> bool:
    """Whether the words ask for a change outright ("instead", "then", "make it")."""
    return bool(_CUE.search(text[:_READ]))


def _seats(now: int, text: str) -> int:
    more, fewer = _MORE.search(text), _FEWER.search(text)
    if more:
        return now + (_said(more) or 0)
    if fewer:
        return max(now - (_said(fewer) or 0), 1)
    return count_in(text) or now


def _said(match: re.Match[str]) -> int | None:
    return whole(next(value for value in match.groupdict().values() if value))


def _without_names(text: str, shop: Shop) -> str:
    """A number in a name ("Route 66") or a code counts no seats."""
    for name in (*shop.addons, *shop.codes):
        text = re.sub(re.escape(name), " ", text, flags=re.IGNORECASE)
    return _CODE.sub(" ", text)


def _addons(now: tuple[str, ...], text: str, known: Sequence[str]) -> tuple[str, ...]:
    kept = dict.fromkeys(now)
    named = [(match, name) for name in known if (match := _named(name, text))]
    for match, name in named:
        if _DROP.search(text[max(0, match.start() - 25) : match.start()]):
            kept.pop(name, None)
        else:
            kept[name] = None
    if not named and _ADDON_WORD.search(text) and _DROP.search(text):
        return ()
    return tuple(kept)


def _named(name: str, text: str) -> re.Match[str] | None:
    """Where an add-on is named, in full or by its last word: "the storage" for "Extra storage"."""
    last = name.rpartition(" ")[2]
    ways = [name, last] if len(last) >= _SHORT + 1 else [name]
    found = (re.search(rf"\b{re.escape(way)}\b", text, re.IGNORECASE) for way in ways)
    return next((match for match in found if match), None)


def _code(now: str, text: str, shop: Shop) -> str:
    if now and _CODE_WORD.search(text) and _DROP.search(text):
        return ""
    tokens = {token.casefold() for token in re.findall(r"[\w-]+", text)}
    known = next((code for code in shop.codes if code.casefold() in tokens), "")
    if known:
        return known
    typed = _CODE.search(text)
    # A code has a figure or is in capitals; "the code please" names none.
    is_one = typed is not None and (typed[1].isupper() or any(sign.isdigit() for sign in typed[1]))
    return typed[1] if typed is not None and is_one else now
