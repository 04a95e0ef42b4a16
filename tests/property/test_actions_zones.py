"""Slots are right in every zone, on every day from 2025 to 2030, and around every clock change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.actions.calendar import rep_slots
from server.actions.values import Hours, Interval, MeetingType, Rep, Schedule
from server.actions.when import day_span, said

ZONES = sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/"))
FIRST, LAST = date(2025, 1, 1), date(2030, 12, 31)
QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]


@cache
def transitions(zone: str) -> tuple[date, ...]:
    """The local days on which the offset changes."""
    info = ZoneInfo(zone)
    days = (FIRST + timedelta(days=count) for count in range((LAST - FIRST).days + 1))
    midnights = ((day, datetime(day.year, day.month, day.day, tzinfo=info)) for day in days)
    offsets = [(day, midnight.utcoffset()) for day, midnight in midnights]
    return tuple(day for (day, before), (_, after) in pairwise(offsets) if before != after)


@st.composite
def zone_days(draw: Any) -> tuple[str, date]:
    """A zone and a day: mostly a day of a clock change, where the zone has any."""
    zone = draw(st.sampled_from(ZONES))
    changes = transitions(zone)
    if changes and draw(st.integers(0, 4)):
        return str(zone), draw(st.sampled_from(changes))
    return str(zone), draw(st.dates(FIRST, LAST))


@settings(max_examples=300, deadline=None)
@given(
    zone_days(),
    st.sampled_from(QUARTERS),
    st.sampled_from(QUARTERS),
    st.sampled_from([15, 30, 45, 60]),
    st.sampled_from([15, 30, 60]),
)
@example(("Europe/Berlin", date(2026, 3, 29)), time(2, 30), time(5), 30, 30)  # opens in the gap
@example(("Europe/Berlin", date(2026, 10, 25)), time(1), time(2, 30), 30, 30)  # closes in the fold
@example(("Australia/Lord_Howe", date(2026, 4, 5)), time(0), time(6), 15, 15)  # changes by half an hour
@example(("Africa/Cairo", date(2026, 4, 24)), time(0), time(3), 30, 30)  # midnight does not exist
def test_every_slot_lies_inside_the_hours_on_the_wall_clock(
    zone_day: tuple[str, date], opens: time, closes: time, minutes: int, step: int
) -> None:
    zone, day = zone_day
    schedule = Schedule(zone, dict.fromkeys(range(7), (Hours(opens, closes),)), timedelta(0), 3)
    start, end = day_span(day, zone)
    kind = MeetingType("t", "T", minutes=minutes, step=step)

    slots = rep_slots(
        Rep("r", "R", "r@x.example", schedule), kind, busy=(), window=Interval(start, end), now=start
    )

    info = ZoneInfo(zone)
    for slot in slots:
        begins, finishes = slot.start.astimezone(info), slot.end.astimezone(info)
        assert slot.start.tzinfo is UTC
        assert slot.end - slot.start == timedelta(minutes=minutes)
        assert begins.date() == day
        assert begins.time() >= opens
        assert finishes.time() <= closes or closes == time(0)
    starts = [slot.start for slot in slots]
    assert starts == sorted(set(starts))


@settings(max_examples=200, deadline=None)
@given(zone_days())
def test_an_office_day_offers_every_half_hour_of_it(zone_day: tuple[str, date]) -> None:
    zone, day = zone_day
    info = ZoneInfo(zone)
    schedule = Schedule(zone, dict.fromkeys(range(7), (Hours(time(9), time(17)),)), timedelta(0), 3)
    start, end = day_span(day, zone)

    slots = rep_slots(
        Rep("r", "R", "r@x.example", schedule),
        MeetingType("t", "T"),
        busy=(),
        window=Interval(start, end),
        now=start,
    )

    nine, five = (datetime.combine(day, at, info).astimezone(UTC) for at in (time(9), time(17)))
    assert [slot.start for slot in slots] == [nine + timedelta(minutes=30 * count) for count in range(16)]
    assert slots[-1].end == five


@settings(max_examples=200, deadline=None)
@given(zone_days(), st.integers(0, 24 * 4 - 1))
def test_two_instants_of_one_day_are_never_said_alike(zone_day: tuple[str, date], quarter: int) -> None:
    zone, day = zone_day
    start, end = day_span(day, zone)
    at = start + timedelta(minutes=15 * quarter)

    words = said(at, zone)
    others = {said(start + timedelta(minutes=15 * count), zone) for count in range(100)} - {words}

    assert at >= end or len(others) == 99


@settings(max_examples=200, deadline=None)
@given(zone_days())
def test_days_follow_each_other_without_gap_or_overlap(zone_day: tuple[str, date]) -> None:
    zone, day = zone_day

    _, end = day_span(day, zone)
    start, _ = day_span(day + timedelta(days=1), zone)

    assert end == start
    assert (start - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() <= day
