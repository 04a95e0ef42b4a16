"""What every kind of calendar promises: busy is what is taken, and a meeting is one event whatever happens."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused
from server.actions.values import Interval
from tests.support.calendar_keepers import Keeper, Mark, Servers, calendar_servers

KINDS = ("caldav", "google", "microsoft")
BERLIN = ZoneInfo("Europe/Berlin")
MARCH = Interval(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 15, tzinfo=UTC))
UID = "019a-meeting@demo.frontdesk"


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with calendar_servers(tmp_path_factory.mktemp("calendars")) as running:
        yield running


@pytest.fixture(params=KINDS)
def keeper(request: pytest.FixtureRequest, servers: Servers) -> Keeper:
    return servers.keeper(request.param)


def event(
    start: datetime, *, sequence: int = 0, minutes: int = 30, title: str = "Fernway demo"
) -> CalendarEvent:
    return CalendarEvent(
        UID,
        title,
        start,
        start + timedelta(minutes=minutes),
        "Europe/Berlin",
        description="What does Team cost?",
        attendees=("visitor@lifts.example",),
        sequence=sequence,
        url="https://desk.example/meet/t0ken",
    )


TUESDAY = event(datetime(2026, 3, 3, 9, tzinfo=UTC))
WEDNESDAY = event(datetime(2026, 3, 4, 13, tzinfo=UTC), sequence=1)


def span(of: CalendarEvent) -> Interval:
    return Interval(of.start, of.end)


async def test_an_empty_calendar_has_nothing_busy(keeper: Keeper) -> None:
    assert await keeper.calendar.busy(MARCH) == []


async def test_busy_sees_what_was_written(keeper: Keeper) -> None:
    await keeper.calendar.write(TUESDAY)

    assert await keeper.calendar.busy(MARCH) == [span(TUESDAY)]
    assert keeper.standing() == [(TUESDAY.start, TUESDAY.end, "Fernway demo")]


async def test_our_own_event_does_not_block_its_move(keeper: Keeper) -> None:
    keeper.put(datetime(2026, 3, 5, 10, tzinfo=BERLIN), 60)
    await keeper.calendar.write(TUESDAY)

    busy = await keeper.calendar.busy(MARCH, ignoring=UID)

    assert busy == [Interval(datetime(2026, 3, 5, 9, tzinfo=UTC), datetime(2026, 3, 5, 10, tzinfo=UTC))]


async def test_a_mailed_invitation_of_the_same_uid_does_not_block_its_move_either(keeper: Keeper) -> None:
    keeper.put(datetime(2026, 3, 3, 10, tzinfo=BERLIN), 30, uid=UID)

    assert await keeper.calendar.busy(MARCH, ignoring=UID) == []


async def test_writing_the_same_event_twice_makes_one(keeper: Keeper) -> None:
    first = await keeper.calendar.write(TUESDAY)
    second = await keeper.calendar.write(TUESDAY)

    assert first == second
    assert len(keeper.standing()) == 1


async def test_two_workers_that_write_the_same_event_at_once_make_one(keeper: Keeper) -> None:
    first, second = await asyncio.gather(keeper.calendar.write(TUESDAY), keeper.calendar.write(TUESDAY))

    assert first.split()[0] == second.split()[0]
    assert len(keeper.standing()) == 1


async def test_moving_by_uid_leaves_one_event_at_the_new_time(keeper: Keeper) -> None:
    await keeper.calendar.write(TUESDAY)
    await keeper.calendar.write(WEDNESDAY)

    assert keeper.standing() == [(WEDNESDAY.start, WEDNESDAY.end, "Fernway demo")]
    assert await keeper.calendar.busy(MARCH) == [span(WEDNESDAY)]


async def test_an_older_event_that_comes_late_changes_nothing(keeper: Keeper) -> None:
    await keeper.calendar.write(WEDNESDAY)
    await keeper.calendar.write(TUESDAY)

    assert await keeper.calendar.busy(MARCH) == [span(WEDNESDAY)]


async def test_what_the_rep_changed_meanwhile_is_read_again_and_then_moved(keeper: Keeper) -> None:
    await keeper.calendar.write(TUESDAY)
    keeper.touch()

    await keeper.calendar.write(WEDNESDAY)

    assert keeper.standing() == [(WEDNESDAY.start, WEDNESDAY.end, "Fernway demo")]


async def test_a_removed_event_is_gone_and_removing_it_again_is_fine(keeper: Keeper) -> None:
    reference = await keeper.calendar.write(TUESDAY)

    await keeper.calendar.remove(UID, reference)
    await keeper.calendar.remove(UID, reference)
    await keeper.calendar.remove(UID)

    assert keeper.standing() == []
    assert await keeper.calendar.busy(MARCH) == []


async def test_an_event_is_found_and_removed_without_its_reference(keeper: Keeper) -> None:
    keeper.put(datetime(2026, 3, 5, 10, tzinfo=BERLIN), 60)
    await keeper.calendar.write(TUESDAY)

    await keeper.calendar.remove(UID)

    assert [title for *_, title in keeper.standing()] == ["Own"]


async def test_an_event_can_be_written_again_after_it_was_removed(keeper: Keeper) -> None:
    await keeper.calendar.remove(UID, await keeper.calendar.write(TUESDAY))

    await keeper.calendar.write(TUESDAY)
    await keeper.calendar.write(WEDNESDAY)

    assert keeper.standing() == [(WEDNESDAY.start, WEDNESDAY.end, "Fernway demo")]


async def test_what_the_rep_deleted_by_hand_comes_back_when_the_meeting_moves(keeper: Keeper) -> None:
    await keeper.calendar.write(TUESDAY)
    keeper.wipe()

    await keeper.calendar.write(WEDNESDAY)
    await keeper.calendar.remove(UID)

    assert keeper.standing() == []


async def test_other_meetings_are_left_alone(keeper: Keeper) -> None:
    other = replace(WEDNESDAY, uid="019b-other@demo.frontdesk", title="Other")
    await keeper.calendar.write(TUESDAY)
    await keeper.calendar.write(other)

    await keeper.calendar.remove(UID)

    assert [title for *_, title in keeper.standing()] == ["Other"]


@pytest.mark.parametrize("mark", get_args(Mark))
async def test_only_what_takes_time_is_busy(keeper: Keeper, mark: Mark) -> None:
    keeper.put(datetime(2026, 3, 5, 10, tzinfo=BERLIN), 60, mark=mark)

    for ignoring in (None, UID):
        busy = await keeper.calendar.busy(MARCH, ignoring=ignoring)
        assert len(busy) == (1 if mark in {"", "tentative"} else 0)


async def test_a_series_is_busy_every_time_on_the_wall_clock_through_the_clock_change(keeper: Keeper) -> None:
    keeper.put(datetime(2026, 3, 24, 10, tzinfo=BERLIN), 60, weeks=3)

    for ignoring in (None, UID):
        busy = await keeper.calendar.busy(MARCH, ignoring=ignoring)
        assert [stretch.start for stretch in busy] == [
            datetime(2026, 3, 24, 9, tzinfo=UTC),
            datetime(2026, 3, 31, 8, tzinfo=UTC),
            datetime(2026, 4, 7, 8, tzinfo=UTC),
        ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("zone", "starts"), [("Pacific/Auckland", 11), ("America/Los_Angeles", 8)])
async def test_an_all_day_event_takes_the_day_of_the_reps_own_clock(
    servers: Servers, kind: str, zone: str, starts: int
) -> None:
    keeper = servers.keeper(kind, zone)
    keeper.put_day(date(2026, 3, 3))

    for ignoring in (None, UID):
        (busy,) = await keeper.calendar.busy(MARCH, ignoring=ignoring)
        day = 2 if starts == 11 else 3
        assert busy == Interval(
            datetime(2026, 3, day, starts, tzinfo=UTC), datetime(2026, 3, day + 1, starts, tzinfo=UTC)
        )


async def test_events_that_overlap_are_one_stretch_and_the_window_cuts_it(keeper: Keeper) -> None:
    keeper.put(datetime(2026, 3, 3, 10, tzinfo=BERLIN), 60)
    keeper.put(datetime(2026, 3, 3, 10, 30, tzinfo=BERLIN), 60)
    window = Interval(datetime(2026, 3, 3, 9, 15, tzinfo=UTC), datetime(2026, 3, 3, 10, 15, tzinfo=UTC))

    assert await keeper.calendar.busy(window) == [window]


async def test_a_meeting_in_the_hour_that_a_clock_change_repeats_keeps_its_instant(keeper: Keeper) -> None:
    second_half_past_two = event(datetime(2026, 10, 25, 1, 30, tzinfo=UTC))
    window = Interval(datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))

    await keeper.calendar.write(second_half_past_two)

    assert await keeper.calendar.busy(window) == [span(second_half_past_two)]
    assert await keeper.calendar.busy(window, ignoring="another") == [span(second_half_past_two)]


async def test_a_wrong_secret_is_refused_with_what_to_mend(keeper: Keeper) -> None:
    with pytest.raises(CalendarRefused, match="FRONTDESK_CALENDAR_SECRETS") as refused:
        await keeper.locked().busy(MARCH)

    assert refused.value.code == "calendar_refused"
    assert "BEGIN PRIVATE KEY" not in str(refused.value)
    assert "the-id-instead" not in str(refused.value)


async def test_a_calendar_that_is_not_ours_is_refused_with_what_to_mend(keeper: Keeper) -> None:
    with pytest.raises(CalendarRefused, match=r"correct|share|grant"):
        await keeper.elsewhere().busy(MARCH)
    with pytest.raises(CalendarRefused, match=r"correct|share|grant"):
        await keeper.elsewhere().write(TUESDAY)


async def test_a_server_that_is_not_there_is_away_and_says_so_in_time(keeper: Keeper) -> None:
    away = keeper.away()

    async with asyncio.timeout(5):
        for call in (away.busy(MARCH), away.write(TUESDAY), away.remove(UID)):
            with pytest.raises(CalendarAway, match="can not be reached"):
                await call


async def test_the_same_calendar_serves_several_event_loops(keeper: Keeper) -> None:
    await keeper.calendar.write(TUESDAY)

    busy = await asyncio.to_thread(lambda: asyncio.run(_busy(keeper)))

    assert busy == [span(TUESDAY)]


async def _busy(keeper: Keeper) -> list[Interval]:
    return list(await keeper.calendar.busy(MARCH))
