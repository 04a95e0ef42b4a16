"""Hours of the week as an operator writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, time, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from server.actions.values import Hours
from server.dialogue.rules import SPAN, WEEKDAYS

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def _span(text: str) -> str:
    if not SPAN.fullmatch(text):
        raise ValueError(f'{text!r} is no stretch of a day; write it like "09:00-17:00"')
    opens, _, closes = text.partition("-")
    if closes != "00:00" and closes <= opens:
        raise ValueError(f"{text!r} closes before it opens; swap the times")
    return text


Span = Annotated[str, AfterValidator(_span)]


_LONGEST = timedelta(days=92)


def _days_off(text: object) -> str:
    """A day, or the first and last of a stretch of days, as YAML may already have read it."""
    said = text.isoformat() if type(text) is date else text
    if not isinstance(said, str):
        raise ValueError(f'{said!r} is no day; write it like 2026-12-24, or "2026-12-24/2027-01-02"')  # noqa: TRY004
    first, _, last = said.partition("/")
    try:
        opens, closes = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise ValueError(
            f'{said!r} is no day; write it like 2026-12-24, or "2026-12-24/2027-01-02"'
        ) from None
    if closes < opens:
        raise ValueError(f"{said!r} ends before it begins; swap the days")
    if closes - opens > _LONGEST:
        raise ValueError(f"{said!r} is longer than {_LONGEST.days} days; write shorter stretches")
    return said


DaysOff = Annotated[str, BeforeValidator(_days_off)]
"""One day, or `first/last`."""


def days_of(said: Iterable[str]) -> frozenset[date]:
    """Every day that is meant."""
    found: set[date] = set()
    for each in said:
        first, _, last = each.partition("/")
        day, closes = date.fromisoformat(first), date.fromisoformat(last or first)
        while day <= closes:
            found.add(day)
            day += timedelta(days=1)
    return frozenset(found)


def week(hours: Mapping[Weekday, tuple[str, ...]]) -> dict[int, tuple[Hours, ...]]:
    return {WEEKDAYS.index(day): stretches(spans) for day, spans in hours.items()}


def stretches(spans: Iterable[str]) -> tuple[Hours, ...]:
    return tuple(hours_of(span) for span in spans)


def hours_of(span: str) -> Hours:
    opens, _, closes = span.partition("-")
    return Hours(time.fromisoformat(opens), time.fromisoformat(closes))
