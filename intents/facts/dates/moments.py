"""The exact value of each expression, by kind: date, time, datetime, their ranges, and durations. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from intents.facts.dates.clocks import Clock
from intents.facts.dates.days import Calendar, Days
from intents.facts.dates.phrases import Phrase, find_phrases

Kind = Literal["date", "time", "datetime", "daterange", "timerange", "datetimerange", "duration"]


@dataclass(frozen=True, slots=True)
class Moment:
    """What stands at `start:end`. An instant has `begins` only, a range both unless `bound` says that it is open.

    Values are of the clock that is spoken of: `zone` says which when the words do. `ends` of a range of days is the
    first day after it, and `last` the day named last. A duration has `seconds` only, an impossible date nothing.
    """

    kind: Kind
    start: int
    end: int
    begins: date | time | datetime | None = None
    ends: date | time | datetime | None = None
    last: date | None = None
    bound: str = ""
    part: str = ""
    seconds: float | None = None
    zone: str = ""
    is_impossible: bool = False


def find_moments(text: str, calendar: Calendar) -> list[Moment]:
    """Every date, time, range and duration that the text surely names, in its order."""
    return [moment for phrase in find_phrases(text, calendar) for moment in _of(phrase)]


def _of(phrase: Phrase) -> list[Moment]:
    if phrase.instant:
        one = phrase.instant
        kind: Kind = "datetimerange" if one.until else "datetime"
        return [Moment(kind, one.start, one.end, one.at, one.until)]
    day = None if phrase.lent == "days" else phrase.days
    clock = None if phrase.lent == "clock" else phrase.clock
    found: list[Moment] = []
    if day and clock and day.is_one_day:
        found.append(_day_and_time(phrase, day, clock))
    else:
        if day:
            found.append(_day(day))
        if clock and (clock.sure or clock.part or day or clock.cued):
            found.append(_time(phrase, clock))
    if phrase.length and not (found and phrase.clock and _taken_in(phrase)):
        found.append(
            Moment("duration", phrase.length.start, phrase.length.end, seconds=phrase.length.seconds)
        )
    return found


def _taken_in(phrase: Phrase) -> bool:
    assert phrase.clock is not None
    return bool(phrase.clock.bound == "after")


def _day(day: Days) -> Moment:
    span = day.range
    if span is None:
        return Moment("date", day.start, day.end, is_impossible=True)
    bound = "" if day.bound == "from" else day.bound
    if span.grain == "day" and not bound:
        return Moment("date", day.start, day.end, span.first)
    if not bound:
        return Moment("daterange", day.start, day.end, span.first, span.after, span.last, part=span.part)
    if bound in {"before", "until"}:
        edge = span.first if bound == "before" and span.part != "end" else span.after
        if span.grain == "day":
            edge = span.first
        return Moment("daterange", day.start, day.end, None, edge, bound=bound)
    edge = span.first if span.grain == "day" or bound == "since" or span.part == "start" else span.after
    return Moment("daterange", day.start, day.end, edge, None, bound=bound)


def _day_and_time(phrase: Phrase, day: Days, clock: Clock) -> Moment:
    start, end = phrase.span
    if day.range is None:
        return Moment("datetime", start, end, is_impossible=True)
    midnight = datetime.combine(day.range.first, time())
    zone = phrase.zone.zone if phrase.zone else ""
    begins = None if clock.begin is None else midnight + timedelta(minutes=clock.begin)
    if clock.is_point:
        if phrase.length and begins:
            return Moment(
                "datetimerange",
                start,
                end,
                begins,
                begins + timedelta(seconds=phrase.length.seconds),
                zone=zone,
            )
        return Moment("datetime", start, end, begins, zone=zone)
    ends = None if clock.finish is None else midnight + timedelta(minutes=clock.finish)
    return Moment("datetimerange", start, end, begins, ends, bound=clock.bound, part=clock.part, zone=zone)


def _time(phrase: Phrase, clock: Clock) -> Moment:
    start, end = clock.start, clock.end
    zone = phrase.zone.zone if phrase.zone else ""
    if phrase.length and clock.begin is not None and clock.bound == "after":
        start, end = min(start, phrase.length.start), max(end, phrase.length.end)
        finish = clock.begin + round(phrase.length.seconds / 60)
        return Moment("timerange", start, end, _clock(clock.begin), _clock(finish), zone=zone)
    begins = None if clock.begin is None else _clock(clock.begin)
    if clock.is_point:
        return Moment("time", start, end, begins, zone=zone)
    ends = None if clock.finish is None else _clock(clock.finish)
    return Moment("timerange", start, end, begins, ends, bound=clock.bound, part=clock.part, zone=zone)


def _clock(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)
