"""What they can spend: `budget` is {"amount", "currency", "period", "at_most"}."""

from __future__ import annotations

import re
from collections.abc import Iterator

from intents.facts.found import Found
from intents.facts.numbers import NUMBER, number

_CURRENCY = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "usd": "USD", "dollar": "USD",
    "dollars": "USD", "bucks": "USD", "£": "GBP", "gbp": "GBP",
    "pounds": "GBP", "pound": "GBP", "quid": "GBP", "chf": "CHF",
    "francs": "CHF", "aed": "AED", "dirhams": "AED", "sar": "SAR",
}  # fmt: skip
_codes = "eur|euros?|usd|dollars?|bucks|gbp|pounds?|quid|chf|francs|aed|dirhams|sar"
_AMOUNT = re.compile(
    rf"(?:(?P<sign>[€$£])\s?|(?P<code>{_codes})\s)(?P<n>{NUMBER})|(?<!\d)(?P<n2>{NUMBER})\s?(?:(?P<sign2>[€$£])"
    rf"|(?P<code2>{_codes})\b)"
    rf"|(?:budget(?:\s\w+){{0,3}}|spend|afford|pay)\s(?:is\s|of\s|around\s|about\s|roughly\s|up to\s"
    rf"|max(?:imum)?\s|at most\s|~)*(?P<n3>{NUMBER})(?:\s?(?P<sign3>[€$£])|\s(?P<code3>{_codes})\b)?"
    r"(?!\s?(?:people|users?|seats?|licen|technicians|days|weeks|months|am|pm))",
    re.IGNORECASE,
)
_SIGNS = ("sign", "sign2", "sign3", "code", "code2", "code3")
_CUE = re.compile(
    r"\b(?:budget|spend|afford|pay|up to|max(?:imum)?|at most|not more than|no more than|limit|allocated"
    r"|approved)\b",
    re.IGNORECASE,
)
_PERIOD = re.compile(
    r"^\s?(?:(?:/|per|a|an|each|every)\s?(?P<each>month|mo\b|year|yr|annum|quarter)|(?P<ly>monthly|yearly"
    r"|annually|p\.?a\.?\b|p\.?m\.?\b))",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    r"\b(?:up to|max(?:imum)?|at most|not more than|no more than|less than|under|below|limit)\b",
    re.IGNORECASE,
)
_ASKS_PRICE = re.compile(r"\b(?:is it|do you charge|does it cost|costs?|price|why)\b", re.IGNORECASE)
_NONE = re.compile(r"\b(?:no|don'?t have (?:a|any)|without a?) budget\b", re.IGNORECASE)


def find_budget(text: str) -> Iterator[Found]:
    """Amounts that stand beside words of spending; a price that is asked about is no budget."""
    none = _NONE.search(text)
    if none:
        yield Found(
            "budget",
            {"amount": 0, "currency": None, "period": None, "at_most": True},
            *none.span(),
            0.7,
            "rule:no_budget",
        )
        return
    for match in _AMOUNT.finditer(text):
        around = text[max(0, match.start() - 40) : match.end() + 30]
        if not _CUE.search(around) or (_ASKS_PRICE.search(around) and "budget" not in around.lower()):
            continue
        amount = number(match["n"] or match["n2"] or match["n3"])
        if amount is None:
            continue
        sign = next((match[key] for key in _SIGNS if match[key]), "").lower()
        period = _PERIOD.match(text[match.end() :])
        end = match.end() + (period.end() if period else 0)
        yield Found(
            "budget",
            {
                "amount": int(amount) if amount == int(amount) else amount,
                "currency": _CURRENCY.get(sign),
                "period": _period(period),
                "at_most": bool(_AT_MOST.search(around)),
            },
            match.start(),
            end,
            0.85 if sign else 0.65,
            "rule:amount",
        )


def _period(match: re.Match[str] | None) -> str | None:
    if not match:
        return None
    word = (match["each"] or match["ly"]).lower()
    if word.startswith("q"):
        return "quarter"
    return "month" if word.startswith("m") or word.replace(".", "") == "pm" else "year"
