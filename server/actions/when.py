"""The one renderer of a time that people read: in the chat, on pages, in mails and in calendar files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# Written out rather than taken from strftime: the process's locale must not change what a visitor reads.
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY = timedelta(days=1)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def known_zone(name: str) -> str:
    """`name` when it is a zone of the tz database, else UTC: a browser may send anything."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "UTC"
    return name


def zone_label(zone: str) -> str:
    """Europe/Berlin is "Berlin", America/Argentina/Buenos_Aires is "Buenos Aires", Etc/GMT-2 is "UTC+2"."""
    area, _, place = zone.rpartition("/")
    if area == "Etc" and place.startswith("GMT") and place[3:4] in {"+", "-"}:
        # POSIX counts westwards, people do not.
        return f"UTC{'-' if place[3] == '+' else '+'}{place[4:]}"
    return "UTC" if place in {"UTC", "GMT", "UCT", "Zulu", "Universal"} else place.replace("_", " ")


def day_label(day: date, *, today: date | None = None) -> str:
    """ "Tuesday 3 March"; with `today`, a day of another year carries its year."""
    label = f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return label if today is None or today.year == day.year else f"{label} {day.year}"


def clock_label(at: datetime, zone: str) -> str:
    """ "14:00"; in the hour that a clock change repeats, "02:30 CEST", so that it names one instant."""
    local = at.astimezone(ZoneInfo(zone))
    again = local.replace(fold=1 - local.fold)
    label = f"{local:%H:%M}"
    return label if again.utcoffset() == local.utcoffset() else f"{label} {local.tzname()}"


def said(at: datetime, zone: str) -> str:
    """ "Tuesday 3 March, 14:00 (Berlin)": a time always comes with its zone."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{day_label(local.date())}, {clock_label(at, zone)} ({zone_label(zone)})"


def said_span(start: datetime, end: datetime, zone: str) -> str:
    """ "Tuesday 3 March 2026, 14:00 to 14:30 (Berlin)": for mails and calendar files."""
    local = start.astimezone(ZoneInfo(zone))
    day = f"{day_label(local.date())} {local.year}"
    return f"{day}, {clock_label(start, zone)} to {clock_label(end, zone)} ({zone_label(zone)})"


def said_day(at: datetime, zone: str) -> str:
    """ "Tuesday 3 March 2026", the day of an instant on somebody's calendar."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{day_label(local.date())} {local.year}"


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
