"""Days that belong together: from one to another, and up to, from or before one. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from intents.facts.dates.days import Days, Range

_TO = re.compile(r"^\s?(?:-|–|—|~|to|until|till|through|thru|bis|and)\s?(?:the\s)?$", re.IGNORECASE)
_OPENS = re.compile(r"\b(?P<word>from|between)\s(?:the\s)?$", re.IGNORECASE)
_BOUNDS = (
    ("before", r"before|prior to|earlier than|ahead of"),
    ("until", r"until|till|by|no later than|not later than|as late as|at the latest|up to"),
    ("after", r"after|later than|past"),
    ("since", r"since|starting(?: from| on)?|beginning|as early as|no earlier than|not before"),
    ("from", r"from"),
)
_BOUND = re.compile(
    r"\b(?:" + "|".join(rf"(?P<{name}>{words})" for name, words in _BOUNDS) + r")\s(?:the\s|on\s|in\s)?$",
    re.IGNORECASE,
)
_OR_LATER = re.compile(
    r"^,?\s(?:or|and)\s(?:later|after(?=\s*[.,!?]|$|,)|onwards?|greater)|^\sonwards?\b", re.IGNORECASE
)


def joined(text: str, days: list[Days]) -> list[Days]:
    """The same days with ranges put together and bounds read."""
    made: list[Days] = []
    rest = list(days)
    while rest:
        left = rest.pop(0)
        both = _range(text, left, rest[0]) if rest else None
        if both:
            rest.pop(0)
            made.append(both)
        else:
            made.append(_bounded(text, left))
    return made


def _range(text: str, left: Days, right: Days) -> Days | None:
    between = text[left.end : right.start]
    opens = _OPENS.search(text[: left.start])
    if not _TO.match(between) or left.range is None or right.range is None:
        return None
    if "and" in between.lower() and not (opens and opens["word"].lower() == "between"):
        return None
    first, last = _in_order(left.range, right.range, text[right.start : right.end])
    if last.after <= first.first:
        return None
    spans = Range(first.first, last.after, "days", last=last.first)
    return Days(opens.start() if opens else left.start, right.end, spans)


def _in_order(first: Range, last: Range, said: str) -> tuple[Range, Range]:
    """A year that is said once counts for both ends; the second end lies after the first."""
    if (
        not first.whole_year
        and last.whole_year
        and last.grain in {"day", "month"}
        and re.search(r"\d{4}", said)
    ):
        first = _moved(first, years=last.first.year - first.first.year)
        if first.first > last.first:
            first = _moved(first, years=-1)
    if re.fullmatch(r"now|today", said.lower()) and not first.whole_year and first.first > last.first:
        return _moved(first, years=-1), last
    if (
        not first.whole_year
        and not last.whole_year
        and first.grain == last.grain == "month"
        and first.first > last.first
    ):
        # "August to October" in September is the one that has begun; "May to March" as well.
        return _moved(first, years=-1), last
    if last.first <= first.first:
        if not last.whole_year:
            last = _moved(last, years=1)
        elif last.grain == "day" and not re.search(r"\d", said):
            weeks = (first.first - last.first).days // 7 + 1
            last = replace(
                last, first=last.first + timedelta(weeks=weeks), after=last.after + timedelta(weeks=weeks)
            )
    elif not first.whole_year and not last.whole_year and last.first - first.first > timedelta(days=366):
        last = _moved(last, years=-1)
    return first, last


def _moved(span: Range, *, years: int) -> Range:
    def move(day: date) -> date:
        return day + relativedelta(years=years)

    return replace(span, first=move(span.first), after=move(span.after))


def _bounded(text: str, day: Days) -> Days:
    later = _OR_LATER.match(text[day.end :])
    if later:
        return replace(day, end=day.end + later.end(), bound="since")
    said = text[day.start : day.end]
    inside = re.match(r"(?:by|until|till|before|after|since|from)\s", said, re.IGNORECASE)
    found = _BOUND.search(text[: day.start] + (inside.group() if inside else ""))
    if not found:
        return day
    return replace(day, start=found.start(), bound=found.lastgroup or "")
