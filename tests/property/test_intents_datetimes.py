"""Laws of reading times: nothing is wished in the past, spans are verbatim, the clock of the place is kept."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from intents.facts.dates import Calendar, find_moments
from intents.facts.when import find_when
from intents.values import ReadingContext

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Sydney", "UTC")
moments = st.integers(0, 9 * 365 * 24 * 60).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
zones = st.sampled_from(ZONES)
weekdays = st.sampled_from(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])
months = st.integers(1, 12).map(lambda number: calendar.month_name[number].lower())
days = st.one_of(
    st.sampled_from(
        [
            "today",
            "tomorrow",
            "tmrw",
            "the day after tomorrow",
            "next week",
            "this week",
            "end of next week",
            "the weekend",
            "next month",
            "early next month",
            "in two weeks",
            "in 10 days",
            "any weekday",
            "morgen",
            "übermorgen",
            "demain",
            "mañana",
            "the first monday of next month",
            "christmas eve",
        ]
    ),
    st.builds("{} {}".format, st.sampled_from(["on", "next", "this"]), weekdays),
    st.builds("{} {}".format, st.integers(1, 28), months),
    st.builds("the {}th".format, st.integers(4, 20)),
    st.builds("{:02d}.{:02d}.".format, st.integers(1, 28), st.integers(1, 12)),
)
clocks = st.one_of(
    st.just(""),
    st.builds("at {}{}".format, st.integers(1, 12), st.sampled_from(["am", "pm"])),
    st.builds("at {:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59)),
    st.sampled_from(["in the morning", "after lunch", "at noon", "at half past ten", "9-11am", "after 3pm"]),
)
wishes = st.builds("can we meet {} {}?".format, days, clocks)


def context_of(now: datetime, zone: str, locale: str = "en") -> ReadingContext:
    return ReadingContext(now=now, time_zone=zone, locale=locale)


@given(wishes, moments, zones)
@settings(max_examples=400, deadline=None)
def test_no_wish_ends_before_now(text: str, now: datetime, zone: str) -> None:
    midnight = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)

    for fact in find_when(text, context_of(now, zone)):
        start, end = (datetime.fromisoformat(fact.value[key]) for key in ("start", "end"))
        assert start < end
        assert start >= midnight


@given(wishes, moments, zones)
@settings(max_examples=200, deadline=None)
def test_a_wished_day_is_read(text: str, now: datetime, zone: str) -> None:
    assert [fact for fact in find_when(text, context_of(now, zone)) if fact.name == "when"]


@given(st.one_of(wishes, st.text(max_size=120)), moments)
@settings(max_examples=400, deadline=None)
def test_every_span_is_verbatim_and_in_order(text: str, now: datetime) -> None:
    found = find_moments(text, Calendar(now, day_first=True))

    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert text[one.start : one.end].strip()
    for fact in find_when(text, context_of(now, "Europe/Berlin")):
        assert 0 <= fact.start < fact.end <= len(text)


@given(st.dates(date(2025, 1, 1), date(2031, 12, 31)), st.integers(0, 23), st.integers(0, 59), zones)
@settings(max_examples=300, deadline=None)
def test_a_written_moment_keeps_its_clock_across_summer_time(
    day: date, hour: int, minute: int, zone: str
) -> None:
    now = datetime(2024, 12, 31, tzinfo=UTC)

    (fact,) = find_when(f"{day.isoformat()} at {hour:02d}:{minute:02d}", context_of(now, zone))

    start = datetime.fromisoformat(fact.value["start"])
    wall = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZoneInfo(zone))
    # An hour that the clock skips moves on; every other is the very time on the wall there.
    assert start == wall.astimezone(UTC).astimezone(ZoneInfo(zone))
    assert (start.hour, start.minute) == (hour, minute) or (start - wall).total_seconds() == 0


@given(st.integers(1, 31), months, moments)
@settings(max_examples=200, deadline=None)
def test_a_day_that_no_month_has_is_impossible_and_never_moved(day: int, month: str, now: datetime) -> None:
    longest = {"february": 29, "april": 30, "june": 30, "september": 30, "november": 30}.get(month, 31)

    facts = {fact.name: fact for fact in find_when(f"on {day} {month}", context_of(now, "UTC"))}

    if day > longest:
        assert set(facts) == {"impossible_date"}
    else:
        assert datetime.fromisoformat(facts["when"].value["start"]).day == day


@given(st.integers(1, 60), st.sampled_from(["days", "weeks"]), moments)
def test_a_counted_day_lies_as_far_ahead_as_was_said(count: int, unit: str, now: datetime) -> None:
    (fact,) = find_when(f"in {count} {unit}", context_of(now, "UTC"))

    ahead = timedelta(days=count) if unit == "days" else timedelta(weeks=count)
    assert datetime.fromisoformat(fact.value["start"]).date() == now.date() + ahead
