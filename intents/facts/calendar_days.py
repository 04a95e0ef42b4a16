"""From a match of the words to the days they mean, one function a way of naming days."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from intents.facts.numbers import whole


@dataclass(frozen=True, slots=True)
class Calendar:
    """The visitor's today and whether they write the day before the month."""

    today: date
    day_first: bool


WEEKDAYS = {
    "monday": 0, "mon": 0, "tuesday": 1, "tues": 1, "tue": 1, "wednesday": 2, "wed": 2, "weds": 2, "wednsday": 2,
    "wendsday": 2, "thursday": 3, "thurs": 3, "thur": 3, "thu": 3, "thrusday": 3, "friday": 4, "fri": 4,
    "saturday": 5, "sat": 5, "sunday": 6, "sun": 6, "tuesdy": 1, "teusday": 1,
}  # fmt: skip
MONTHS = {
    "january": 1, "jan": 1, "february": 2, "feb": 2, "march": 3, "mar": 3, "april": 4, "apr": 4, "may": 5, "june": 6,
    "jun": 6, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9, "october": 10,
    "oct": 10, "november": 11, "nov": 11, "december": 12, "dec": 12,
}  # fmt: skip
_ORDINAL_WORDS = "first second third fourth fifth sixth seventh eighth ninth tenth"
ORDINALS = {name: place + 1 for place, name in enumerate(_ORDINAL_WORDS.split())}
Range = tuple[date, date, str]
"""First day, the day after the last, and the grain: "day", "days", "week", "weekend" or "month"."""
Maker = Callable[[re.Match[str], Calendar], Range | None]


def one(day: date) -> Range:
    return day, day + timedelta(days=1), "day"


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _week(monday: date, part: str | None = None) -> Range:
    """A working week, or the part of it that is named."""
    match (part or "").lower().split(" ")[0]:
        case "beginning" | "start" | "early":
            return monday, monday + timedelta(days=2), "days"
        case "middle" | "mid" | "mid-":
            return monday + timedelta(days=1), monday + timedelta(days=4), "days"
        case "end" | "late" | "later":
            return monday + timedelta(days=3), monday + timedelta(days=5), "days"
    return monday, monday + timedelta(days=7), "week"


def named_day(match: re.Match[str], calendar: Calendar) -> Range:
    word = match["word"].lower()
    if "day after" in word:
        return one(calendar.today + timedelta(days=2))
    if word.startswith(("tom", "tmr", "tmw", "2mor")):
        return one(calendar.today + timedelta(days=1))
    return one(calendar.today)


def weekday(match: re.Match[str], calendar: Calendar) -> Range:
    """ "Tuesday" is the coming one; "next Tuesday" the one in the week after this."""
    wanted = WEEKDAYS[match["wd"].lower()]
    which = (match["which"] or "").lower()
    if which == "next":
        return one(_monday(calendar.today) + timedelta(days=7 + wanted))
    ahead = (wanted - calendar.today.weekday()) % 7
    if which == "this":
        return one(calendar.today + timedelta(days=ahead))
    return one(calendar.today + timedelta(days=ahead or 7))


def weekday_next_week(match: re.Match[str], calendar: Calendar) -> Range:
    weeks = 2 if "after" in match.group().lower() else 1
    return one(_monday(calendar.today) + timedelta(days=7 * weeks + WEEKDAYS[match["wd"].lower()]))


def week_from(match: re.Match[str], calendar: Calendar) -> Range:
    weeks = whole(match["n"] or "one") or 1
    base = calendar.today
    if match["wd"]:
        ahead = (WEEKDAYS[match["wd"].lower()] - base.weekday()) % 7 or 7
        return one(base + timedelta(days=ahead + 7 * weeks))
    return one(base + timedelta(days=7 * weeks + (1 if "tom" in match.group().lower() else 0)))


def relative(match: re.Match[str], calendar: Calendar) -> Range | None:
    """ "In two weeks": that day."""
    said = match["n"].lower()
    count = 1 if said in {"a", "an"} else whole(said)
    if count is None or count > 400:
        return None
    return one(_later(calendar.today, count, match["unit"].lower().rstrip("s")))


