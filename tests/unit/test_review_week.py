"""A week of meetings on a grid of quarter hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from server.review.week import Entry, bounds, laid_out, monday

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


def meeting(name: str, start: datetime, minutes: int = 30) -> Entry:
    return Entry(name, "c", "sales", "Demo", start, start + timedelta(minutes=minutes), "confirmed")


def test_a_meeting_stands_at_its_hour_on_the_clock_of_the_zone() -> None:
    week = laid_out([meeting("a", datetime(2026, 3, 10, 9, 15, tzinfo=UTC), 45)], MONDAY, BERLIN, NOW)

    (placed,) = week.days[1].placed
    # 10:15 in Berlin: two hours and a quarter after 8.
    assert (placed.starts.hour, placed.row, placed.span, placed.lane) == (10, 10, 3, 1)


def test_only_today_has_the_line_of_the_present_moment() -> None:
    week = laid_out([], MONDAY, BERLIN, NOW)

    assert [day.now_row for day in week.days] == [None, 11, None, None, None]
    assert [day.is_today for day in week.days] == [False, True, False, False, False]


def test_meetings_at_once_stand_beside_each_other_and_later_ones_use_the_lane_again() -> None:
    at = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)
    entries = [meeting("a", at, 60), meeting("b", at, 30), meeting("c", at + timedelta(minutes=30), 30)]

    day = laid_out(entries, MONDAY, BERLIN, NOW).days[2]

    assert day.lanes == 2
    assert {one.entry.id: one.lane for one in day.placed} == {"a": 1, "b": 2, "c": 2}


def test_more_at_once_than_there_are_lanes_stay_within_the_last_one() -> None:
    at = datetime(2026, 3, 11, 9, 0, tzinfo=UTC)

    day = laid_out([meeting(str(number), at) for number in range(7)], MONDAY, BERLIN, NOW).days[2]

    assert day.lanes == 4
    assert max(one.lane for one in day.placed) == 4


def test_an_early_and_a_late_meeting_widen_the_hours_and_midnight_ends_the_day() -> None:
    early = meeting("a", datetime(2026, 3, 11, 4, 0, tzinfo=UTC))
    late = meeting("b", datetime(2026, 3, 12, 22, 45, tzinfo=UTC), 60)

    week = laid_out([early, late], MONDAY, BERLIN, NOW)

    assert (week.hours[0], week.hours[-1]) == (5, 23)
    (placed,) = week.days[3].placed
    assert placed.row + placed.span - 1 == len(week.hours) * 4


def test_a_weekend_is_shown_whole_once_something_is_on_it() -> None:
    sunday = meeting("a", datetime(2026, 3, 15, 12, 0, tzinfo=UTC))

    assert len(laid_out([], MONDAY, BERLIN, NOW).days) == 5
    assert len(laid_out([sunday], MONDAY, BERLIN, NOW).days) == 7


def test_a_week_in_which_the_clocks_change_is_an_hour_shorter() -> None:
    first, last = bounds(date(2026, 3, 23), BERLIN)

    assert last.astimezone(UTC) - first.astimezone(UTC) == timedelta(days=7) - timedelta(hours=1)
    assert monday(date(2026, 3, 29)) == date(2026, 3, 23)
