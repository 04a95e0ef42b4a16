"""The one renderer of a time that people read, in their language: in chat, on pages, in mails and calendar files."""

from __future__ import annotations

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from server.dialogue.languages import day as written_day
from server.dialogue.languages import locale_of
from server.dialogue.phrases import phrase

_DAY = timedelta(days=1)


def known_zone(name: str) -> str:
    """`name` when it is a zone of the tz database, else UTC: a browser may send anything."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name


def zone_label(zone: str, language: str = "en") -> str:
    """Europe/Rome is "Rome" or "Rom", America/Argentina/Buenos_Aires is "Buenos Aires", Etc/GMT-2 is "UTC+2"."""
    area, _, place = zone.rpartition("/")
    if city := locale_of(language).time_zones.get(zone, {}).get("city"):
        return str(city)
    if area == "Etc" and place.startswith("GMT") and place[3:4] in {"+", "-"}:
        # POSIX counts westwards, people do not.
        return f"UTC{'-' if place[3] == '+' else '+'}{place[4:]}"
    return "UTC" if place in {"UTC", "GMT", "UCT", "Zulu", "Universal"} else place.replace("_", " ")


def day_label(day: date, *, today: date | None = None, language: str = "en") -> str:
    """ "Tuesday 3 March"; with `today`, a day of another year carries its year."""
    return written_day(day, language, year=today is not None and today.year != day.year)


def clock_label(at: datetime, zone: str) -> str:
    """ "14:00"; in the hour that a clock change repeats, "02:30 CEST", so that it names one instant."""
    local = at.astimezone(ZoneInfo(zone))
    again = local.replace(fold=1 - local.fold)
    label = f"{local:%H:%M}"
    return label if again.utcoffset() == local.utcoffset() else f"{label} {local.tzname()}"


def said(at: datetime, zone: str, language: str = "en") -> str:
    """ "Tuesday 3 March, 14:00 (Berlin)": a time always comes with its zone."""
    day = written_day(at.astimezone(ZoneInfo(zone)).date(), language, year=False)
    values = {"day": day, "time": clock_label(at, zone), "zone": zone_label(zone, language)}
    return phrase("time_at", values, language)


def said_span(start: datetime, end: datetime, zone: str, language: str = "en") -> str:
    """ "Tuesday 3 March 2026, 14:00 to 14:30 (Berlin)": for mails and calendar files."""
    values = {
        "day": said_day(start, zone, language),
        "start": clock_label(start, zone),
        "end": clock_label(end, zone),
        "zone": zone_label(zone, language),
    }
    return phrase("time_span", values, language)


def said_day(at: datetime, zone: str, language: str = "en") -> str:
    """ "Tuesday 3 March 2026", the day of an instant on somebody's calendar."""
    return written_day(at.astimezone(ZoneInfo(zone)).date(), language, year=True)


def wall(at: datetime, zone: str) -> str:
    """The clock of a zone at an instant with its offset, "2026-03-03T14:00+01:00": what was agreed, for the record."""
    return at.astimezone(ZoneInfo(known_zone(zone))).isoformat(timespec="minutes")


@lru_cache(maxsize=1)
def tz_version() -> str:
    """The rules of time zones that this process goes by, such as "2026a (system)"; where they come from matters.

    Python takes a zone from the system's folders first and from the package tzdata otherwise.
    """
    for folder in zoneinfo.TZPATH:
        if (Path(folder) / "UTC").is_file():
            return f"{_system_version(Path(folder))} (system)"
    return f"{import_module('tzdata').IANA_VERSION} (tzdata)"


def _system_version(folder: Path) -> str:
    """Debian writes it into the first line of `tzdata.zi`, others into a file of its own."""
    for name in ("tzdata.zi", "+VERSION", "version"):
        place = folder / name
        if place.is_file():
            with place.open(encoding="utf-8", errors="replace") as lines:
                return lines.readline().removeprefix("# version").strip()[:20] or "unknown"
    return "unknown"


def on_wall(day: date, hour: int, minute: int, zone: str) -> tuple[datetime, datetime]:
    """The earlier and the later instant that a wall-clock time can mean; they differ only at clock changes.

    For a time that a change skips these are the readings before and after it; for a repeated time, both
    occurrences.
    """
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    readings = sorted(local.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return readings[0], readings[1]


def day_span(day: date, zone: str) -> tuple[datetime, datetime]:
    """The instants between which it is `day` in `zone`; 23 to 25 hours apart."""
    midnights = (
        datetime(each.year, each.month, each.day, tzinfo=ZoneInfo(zone)) for each in (day, day + _DAY)
    )
    start, end = (midnight.astimezone(UTC) for midnight in midnights)
    return start, end
