"""Zones and holiday calendars as an operator writes them: a typo is refused with the name that was meant."""

from __future__ import annotations

import difflib
from typing import Annotated
from zoneinfo import available_timezones

import holidays
from pydantic import AfterValidator

from server.actions.when import known_zone


def _zone(name: str) -> str:
    if name == "UTC" or known_zone(name) == name:
        return name
    raise ValueError(
        f"there is no zone {name!r}; {_meant(name, sorted(available_timezones()), 'Europe/Berlin')}"
    )


def _holiday_calendar(code: str) -> str:
    country, _, region = code.partition("-")
    known = holidays.list_supported_countries()
    if country not in known:
        raise ValueError(f"there is no holiday calendar {country!r}; {_meant(country, sorted(known), 'DE')}")
    if region and region not in known[country]:
        regions = ", ".join(known[country]) or "none"
        raise ValueError(
            f"{country} has no holiday calendar of region {region!r}; its regions are: {regions}"
        )
    return code


def _meant(name: str, known: list[str], such_as: str) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"write it like {such_as!r}"


ZoneName = Annotated[str, AfterValidator(_zone)]
"""A name of the tz database, such as `Europe/Berlin`."""

HolidayCalendar = Annotated[str, AfterValidator(_holiday_calendar)]
"""A country, or a country and its region: `DE`, `DE-BY`."""
