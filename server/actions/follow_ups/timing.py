"""When a mail may go out on the visitor's clock, and which country they are in. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.core import get_global

from server.actions.follow_ups.values import Terms
from server.actions.when import known_zone

_MOST_DAYS = 15
"""Every weekday comes round within a week; a clock change may cost a day."""


def is_allowed(terms: Terms, at: datetime, zone: str) -> bool:
    """Whether it is a weekday and an hour at which mails may go out there."""
    here = at.astimezone(_zone(zone))
    return here.weekday() in terms.weekdays and terms.opens <= here.time() < terms.closes


def next_allowed(terms: Terms, at: datetime, zone: str) -> datetime:
    """`at` when that may be, else the next opening on the visitor's clock."""
    if is_allowed(terms, at, zone):
        return at
    there = _zone(zone)
    first = at.astimezone(there).date()
    for days in range(_MOST_DAYS):
        opening = datetime.combine(first + timedelta(days=days), terms.opens, there).astimezone(at.tzinfo)
        if opening >= at and is_allowed(terms, opening, zone):
            return opening
    # Hours that a clock change swallows, day after day: none is left but the next day at this time.
    return at + timedelta(days=1)


def regions(zone: str, locale: str) -> frozenset[str]:
    """The countries that the time zone and the browser's language name; both are only hints, so both count."""
    by_zone = get_global("zone_territories").get(zone, "")
    parts = locale.replace("_", "-").split("-")[1:]
    by_locale = next((part.upper() for part in parts if len(part) == 2 and part.isalpha()), "")
    return frozenset(region for region in (by_zone, by_locale) if region and region != "001")


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(known_zone(name) or "UTC")
