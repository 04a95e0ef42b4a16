"""Days as people name them: next Tuesday, the 3rd, 24 Nov, in two weeks, end of next month."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from intents.facts import calendar_days as days
from intents.facts.calendar_days import MONTHS, ORDINALS, WEEKDAYS, Calendar, Maker
from intents.facts.numbers import NUMBER


@dataclass(frozen=True, slots=True)
class Days:
    """From `first` up to but not including `after`; `grain` as in `calendar_days.Range`."""

    start: int
    end: int
    first: date
    after: date
    grain: str


def find_days(text: str, calendar: Calendar) -> Iterator[Days]:
    """Days in the order they are named; past ones ("last Tuesday") and repeated ones ("every Monday") are not."""
    taken: list[tuple[int, int]] = []
    found: list[Days] = []
    for pattern, make in _RULES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            taken.append((start, end))
            made = None if _PASSED_BY.search(text[:start]) else make(match, calendar)
            if made:
                found.append(Days(start, end, *made))
    yield from sorted(found, key=lambda one: one.start)


_PASSED_BY = re.compile(r"\b(?:last|past|previous|every|each|since|ago)\s(?:the\s)?$", re.IGNORECASE)


def _any_of(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


_WD = _any_of(WEEKDAYS)
# "sat" and "sun" are words too; without a preposition only these are days.
_SURE_WD = _any_of(name for name in WEEKDAYS if name not in {"sat", "sun"})
_MO = _any_of(MONTHS)
_ORD = _any_of(ORDINALS)
_D = r"[12]\d|3[01]|0?[1-9]"
_PART = r"(?P<part>beginning|start|early|mid(?:dle)?|end|late(?:r)?)"
_YEAR = r"(?:,?\s(?P<y>20\d\d))?"
_NO_DAY = r"(?!\s(?:time|floor|party|plan|option|one|question|attempt|of\s))"


def _rule(pattern: str, make: Maker) -> tuple[re.Pattern[str], Maker]:
    return re.compile(pattern, re.IGNORECASE), make


# Longer ways of naming a day come first: what one rule took, no later one reads again.
_RULES = (
    _rule(r"(?<![\d-])(?P<y>20\d\d)-(?P<m>0[1-9]|1[0-2])-(?P<d>0[1-9]|[12]\d|3[01])(?!\d)", days.iso),
    _rule(
        rf"\b(?:(?:{_WD})\.?,?\s)?(?:the\s)?(?P<d>{_D}|{_ORD})(?:st|nd|rd|th"
        rf"|\.)?\s?(?:of\s)?(?P<mo>{_MO})\b\.?{_YEAR}",
        days.dated,
    ),
    _rule(
        rf"\b(?:(?:{_WD})\.?,?\s)?(?P<mo>{_MO})\.?\s(?:the\s)?(?P<d>{_D})(?:st|nd|rd|th)?\b(?![:%]"
        rf"|\s?(?:am|pm)\b){_YEAR}",
        days.dated,
    ),
    _rule(rf"(?<![\d/.])(?P<a>{_D})(?P<sep>[/.])(?P<b>{_D})(?P=sep)(?P<y>20\d\d|\d\d)(?!\d)", days.numeric),
    _rule(
        rf"(?:(?<=\bon )|(?<=\bfor )|(?<=\bby )|(?<=\buntil )|\b(?:{_WD})\.?,?\s(?:the\s)?)(?!24/7)"
        rf"(?P<a>{_D})(?P<sep>[/.])(?P<b>{_D})(?P<y>)(?![\d/]|\.\d)\.?",
        days.numeric,
    ),
    _rule(
        rf"(?<![\d/.])(?!24/7)(?P<a>{_D})(?P<sep>[/.])(?P<b>0?[1-9]|1[0-2])(?P<y>)\.?(?=,?\s(?:at|um|from"
        rf"|between|around)\b|,?\s\d{{1,2}}:\d\d)",
        days.numeric,
    ),
    _rule(
        r"\b(?:(?P<n>a|one|two|three|four|\d)\s)?weeks?\sfrom\s(?:tomorrow|today|now"
        rf"|(?:this\s)?(?P<wd>{_WD}))\b",
        days.week_from,
    ),
    _rule(
        rf"\b(?:in|after)\s(?:about\s|around\s)?(?P<n>{NUMBER}|an?)\s?(?P<unit>days?|weeks?|months?"
        r"|fortnights?)(?:'?s?\stime)?\b",
        days.relative,
    ),
    _rule(rf"\b(?P<n>{NUMBER}|an?)\s(?P<unit>days?|weeks?|months?)\sfrom\s(?:now|today)\b", days.relative),
    _rule(
        r"\b(?:(?:within|in|over|during)\s)?the\s(?:next|coming)\s(?:(?P<n>couple(?:\sof)?|few"
        rf"|{NUMBER})\s)?(?P<unit>days|weeks|months)\b",
        days.coming_days,
    ),
    _rule(
        rf"\bwithin\s(?:the\s)?(?:next\s)?(?P<n>{NUMBER}|an?)\s(?P<unit>days?|weeks?|months?)\b",
        days.coming_days,
    ),
    _rule(rf"\bnext\s(?P<n>couple(?:\sof)?|few|{NUMBER})\s(?P<unit>days|weeks|months)\b", days.coming_days),
    _rule(
        r"\b(?P<word>(?:the\s)?day after tomorrow|today|tonight|tomorr?ow|tomm?or?row|tmrw?|tmr|tmw"
        r"|2mor+o?w)\b",
        days.named_day,
    ),
    _rule(
        rf"\b(?P<wd>{_WD})\.?,?\s(?:of\s|in\s)?(?:(?:the\s)?week after(?:\snext)?|(?:the\s)?(?:next"
        r"|following|coming)\sweek)\b",
        days.weekday_next_week,
    ),
    _rule(rf"\bnext\sweek(?:'s)?,?\s(?:on\s)?(?P<wd>{_WD})\b", days.weekday_next_week),
    _rule(rf"\b(?:{_PART}\s(?:of\s)?)?(?:the\s)?week after next\b", days.some_week),
    _rule(
        rf"\b(?:{_PART}\s(?:of\s)?)?(?:this|next|(?:the\s)?following|(?:the\s)?coming)\sweek\b",
        days.some_week,
    ),
    _rule(r"\b(?P<part>later|end|beginning|start|middle)\s(?:of\s)?the\sweek\b", days.some_week),
    _rule(r"\b(?:(?P<which>this|next|the|coming)\s)?weekend\b", days.weekend),
    _rule(rf"\b(?:{_PART}\s(?:of\s)?)?(?P<which>this|next|the|following|coming)\smonth\b", days.some_month),
    _rule(rf"\b(?:(?P<which>this|next|coming|on)\s)?(?P<wd>{_SURE_WD})s?\b", days.weekday),
    _rule(r"\b(?P<which>this|next|coming|on)\s(?P<wd>sat|sun)\b", days.weekday),
    _rule(rf"\b{_PART}[\s-](?:of\s)?(?P<mo>{_MO})\b{_YEAR}", days.month_named),
    _rule(rf"\b(?:in|during|by|for|around|until|before)\s(?P<part>)(?P<mo>{_MO})\b{_YEAR}", days.month_named),
    _rule(rf"\b(?:on\s)?(?:the\s)?(?P<d>{_D})(?:st|nd|rd|th)\b{_NO_DAY}", days.day_of_month),
)
