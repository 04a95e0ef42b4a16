"""When something should happen: `when` is {"start", "end", "grain"} in ISO 8601, resolved on the visitor's clock.

`end` lies after `start` always. `grain` says how exact the wish is: "minute" (start is the wish, end one hour later or
as long as was said), "window", "part_of_day", "day", "days", "week", "weekend" or "month". A time that was named beside
several days ("mornings next week") stands in "daily" as {"from", "to"}; a time zone that was named in "zone", and a
weekday that is not that of the date beside it in "weekday" (0 is Monday). A day that no calendar has is no wish but an
`impossible_date` with its words, and a time that is over a `past_date`; how long a meeting is to take is
`meeting_length` in minutes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from intents.facts.dates.clocks import Clock
from intents.facts.dates.counting import Instant
from intents.facts.dates.days import Calendar, Days, Range, monday
from intents.facts.dates.phrases import Phrase, find_phrases
from intents.facts.dates.words import WEEKDAYS
from intents.facts.dates.zones import zone_of
from intents.facts.found import Found
from intents.values import ReadingContext

_HOUR = 60
_DAY = timedelta(days=1)
_MEETS = re.compile(
    r"\b(?:call|meet\w*|demo|chat|slot|session|appointment|zoom|talk|book|schedule|move"
    r"|resched\w+|push|shift|postpone|speak)\b",
    re.IGNORECASE,
)
_TOLD_OF = re.compile(
    r"\b(?:was|were|had|did|didn'?t|spoke|talked|called|met|booked|missed|tried|wrote|sent|got|came|saw|said)\b",
    re.IGNORECASE,
)
_LEAVES = re.compile(
    r"\b(?:all|it|everything|enough|done)(?: (?:i|we) (?:need(?:ed)?|want(?:ed)?))? for (?:today|now|tonight)\b",
    re.IGNORECASE,
)
"""Says goodbye: "that will be all for today" wishes for no time."""
_LONGEST_MEETING_S = 4 * 3_600


def find_when(text: str, context: ReadingContext) -> Iterator[Found]:
    """Every wish for a time, in the order they are named; what lies in the past is none."""
    home = zone_of(context.time_zone)
    now = context.now.astimezone(home)
    asked = context.asked is not None and context.asked.kind == "when"
    text = _LEAVES.sub(lambda done: " " * len(done[0]), text)
    phrases = find_phrases(text, Calendar(now, day_first=not _month_first(context.locale)))
    phrases = _same_week(text, phrases)
    days_named = any(phrase.days for phrase in phrases)
    for phrase in phrases:
        if phrase.days and phrase.days.range is None:
            yield _impossible(text, phrase.days)
        elif phrase.length and not phrase.clock:
            yield from _meeting_length(text, phrase)
        elif _is_wish(text, phrase, asked=asked, days_named=days_named):
            yield from _wish(text, phrase, context.now, home, asked=asked)


def _same_week(text: str, phrases: list[Phrase]) -> list[Phrase]:
    """Of "next week Tuesday or Thursday" the week counts for both."""
    kept = list(phrases)
    in_week = ""
    for place in range(1, len(kept)):
        left, right = kept[place - 1].days, kept[place].days
        if not (left and right and left.range and right.range and left.is_one_day and right.is_one_day):
            continue
        said = in_week or text[left.start : left.end].lower()
        in_week, between = "", text[left.end : right.start].lower()
        bare = re.fullmatch(r"(?:on\s)?[a-z]+\.?", text[right.start : right.end].lower())
        if "week" in said and bare and re.fullmatch(r"[\s,/]*(?:or|and)?[\s,]*(?:on\s)?", between):
            in_week = said
            day = monday(left.range.first) + right.range.first.weekday() * _DAY
            kept[place] = replace(
                kept[place], days=replace(right, range=replace(right.range, first=day, after=day + _DAY))
            )
    return kept


def _is_wish(text: str, phrase: Phrase, *, asked: bool, days_named: bool) -> bool:
    if phrase.days or phrase.instant:
        return True
    clock = phrase.clock
    if clock is None:
        return False
    return bool(
        (clock.sure and not clock.part)
        or (clock.cued and _MEETS.search(text))
        or asked
        or phrase.zone
        or (clock.part and not days_named and _wanted_part(text, clock))
    )


def _wanted_part(text: str, clock: Clock) -> bool:
    """ "In the morning" is a wish; "every morning" and "morning!" are not."""
    before = text[: clock.start]
    return len(before.split()) > 0 and not re.search(
        r"\b(?:every|each|most|good)\s(?:\w+\s)?$", before, re.IGNORECASE
    )


def _impossible(text: str, day: Days) -> Found:
    return Found(
        "impossible_date", text[day.start : day.end].strip(" .,"), day.start, day.end, 0.9, "rule:no_such_day"
    )


def _meeting_length(text: str, phrase: Phrase) -> Iterator[Found]:
    length = phrase.length
    if length and length.is_short and 300 <= length.seconds <= _LONGEST_MEETING_S and _MEETS.search(text):
        yield Found(
            "meeting_length", round(length.seconds / 60), length.start, length.end, 0.7, "rule:length"
        )


def _is_over(text: str, phrase: Phrase, today: date, *, asked: bool) -> bool:
    """Whether a meeting is wished for on a day that is gone, not told of; any is, where one was asked for."""
    days = phrase.days
    if days is None or days.range is None or days.range.grain != "day" or days.bound:
        return False
    is_meant = asked or bool(_MEETS.search(text))
    return days.range.after <= today and is_meant and not _TOLD_OF.search(text)


def _wish(text: str, phrase: Phrase, now: datetime, home: tzinfo, *, asked: bool) -> Iterator[Found]:
    zone = zone_of(phrase.zone.zone) if phrase.zone else home
    here = now.astimezone(zone)
    if phrase.instant:
        value = _soon(phrase.instant, now.astimezone(home))
        how, confidence = "rule:in_hours", 0.85
    else:
        value = _resolve(phrase, here, zone)
        how = "rule:when"
        confidence = 0.9 if phrase.days and phrase.clock else 0.85 if phrase.days else 0.7
        if value and phrase.zone:
            value["zone"] = phrase.zone.zone
        if phrase.days and phrase.days.range and phrase.days.range.clash:
            how, confidence = "rule:when_weekday_differs", 0.5
            if value:
                value["weekday"] = _weekday(text[phrase.days.start : phrase.days.end])
    if value is None and _is_over(text, phrase, here.date(), asked=asked):
        yield Found("past_date", text[slice(*phrase.span)].strip(" .,"), *phrase.span, 0.85, "rule:is_over")
    if value:
        yield Found("when", value, *phrase.span, confidence, how)


def _weekday(said: str) -> int | None:
    """The weekday that is named in words of a date."""
    names = (WEEKDAYS.get(word) for word in re.findall(r"[a-z]+", said.lower()))
    return next((name for name in names if name is not None), None)


def _soon(instant: Instant, now: datetime) -> dict[str, Any] | None:
    """ "In an hour"; what is said of this very moment or of the past is no wish."""
    start = instant.at.replace(tzinfo=now.tzinfo) if instant.at.tzinfo is None else instant.at
    if start <= now and not (instant.until and instant.until > now):
        return None
    if instant.until:
        return _value(start, instant.until, "window")
    return _value(start, start + timedelta(hours=1), "minute")


def _resolve(phrase: Phrase, now: datetime, zone: tzinfo) -> dict[str, Any] | None:
    days, clock = phrase.days, phrase.clock
    if days and days.range:
        span = _wished_days(days.range, days.bound, now.date())
        if span is None:
            return None
        if clock and span.grain == "day":
            return _at(span.first, clock, zone, phrase)
        value = _value(_midnight(span.first, zone), _midnight(span.after, zone), span.grain)
        if clock:
            begin, finish = _hours(clock)
            value["daily"] = {"from": _hhmm(begin), "to": _hhmm(min(finish or begin + _HOUR, 1439))}
        return value
    if clock is None:
        return None
    begin, finish = _hours(clock)
    is_over = (finish if finish and clock.part else begin) <= now.hour * 60 + now.minute
    return _at(now.date() + timedelta(days=1 if is_over else 0), clock, zone, phrase)


def _wished_days(span: Range, bound: str, today: date) -> Range | None:
    """The days that may be offered: of what is named, what is left of it; None when it is over or too wide."""
    match bound:
        case "before" | "until":
            last = span.first if bound == "before" else span.after
            # "Before Q3" says by when they want it, not when to meet.
            return Range(today, last, "days") if _DAY <= last - today <= 62 * _DAY else None
        case "after":
            after = span.first + _DAY if span.grain == "day" else span.after
            span = Range(after, after + timedelta(days=7), "days")
        case "since" | "from" if span.grain == "day":
            span = Range(span.first, span.first + timedelta(days=7), "days") if span.first >= today else span
    if (
        span.grain in {"quarter", "year"}
        or span.after - span.first > timedelta(days=100)
        or span.after <= today
    ):
        return None
    span = _narrow(span)
    if span.first < today < span.after or span.part == "coming":
        span = replace(span, first=today, after=max(span.after, today + _DAY))
    if span.after <= today:
        # Of "earlier this week" nothing is left: what is left of the week is offered.
        span = Range(today, monday(today) + timedelta(days=7), "week")
    return span


def _narrow(span: Range) -> Range:
    """The working days of a week's beginning or end, and ten days of a month's: narrower than the halves they name."""
    length = (span.after - span.first).days
    if not span.part or span.part == "coming" or span.grain != "days":
        return span
    if length <= 4:
        first = monday(span.first)
        begin, finish = {"start": (0, 2), "mid": (1, 4), "end": (3, 5)}[span.part]
        return replace(span, first=first + begin * _DAY, after=first + finish * _DAY)
    if length <= 16 and span.part == "start":
        return replace(span, after=span.first + 10 * _DAY)
    if length <= 16 and span.part == "end":
        return replace(span, first=span.first.replace(day=21))
    return span


def _hours(clock: Clock) -> tuple[int, int | None]:
    """From when to when, for a window of which one end was said too; None for a point in time."""
    if clock.bound == "before":
        finish = clock.finish or 1440
        return max(0, min(8 * 60, finish - 60)), finish
    begin = clock.begin or 0
    if clock.bound == "after":
        return begin, max(18 * 60, min(begin + 180, 1440))
    return begin, clock.finish


def _at(day: date, clock: Clock, zone: tzinfo, phrase: Phrase) -> dict[str, Any]:
    begin, finish = _hours(clock)
    start = _local(day, begin, zone)
    if finish is None:
        lasts = timedelta(seconds=phrase.length.seconds) if phrase.length else timedelta(hours=1)
        return _value(start, start + lasts, "minute")
    return _value(start, _local(day, finish, zone), "part_of_day" if clock.part else "window")


def _local(day: date, minutes: int, zone: tzinfo) -> datetime:
    """A wall-clock time; one that the change to summer time skips moves on by the hour that is missing."""
    wall = datetime.combine(day, time(), tzinfo=zone) + timedelta(minutes=minutes)
    return wall.astimezone(UTC).astimezone(zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return _local(day, 0, zone)


def _value(start: datetime, end: datetime, grain: str) -> dict[str, Any]:
    return {
        "start": start.isoformat(timespec="seconds"),
        "end": end.isoformat(timespec="seconds"),
        "grain": grain,
    }


def _hhmm(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _month_first(locale: str) -> bool:
    return locale.replace("_", "-").lower() in {"en-us", "en-ca", "en-ph"}
