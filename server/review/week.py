"""One week of meetings laid out on a grid of quarter hours: which row, how tall, in which lane of the day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

FIRST_HOUR, LAST_HOUR = 8, 18
"""What a week shows at least; an earlier or later meeting widens it."""
MAX_LANES = 4
ROW = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Entry:
    """Something in a calendar. `state` is `confirmed`, `moved`, `held` or `cancelled`."""

    id: str
    conversation: str
    rep: str
    title: str
    starts_at: datetime
    ends_at: datetime
    state: str
    told: str = ""
    """What more there is to say, such as reminders that went out."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry with its place in the day: the quarter hour it begins at, how many it takes, and beside how many."""

    entry: Entry
    starts: datetime
    """On the clock of the calendar's zone."""
    row: int
    span: int
    lane: int


@dataclass(frozen=True, slots=True)
class Day:
    """One column."""

    day: date
    is_today: bool
    lanes: int
    placed: tuple[Placed, ...]
    now_row: int | None = None
    """Where the line of the present moment goes; None on other days and outside of the hours."""


@dataclass(frozen=True, slots=True)
class Week:
    """The days from Monday, the weekend left out while it is empty."""

    days: tuple[Day, ...]
    hours: tuple[int, ...]
    before: date
    after: date
    zone: str
    held: bool = False


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def bounds(start: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The week's first and last moment, midnight to midnight on the clock of `zone`."""
    first = datetime(start.year, start.month, start.day, tzinfo=zone)
    end = start + timedelta(days=7)
    return first, datetime(end.year, end.month, end.day, tzinfo=zone)


def laid_out(entries: Sequence[Entry], start: date, zone: ZoneInfo, now: datetime) -> Week:
    """The week that begins on `start`, as its zone's clocks show it."""
    local = [(each, each.starts_at.astimezone(zone), each.ends_at.astimezone(zone)) for each in entries]
    first = min([FIRST_HOUR, *(begins.hour for _, begins, _ in local)])
    last = max([LAST_HOUR, *(_last_hour(begins, ends) for _, begins, ends in local)])
    present = now.astimezone(zone)
    days = []
    is_weekend_free = all(begins.weekday() < 5 for _, begins, _ in local)
    for number in range(5 if is_weekend_free else 7):
        day = start + timedelta(days=number)
        mine = sorted((one for one in local if one[1].date() == day), key=lambda one: (one[1], one[0].id))
        placed, lanes = _lanes(mine, first, (last - first) * 4)
        is_today = day == present.date()
        is_within = is_today and first <= present.hour < last
        row = (present.hour - first) * 4 + present.minute // 15 + 1 if is_within else None
        days.append(Day(day, is_today, lanes, placed, row))
    return Week(
        tuple(days),
        tuple(range(first, last)),
        start - timedelta(days=7),
        start + timedelta(days=7),
        str(zone),
        any(each.state == "held" for each in entries),
    )


def _last_hour(begins: datetime, ends: datetime) -> int:
    if ends.date() != begins.date():
        return 24
    return min(ends.hour + (1 if ends.minute else 0), 24)


def _lanes(
    mine: Sequence[tuple[Entry, datetime, datetime]], first: int, rows: int
) -> tuple[tuple[Placed, ...], int]:
    """Meetings that overlap stand beside each other; more than fit share the last lane."""
    free_from: list[datetime] = []
    placed = []
    for entry, begins, ends in mine:
        lane = next((at for at, free in enumerate(free_from) if free <= begins), len(free_from))
        lane = min(lane, MAX_LANES - 1)
        if lane == len(free_from):
            free_from.append(ends)
        else:
            free_from[lane] = max(free_from[lane], ends)
        # At least half an hour tall, so that its words fit, and never out of the day.
        row = min((begins.hour - first) * 4 + begins.minute // 15 + 1, rows - 1)
        span = max(2, min(-(-(ends - begins) // ROW), rows - row + 1))
        placed.append(Placed(entry, begins, row, span, lane + 1))
    return tuple(placed), max(1, len(free_from))
