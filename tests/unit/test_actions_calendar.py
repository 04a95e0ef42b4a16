"""Which times are free, and which of them are offered."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from server.actions.calendar import cells, choices, free, is_open, rep_slots
from server.actions.values import FreeSlot, Hours, Interval, Rep, Wish
from server.actions.when import clock_label
from tests.support.actions_world import ADA, BEN, BERLIN, DEMO, MONDAY

WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))


def labels(slots: list[FreeSlot]) -> list[str]:
    return [clock_label(slot.start, "Europe/Berlin") for slot in slots]


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """March 2026, UTC."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_a_day_offers_the_grid_of_its_working_hours() -> None:
    tuesday = Interval(on(3, 0), on(4, 0))

    slots = rep_slots(ADA, DEMO, busy=(), window=tuesday, now=MONDAY)

    assert labels(slots)[:3] == ["09:00", "09:30", "10:00"]
    assert labels(slots)[-1] == "16:30"
    assert "12:00" not in labels(slots)
    assert len(slots) == 14


def test_notice_and_horizon_bound_the_offer() -> None:
    slots = rep_slots(ADA, DEMO, busy=(), window=Interval(MONDAY, MONDAY + timedelta(days=60)), now=MONDAY)

    assert slots[0].start == MONDAY + BERLIN.min_notice
    assert slots[-1].start < MONDAY + timedelta(days=BERLIN.horizon_days)


def test_a_meeting_blocks_its_time_and_the_buffer_around_the_next() -> None:
    busy = [Interval(on(3, 9, 0), on(3, 9, 40))]  # 10:00 to 10:30 in Berlin, and ten minutes after

    slots = rep_slots(ADA, DEMO, busy=busy, window=Interval(on(3, 0), on(4, 0)), now=MONDAY)

    assert labels(slots)[:3] == ["09:00", "11:00", "11:30"]


def test_a_public_holiday_is_free_of_meetings() -> None:
    good_friday = Interval(datetime(2026, 4, 3, tzinfo=UTC), datetime(2026, 4, 4, tzinfo=UTC))

    slots = rep_slots(ADA, DEMO, busy=(), window=good_friday, now=good_friday.start - timedelta(days=2))

    assert slots == []


def test_the_owner_is_preferred_and_else_the_rep_with_less_to_do() -> None:
    day = Interval(on(3, 0), on(4, 0))
    busy = {"ada": [Interval(on(5, 9), on(5, 10))]}

    anybody = free([ADA, BEN], DEMO, busy=busy, window=day, now=MONDAY)
    owned = free([ADA, BEN], DEMO, busy=busy, window=day, now=MONDAY, owner="ada")

    assert {slot.rep for slot in anybody} == {"ben"}
    assert {slot.rep for slot in owned} == {"ada"}
    assert len(anybody) == len({slot.start for slot in anybody})


def test_at_most_three_days_of_four_times_are_offered_spread_over_the_day() -> None:
    slots = free([ADA], DEMO, busy={}, window=WEEK, now=MONDAY)

    offered = choices(slots, zone="Europe/Berlin")

    assert [day.date.day for day in offered.days] == [2, 3, 4]
    assert labels(list(offered.days[1].slots)) == ["09:00", "11:00", "14:30", "16:30"]


def test_a_wish_narrows_the_offer_to_its_window() -> None:
    slots = free([ADA], DEMO, busy={}, window=WEEK, now=MONDAY)
    tuesday_afternoon = Wish(date(2026, 3, 3), date(2026, 3, 3), time(12), time(18))

    offered = choices(slots, zone="Europe/Berlin", wish=tuesday_afternoon)

    assert offered.wish_met
    assert [day.date.day for day in offered.days] == [3]
    assert all(clock_label(slot.start, "Europe/Berlin") >= "13:00" for slot in offered.days[0].slots)


