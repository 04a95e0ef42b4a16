"""Find the days in a text: what one rule took, no later one reads again. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from intents.facts.dates import day_makers as make
from intents.facts.dates.days import Calendar, Days, Range
from intents.facts.dates.holidays import HOLIDAYS
from intents.facts.dates.named_days import NAMED
from intents.facts.dates.words import MO, ORDINALS, WD, any_of
from intents.facts.dates.written_days import WRITTEN


@cache
def _rules() -> tuple[tuple[str, re.Pattern[str], make.Maker], ...]:
    """Compiled when the first text is read: there are many, and most are long."""
    return tuple(
        (needs, re.compile(pattern, re.IGNORECASE), maker) for needs, pattern, maker in (*WRITTEN, *NAMED)
    )


# Most messages name no day at all. What a rule needs is looked for once, and rules whose need is not there are skipped.
_NEEDS = re.compile(
    rf"(?P<month>\b(?:{MO})(?![a-z]))|(?P<weekday>\b(?:{WD})\b)|(?P<year>\b(?:19|20)\d\d)"
    r"|(?P<figure>\d[-/.])|(?P<unit>\b(?:days?|weekdays?|weeks?|weekends?|months?|quarters?"
    r"|years?|decades|fortnight|wks?|yrs?"
    r"|kw|cw|w/c|wc|eoy|eom|q[1-4])(?![a-z]))"
    r"|(?P<today>\b(?:today|toni|tom|tmr|tmw|tmo|2mor|(?:next|following) day|yesterday"
    r"|last night|overm|the day|now\b))"
    r"|(?P<part>\b(?:this|next)\s(?:early\s|late\s)?(?:morning|aftern|evening|night))"
    rf"|(?P<ordinal>\d(?:st|nd|rd|th)\b|\b(?:{any_of(ORDINALS)})\b)|(?P<on>\bon\sthe\s)|"
    rf"(?P<holiday>\b(?:{any_of(HOLIDAYS)}))",
    re.IGNORECASE,
)
_IMPLIED = {"year": ("figure",), "today": ("unit",), "ordinal": ("on",)}
_REPEATED_BEFORE = re.compile(r"\b(?:every|each)\s(?:other\s|single\s)?(?:the\s)?$", re.IGNORECASE)
_REPEATED = re.compile(r"^s\b|^\s?-?\s?(?:old|long|free trial|trial)\b", re.IGNORECASE)


def find_days(text: str, calendar: Calendar) -> Iterator[Days]:
    """Days in the order they are named; repeated ones ("every Monday") are not."""
    needs = {match.lastgroup for match in _NEEDS.finditer(text)}
    needs |= {implied for need in tuple(needs) if need for implied in _IMPLIED.get(need, ())}
    taken: list[tuple[int, int]] = []
    found: list[Days] = []
    for need, pattern, maker in _rules() if needs else ():
        if need not in needs:
            continue
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other_end and other_start < end for other_start, other_end in taken):
                continue
            made = maker(make.Said(match), calendar)
            if made is None:
                continue
            taken.append((start, end))
            if _REPEATED_BEFORE.search(text[:start]) or _REPEATED.match(text[end:]):
                continue
            found.append(Days(start, end, made if isinstance(made, Range) else None))
    yield from sorted(found, key=lambda one: one.start)
