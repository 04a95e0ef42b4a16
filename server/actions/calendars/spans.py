"""Stretches of time put in order, and days read on somebody's clock."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from server.actions.values import Interval
from server.actions.when import on_wall


def merged(taken: Iterable[Interval], window: Interval) -> list[Interval]:
    """What of `taken` lies in `window`, in order and without overlaps."""
    within: list[Interval] = []
    for each in sorted(taken, key=lambda stretch: stretch.start):
        start, end = max(each.start, window.start), min(each.end, window.end)
        if start >= end:
            continue
        if within and start <= within[-1].end:
            within[-1] = Interval(within[-1].start, max(within[-1].end, end))
        else:
            within.append(Interval(start, end))
    return within


def instant(at: date | datetime, zone: str) -> datetime:
    """The instant of a calendar's date or time: what names no zone of its own is read on the clock of `zone`."""
    if not isinstance(at, datetime):
        return on_wall(at, 0, 0, zone)[0]
    if at.tzinfo is None:
        return at.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    return at.astimezone(UTC)
