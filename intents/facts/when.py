"""When something should happen: `when` is {"start", "end", "grain"} in ISO 8601, resolved on the visitor's clock.

`end` lies after `start` always. `grain` says how exact the wish is: "minute" (start is the wish, end one hour later),
"window", "part_of_day", "day", "days", "week", "weekend" or "month". A time that was named beside several days
("mornings next week") stands in "daily" as {"from", "to"}.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from intents.facts.calendar_days import Calendar
from intents.facts.calendar_words import Days, find_days
from intents.facts.clock_words import Clock, ZoneWord, find_clock, find_zones
from intents.facts.found import Found
from intents.facts.numbers import NUMBER, number
from intents.values import ReadingContext

_HOUR = 60
# What may stand between a day and its time for both to be one wish.
_BETWEEN = re.compile(
    r"^[\s,]*(?:(?:at|in|on|the|around|about|from|between|maybe|say|preferably|sometime|some time|anytime"
    r"|any time|ideally"
    r"|like|@|-|–|for|,|\()[\s,]*)*$",
    re.IGNORECASE,
)
_OR = re.compile(r"^\s*(?:,|or|and|/|,\s?or)\s*(?:on\s)?$", re.IGNORECASE)
_IN_HOURS = re.compile(
    rf"\bin\s(?:about\s|around\s)?(?P<n>{NUMBER}|an?|half an)\s?(?P<unit>hours?|hrs?|h|minutes?"
    r"|mins?)\b(?!\sof)",
    re.IGNORECASE,
)
_NOW = re.compile(r"\b(?:right now|right away|immediately|now(?=\s*[.!?]?$))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A day, a time or both, and the zone named with them."""

    days: Days | None
    clock: Clock | None
    zone: ZoneWord | None

    @property
    def span(self) -> tuple[int, int]:
        parts = [part for part in (self.days, self.clock, self.zone) if part]
        return min(part.start for part in parts), max(part.end for part in parts)


def find_when(text: str, context: ReadingContext) -> Iterator[Found]:
    """Every wish for a time, in the order they are named."""
    home = _zone(context.time_zone)
    now = context.now.astimezone(home)
    asked = context.asked is not None and context.asked.kind == "when"
    yield from _soon(text, now)
    calendar = Calendar(now.date(), day_first=not _month_first(context.locale))
    for wish in _wishes(text, calendar, asked=asked):
        zone = _zone(wish.zone.zone) if wish.zone else home
        value = _resolve(wish, context.now.astimezone(zone), zone)
        confidence = 0.9 if wish.days and wish.clock else 0.85 if wish.days else 0.7
        yield Found("when", value, *wish.span, confidence, "rule:when")


def _soon(text: str, now: datetime) -> Iterator[Found]:
    for match in _IN_HOURS.finditer(text):
        said = match["n"].lower()
        count = {"a": 1.0, "an": 1.0, "half an": 0.5}.get(said) or number(said)
        if count:
            ahead = timedelta(hours=count) if match["unit"][0].lower() == "h" else timedelta(minutes=count)
            start = now + ahead
            yield Found(
                "when",
                _value(start, start + timedelta(hours=1), "minute"),
                *match.span(),
                0.85,
                "rule:in_hours",
            )


def _wishes(text: str, calendar: Calendar, *, asked: bool) -> list[_Wish]:
    days = list(find_days(text, calendar))
    clocks = list(find_clock(text))
    zones = list(find_zones(text)) if clocks else []
    clocks = [
        clock
        for clock in clocks
        if not any(
            day.start < clock.end and clock.start < day.end and clock.grain != "part_of_day" for day in days
        )
    ]
    wishes: list[_Wish] = []
    free = list(clocks)
    for day in days:
        beside = _beside(text, day, free)
        # "tuesday afternoon at 3": the exact time says more than the part of the day.
        exact = [clock for clock in beside if clock.grain != "part_of_day"]
        parts = [(clock.begin, clock.finish or 1440) for clock in beside if clock.grain == "part_of_day"]
        if "tonight" in text[day.start : day.end].lower():
            parts.append((18 * 60, 24 * 60))
        chosen = next((_within(clock, parts) for clock in exact or beside), None)
        free = [clock for clock in free if clock not in beside]
        wishes.append(_Wish(day, chosen, _zone_beside(text, chosen, zones)))
    for clock in free:
        zone = _zone_beside(text, clock, zones)
        if (
            clock.sure
            or asked
            or zone
            or (clock.grain == "part_of_day" and not days and _wanted_part(text, clock))
        ):
            wishes.append(_Wish(None, clock, zone))
    return _shared_times(text, sorted(wishes, key=lambda wish: wish.span))


