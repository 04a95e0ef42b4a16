"""Zones and holiday calendars as an operator writes them: a typo is refused with the name that was meant."""

from __future__ import annotations

import difflib
import locale
from typing import Annotated
from zoneinfo import available_timezones

import holidays
import phonenumbers
from pydantic import AfterValidator

from server.actions.when import known_zone

_LANGUAGES = frozenset(
    code
    for code in (alias.partition("_")[0] for alias in locale.locale_alias)
    if code.isalpha() and len(code) in (2, 3)
) | {"fil", "zh"}
_REGION = 2


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


def _locale_name(name: str) -> str:
    language, _, region = name.partition("-")
    if language.casefold() not in _LANGUAGES:
        raise ValueError(
            f"there is no language {language!r} in {name!r}; {_meant(language, sorted(_LANGUAGES), 'de-CH')}"
        )
    # A script stands between the two in some, as in zh-Hant-TW.
    region = region.rpartition("-")[2]
    if len(region) == _REGION and region.upper() not in phonenumbers.SUPPORTED_REGIONS:
        regions = sorted(phonenumbers.SUPPORTED_REGIONS)
        raise ValueError(f"there is no country {region!r} in {name!r}; {_meant(region, regions, 'de-CH')}")
    return name


def _meant(name: str, known: list[str], such_as: str) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else f"write it like {such_as!r}"


ZoneName = Annotated[str, AfterValidator(_zone)]
"""A name of the tz database, such as `Europe/Berlin`."""

LocaleName = Annotated[str, AfterValidator(_locale_name)]
"""What a browser says of its language: `de`, `de-CH`."""

HolidayCalendar = Annotated[str, AfterValidator(_holiday_calendar)]
"""A country, or a country and its region: `DE`, `DE-BY`."""
