"""Days that have a name: the few holidays that people name instead of a date. Pure."""

from __future__ import annotations

from datetime import date, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta

from intents.facts.dates.day_makers import Said, step_of, year_of
from intents.facts.dates.days import Calendar, Range, one

_FIXED = {
    "christmas eve": (12, 24),
    "christmas day": (12, 25),
    "christmas": (12, 25),
    "xmas": (12, 25),
    "boxing day": (12, 26),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "new year's day": (1, 1),
    "new years day": (1, 1),
    "new year day": (1, 1),
    "new year's": (1, 1),
    "valentine's day": (2, 14),
    "valentines day": (2, 14),
    "halloween": (10, 31),
    "independence day": (7, 4),
    "labour day": (5, 1),
    "earth day": (4, 22),
    "saint patrick's day": (3, 17),
    "st patrick's day": (3, 17),
    "st. patrick's day": (3, 17),
    "saint patrick": (3, 17),
    "international workers' day": (5, 1),
    "may day": (5, 1),
    "international women's day": (3, 8),
    "canada day": (7, 1),
    "bastille day": (7, 14),
    "st patricks day": (3, 17),
    "veterans day": (11, 11),
    "juneteenth": (6, 19),
    "april fools day": (4, 1),
    "nikolaus": (12, 6),
    "epiphany": (1, 6),
    "all saints day": (11, 1),
}
# (month, weekday, which one of the month; -1 is the last)
_MOVING = {
    "martin luther king day": (1, 0, 3), "mlk day": (1, 0, 3), "presidents day": (2, 0, 3),
    "presidents' day": (2, 0, 3),
    "memorial day": (5, 0, -1), "labor day": (9, 0, 1), "columbus day": (10, 0, 2), "thanksgiving": (11, 3, 4),
    "thanksgiving day": (11, 3, 4), "mother's day": (5, 6, 2), "mothers day": (5, 6, 2), "father's day": (6, 6, 3),
    "fathers day": (6, 6, 3), "bank holiday monday": (8, 0, -1),
}  # fmt: skip
HOLIDAYS = (*_FIXED, *_MOVING, "easter monday", "easter sunday", "easter", "good friday", "black friday")


def holiday(match: Said, calendar: Calendar) -> Range:
    """A few days that people name instead of a date, the next time they come round."""
    name = match["name"].lower().replace("’", "'")
    said = year_of(match)
    step = step_of(match)
    if said is None and step < 0:
        here = _holiday(name, calendar.today.year)
        return one(here if here < calendar.today else _holiday(name, calendar.today.year - 1))
    if said is not None:
        return one(_holiday(name, said))
    if "this year" in match.words.lower():
        return one(_holiday(name, calendar.today.year))
    found = _holiday(name, calendar.today.year)
    return one(
        found if found >= calendar.today else _holiday(name, calendar.today.year + 1), whole_year=False
    )


def _holiday(name: str, number: int) -> date:
    match name:
        case "easter" | "easter sunday":
            return easter(number)
        case "easter monday":
            return easter(number) + timedelta(days=1)
        case "good friday":
            return easter(number) - timedelta(days=2)
        case "black friday":
            return _holiday("thanksgiving", number) + timedelta(days=1)
    if name in _MOVING:
        month, wanted, which = _MOVING[name]
        first = date(number, month, 1)
        days_on = (wanted - first.weekday()) % 7
        if which > 0:
            return first + timedelta(days=days_on + 7 * (which - 1))
        end = first + relativedelta(months=1) - timedelta(days=1)
        return end - timedelta(days=(end.weekday() - wanted) % 7)
    return date(number, *_FIXED[name])
