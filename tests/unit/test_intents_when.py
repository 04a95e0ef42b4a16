"""Dates and times against a known clock: Wednesday 18 November 2026, 10:00 in Berlin, unless a case says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from intents.values import Asked
from tests.support.intents_world import a_context, values_of

BERLIN = "+01:00"


def whens(text: str, **context: Any) -> list[Any]:
    return values_of("when", text, a_context(**context))


def spoken(value: Any) -> str:
    """`2026-11-24 12:00 to 2026-11-24 18:00 part_of_day`, without the zone."""
    return f"{value['start'][:16]} to {value['end'][:16]} {value['grain']}".replace("T", " ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("can i see a demo today", "2026-11-18 00:00 to 2026-11-19 00:00 day"),
        ("tomorrow", "2026-11-19 00:00 to 2026-11-20 00:00 day"),
        ("tmrw works", "2026-11-19 00:00 to 2026-11-20 00:00 day"),
        ("the day after tomorrow", "2026-11-20 00:00 to 2026-11-21 00:00 day"),
        ("on friday", "2026-11-20 00:00 to 2026-11-21 00:00 day"),
        ("tuesday", "2026-11-24 00:00 to 2026-11-25 00:00 day"),
        ("wednesday", "2026-11-25 00:00 to 2026-11-26 00:00 day"),
        ("next tuesday", "2026-11-24 00:00 to 2026-11-25 00:00 day"),
        ("next friday", "2026-11-27 00:00 to 2026-11-28 00:00 day"),
        ("this friday", "2026-11-20 00:00 to 2026-11-21 00:00 day"),
        ("monday next week", "2026-11-23 00:00 to 2026-11-24 00:00 day"),
        ("next week on thursday", "2026-11-26 00:00 to 2026-11-27 00:00 day"),
        ("a week from friday", "2026-11-27 00:00 to 2026-11-28 00:00 day"),
        ("in two weeks", "2026-12-02 00:00 to 2026-12-03 00:00 day"),
        ("in 3 days", "2026-11-21 00:00 to 2026-11-22 00:00 day"),
        ("in a month", "2026-12-18 00:00 to 2026-12-19 00:00 day"),
        ("two weeks from now", "2026-12-02 00:00 to 2026-12-03 00:00 day"),
        ("next week", "2026-11-23 00:00 to 2026-11-30 00:00 week"),
        ("this week", "2026-11-18 00:00 to 2026-11-23 00:00 week"),
        ("the week after next", "2026-11-30 00:00 to 2026-12-07 00:00 week"),
        ("end of next week", "2026-11-26 00:00 to 2026-11-28 00:00 days"),
        ("early next week", "2026-11-23 00:00 to 2026-11-25 00:00 days"),
        ("in the next two weeks", "2026-11-18 00:00 to 2026-12-03 00:00 days"),
        ("next month", "2026-12-01 00:00 to 2027-01-01 00:00 month"),
        ("in march", "2027-03-01 00:00 to 2027-04-01 00:00 month"),
        ("on the weekend", "2026-11-21 00:00 to 2026-11-23 00:00 weekend"),
        ("the 3rd", "2026-12-03 00:00 to 2026-12-04 00:00 day"),
        ("on the 20th", "2026-11-20 00:00 to 2026-11-21 00:00 day"),
        ("the 31st", "2026-12-31 00:00 to 2027-01-01 00:00 day"),
        ("24 november", "2026-11-24 00:00 to 2026-11-25 00:00 day"),
        ("nov 30th", "2026-11-30 00:00 to 2026-12-01 00:00 day"),
        ("march 3 2027", "2027-03-03 00:00 to 2027-03-04 00:00 day"),
        ("the first of december", "2026-12-01 00:00 to 2026-12-02 00:00 day"),
        ("2026-12-01", "2026-12-01 00:00 to 2026-12-02 00:00 day"),
        ("on 24.11.", "2026-11-24 00:00 to 2026-11-25 00:00 day"),
        ("1/12/2026", "2026-12-01 00:00 to 2026-12-02 00:00 day"),
        ("next Tuesday afternoon", "2026-11-24 12:00 to 2026-11-24 18:00 part_of_day"),
        ("tomorrow morning", "2026-11-19 08:00 to 2026-11-19 12:00 part_of_day"),
        ("friday after lunch", "2026-11-20 13:00 to 2026-11-20 15:00 part_of_day"),
        ("first thing on monday", "2026-11-23 08:00 to 2026-11-23 10:00 part_of_day"),
        ("tomorrow 9-11 CET", "2026-11-19 09:00 to 2026-11-19 11:00 window"),
        ("friday between 2 and 4", "2026-11-20 14:00 to 2026-11-20 16:00 window"),
        ("from 9 to 12 on monday", "2026-11-23 09:00 to 2026-11-23 12:00 window"),
        ("thursday 2-4pm", "2026-11-19 14:00 to 2026-11-19 16:00 window"),
        ("thursday 11-1pm", "2026-11-19 11:00 to 2026-11-19 13:00 window"),
        ("friday 10:30 - 12:15", "2026-11-20 10:30 to 2026-11-20 12:15 window"),
        ("thursday after 3pm", "2026-11-19 15:00 to 2026-11-19 18:00 window"),
        ("monday before noon", "2026-11-23 08:00 to 2026-11-23 12:00 window"),
        ("the 3rd at half four", "2026-12-03 16:30 to 2026-12-03 17:30 minute"),
        ("friday at half past ten", "2026-11-20 10:30 to 2026-11-20 11:30 minute"),
        ("quarter to five tomorrow", "2026-11-19 16:45 to 2026-11-19 17:45 minute"),
        ("friday at 10 works", "2026-11-20 10:00 to 2026-11-20 11:00 minute"),
        ("tomorrow at noon", "2026-11-19 12:00 to 2026-11-19 13:00 minute"),
        ("how about 3pm?", "2026-11-18 15:00 to 2026-11-18 16:00 minute"),
        ("9am would suit me", "2026-11-19 09:00 to 2026-11-19 10:00 minute"),
        ("tuesday afternoon at 3", "2026-11-24 15:00 to 2026-11-24 16:00 minute"),
        ("15:30 on the 2nd of december", "2026-12-02 15:30 to 2026-12-02 16:30 minute"),
        ("24.11. at 15:30", "2026-11-24 15:30 to 2026-11-24 16:30 minute"),
        ("tonight at 8", "2026-11-18 20:00 to 2026-11-18 21:00 minute"),
        ("tomorrow evening at 7", "2026-11-19 19:00 to 2026-11-19 20:00 minute"),
        ("tomorrow at 9 in the morning", "2026-11-19 09:00 to 2026-11-19 10:00 minute"),
        ("friday morning at 6", "2026-11-20 06:00 to 2026-11-20 07:00 minute"),
        ("monday morning 9-11", "2026-11-23 09:00 to 2026-11-23 11:00 window"),
        ("in an hour", "2026-11-18 11:00 to 2026-11-18 12:00 minute"),
        ("in 30 minutes", "2026-11-18 10:30 to 2026-11-18 11:30 minute"),
    ],
)
def test_times_are_resolved_on_the_visitors_clock(text: str, expected: str) -> None:
    assert [spoken(value) for value in whens(text)] == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "do you have 24/7 support",
        "20-30 technicians",
        "we are at 5 locations",
        "last tuesday it crashed",
        "every monday we plan the week",
        "good morning",
        "may i ask something",
        "we started last march",
        "add 5 seats",
        "the second time it fails",
        "we sat down with the team",
        "version 3.10 is out",
    ],
)
def test_what_names_no_time_is_left_alone(text: str) -> None:
    assert whens(text) == []


def test_alternatives_share_the_part_of_the_day_that_stands_once() -> None:
    assert [spoken(value) for value in whens("tuesday or wednesday afternoon")] == [
        "2026-11-24 12:00 to 2026-11-24 18:00 part_of_day",
        "2026-11-25 12:00 to 2026-11-25 18:00 part_of_day",
    ]


def test_each_day_keeps_its_own_time() -> None:
    assert [spoken(value) for value in whens("monday morning or thursday after 3pm")] == [
        "2026-11-23 08:00 to 2026-11-23 12:00 part_of_day",
        "2026-11-19 15:00 to 2026-11-19 18:00 window",
    ]


def test_a_time_beside_several_days_is_kept_as_their_daily_hours() -> None:
    (value,) = whens("next week, mornings")

    assert value["grain"] == "week"
    assert value["daily"] == {"from": "08:00", "to": "12:00"}


def test_a_bare_range_is_a_time_only_when_we_asked_for_one() -> None:
    assert whens("9-11") == []
    assert [spoken(v) for v in whens("9-11", asked=Asked("when", "when"))] == [
        "2026-11-19 09:00 to 2026-11-19 11:00 window"
    ]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("friday 2pm EST", "2026-11-20T14:00:00-05:00"),
        ("friday 2pm PT", "2026-11-20T14:00:00-08:00"),
        ("friday 14:00 UTC", "2026-11-20T14:00:00+00:00"),
        ("friday 14:00 UTC+2", "2026-11-20T14:00:00+02:00"),
        ("friday 14:00 London time", "2026-11-20T14:00:00+00:00"),
    ],
)
def test_a_named_zone_wins_over_the_visitors(text: str, start: str) -> None:
    assert [value["start"] for value in whens(text)] == [start]


def test_cet_in_summer_means_the_clock_in_berlin() -> None:
    july = datetime(2026, 7, 1, 8, tzinfo=UTC)

    assert [value["start"] for value in whens("tomorrow 9-11 CET", now=july)] == ["2026-07-02T09:00:00+02:00"]


def test_the_offset_changes_across_the_end_of_summer_time() -> None:
    friday = datetime(2026, 10, 23, 10, tzinfo=ZoneInfo("Europe/Berlin"))

    assert [value["start"] for value in whens("monday at 9am", now=friday)] == ["2026-10-26T09:00:00+01:00"]
    assert [value["start"] for value in whens("saturday at 9am", now=friday)] == ["2026-10-24T09:00:00+02:00"]


def test_the_day_of_the_change_has_25_hours() -> None:
    friday = datetime(2026, 10, 23, 10, tzinfo=ZoneInfo("Europe/Berlin"))

    (value,) = whens("on sunday", now=friday)

    start, end = datetime.fromisoformat(value["start"]), datetime.fromisoformat(value["end"])
    assert (end - start).total_seconds() == 25 * 3600


def test_an_hour_that_is_skipped_moves_on() -> None:
    saturday = datetime(2026, 3, 28, 10, tzinfo=ZoneInfo("Europe/Berlin"))

    assert [value["start"] for value in whens("tomorrow at 2:30am", now=saturday)] == [
        "2026-03-29T03:30:00+02:00"
    ]


def test_today_is_the_visitors_day_not_the_servers() -> None:
    late_in_utc = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)

    assert [v["start"] for v in whens("today", now=late_in_utc)] == ["2026-11-19T00:00:00+01:00"]
    assert [v["start"] for v in whens("today", now=late_in_utc, zone="America/New_York")] == [
        "2026-11-18T00:00:00-05:00"
    ]


@pytest.mark.parametrize(
    ("locale", "start"), [("en-US", "2027-03-12"), ("en-GB", "2026-12-03"), ("de", "2026-12-03")]
)
def test_the_locale_says_whether_the_month_comes_first(locale: str, start: str) -> None:
    assert [value["start"][:10] for value in whens("on 3/12", locale=locale)] == [start]


def test_an_unknown_zone_falls_back_to_utc() -> None:
    assert [value["start"] for value in whens("tomorrow at 9am", zone="Mars/Olympus")] == [
        "2026-11-19T09:00:00+00:00"
    ]
