"""Spellings of one word made alike: case, accents and umlauts, and the forms of Arabic letters. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_GERMAN = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
_WRITTEN_OUT = (("ae", "a"), ("oe", "o"), ("ue", "u"))
_LETTERS = str.maketrans(
    {
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي",
        "؟": "?", "،": ",", "؛": ";", "٬": ",", "٫": ".", "٪": "%",
        **{chr(0x660 + digit): str(digit) for digit in range(10)},
        **{chr(0x6F0 + digit): str(digit) for digit in range(10)},
    }
)  # fmt: skip
# Vowel marks and the stroke that stretches a word; they are written rarely and change nothing here.
VOWEL_MARKS = re.compile(r"[\u0610-\u061a\u064b-\u065f\u0670\u0640]+")


def arabic(text: str) -> str:
    """Letters of one sound written one way, and ASCII digits and punctuation; every character stays one."""
    return text.translate(_LETTERS)


@lru_cache(maxsize=8_192)
def folded(word: str, language: str) -> str:
    """The word as it is looked up."""
    plain = word.casefold()
    if language == "ar":
        return VOWEL_MARKS.sub("", arabic(plain))
    if language == "de":
        return plain.translate(_GERMAN)
    return "".join(char for char in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(char))


def written_out(word: str) -> str:
    """A German word whose umlauts were typed as two letters: "naechste"."""
    for two, one in _WRITTEN_OUT:
        word = word.replace(two, one)
    return word
