"""The words of the calendar and the clock, and the pieces of patterns that are made of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

WEEKDAYS = {
    "monday": 0, "mon": 0, "tuesday": 1, "tues": 1, "tue": 1, "wednesday": 2, "wed": 2, "weds": 2, "wednsday": 2,
    "wendsday": 2, "thursday": 3, "thurs": 3, "thur": 3, "thu": 3, "thrusday": 3, "friday": 4, "fri": 4,
    "saturday": 5, "sat": 5, "sunday": 6, "sun": 6, "tuesdy": 1, "teusday": 1, "firday": 4, "wedensday": 2,
    "thursdy": 3,
}  # fmt: skip
MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "febuary": 2, "march": 3, "mar": 3, "april": 4, "apr": 4,
    "may": 5, "june": 6, "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9,
    "october": 10, "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
_UNIT_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen"
)
_UNITS = _UNIT_WORDS.split()
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50}
_ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth"
    " fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_ORDINAL_UNITS = _ORDINAL_WORDS.split()
CARDINALS = {word: value for value, word in enumerate(_UNITS) if value} | {
    f"{tens}{' ' + _UNITS[unit] if unit else ''}": value + unit
    for tens, value in _TENS.items()
    for unit in range(10)
}
ORDINALS = (
    {word: place + 1 for place, word in enumerate(_ORDINAL_UNITS)}
    | {"twentieth": 20, "thirtieth": 30, "thirty first": 31}
    | {f"twenty {word}": 21 + place for place, word in enumerate(_ORDINAL_UNITS[:9])}
)


def any_of(words: Iterable[str]) -> str:
    """Any of these words, the longest first; a blank in one may be a hyphen."""
    longest_first = sorted(words, key=len, reverse=True)
    return "(?:" + "|".join(re.escape(word).replace(r"\ ", "[ -]") for word in longest_first) + ")"


WD = any_of(WEEKDAYS)
# "sat" and "sun" are words too; without a preposition only these are days.
SURE_WD = any_of(name for name in WEEKDAYS if name not in {"sat", "sun", "mon", "wed"})
MO = any_of(MONTHS)
# In small letters and alone, these are words.
SURE_MO = any_of(name for name in MONTHS if name not in {"may", "march", "mar", "dec", "jan", "sep"})
YEAR = r"(?:19|20)\d\d"
_ORD = any_of(ORDINALS)
_D = r"(?:3[01]|[12]\d|0?[1-9])"
_SPOKEN = r"(?:[23]0\s[1-9](?:st|nd|rd|th))"
ORDINAL_DAY = rf"(?:{_SPOKEN}|{_D}\s?(?:st|nd|rd|th)\b|(?:{_ORD})\b)"
"""A day of the month that is said as an ordinal, so that it can stand alone."""
DAY = (
    rf"(?:{_SPOKEN}|(?:{_ORD})\b|"
    rf"(?:{any_of(name for name, value in CARDINALS.items() if value <= 31)})\b|{_D}(?:\s?"
    r"(?:st|nd|rd|th)\b)?)"
)
"""Any way of saying a day of the month that stands beside its month."""
D = _D
UNIT = r"(?:days?|weeks?|wks?|months?|years?|yrs?|fortnights?|quarters?|decades?)"
COUNT = rf"(?:\d{{1,3}}|(?:{any_of(CARDINALS)})\b|an?\b|(?:a\s)?couple(?:\sof)?|(?:a\s)?few|several|some)"


def day_number(said: str) -> int | None:
    """The 20 of "20th", "twentieth", "twenty" and "2 0th"; the 21 of "20 1st" as dictation writes it."""
    plain = said.lower().replace("-", " ").strip()
    spoken = re.fullmatch(r"([23]0)\s([1-9])(?:st|nd|rd|th)", plain)
    if spoken:
        return int(spoken[1]) + int(spoken[2])
    digits = re.match(r"\d{1,2}", plain)
    return int(digits.group()) if digits else ORDINALS.get(plain) or CARDINALS.get(plain)


def count(said: str) -> float | None:
    """How many: digits, words, and the usual reading of vague ones."""
    plain = re.sub(r"\s(?:of)$", "", said.lower().replace("-", " ").strip())
    vague = {"a": 1, "an": 1, "couple": 2, "a couple": 2, "few": 3, "a few": 3, "several": 3, "some": 3}
    if plain in vague:
        return vague[plain]
    if plain in CARDINALS:
        return CARDINALS[plain]
    try:
        return float(plain)
    except ValueError:
        return None


def whole_year(said: str) -> int:
    """Four digits, or two of this century (this one's first half, as in "35") or the last."""
    digits = int(re.sub(r"\D", "", said))
    return digits if digits > 99 else digits + (2000 if digits < 70 else 1900)
