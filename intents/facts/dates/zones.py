"""Time zones that are named beside a time: CET, UTC+2, Eastern, New York, UK time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@dataclass(frozen=True, slots=True)
class ZoneWord:
    """A time zone at `start:end`; `zone` is a key of the time-zone database or an offset such as `+05:30`."""

    start: int
    end: int
    zone: str


# Abbreviations name the place's clock, not an offset: people say CET in summer and mean the time in Berlin.
_ZONES = {
    "cet": "Europe/Berlin", "cest": "Europe/Berlin", "mez": "Europe/Berlin", "mesz": "Europe/Berlin", "gmt": "Etc/GMT",
    "utc": "UTC", "bst": "Europe/London", "wet": "Europe/Lisbon", "eet": "Europe/Helsinki", "eest": "Europe/Helsinki",
    "est": "America/New_York", "edt": "America/New_York", "et": "America/New_York", "eastern": "America/New_York",
    "cst": "America/Chicago", "cdt": "America/Chicago", "ct": "America/Chicago", "central": "America/Chicago",
    "mst": "America/Denver", "mdt": "America/Denver", "mt": "America/Denver", "mountain": "America/Denver",
    "pst": "America/Los_Angeles", "pdt": "America/Los_Angeles", "pt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles", "ist": "Asia/Kolkata", "gst": "Asia/Dubai", "jst": "Asia/Tokyo",
    "sgt": "Asia/Singapore", "hkt": "Asia/Hong_Kong", "msk": "Europe/Moscow", "sast": "Africa/Johannesburg",
    "aest": "Australia/Sydney", "aedt": "Australia/Sydney", "nzst": "Pacific/Auckland", "brt": "America/Sao_Paulo",
}  # fmt: skip
_CITIES = {
    city.lower(): f"{area}/{city.replace(' ', '_')}"
    for area, cities in {
        "Europe": "Berlin London Paris Madrid Rome Vienna Zurich Amsterdam Brussels Dublin Lisbon Stockho"
"lm Oslo"
        " Copenhagen Helsinki Warsaw Prague Budapest Athens Istanbul Kyiv Bucharest Moscow",
        "Asia": "Dubai Tokyo Singapore Kolkata Shanghai Riyadh Jerusalem Hong_Kong Seoul Bangkok Manila"
" Jakarta Karachi",
        "America": "New_York Chicago Denver Los_Angeles Toronto Vancouver Sao_Paulo Mexico_City Bogota Pho"
"enix",
        "Australia": "Sydney Melbourne Perth Brisbane",
        "Africa": "Cairo Lagos Nairobi Johannesburg Casablanca",
    }.items()
    for city in (name.replace("_", " ") for name in cities.split())
} | {
    "munich": "Europe/Berlin", "frankfurt": "Europe/Berlin", "hamburg": "Europe/Berlin", "barcelona": "Europe/Madrid",
    "milan": "Europe/Rome", "geneva": "Europe/Zurich",
    "san francisco": "America/Los_Angeles", "nyc": "America/New_York",
    "seattle": "America/Los_Angeles", "boston": "America/New_York", "miami": "America/New_York",
    "austin": "America/Chicago", "dallas": "America/Chicago", "mumbai": "Asia/Kolkata", "delhi": "Asia/Kolkata",
    "bangalore": "Asia/Kolkata", "beijing": "Asia/Shanghai", "abu dhabi": "Asia/Dubai", "tel aviv": "Asia/Jerusalem",
    "edinburgh": "Europe/London", "manchester": "Europe/London",
}  # fmt: skip
_LANDS = {
    "uk": "Europe/London", "british": "Europe/London", "german": "Europe/Berlin", "french": "Europe/Paris",
    "spanish": "Europe/Madrid", "italian": "Europe/Rome", "dutch": "Europe/Amsterdam", "swiss": "Europe/Zurich",
    "irish": "Europe/Dublin", "indian": "Asia/Kolkata", "india": "Asia/Kolkata", "us eastern": "America/New_York",
    "us pacific": "America/Los_Angeles", "us central": "America/Chicago", "east coast": "America/New_York",
    "west coast": "America/Los_Angeles", "central european": "Europe/Berlin", "gulf": "Asia/Dubai",
    "germany": "Europe/Berlin", "france": "Europe/Paris", "spain": "Europe/Madrid", "japan": "Asia/Tokyo",
}  # fmt: skip


def _any(names: dict[str, str]) -> str:
    return "|".join(sorted(map(re.escape, names), key=len, reverse=True))


_ZONE = re.compile(
    rf"(?<=[\d\w).])\s?\(?\s?\b(?P<abbr>{_any(_ZONES)})(?:\s?(?P<sign>[+-]\d{{1,2}}"
    r"(?::?[0-5]\d)?))?\b(?:\s(?:standard |daylight )?time(?:\szone)?)?(?:\s?\))?"
    rf"|\b(?P<place>{_any(_CITIES)}|{_any(_LANDS)})(?:'s)?\s(?:standard |daylight )?time\b"
    rf"|(?:\b(?:in\s)?|\(\s?)(?P<city>{_any(_CITIES)})\b\)?",
    re.IGNORECASE,
)


def find_zones(text: str) -> Iterator[ZoneWord]:
    """Time zones named by abbreviation, offset, city or land; a bare city counts only right after a time."""
    for match in _ZONE.finditer(text):
        if match["place"] or match["city"]:
            name = (match["place"] or match["city"]).lower()
            yield ZoneWord(match.start(), match.end(), _CITIES.get(name) or _LANDS[name])
        elif match["sign"] and match["abbr"].lower() in {"utc", "gmt"}:
            hours, minutes = re.fullmatch(r"([+-]\d{1,2}):?(\d\d)?", match["sign"]).groups()  # type: ignore[union-attr]
            yield ZoneWord(match.start(), match.end(), f"{int(hours):+03d}:{minutes or '00'}")
        else:
            yield ZoneWord(match.start(), match.end(), _ZONES[match["abbr"].lower()])


def zone_of(name: str) -> tzinfo:
    """The zone of that name or offset; UTC when nobody knows it."""
    offset = re.fullmatch(r"([+-])(\d\d):(\d\d)", name)
    if offset:
        away = timedelta(hours=int(offset[2]), minutes=int(offset[3]))
        return timezone(-away if offset[1] == "-" else away) if away < timedelta(hours=24) else UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
