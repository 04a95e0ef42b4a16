"""Which times are free: schedules, holidays, busy stretches and a wish in; slots and choices out. No I/O."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

import holidays

from server.actions.values import (
    ChoiceDay,
    Choices,
    FreeSlot,
    Hours,
    Interval,
    MeetingType,
    Rep,
    Schedule,
    Wish,
)
from server.actions.when import on_wall

CELL = timedelta(minutes=5)
MAX_DAYS = 3
MAX_TIMES = 4
MORNING, EVENING = time(7), time(21)
"""When visitors are taken to be awake."""

Busy = Mapping[str, Sequence[Interval]]
"""By rep: the stretches that are taken, buffers included."""


@lru_cache(maxsize=64)
def _holidays(country: str, region: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, subdiv=region, years=year))


def is_holiday(schedule: Schedule, day: date) -> bool:
    """Whether `day` is a public holiday where this schedule is kept."""
    if schedule.holidays_country is None:
        return False
    return day in _holidays(schedule.holidays_country, schedule.holidays_region, day.year)


def hours_on(schedule: Schedule, day: date) -> tuple[Hours, ...]:
    """The stretches of one day: its own where it has some, none on a holiday, else those of its weekday."""
    if day in schedule.dates:
        return schedule.dates[day]
    if day in schedule.closed or is_holiday(schedule, day):
        return ()
    return schedule.hours.get(day.weekday(), ())


def opening(schedule: Schedule, day: date, hours: Hours) -> Interval | None:
    """The instants of one stretch on one day.

    Where a clock change makes a wall time ambiguous or skips it, the later reading opens and the earlier one
    closes: a rep is never booked outside the hours on their wall clock.
    """
    closing_day = day + timedelta(days=1) if hours.closes == time(0) else day
    start = on_wall(day, hours.opens.hour, hours.opens.minute, schedule.zone)[1]
    end = on_wall(closing_day, hours.closes.hour, hours.closes.minute, schedule.zone)[0]
    return Interval(start, end) if start < end else None


def openings(schedule: Schedule, window: Interval) -> Iterator[Interval]:
    """The working stretches that touch `window`, in order."""
    zone = ZoneInfo(schedule.zone)
    day = window.start.astimezone(zone).date() - timedelta(days=1)
    last = window.end.astimezone(zone).date()
    while day <= last:
        for hours in sorted(hours_on(schedule, day), key=lambda each: each.opens):
            stretch = opening(schedule, day, hours)
            if stretch is not None and stretch.overlaps(window):
                yield stretch
        day += timedelta(days=1)


def is_open(schedule: Schedule, now: datetime) -> bool:
    """Whether somebody on this schedule is at work at `now`."""
    moment = Interval(now, now + timedelta(microseconds=1))
    return any(stretch.start <= now < stretch.end for stretch in openings(schedule, moment))


def held(meeting_type: MeetingType, start: datetime) -> Interval:
    """What a meeting at `start` takes from the rep: itself and its buffers."""
    length = timedelta(minutes=meeting_type.minutes + meeting_type.buffer_after)
    return Interval(start - timedelta(minutes=meeting_type.buffer_before), start + length)


def cells(stretch: Interval) -> list[datetime]:
    """The five-minute cells that a stretch touches, in order."""
    first = stretch.start.astimezone(UTC)
    first -= timedelta(minutes=first.minute % 5, seconds=first.second, microseconds=first.microsecond)
    found = []
    while first < stretch.end:
        found.append(first)
        first += CELL
    return found


def _starts(stretch: Interval, meeting_type: MeetingType, zone: ZoneInfo) -> Iterator[datetime]:
    """Starts on the grid of the rep's wall clock whose meeting ends inside the stretch."""
    local = stretch.start.astimezone(zone)
    past_grid = (local.hour * 60 + local.minute) % meeting_type.step
    start = stretch.start + timedelta(minutes=-past_grid % meeting_type.step)
    while start + timedelta(minutes=meeting_type.minutes) <= stretch.end:
        yield start
        start += timedelta(minutes=meeting_type.step)


def full_days(schedule: Schedule, starts: Iterable[datetime]) -> frozenset[date]:
    """The days on which somebody has as many meetings as they take."""
    if schedule.max_per_day is None:
        return frozenset()
    begun = Counter(start.astimezone(ZoneInfo(schedule.zone)).date() for start in starts)
    return frozenset(day for day, count in begun.items() if count >= schedule.max_per_day)


