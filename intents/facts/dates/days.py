"""Spans of days, and the arithmetic of weeks, months, quarters and years. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta


@dataclass(frozen=True, slots=True)
class Calendar:
    """The visitor's present moment, on their clock, and whether they write the day before the month."""

    now: datetime
    day_first: bool

    @property
    def today(self) -> date:
        return self.now.date()


@dataclass(frozen=True, slots=True)
class Range:
    """From `first` up to but not including `after`.

    `grain`: "day", "days", "week", "weekend", "month", "quarter" or "year". `part`: the "start", "mid" or "end" of
    what is named, or "coming" for a span that begins now. `last` is the day named last, where one is.
    """

    first: date
    after: date
    grain: str
    part: str = ""
    last: date | None = None
    clash: bool = False
    """The weekday that is named beside the date is another one."""
    whole_year: bool = True
    """A year was said, or follows from what was."""


@dataclass(frozen=True, slots=True)
class Impossible:
    """A day that no calendar has, such as 31 February."""


Made = Range | Impossible | None


@dataclass(frozen=True, slots=True)
class Days:
    """A range at `start:end` of the text; `range` is None for an impossible day. `bound`: "", "before", "until",
    "after" or "since", when the words say so."""

    start: int
    end: int
    range: Range | None
    bound: str = ""

    @property
    def is_one_day(self) -> bool:
        return self.range is None or self.range.grain == "day"

    def between(self, start: int, end: int) -> Days:
        """The same days said with more words."""
        return replace(self, start=start, end=end)


def one(day: date, *, clash: bool = False, whole_year: bool = True) -> Range:
    return Range(day, day + timedelta(days=1), "day", clash=clash, whole_year=whole_year)


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week(first: date, part: str = "") -> Range:
    """The week from that Monday on, or the half of it that is named."""
    match part:
        case "start":
            return Range(first, first + timedelta(days=3), "days", part)
        case "mid":
            return Range(first + timedelta(days=1), first + timedelta(days=4), "days", part)
        case "end":
            return Range(first + timedelta(days=3), first + timedelta(days=7), "days", part)
    return Range(first, first + timedelta(days=7), "week")


def month(first: date, part: str = "", *, whole_year: bool = True) -> Range:
    after = first + relativedelta(months=1)
    match part:
        case "start":
            return Range(first, first + timedelta(days=15), "days", part, whole_year=whole_year)
        case "mid":
            return Range(
                first + timedelta(days=9), first + timedelta(days=20), "days", part, whole_year=whole_year
            )
        case "end":
            return Range(first + timedelta(days=15), after, "days", part, whole_year=whole_year)
    return Range(first, after, "month", whole_year=whole_year)


def quarter(year: int, number: int, part: str = "", *, whole_year: bool = True) -> Range:
    first = date(year + (number - 1) // 4, 3 * ((number - 1) % 4) + 1, 1)
    return thirds(Range(first, first + relativedelta(months=3), "quarter", whole_year=whole_year), part)


def year(number: int, part: str = "") -> Range:
    return thirds(Range(date(number, 1, 1), date(number + 1, 1, 1), "year"), part)


def thirds(span: Range, part: str) -> Range:
    """The beginning, the middle or the end of a longer span, each a third of its months."""
    months = 4 if span.grain == "year" else 1
    match part:
        case "start":
            return replace(span, after=span.first + relativedelta(months=months), grain="days", part=part)
        case "mid":
            middle = span.first + relativedelta(months=months)
            return Range(middle, middle + relativedelta(months=months), "days", part)
        case "end":
            return replace(span, first=span.after - relativedelta(months=months), grain="days", part=part)
    return span


def on(day: int, month_number: int, year_said: int | None, calendar: Calendar) -> Range | Impossible:
    """That day; without a year, the next time it comes round."""
    if year_said is not None:
        try:
            return one(date(year_said, month_number, day))
        except ValueError:
            return Impossible()
    for ahead in range(9):
        # 29 February comes round every fourth year, at the turn of most centuries every eighth.
        try:
            found = date(calendar.today.year + ahead, month_number, day)
        except ValueError:
            continue
        if found >= calendar.today:
            return one(found, whole_year=False)
    return Impossible()


def in_month(day: int, calendar: Calendar, *, weekday: int | None = None) -> Range | None:
    """The next day with that number, on that day of the week when one is named; this one first."""
    for ahead in range(36 if weekday is not None else 4):
        first = calendar.today.replace(day=1) + relativedelta(months=ahead)
        try:
            found = first.replace(day=day)
        except ValueError:
            continue
        if found >= calendar.today and weekday in {None, found.weekday()}:
            return one(found)
    return None


def later(day: date, count: float, unit: str) -> date:
    """So many units on; a count below zero goes back."""
    whole = int(count)
    match unit[0]:
        case "d" if unit.startswith("dec"):
            return day + relativedelta(years=10 * whole)
        case "d":
            return day + timedelta(days=count)
        case "w":
            return day + timedelta(weeks=count)
        case "f":
            return day + timedelta(weeks=2 * count)
        case "q":
            return day + relativedelta(months=3 * whole)
        case "y":
            return day + relativedelta(years=whole)
    return day + relativedelta(months=whole)


def working_days(calendar: Calendar, how_many: int) -> Range:
    """From tomorrow on until so many working days are in it."""
    first = after = calendar.today + timedelta(days=1)
    while how_many > 0:
        how_many -= after.weekday() < 5
        after += timedelta(days=1)
    return Range(first, after, "days", "coming")