def coming_days(match: re.Match[str], calendar: Calendar) -> Range | None:
    """ "The next two weeks", "within ten days": from today on."""
    said = (match["n"] or "few").lower()
    count = {"couple": 2, "couple of": 2, "few": 3, "a": 1, "an": 1}.get(said) or whole(said)
    unit = match["unit"].lower().rstrip("s")
    if not count or count > 400:
        return None
    return calendar.today, _later(calendar.today, count, unit) + timedelta(days=1), "days"


def _later(day: date, count: int, unit: str) -> date:
    match unit:
        case "day":
            return day + timedelta(days=count)
        case "week":
            return day + timedelta(weeks=count)
        case "fortnight":
            return day + timedelta(weeks=2 * count)
    return day + relativedelta(months=count)


def some_week(match: re.Match[str], calendar: Calendar) -> Range:
    """This week, the next or the one after it; of this week only what is left."""
    words = match.group().lower()
    ahead = 14 if "after next" in words else 7 if re.search(r"\b(?:next|following|coming)\b", words) else 0
    first, after, grain = _week(_monday(calendar.today) + timedelta(days=ahead), match["part"])
    if first < calendar.today < after:
        first = calendar.today
    if after <= calendar.today:
        first, after, grain = calendar.today, _monday(calendar.today) + timedelta(days=7), "week"
    return first, after, grain


def weekend(match: re.Match[str], calendar: Calendar) -> Range:
    saturday = _monday(calendar.today) + timedelta(
        days=5 + (7 if (match["which"] or "").lower() == "next" else 0)
    )
    return saturday, saturday + timedelta(days=2), "weekend"


def some_month(match: re.Match[str], calendar: Calendar) -> Range:
    ahead = 1 if match["which"].lower() in {"next", "following", "coming"} else 0
    first = calendar.today.replace(day=1) + relativedelta(months=ahead)
    return _part_of_month(first, match["part"], calendar)


def _part_of_month(first: date, part: str | None, calendar: Calendar) -> Range:
    after = first + relativedelta(months=1)
    match (part or "").lower().split(" ")[0].rstrip("-"):
        case "beginning" | "start" | "early":
            return first, first + timedelta(days=10), "days"
        case "middle" | "mid":
            return first + timedelta(days=10), first + timedelta(days=20), "days"
        case "end" | "late" | "later":
            return max(first + timedelta(days=20), first), after, "days"
    return max(first, calendar.today) if first < calendar.today < after else first, after, "month"


def month_named(match: re.Match[str], calendar: Calendar) -> Range:
    month = MONTHS[match["mo"].lower()]
    year = int(match["y"]) if match["y"] else calendar.today.year + (month < calendar.today.month)
    return _part_of_month(date(year, month, 1), match["part"], calendar)


def day_of_month(match: re.Match[str], calendar: Calendar) -> Range | None:
    """ "The 3rd": this month's while it is ahead, else the next month's that has such a day."""
    day = int(match["d"])
    for ahead in range(4):
        first = calendar.today.replace(day=1) + relativedelta(months=ahead)
        try:
            candidate = first.replace(day=day)
        except ValueError:
            continue
        if candidate >= calendar.today:
            return one(candidate)
    return None


def dated(match: re.Match[str], calendar: Calendar) -> Range | None:
    """ "The 3rd of March", "March 3"."""
    said = match["d"].lower()
    return _on(ORDINALS.get(said) or int(said), MONTHS[match["mo"].lower()], match["y"], calendar)


def numeric(match: re.Match[str], calendar: Calendar) -> Range | None:
    left, right = int(match["a"]), int(match["b"])
    day_first = calendar.day_first or match["sep"] == "."
    day, month = (left, right) if (day_first and right <= 12) or left > 12 else (right, left)
    return _on(day, month, match["y"], calendar)


def iso(match: re.Match[str], calendar: Calendar) -> Range | None:
    return _on(int(match["d"]), int(match["m"]), match["y"], calendar)


def _on(day: int, month: int, year: str | None, calendar: Calendar) -> Range | None:
    """That day; without a year, the next time it comes round."""
    try:
        if year:
            return one(date(int(year) + (2000 if len(year) == 2 else 0), month, day))
        found = date(calendar.today.year, month, day)
        return one(found if found >= calendar.today else found.replace(year=found.year + 1))
    except ValueError:
        return None
