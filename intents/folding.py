"""A text as a finder wants it: one way to write digits, blanks, dashes and signs, and where each stood. Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

# Zero-width characters, soft hyphens and marks of direction: invisible, and a number is none the less a number.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufe00-\ufe0f\ufeff]"
)
_FULL_STOPS = frozenset("\u3002\uff61\u2024\u00b7\u2027\u30fb\u0701\u0702")
_COMPATIBLE = ("<wide>", "<font>", "<small>")
# A pattern that ignores case takes these for i, s and k, though `lower()` makes none of them so.
_LOOSE_CASE = str.maketrans({"İ": "I", "ı": "i", "ſ": "s", "\u212a": "K"})


@dataclass(frozen=True, slots=True)
class Folded:
    """The text to search, and the place in the original of each of its characters."""

    text: str
    places: tuple[int, ...] | None
    """None where nothing was taken out: then the places are the same."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where `start:end` of the folded text stands in the original."""
        if self.places is None or start >= end:
            return start, end
        return self.places[start], self.places[end - 1] + 1


def fold(text: str) -> Folded:
    """Each character as its plain like (`\uff20` is `@`, `\u0665` is `5`), invisible ones left out."""
    if text.isascii():
        return Folded(text, None)
    if not _INVISIBLE.search(text):
        return Folded("".join(map(_plain, text)), None)
    places = tuple(at for at, char in enumerate(text) if not _INVISIBLE.match(char))
    return Folded("".join(_plain(text[at]) for at in places), places)


def plain_case(text: str) -> str:
    """The text with every letter that a pattern may take for an ASCII one as that letter; each stays one character."""
    return text if text.isascii() else text.translate(_LOOSE_CASE)


@cache
def _plain(char: str) -> str:
    """What it is read as, always one character."""
    if char.isascii():
        return char
    kind = unicodedata.category(char)
    if kind == "Nd":
        return str(unicodedata.digit(char))
    if kind == "Zs":
        return " "
    if kind == "Pd" or char == "\u2212":
        return "-"
    if char in _FULL_STOPS:
        return "."
    if unicodedata.decomposition(char).startswith(_COMPATIBLE):
        like = unicodedata.normalize("NFKC", char)
        return like if len(like) == 1 and like.isascii() else char
    # Circled and keycap digits are written by people who want to get past a filter.
    digit = unicodedata.digit(char, None)
    return (
        str(digit) if digit is not None and kind == "No" and "CIRCLED" in unicodedata.name(char, "") else char
    )
