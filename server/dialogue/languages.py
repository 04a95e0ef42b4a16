"""The languages that Frontdesk speaks: how each is written, and which one is spoken in a turn. No I/O."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Literal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal

from server.placeholders import PLACEHOLDER

LANGUAGES = ("en", "de", "fr", "es", "ar")
_RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_LOCALES = {"en": "en_GB"}
"""Days come before months, as in the other languages."""
# Written out rather than taken from the process's locale, which must not change what a visitor reads.
_DAY = {
    "en": "EEEE d MMMM",
    "de": "EEEE, d. MMMM",
    "fr": "EEEE d MMMM",
    "es": "EEEE, d 'de' MMMM",
    "ar": "EEEE، d MMMM",
}
_YEAR = {"es": " 'de' y"}
_DATE = {"de": "d. MMMM y", "es": "d 'de' MMMM 'de' y"}

_ENOUGH = 4
"""Words from which one message tells its language for good."""
_ENOUGH_OF_AN_UNKNOWN = 6
"""To leave the language that is spoken for English takes more: the fewer the words, the likelier a mistake."""
_OWN_SCRIPT = frozenset({"ar"})
"""Told by its letters, which nobody takes for another language's."""
_WORDS = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_NO_WORDS = re.compile(rf"{PLACEHOLDER.pattern}|https?://\S+")


def language_of(locale: str) -> str:
    """`de` of `de-AT`; empty for a language that we do not speak."""
    primary = locale.replace("_", "-").split("-")[0].lower()
    return primary if primary in LANGUAGES else ""


def direction(language: str) -> Literal["ltr", "rtl"]:
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"


def spoken(current: str, locale: str, site: str, *, heard: str = "und", words: str = "") -> str:
    """The language to answer in: the widget's at first, from then on the one in which the visitor clearly writes.

    `heard` is the language of the message, `words` the message itself. A language that we do not speak is answered in
    English.
    """
    now = current or language_of(locale) or site
    if heard in {"und", now} or not words:
        return now
    count = len(_WORDS.findall(_NO_WORDS.sub(" ", words)))
    if heard in LANGUAGES:
        return heard if count >= _ENOUGH or heard in _OWN_SCRIPT else now
    return "en" if count >= _ENOUGH_OF_AN_UNKNOWN else now


def is_foreign(heard: str, words: str) -> bool:
    """Whether a message is clearly in a language that we do not speak."""
    if heard == "und" or heard in LANGUAGES:
        return False
    return len(_WORDS.findall(_NO_WORDS.sub(" ", words))) >= _ENOUGH_OF_AN_UNKNOWN


def name_of(language: str, among: str) -> str:
    """What a language is called: `name_of("de", "fr")` is "allemand"."""
    return str(locale_of(among).languages.get(language.partition("-")[0], language))


@lru_cache(maxsize=32)
def locale_of(language: str) -> Locale:
    """Babel's data for a language; English for one that we do not speak."""
    known = language if language in LANGUAGES else "en"
    return Locale.parse(_LOCALES.get(known, known))


def number(value: int, language: str) -> str:
    """ "1,440", "1.440": always in Latin digits, which the quoted documents have too."""
    return format_decimal(value, locale=locale_of(language), numbering_system="latn")


def day(at: date, language: str, *, year: bool) -> str:
    """ "Tuesday 3 March", "Dienstag, 3. März"; with its year where it may be taken for another one's."""
    known = language if language in LANGUAGES else "en"
    pattern = _DAY[known] + (_YEAR.get(known, " y") if year else "")
    return format_date(at, pattern, locale=locale_of(known))


def written_date(at: date, language: str) -> str:
    """ "16 November 2026", "16. November 2026": a date without its weekday."""
    return format_date(at, _DATE.get(language, "d MMMM y"), locale=locale_of(language))


def plural(count: int, language: str) -> str:
    """The plural category that a count has: `one`, `few`, `other` and so on."""
    return str(locale_of(language).plural_form(count))
