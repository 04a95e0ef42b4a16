"""Numbers as people write them: 1,200 and 1.2k, forty-five, a dozen, a couple hundred."""

from __future__ import annotations

import re

_SMALL = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40,
    "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_GROUPS = {
    "dozen": 12,
    "dozens": 24,
    "hundred": 100,
    "hundreds": 200,
    "thousand": 1_000,
    "thousands": 2_000,
    "k": 1_000,
}
_MOST_CHARS = 20
"""Of a figure: a longer one counts nothing that anybody has."""
_VAGUE = {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4, "half": 0.5}

_units = "one|two|three|four|five|six|seven|eight|nine"
_tens = "twenty|thirty|fou?rty|fifty|sixty|seventy|eighty|ninety"
_teens = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_small = rf"(?:(?:{_tens})(?:[ -](?:{_units}))?|{_teens}|{_units}|zero)"
_digits = r"\d{1,3}(?:[,.\u00a0' ]\d{3})+(?!\d)|\d+(?:\.\d+)?"
_group = r"dozens?|hundreds?|thousands?"
NUMBER = (
    rf"(?:(?:{_digits})(?:\s?k\b|\s(?:{_group})\b)?"
    rf"|(?:a\s(?:couple|few)(?:\sof)?|several|half\sa|an?)\s(?:{_group})\b"
    rf"|{_small}(?:\s(?:{_group}))?(?:\s(?:and\s)?{_small})?\b"
    r"|a\scouple\b(?:\sof\b)?|a\sfew\b|(?:a\s)?handful\b|dozens\b|hundreds\b)"
)
"""A regular expression without groups; match it case-insensitively and give what it found to `number`."""


def number(words: str) -> float | None:
    """The number that these words say; None when they say none. Vague ones give a usual reading: a few is 3."""
    plain = words.lower().replace("-", " ").replace("’", "'").strip()
    figure = re.fullmatch(rf"({_digits})\s?(k|{_group})?", plain)
    if figure and len(figure.group(1)) > _MOST_CHARS:
        return None
    if figure:
        grouped = re.fullmatch(r"\d{1,3}(?:[,.\u00a0' ]\d{3})+", figure.group(1))
        value = float(re.sub(r"[,.\u00a0' ]", "", figure.group(1)) if grouped else figure.group(1))
        return value * _GROUPS.get(figure.group(2) or "", 1)
    return _spelled(plain.split())


def _spelled(words: list[str]) -> float | None:
    total = 0.0
    current: float | None = None
    for word in words:
        if word in _SMALL:
            current = (current or 0) + _SMALL[word]
        elif word in _GROUPS:
            total += (current or 1) * _GROUPS[word]
            current = None
        elif word == "handful":
            current = 5
        elif word in _VAGUE:
            # "half a dozen" is 0.5 x 12, "a few hundred" 3 x 100: the later vague word refines "a".
            current = _VAGUE[word] if word not in {"a", "an"} or current is None else current
        elif word not in {"of", "and"}:
            return None
    if current is None and not total:
        return None
    return total + (current or 0)


def whole(words: str) -> int | None:
    """Like `number`, for what is counted in ones."""
    value = number(words)
    return None if value is None else round(value)
