"""Days and instants that are counted from somewhere: in two weeks, 3 days after Easter, half an hour from now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from intents.facts.dates.days import Calendar, Days, Range, later, one
from intents.facts.dates.lengths import Length


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment, or with `until` a span of them, that lies so and so long from now."""

    start: int
    end: int
    at: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What the lengths of a text turned out to be; `days` holds the days that were named as well."""

    days: list[Days]
    instants: list[Instant]
    lengths: list[Length]


_ABOUT = r"(?:(?:about|around|approximately|roughly|like|maybe|say|only|just)\s)?"
_IN = re.compile(rf"\b(?:in|after)\s{_ABOUT}$", re.IGNORECASE)
_WITHIN = re.compile(
    rf"\b(?:within|inside)\s(?:the\s)?(?:next\s)?{_ABOUT}$|\b(?:in\s|for\s|over\s)?"
    r"(?:the\s)?(?:next|coming)\s$",
    re.IGNORECASE,
)
_LAST = re.compile(
    r"(?<!will )(?<!n't )(?<!to )(?<!would )(?<!can )(?<!it )\b(?:in\s|for\s|over\s)?"
    r"(?:the\s)?(?:last|past)\s$",
    re.IGNORECASE,
)
_NEXT_OR_PAST = re.compile(r"\b(?:next|coming|upcoming|last|past)\s$", re.IGNORECASE)
_AHEAD = re.compile(r"^\s(?:from\s(?:now|today)|hence)\b", re.IGNORECASE)
_AGO = re.compile(r"^\s(?:ago|back(?=\s*[.,!?]|$))\b", re.IGNORECASE)
_FROM = re.compile(r"^,?\s(?:from|after|following|past|starting)\s(?:the\s)?$", re.IGNORECASE)
_BEFORE = re.compile(r"^\s(?:before|prior to|ahead of)\s(?:the\s)?$", re.IGNORECASE)
_FOR = re.compile(r"\bfor\s(?:another\s|about\s|around\s)?$", re.IGNORECASE)
_OF = re.compile(r"^\s(?:of|free|trial|notice|contract)\b|^-(?:day|trial)", re.IGNORECASE)
_TIME = re.compile(r"^(?:'|’)?s?(?:'|’)?\stime\b|^(?:'|’)", re.IGNORECASE)


def in_context(text: str, lengths: Sequence[Length], days: Sequence[Days], calendar: Calendar) -> Counted:
    """Tell lengths that lead to a day or an instant from those that are meant as lengths."""
    counted = Counted(list(days), [], [])
    for length in lengths:
        if any(length.start < day.end and day.start < length.end for day in counted.days):
            continue
        _place(text, length, counted, calendar)
    counted.days.sort(key=lambda day: day.start)
    counted.days[:] = _on_weekday(text, counted.days, {day.start for day in days})
    return counted


def _place(text: str, length: Length, counted: Counted, calendar: Calendar) -> None:
    before, after = text[: length.start], text[length.end :]
    for day in counted.days:
        between = text[length.end : day.start]
        sign = 1 if _FROM.match(between) else -1 if _BEFORE.match(between) else 0
        if sign and day.range and not length.is_short and day.start >= length.end:
            counted.days.remove(day)
            counted.days.append(_counted_from(text, length, day, sign))
            return
    if _OF.match(after):
        counted.lengths.append(length)
        return
    ahead, ago, within, last = (
        _AHEAD.match(after),
        _AGO.match(after),
        _WITHIN.search(before),
        _LAST.search(before),
    )
    inside = _IN.search(before)
    if not (ahead or ago or within or last or inside):
        counted.lengths.append(length)
        return
    opening = inside or within or last
    start = opening.start() if opening else length.start
    start += len(text[start:]) - len(text[start:].lstrip())
    closing = ahead or ago or (_TIME.match(after) if inside else None)
    end = length.end + (closing.end() if closing else 0)
    sign = -1 if ago or last else 1
    is_span = bool(within or last) and not ahead
    if length.is_short:
        instant = calendar.now + sign * timedelta(seconds=length.seconds)
        span = sorted((calendar.now, instant))
        counted.instants.append(
            Instant(start, end, span[0], span[1]) if is_span else Instant(start, end, instant)
        )
        return
    there = later(calendar.today, sign * length.count, length.unit)
    if not is_span:
        counted.days.append(Days(start, end, one(there)))
    elif sign > 0:
        first = calendar.today + timedelta(
            days=1 if _NEXT_OR_PAST.search(before) and "within" not in before.lower() else 0
        )
        reached = later(first, length.count, length.unit)
        counted.days.append(Days(start, end, Range(first, reached, "days", "coming")))
    else:
        counted.days.append(Days(start, end, Range(there, calendar.today, "days")))


def _counted_from(text: str, length: Length, day: Days, sign: int) -> Days:
    assert day.range is not None
    there = later(day.range.first, sign * length.count, length.unit)
    said_for = _FOR.search(text[: length.start])
    if said_for and sign > 0:
        return Days(said_for.start(), day.end, Range(day.range.first, there, "days"))
    return Days(length.start, day.end, one(there))


def _on_weekday(text: str, days: list[Days], named: set[int]) -> list[Days]:
    """ "Two weeks from now on Tuesday": the first such weekday from the counted day on."""
    kept = list(days)
    for left, right in pairwise(days):
        counted, weekday = (left, right) if left.start not in named else (right, left)
        if weekday.start not in named or counted.start in named or not counted.range or not weekday.range:
            continue
        if not re.fullmatch(r",?\s(?:on\s)?", text[left.end : right.start]) or not re.match(
            r"(?:on\s)?\w*day\b|\w{3}\b", text[weekday.start : weekday.end], re.IGNORECASE
        ):
            continue
        wanted, base = weekday.range.first.weekday(), counted.range.first
        day = one(base + timedelta(days=(wanted - base.weekday()) % 7))
        kept = [one_day for one_day in kept if one_day not in {left, right}]
        kept.append(replace(counted, start=left.start, end=right.end, range=day))
    return sorted(kept, key=lambda day: day.start)