def _beside(text: str, day: Days, clocks: list[Clock]) -> list[Clock]:
    """The times that touch the day, or touch one that does: "tuesday afternoon at 3"."""
    beside = [clock for clock in clocks if _touch(text, day, clock)]
    further = [
        clock
        for clock in clocks
        if clock not in beside
        and any(_touch(text, near, clock) for near in beside if near.grain == "part_of_day")
    ]
    return beside + further


def _within(clock: Clock, parts: list[tuple[int, int]]) -> Clock:
    """The reading of a bare hour that falls into the named part of the day: "tomorrow evening at 8" is 20:00."""
    slack = 120
    for begin, finish in parts:
        for shift in (0, 720, -720):
            if clock.grain != "part_of_day" and begin - slack <= clock.begin + shift <= finish:
                until = None if clock.finish is None else clock.finish + shift
                return replace(clock, begin=clock.begin + shift, finish=until)
    return clock


def _touch(text: str, day: Days | Clock, clock: Clock) -> bool:
    if clock.start < day.end and day.start < clock.end:
        return True
    first, second = (day.end, clock.start) if day.end <= clock.start else (clock.end, day.start)
    between = text[first:second]
    return bool(_BETWEEN.match(between)) or bool(re.fullmatch(r"\s\(?[A-Z]{2,4}\)?\s?(?:on\s)?", between))


def _zone_beside(text: str, clock: Clock | None, zones: list[ZoneWord]) -> ZoneWord | None:
    if clock is None:
        return None
    after = (zone for zone in zones if zone.start >= clock.end)
    return next((zone for zone in after if not text[clock.end : zone.start].strip(" (")), None)


def _wanted_part(text: str, clock: Clock) -> bool:
    """ "In the morning" is a wish; "every morning" and "morning!" are not."""
    before = text[: clock.start]
    return len(before.split()) > 0 and not re.search(
        r"\b(?:every|each|most|good)\s(?:\w+\s)?$", before, re.IGNORECASE
    )


def _shared_times(text: str, wishes: list[_Wish]) -> list[_Wish]:
    """Of "Tuesday or Wednesday afternoon" the time counts for both days, of "Friday at 3 or 4" the day for both."""
    shared = list(wishes)
    for place in range(len(shared) - 1):
        left, right = shared[place], shared[place + 1]
        if not _OR.match(text[left.span[1] : right.span[0]]):
            continue
        if left.days and not left.clock and right.days and right.clock:
            shared[place] = _Wish(left.days, right.clock, right.zone)
        elif left.days and left.clock and right.clock and not right.days:
            shared[place + 1] = _Wish(left.days, right.clock, right.zone)
    return shared


def _resolve(wish: _Wish, now: datetime, zone: tzinfo) -> dict[str, Any]:
    day, clock = wish.days, wish.clock
    if day and clock and day.grain == "day":
        return _at(day.first, clock, zone)
    if day:
        value = _value(_midnight(day.first, zone), _midnight(day.after, zone), day.grain)
        if clock:
            finish = clock.finish if clock.finish is not None else min(clock.begin + _HOUR, 1439)
            value["daily"] = {"from": _hhmm(clock.begin), "to": _hhmm(finish)}
        return value
    if clock is None:
        raise ValueError("a wish holds a day or a time; this one holds neither")
    last = clock.finish if clock.finish is not None and clock.grain == "part_of_day" else clock.begin
    is_over = last <= now.hour * 60 + now.minute
    return _at(now.date() + timedelta(days=1 if is_over else 0), clock, zone)


def _at(day: date, clock: Clock, zone: tzinfo) -> dict[str, Any]:
    start = _local(day, clock.begin, zone)
    if clock.finish is None:
        return _value(start, start + timedelta(hours=1), clock.grain)
    return _value(start, _local(day, clock.finish, zone), clock.grain)


def _local(day: date, minutes: int, zone: tzinfo) -> datetime:
    """A wall-clock time; one that the change to summer time skips moves on by the hour that is missing."""
    wall = datetime.combine(day, time(), tzinfo=zone) + timedelta(minutes=minutes)
    return wall.astimezone(UTC).astimezone(zone)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return _local(day, 0, zone)


def _value(start: datetime, end: datetime, grain: str) -> dict[str, Any]:
    return {
        "start": start.isoformat(timespec="seconds"),
        "end": end.isoformat(timespec="seconds"),
        "grain": grain,
    }


def _hhmm(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def _month_first(locale: str) -> bool:
    return locale.replace("_", "-").lower() in {"en-us", "en-ca", "en-ph"}