def test_a_full_window_is_said_so_and_the_nearest_times_are_offered() -> None:
    slots = free([ADA], DEMO, busy={}, window=WEEK, now=MONDAY)
    saturday = Wish(date(2026, 3, 7), date(2026, 3, 7))

    offered = choices(slots, zone="Europe/Berlin", wish=saturday)

    assert not offered.wish_met
    assert [day.date.day for day in offered.days] == [4, 5, 6]


def test_a_full_afternoon_offers_the_morning_and_other_afternoons() -> None:
    afternoon = [Interval(on(3, 11), on(3, 17))]
    slots = free([ADA], DEMO, busy={"ada": afternoon}, window=WEEK, now=MONDAY)
    wish = Wish(date(2026, 3, 3), date(2026, 3, 3), time(13), time(18))

    offered = choices(slots, zone="Europe/Berlin", wish=wish)

    assert not offered.wish_met
    by_day = {day.date.day: labels(list(day.slots)) for day in offered.days}
    assert by_day[3] == ["09:30", "10:00", "10:30", "11:00"]  # 11:30 lacks its buffer
    assert all(label >= "13:00" for label in by_day[4])


def test_a_wish_that_no_day_can_meet_gets_the_times_nearest_to_it() -> None:
    slots = free([ADA], DEMO, busy={}, window=WEEK, now=MONDAY)
    new_york_afternoon = Wish(date(2026, 3, 3), date(2026, 3, 3), time(12), time(18))

    offered = choices(slots, zone="America/New_York", wish=new_york_afternoon)

    assert not offered.wish_met
    assert [day.date.day for day in offered.days] == [2, 3, 4]
    on_tuesday = [clock_label(slot.start, "America/New_York") for slot in offered.days[1].slots]
    assert on_tuesday == ["09:00", "09:30", "10:00", "10:30"]


def test_nobody_is_offered_the_night_while_there_is_a_day() -> None:
    slots = free([ADA], DEMO, busy={}, window=WEEK, now=MONDAY)

    offered = choices(slots, zone="America/New_York")

    first = [clock_label(slot.start, "America/New_York") for slot in offered.days[0].slots]
    assert first == ["07:00", "08:00", "09:30", "10:30"]


def test_the_night_is_better_than_nothing_and_a_wish_for_it_is_met() -> None:
    night = [FreeSlot(on(3, 2), on(3, 2, 30), "ada")]

    assert choices(night, zone="Europe/Berlin").days[0].slots == tuple(night)
    wish = Wish(date(2026, 3, 3), date(2026, 3, 3), time(2), time(4))
    assert choices(night, zone="Europe/Berlin", wish=wish).wish_met


def test_the_visitors_zone_decides_which_day_a_time_falls_on() -> None:
    slots = [FreeSlot(start, start + timedelta(minutes=30), "ada") for start in (on(3, 8), on(3, 21))]

    offered = choices(slots, zone="Pacific/Auckland")

    assert [day.date.day for day in offered.days] == [3, 4]


def test_nothing_free_offers_nothing() -> None:
    assert choices([], zone="UTC", wish=Wish(date(2026, 3, 3), date(2026, 3, 3))).days == ()


def test_hours_until_midnight_are_open_until_midnight() -> None:
    late = replace(BERLIN, hours={0: (Hours(time(20), time(0)),)})

    slots = rep_slots(Rep("night", "Night", "n@x.example", late), DEMO, busy=(), window=WEEK, now=MONDAY)

    assert labels(slots)[-1] == "23:30"


def test_a_schedule_knows_when_somebody_is_there() -> None:
    assert is_open(BERLIN, on(3, 9))
    assert not is_open(BERLIN, on(3, 11, 30))  # lunch
    assert not is_open(BERLIN, on(7, 9))  # Saturday


def test_a_stretch_takes_every_cell_that_it_touches() -> None:
    stretch = Interval(on(3, 9, 3), on(3, 9, 11))

    assert cells(stretch) == [on(3, 9, 0), on(3, 9, 5), on(3, 9, 10)]
