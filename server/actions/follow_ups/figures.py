"""Money, shares, dates and other figures in a sentence, in the ways our five languages write them. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

_DIGITS = r"[0-9٠-٩]"
_NUMBER = rf"{_DIGITS}+(?:[.,٫\u00a0\u202f]{_DIGITS}+)*"
_SIGNS = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "يورو": "EUR", "$": "USD", "usd": "USD", "dollar": "USD",
    "dollars": "USD", "dólares": "USD", "دولار": "USD", "£": "GBP", "gbp": "GBP", "pounds": "GBP", "chf": "CHF",
    "franken": "CHF",
}  # fmt: skip
_SIGN = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
_AMOUNT = re.compile(
    rf"(?:(?P<before>{_SIGN})\s?(?P<n1>{_NUMBER}))|(?:(?P<n2>{_NUMBER})\s?(?P<after>{_SIGN})(?!\w))",
    re.IGNORECASE,
)
_PERCENT = re.compile(
    rf"(?:{_NUMBER}|\b(?:ten|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred))\s?"
    r"(?:%|٪|per ?cent\b|prozent\b|pour ?cent\b|por ?ciento\b|بالمئة)",
    re.IGNORECASE,
)
_MONTH = (
    r"january|february|march|april|may|june|july|august|september|october|november|december|"
    r"januar|februar|märz|mai|juni|juli|oktober|dezember|"
    r"janvier|février|mars|avril|juin|juillet|août|septembre|octobre|novembre|décembre|"
    r"enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre|"
    r"يناير|فبراير|مارس|أبريل|مايو|يونيو|يوليو|أغسطس|سبتمبر|أكتوبر|نوفمبر|ديسمبر"
)
_DATE = re.compile(
    rf"\b{_DIGITS}{{4}}-{_DIGITS}{{2}}-{_DIGITS}{{2}}\b|\b{_DIGITS}{{1,2}}[./]{_DIGITS}{{1,2}}[./]{_DIGITS}{{2,4}}\b"
    rf"|\b{_DIGITS}{{1,2}}(?:st|nd|rd|th|\.)?\s(?:of\s|de\s)?(?:{_MONTH})\b(?:\s(?:de\s)?{_DIGITS}{{4}})?"
    rf"|\b(?:{_MONTH})\s{_DIGITS}{{1,2}}\b(?:,?\s{_DIGITS}{{4}})?",
    re.IGNORECASE,
)
_PLAIN = re.compile(rf"(?<![\w\[]){_NUMBER}(?!\w*\])(?:st|nd|rd|th|x|×)?")
_SPELLED = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|fifteen|twenty|thirty|sixty|ninety|hundreds?|"
    r"thousands?|millions?)\s(?:\w+\s)?(?:minutes?|hours?|days?|weeks?|months?|years?|users?|seats?|customers?|people|"
    r"firms|companies|times)\b",
    re.IGNORECASE,
)
_EASTERN = str.maketrans("٠١٢٣٤٥٦٧٨٩٫", "0123456789.")


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money; `value` is None when it can not be read."""

    value: Decimal | None
    currency: str
    start: int
    end: int


def amounts(text: str) -> list[Amount]:
    """Every sum of money."""
    found: list[Amount] = []
    for match in _AMOUNT.finditer(text):
        sign = (match["before"] or match["after"]).casefold()
        found.append(Amount(_read(match["n1"] or match["n2"]), _SIGNS[sign], match.start(), match.end()))
    return found


def percentages(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _PERCENT.finditer(text)]


def dates(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _DATE.finditer(text)]


def numbers(text: str) -> list[tuple[int, int]]:
    """Figures in digits, and counted things in words ("two weeks")."""
    return [match.span() for pattern in (_PLAIN, _SPELLED) for match in pattern.finditer(text)]


def _read(number: str) -> Decimal | None:
    """`1,440.00`, `1.440,00`, `1 440`, `12,50` and `12`: the last mark before one or two digits parts the cents."""
    plain = re.sub(r"[\u00a0\u202f]", "", number.translate(_EASTERN))
    cents = re.search(r"[.,](\d{1,2})$", plain)
    whole = plain[: cents.start()] if cents else plain
    digits = re.sub(r"[.,]", "", whole)
    try:
        return Decimal(f"{digits}.{cents.group(1)}" if cents else digits).normalize()
    except InvalidOperation:
        return None
