"""A time as people read it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from server.actions import when

SUMMER_TIME_ENDS_TWICE = [
    (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Sunday 25 October, 02:30 CEST (Berlin)"),
    (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Sunday 25 October, 02:30 CET (Berlin)"),
]


def test_a_time_is_said_with_its_day_and_zone() -> None:
    at = datetime(2026, 3, 3, 13, 0, tzinfo=UTC)

    assert when.said(at, "Europe/Berlin") == "Tuesday 3 March, 14:00 (Berlin)"


@pytest.mark.parametrize(("at", "words"), SUMMER_TIME_ENDS_TWICE)
def test_the_hour_that_comes_twice_is_told_apart(at: datetime, words: str) -> None:
    assert when.said(at, "Europe/Berlin") == words


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("Europe/Berlin", "Berlin"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("Etc/GMT-2", "UTC+2"),
        ("Etc/GMT+9", "UTC-9"),
    ],
)
def test_a_zone_is_called_by_its_place(zone: str, label: str) -> None:
    assert when.zone_label(zone) == label


@pytest.mark.parametrize("sent", ["", "Mars/Olympus", "../../etc/passwd", "/etc/localtime", "Europe"])
def test_a_zone_that_does_not_exist_becomes_utc(sent: str) -> None:
    assert when.known_zone(sent) == "UTC"


def test_a_day_of_another_year_carries_its_year() -> None:
    assert when.day_label(date(2027, 1, 4), today=date(2026, 12, 30)) == "Monday 4 January 2027"
    assert when.day_label(date(2026, 12, 31), today=date(2026, 12, 30)) == "Thursday 31 December"


def test_a_day_that_loses_an_hour_is_23_hours_long() -> None:
    start, end = when.day_span(date(2026, 3, 29), "Europe/Berlin")

    assert (end - start).total_seconds() == 23 * 3600


def test_a_day_whose_midnight_is_skipped_begins_at_one() -> None:
    start, _ = when.day_span(date(2026, 4, 24), "Africa/Cairo")

    assert when.clock_label(start, "Africa/Cairo") == "01:00"
