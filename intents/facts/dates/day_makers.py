"""From a match of the words to the days they mean, one function a way of naming days. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from intents.facts.dates import days
from intents.facts.dates.days import Calendar, Impossible, Made, Range, one
from intents.facts.dates.words import CARDINALS, MONTHS, ORDINALS, WEEKDAYS, count, day_number, whole_year


class Said:
    """What a match said, by the names of its groups; `d2` is another place for `d`. Empty where nothing was said."""

    def __init__(self, match: re.Match[str]) -> None:
        self.words = match.group()
        self._said: dict[str, str] = {}
        for name, value in match.groupdict().items():
            if value:
                self._said.setdefault(name.rstrip("0123456789"), value)

    def __getitem__(self, name: str) -> str:
        return self._said.get(name, "")


Maker = Callable[[Said, Calendar], Made]
_PARTS = {"b": "start", "e": "end", "s": "start", "m": "mid", "l": "end", "c": "end"}
_NEXT = {"next", "following", "coming", "upcoming"}
_PAST = {"last", "past", "previous"}


def part_of(match: Said) -> str:
    said = match["part"].lower()
    if not said:
        return ""
    return "start" if said.startswith("ear") else _PARTS[said[0]]


def step_of(match: Said) -> int:
    """0 for this one, 1 for the next, 2 for the one after it, -1 for the last."""
    words = match["which"].lower()
    if "after next" in words:
        return 2
    said = set(words.split())
    return 1 if said & _NEXT else -1 if said & _PAST else 0


def named_day(match: Said, calendar: Calendar) -> Range:
    word = match["word"].lower()
    if "before yesterday" in word:
        ahead = -2
    elif word.startswith(("yest", "last night")):
        ahead = -1
    elif "after tom" in word or "overmorrow" in word:
        ahead = 2
    elif word.startswith(
        ("tom", "tmr", "tmw", "2mor", "tmo", "next day", "the next", "the following", "the day after")
    ):
        ahead = 1
    else:
        ahead = 0
    return one(calendar.today + timedelta(days=ahead))


def part_day(match: Said, calendar: Calendar) -> Range:
    """The day of "this morning" and "next evening"."""
    return one(calendar.today + timedelta(days="this" not in match["word"].lower()))


def weekday(match: Said, calendar: Calendar) -> Range:
    """ "Tuesday" is the coming one; "next Tuesday" the one in the week after this."""
    wanted = WEEKDAYS[match["wd"].lower()]
    which = set(match["which"].lower().split())
    here = days.monday(calendar.today) + timedelta(days=wanted)
    if which & {"next", "following"}:
        return one(here + timedelta(days=7))
    if which & _PAST:
        return one(here - timedelta(days=7))
    if which & {"this"} and not which & _NEXT:
        return one(here if here >= calendar.today else here + timedelta(days=7))
    ahead = (wanted - calendar.today.weekday()) % 7
    return one(calendar.today + timedelta(days=ahead or 7))


def weekday_of_week(match: Said, calendar: Calendar) -> Range:
    first = days.monday(calendar.today) + timedelta(days=7 * step_of(match))
    return one(first + timedelta(days=WEEKDAYS[match["wd"].lower()]))


def weekday_week(match: Said, calendar: Calendar) -> Range:
    """ "Friday week": a week after the coming Friday."""
    ahead = (WEEKDAYS[match["wd"].lower()] - calendar.today.weekday()) % 7 or 7
    return one(calendar.today + timedelta(days=ahead + 7))


def any_weekday(_: Said, calendar: Calendar) -> Range:
    return Range(calendar.today, calendar.today + timedelta(days=8), "days", "coming")


def some_week(match: Said, calendar: Calendar) -> Range:
    span = days.week(days.monday(calendar.today) + timedelta(days=7 * step_of(match)), part_of(match))
    if "later" in match.words.lower() and span.first < calendar.today < span.after:
        span = replace(span, first=calendar.today)
    return span


def week_of(match: Said, calendar: Calendar) -> Made:
    """The week that holds a date, which may be the one that began before today."""
    if match["mo"]:
        said = days.on(day_number(match["d"]) or 0, MONTHS[match["mo"].lower()], year_of(match), calendar)
    else:
        said = days.in_month(day_number(match["d"]) or 0, calendar) or Impossible()
    return said if isinstance(said, Impossible) else days.week(days.monday(said.first))


def week_number(match: Said, calendar: Calendar) -> Made:
    """ISO week, of this year or the year said."""
    try:
        first = date.fromisocalendar(year_of(match) or calendar.today.year, int(match["n"]), 1)
    except ValueError:
        return None
    if not match["y"] and first + timedelta(days=7) <= calendar.today - timedelta(weeks=26):
        first = date.fromisocalendar(calendar.today.year + 1, int(match["n"]), 1)
    return days.week(first)


def nth_week(match: Said, calendar: Calendar) -> Made:
    """ "First week of January": the ISO week that has most of its days in it."""
    within = _month_or_year(match, calendar)
    if within is None:
        return None
    if match["nth"].lower() == "last":
        found = days.monday(within.after - timedelta(days=4))
    else:
        nth = day_number(match["nth"]) or 1
        found = days.monday(within.first + timedelta(days=3)) + timedelta(weeks=nth - 1)
    if match["wd"]:
        return one(found + timedelta(days=WEEKDAYS[match["wd"].lower()]))
    return days.week(found)


def nth_weekday(match: Said, calendar: Calendar) -> Made:
    """ "First Monday of next month"."""
    within = _month_or_year(match, calendar)
    if within is None or within.grain != "month":
        return None
    wanted = WEEKDAYS[match["wd"].lower()]
    if match["nth"].lower() == "last":
        end = within.after - timedelta(days=1)
        return one(end - timedelta(days=(end.weekday() - wanted) % 7))
    first = within.first + timedelta(days=(wanted - within.first.weekday()) % 7)
    found = first + timedelta(weeks=(day_number(match["nth"]) or 1) - 1)
    return one(found) if found < within.after else Impossible()


def nth_day(match: Said, calendar: Calendar) -> Made:
    """ "The 15th day of next month", "the last day of the month"."""
    within = _month_or_year(match, calendar)
    if within is None:
        return None
    if match["nth"].lower() == "last":
        return one(within.after - timedelta(days=1))
    found = within.first + timedelta(days=(day_number(match["nth"]) or 1) - 1)
    return one(found) if found < within.after else Impossible()


def _month_or_year(match: Said, calendar: Calendar) -> Range | None:
    if match["mo"]:
        return _month_named(MONTHS[match["mo"].lower()], year_of(match), calendar)
    if match["y"]:
        return days.year(whole_year(match["y"]))
    unit = match["unit"].lower()
    ahead = step_of(match)
    if unit == "year":
        return days.year(calendar.today.year + ahead)
    return days.month(calendar.today.replace(day=1) + relativedelta(months=ahead))


def weekend(match: Said, calendar: Calendar) -> Range:
    saturday = days.monday(calendar.today) + timedelta(days=5 + 7 * step_of(match))
    return Range(saturday, saturday + timedelta(days=2), "weekend")


def some_month(match: Said, calendar: Calendar) -> Range:
    return days.month(calendar.today.replace(day=1) + relativedelta(months=step_of(match)), part_of(match))


def some_quarter(match: Said, calendar: Calendar) -> Range:
    now = (calendar.today.month + 2) // 3
    return (
        days.quarter(calendar.today.year, now + step_of(match), part_of(match))
        if now + step_of(match) > 0
        else (days.quarter(calendar.today.year - 1, 4, part_of(match)))
    )


def quarter_named(match: Said, calendar: Calendar) -> Range:
    number = int(match["q"]) if match["q"] else ORDINALS.get(match["nth"].lower(), 0) or int(match["nth"][0])
    said = year_of(match)
    if said is None:
        said = calendar.today.year + (number < (calendar.today.month + 2) // 3) + max(0, step_of(match))
    return days.quarter(said, number, part_of(match), whole_year=bool(match["y"]))


def some_year(match: Said, calendar: Calendar) -> Range:
    number = calendar.today.year + step_of(match)
    words = match.words.lower()
    if "earlier" in words:
        return Range(date(number, 1, 1), calendar.today, "days", "start")
    if part_of(match) == "end":
        return Range(date(number, 7, 1), date(number + 1, 1, 1), "days", "end")
    return days.year(number, part_of(match))


def year_named(match: Said, _: Calendar) -> Range:
    return days.year(whole_year(match["y"]), part_of(match))


def month_named(match: Said, calendar: Calendar) -> Range:
    number, said = MONTHS[match["mo"].lower()], year_of(match)
    step = step_of(match)
    if said is None and match["which"]:
        said = calendar.today.year + (step if step < 0 or number <= calendar.today.month else 0)
    return _month_named(number, said, calendar, part_of(match))


def _month_named(number: int, said: int | None, calendar: Calendar, part: str = "") -> Range:
    chosen = said if said is not None else calendar.today.year + (number < calendar.today.month)
    return days.month(date(chosen, number, 1), part, whole_year=said is not None)


_FAR_OFF = timedelta(days=40)


def day_of_month(match: Said, calendar: Calendar) -> Range | None:
    """ "The 3rd": this month's while it is ahead, else the next month's that has such a day."""
    number = day_number(match["d"]) or 0
    if not match["wd"]:
        return days.in_month(number, calendar)
    found = days.in_month(number, calendar, weekday=WEEKDAYS[match["wd"].lower()])
    next_one = days.in_month(number, calendar)
    if found and next_one and found.first - next_one.first > _FAR_OFF:
        # Nobody means the Friday the 14th of the year after: one of the two is a slip.
        return replace(next_one, clash=True)
    return found


def dated(match: Said, calendar: Calendar) -> Made:
    """ "The 3rd of March", "March 3", "Tuesday, March 3"."""
    day = day_number(match["d"])
    said = year_of(match)
    if day is None:
        return None
    if (
        (match["d"].lower() == "one" or match["d"].lower() in CARDINALS)
        and match["mo"].islower()
        and (match["mo"] in {"may", "march", "mar"} and not match["wd"])
        and " " not in match["d"]
        and "-" not in match["d"]
    ):
        # "may one ask", "march two by two".
        return None
    return _agreeing(match, days.on(day, MONTHS[match["mo"].lower()], said, calendar))


def numeric(match: Said, calendar: Calendar) -> Made:
    left, right = int(match["a"]), int(match["b"])
    day_first = calendar.day_first or (match["sep"] == "." and bool(match["y"]))
    day, number = (left, right) if (day_first and right <= 12) or left > 12 else (right, left)
    if number > 12:
        return None
    return _agreeing(match, days.on(day, number, year_of(match), calendar))


def iso(match: Said, calendar: Calendar) -> Made:
    month = match["m"].lower()
    number = MONTHS[month] if month in MONTHS else int(month)
    return days.on(int(match["d"]), number, int(match["y"]), calendar) if 1 <= number <= 12 else Impossible()


def _agreeing(match: Said, made: Range | Impossible) -> Made:
    """A weekday beside a date that is another day is a clash worth asking about; the date is believed."""
    said = match["wd"]
    if isinstance(made, Impossible) or not said:
        return made
    clash = WEEKDAYS[said.lower()] != made.first.weekday()
    if clash and match["sep"] == "-" and not match["y"]:
        # "Monday 11-4" is from eleven to four unless 4 November is a Monday.
        return None
    return replace(made, clash=clash)


def few_days(match: Said, calendar: Calendar) -> Made:
    """From one day of a month to another: "November 19-20", "between the 21st and 23rd"."""
    first_day, last_day = day_number(match["d"]) or 0, day_number(match["to"]) or 0
    if match["mo"]:
        first = days.on(first_day, MONTHS[match["mo"].lower()], year_of(match), calendar)
    else:
        first = days.in_month(first_day, calendar) or Impossible()
    if isinstance(first, Impossible):
        return first
    try:
        last = first.first.replace(day=last_day)
    except ValueError:
        return Impossible()
    if last <= first.first:
        last += relativedelta(months=1)
    return Range(first.first, last + timedelta(days=1), "days", last=last)


def coming(match: Said, calendar: Calendar) -> Made:
    """ "The next two weeks", "the last 3 months": from now on, or up to now."""
    how_many, unit = count(match["n"] or "a few"), match["unit"].lower()
    if not how_many or how_many > 400:
        return None
    if match["business"]:
        return days.working_days(calendar, int(how_many))
    today = calendar.today
    if step_of(match) < 0:
        if unit.startswith("q"):
            here = days.quarter(today.year, (today.month + 2) // 3).first
            return Range(days.later(here, -how_many, unit), here, "days")
        return Range(days.later(today, -how_many, unit), today, "days")
    if unit.startswith("q"):
        here = days.quarter(today.year, (today.month + 2) // 3).after
        return Range(here, days.later(here, how_many, unit), "days")
    tomorrow = today + timedelta(days=0 if match.words.lower().startswith("within") else 1)
    return Range(tomorrow, days.later(tomorrow, how_many, unit), "days", "coming")


def fortnight(match: Said, calendar: Calendar) -> Range:
    first = days.monday(calendar.today) + timedelta(days=14 * step_of(match))
    return Range(first, first + timedelta(days=14), "days")


def year_of(match: Said) -> int | None:
    said = match["y"]
    return whole_year(said) if said else None