def rep_slots(
    rep: Rep,
    meeting_type: MeetingType,
    *,
    busy: Sequence[Interval],
    window: Interval,
    now: datetime,
    booked: Iterable[datetime] = (),
) -> list[FreeSlot]:
    """The times one rep can be booked whose start lies in `window`; none of a type that others hold.

    `booked` are the starts of the rep's own meetings that stand, which `max_per_day` counts.
    """
    schedule = rep.schedule
    if not meeting_type.held_by(rep.key):
        return []
    earliest = max(window.start, now + schedule.min_notice)
    latest = min(window.end, now + timedelta(days=schedule.horizon_days))
    if earliest >= latest:
        return []
    zone = ZoneInfo(schedule.zone)
    length = timedelta(minutes=meeting_type.minutes)
    full = full_days(schedule, booked)
    return [
        FreeSlot(start, start + length, rep.key)
        for stretch in openings(schedule, Interval(earliest, latest))
        for start in _starts(stretch, meeting_type, zone)
        if earliest <= start < latest
        and not any(held(meeting_type, start).overlaps(taken) for taken in busy)
        and (not full or start.astimezone(zone).date() not in full)
    ]


def free(
    reps: Sequence[Rep],
    meeting_type: MeetingType,
    *,
    busy: Busy,
    window: Interval,
    now: datetime,
    owner: str | None = None,
    booked: Mapping[str, Sequence[datetime]] | None = None,
) -> list[FreeSlot]:
    """Bookable times in order, one rep each: the owner when free, else whoever has the least for their weight.

    `booked` holds the starts of each rep's meetings with us; without it every busy stretch counts as one.
    """
    counted: Mapping[str, Sequence[object]] = busy if booked is None else booked
    load = {rep.key: len(counted.get(rep.key, ())) / rep.weight for rep in reps}
    starts = booked or {}
    slots = [
        slot
        for rep in reps
        for slot in rep_slots(
            rep,
            meeting_type,
            busy=busy.get(rep.key, ()),
            window=window,
            now=now,
            booked=starts.get(rep.key, ()),
        )
    ]
    slots.sort(key=lambda slot: (slot.start, slot.rep != owner, load[slot.rep], slot.rep))
    return [next(same) for _, same in groupby(slots, key=lambda slot: slot.start)]


def choices(slots: Iterable[FreeSlot], *, zone: str, wish: Wish | None = None) -> Choices:
    """At most three days with at most four times each, spread over the day, on the visitor's calendar.

    Nobody is offered the middle of their night while they could have the day. When the wished window has
    nothing, the nearest days come, each with its times nearest to the wished ones.
    """
    every = list(slots)
    if wish is None:
        return Choices(zone, _days(_by_day(_awake(every, zone), zone)), wish_met=True)
    wished = [slot for slot in every if _fits(slot, wish, zone)]
    if wished:
        return Choices(zone, _days(_by_day(_awake(wished, zone), zone)), wish_met=True)
    by_day = _by_day(_awake(every, zone), zone)
    nearest = sorted(by_day, key=lambda day: (_distance(day, wish), day))[:MAX_DAYS]
    return Choices(
        zone, _days({day: _near(by_day[day], wish, zone) for day in sorted(nearest)}), wish_met=False
    )


def _local(slot: FreeSlot, zone: str) -> datetime:
    return slot.start.astimezone(ZoneInfo(zone))


def _awake(slots: list[FreeSlot], zone: str) -> list[FreeSlot]:
    return [slot for slot in slots if MORNING <= _local(slot, zone).time() <= EVENING] or slots


def _fits_clock(slot: FreeSlot, wish: Wish, zone: str) -> bool:
    return wish.earliest <= _local(slot, zone).time() <= wish.latest


def _fits(slot: FreeSlot, wish: Wish, zone: str) -> bool:
    return wish.first <= _local(slot, zone).date() <= wish.last and _fits_clock(slot, wish, zone)


def _distance(day: date, wish: Wish) -> int:
    return max((wish.first - day).days, (day - wish.last).days, 0)


def _near(slots: list[FreeSlot], wish: Wish, zone: str) -> list[FreeSlot]:
    """A day's times at the wished hours, or those closest to them."""

    def minutes_off(slot: FreeSlot) -> int:
        at = _minute(_local(slot, zone).time())
        return max(_minute(wish.earliest) - at, at - _minute(wish.latest), 0)

    fitting = [slot for slot in slots if _fits_clock(slot, wish, zone)]
    closest = sorted(slots, key=minutes_off)[:MAX_TIMES]
    return fitting or sorted(closest, key=lambda slot: slot.start)


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _by_day(slots: Sequence[FreeSlot], zone: str) -> dict[date, list[FreeSlot]]:
    by_day = groupby(slots, key=lambda slot: _local(slot, zone).date())
    return {day: list(same) for day, same in by_day}


def _days(by_day: Mapping[date, Sequence[FreeSlot]]) -> tuple[ChoiceDay, ...]:
    return tuple(ChoiceDay(day, _spread(tuple(slots))) for day, slots in list(by_day.items())[:MAX_DAYS])


def _spread(slots: tuple[FreeSlot, ...]) -> tuple[FreeSlot, ...]:
    """The first, the last and evenly between."""
    if len(slots) <= MAX_TIMES:
        return slots
    return tuple(slots[round(index * (len(slots) - 1) / (MAX_TIMES - 1))] for index in range(MAX_TIMES))
