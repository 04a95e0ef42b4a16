"""Days that are not like their weekday, meetings of several types, and who of several gets one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from server.actions.calendar import free, full_days, rep_slots
from server.actions.site import SiteCalendar
from server.actions.values import FreeSlot, Hours, Interval, MeetingType, Rep, Schedule
from server.actions.when import clock_label
from tests.support.actions_world import ADA, BEN, BERLIN, DEMO, MONDAY

GOOD_FRIDAY = date(2026, 4, 3)
CARE = MeetingType("security", "Security review", minutes=60, step=60, reps=("ben",), intents=("security",))


def day(of: date) -> Interval:
    start = datetime(of.year, of.month, of.day, tzinfo=UTC)
    return Interval(start, start + timedelta(days=1))


def times(slots: list[FreeSlot]) -> list[str]:
    return [clock_label(slot.start, "Europe/Berlin") for slot in slots]


def offered(schedule: Schedule, of: date) -> list[str]:
    rep = replace(ADA, schedule=replace(schedule, horizon_days=90))
    return times(rep_slots(rep, DEMO, busy=(), window=day(of), now=MONDAY))


def test_a_date_with_hours_of_its_own_has_those_and_no_others() -> None:
    short = replace(BERLIN, dates={date(2026, 3, 3): (Hours(time(15), time(16)),)})

    assert offered(short, date(2026, 3, 3)) == ["15:00", "15:30"]
    assert len(offered(short, date(2026, 3, 4))) == 14


def test_a_date_without_hours_is_a_day_off() -> None:
    assert offered(replace(BERLIN, dates={date(2026, 3, 3): ()}), date(2026, 3, 3)) == []


def test_a_weekend_or_a_holiday_can_be_opened_for_a_day() -> None:
    saturday = date(2026, 3, 7)
    opened = replace(BERLIN, dates={day: (Hours(time(10), time(11)),) for day in (saturday, GOOD_FRIDAY)})

    assert offered(opened, saturday) == ["10:00", "10:30"]
    assert offered(opened, GOOD_FRIDAY) == ["10:00", "10:30"]
    assert offered(BERLIN, GOOD_FRIDAY) == []


def test_the_companys_own_holidays_are_free_beside_the_public_ones() -> None:
    closed = replace(BERLIN, closed=frozenset({date(2026, 3, 3)}))

    assert offered(closed, date(2026, 3, 3)) == []
    assert offered(closed, GOOD_FRIDAY) == []
    assert offered(closed, date(2026, 3, 4)) != []


def test_a_day_is_full_after_as_many_meetings_as_a_rep_takes() -> None:
    schedule = replace(BERLIN, max_per_day=2)
    rep = replace(ADA, schedule=schedule)
    starts = [datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 3, 14, tzinfo=UTC)]
    both = Interval(day(date(2026, 3, 3)).start, day(date(2026, 3, 4)).end)

    slots = rep_slots(rep, DEMO, busy=(), window=both, now=MONDAY, booked=starts)
    one_less = rep_slots(rep, DEMO, busy=(), window=both, now=MONDAY, booked=starts[:1])

    assert {slot.start.date() for slot in slots} == {date(2026, 3, 4)}
    assert {slot.start.date() for slot in one_less} == {date(2026, 3, 3), date(2026, 3, 4)}


def test_a_full_day_is_a_day_of_the_reps_own_zone() -> None:
    late = [datetime(2026, 3, 2, 23, 30, tzinfo=UTC)]

    assert full_days(replace(BERLIN, max_per_day=1), late) == {date(2026, 3, 3)}


def test_a_type_is_offered_only_with_those_who_hold_it() -> None:
    window = day(date(2026, 3, 3))

    slots = free([ADA, BEN], CARE, busy={"ben": ()}, window=window, now=MONDAY)

    assert {slot.rep for slot in slots} == {"ben"}
    assert times(slots)[:2] == ["09:00", "10:00"]


def test_a_weight_of_two_gets_twice_the_meetings() -> None:
    big = replace(BEN, weight=2)
    booked: dict[str, list[datetime]] = {"ada": [], "ben": []}
    start = datetime(2026, 3, 3, 8, tzinfo=UTC)

    for _ in range(9):
        slot = free([ADA, big], DEMO, busy={}, window=day(date(2026, 3, 3)), now=MONDAY, booked=booked)[0]
        booked[slot.rep].append(start)

    assert {rep: len(held) for rep, held in booked.items()} == {"ada": 3, "ben": 6}


def test_what_a_rep_does_elsewhere_does_not_count_as_our_meetings() -> None:
    elsewhere = {"ada": [Interval(MONDAY + timedelta(days=2), MONDAY + timedelta(days=2, hours=1))]}

    slots = free(
        [ADA, BEN], DEMO, busy=elsewhere, window=day(date(2026, 3, 3)), now=MONDAY, booked={"ben": [MONDAY]}
    )

    assert {slot.rep for slot in slots} == {"ada"}


@pytest.mark.parametrize(
    ("intents", "plans", "key"),
    [
        ((), (), "demo"),
        (("security",), (), "security"),
        (("pricing",), (), "demo"),
        (("security",), ("enterprise",), "big"),
    ],
)
def test_what_a_visitor_says_or_wants_opens_a_type(
    intents: tuple[str, ...], plans: tuple[str, ...], key: str
) -> None:
    big = MeetingType("big", "Enterprise talk", plans=("enterprise",))
    site = SiteCalendar((ADA, BEN), {"demo": DEMO, "security": CARE, "big": big})

    assert site.type_for(intents, plans).key == key
    assert site.default_type.key == "demo"


def test_an_owner_is_preferred_only_where_owners_come_first_and_still_take_meetings() -> None:
    reps: tuple[Rep, ...] = (ADA, BEN)
    first, round_robin = (
        SiteCalendar(reps, {"demo": DEMO}),
        SiteCalendar(reps, {"demo": DEMO}, assignment="round_robin"),
    )

    assert first.owner("ada") == "ada"
    assert first.owner("gone") is None
    assert round_robin.owner("ada") is None
