"""Every zone, every change of its clocks from 2025 to 2030: one instant, one label, one calendar file."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from server.actions.calendar import rep_slots
from server.actions.ics import calendar_file
from server.actions.values import Hours, Interval, Meeting, MeetingType, Rep, Schedule
from server.actions.when import clock_label, known_zone, on_wall, said, said_span, wall
from tests.property.test_actions_zones import ZONES, transitions

HOUR = timedelta(hours=1)
AREAS = sorted({zone.partition("/")[0] for zone in ZONES})


@cache
def changes(zone: str) -> tuple[datetime, ...]:
    """The instants at which the offset changes, to the minute."""
    info, found = ZoneInfo(zone), []
    for day in transitions(zone):
        low = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
        high = low + timedelta(hours=48)
        before = low.astimezone(info).utcoffset()
        while high - low > timedelta(minutes=1):
            middle = low + (high - low) / 2
            middle = middle.replace(second=0, microsecond=0)
            if middle in {low, high}:
                break
            low, high = (middle, high) if middle.astimezone(info).utcoffset() == before else (low, middle)
        found.append(high)
    return tuple(found)


def around(zone: str) -> list[datetime]:
    """Quarters of an hour around each change."""
    return [
        change + timedelta(minutes=15 * quarter)
        for change in changes(zone)
        for quarter in (-9, -5, -4, -1, 0, 1, 4, 5, 9)
    ]


def a_meeting(start: datetime, zone: str) -> Meeting:
    return Meeting(
        "m-1", "demo", "c-1", "ada", "demo", "Demo", start, start + timedelta(minutes=30), zone, "", "", "",
        "confirmed", 0, "m-1@demo.frontdesk",
    )  # fmt: skip


@pytest.mark.parametrize("area", AREAS)
def test_a_wall_clock_time_and_its_instant_are_each_others(area: str) -> None:
    for zone in (each for each in ZONES if each.startswith(f"{area}/")):
        for at in around(zone):
            local = at.astimezone(ZoneInfo(zone))

            assert datetime.fromisoformat(wall(at, zone)).astimezone(UTC) == at
            readings = on_wall(local.date(), local.hour, local.minute, zone)
            assert at in readings
            # Where a clock time names two instants, the label says which.
            is_told_apart = bool(re.search(r"\d{2}:\d{2} \S+$", clock_label(at, zone)))
            assert is_told_apart == (readings[0] != readings[1])


@pytest.mark.parametrize("area", AREAS)
def test_chat_page_and_mail_say_what_the_zones_own_clock_shows(area: str) -> None:
    for zone in (each for each in ZONES if each.startswith(f"{area}/")):
        info = ZoneInfo(zone)
        for at in around(zone)[::3]:
            local = at.astimezone(info)
            label = clock_label(at, zone)

            assert label.startswith(f"{local:%H:%M}")
            assert label in said(at, zone)
            assert label in said_span(at, at + timedelta(minutes=30), zone)
            if " " in label:
                assert label.endswith(str(local.tzname()))


@pytest.mark.parametrize("area", AREAS)
def test_a_calendar_file_holds_the_same_instants(area: str) -> None:
    for zone in (each for each in ZONES if each.startswith(f"{area}/")):
        for at in around(zone)[:6:2]:
            meeting = a_meeting(at, zone)

            made = calendar_file(meeting, method="REQUEST", organizer=("F", "f@x.example"), now=at)

            event = Calendar.from_ical(made).events[0]
            assert (event.start, event.end) == (meeting.start, meeting.end)
            assert isinstance(event.start, datetime)
            assert event.start.utcoffset() == timedelta(0)
            assert said_span(meeting.start, meeting.end, zone) in str(event["description"])


def test_slots_never_leave_the_hours_at_any_change_of_any_zone() -> None:
    nine_to_five = {day: (Hours(time(0), time(5)),) for day in range(7)}
    kind = MeetingType("demo", "Demo")
    for zone in ZONES:
        info = ZoneInfo(zone)
        for change in changes(zone)[:4]:
            schedule = Schedule(zone, nine_to_five, timedelta(0), 5)
            window = Interval(change - 12 * HOUR, change + 12 * HOUR)
            rep = Rep("r", "R", "r@x.example", schedule)

            for slot in rep_slots(rep, kind, busy=(), window=window, now=window.start):
                begins, ends = slot.start.astimezone(info), slot.end.astimezone(info)
                assert slot.end - slot.start == timedelta(minutes=30)
                assert 0 <= begins.hour < 5
                assert (ends.hour, ends.minute) <= (5, 0)
                assert begins.date() == ends.date()


def test_zones_of_the_past_have_no_changes_to_miss() -> None:
    assert date(2026, 3, 29) in transitions("Europe/Berlin")
    assert datetime(2026, 3, 29, 1, 0, tzinfo=UTC) in changes("Europe/Berlin")
    assert known_zone("Europe/Berlin") == "Europe/Berlin"
