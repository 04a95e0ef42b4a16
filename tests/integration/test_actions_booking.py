"""Booking, moving and cancelling against a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import booking, outbox
from server.actions.errors import MeetingClosed, SlotNotOffered, SlotTaken
from server.actions.tables import EffectRow, MeetingCellRow, MeetingRow
from server.actions.values import FreeSlot, Interval
from server.errors import NotFound
from tests.support.actions_world import (
    CALENDAR,
    DEMO,
    MONDAY,
    World,
    a_request,
    a_world,
    berlin_slot,
    booked,
    new_id,
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def free_at(world: World, slot: FreeSlot) -> set[str]:
    """Who could take a meeting at the slot's time."""
    found = set()
    for rep in CALENDAR.reps:
        async with world.sessions() as session:
            only = replace(CALENDAR, reps=(rep,))
            window = Interval(slot.start, slot.start + timedelta(minutes=1))
            slots = await booking.free_slots(session, "demo", only, "demo", now=world.clock(), window=window)
        found |= {each.rep for each in slots}
    return found


async def count(world: World, table: type) -> int:
    async with world.sessions() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def test_a_booked_time_is_free_no_more(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))

    assert meeting.state == "confirmed"
    assert meeting.sequence == 0
    assert await free_at(world, berlin_slot(10)) == {"ben"}


async def test_the_buffer_keeps_the_next_half_hour_free(world: World) -> None:
    await booked(world, berlin_slot(10))

    assert await free_at(world, berlin_slot(10, 30)) == {"ben"}
    assert await free_at(world, berlin_slot(11)) == {"ada", "ben"}
    assert await free_at(world, berlin_slot(9, 30)) == {"ben"}


@pytest.mark.parametrize("minute", [0, 30])
async def test_any_shared_minute_is_refused_and_the_transaction_lives_on(world: World, minute: int) -> None:
    await booked(world, berlin_slot(10))

    async with world.sessions.begin() as session:
        request = a_request(berlin_slot(10, minute), key="message-2")
        with pytest.raises(SlotTaken) as refusal:
            await booking.book(session, request, CALENDAR, now=MONDAY, id=new_id())
        other = a_request(berlin_slot(15), key="message-2")
        await booking.book(session, other, CALENDAR, now=MONDAY, id=new_id())

    assert refusal.value.code == "slot_taken"
    assert await count(world, MeetingRow) == 2
    assert await count(world, EffectRow) == 4


async def test_the_same_key_books_once(world: World) -> None:
    first = await booked(world, berlin_slot(10))

    again = await booked(world, berlin_slot(10))

    assert again == first
    assert await count(world, MeetingRow) == 1
    assert await count(world, EffectRow) == 2


async def test_a_repeated_key_gets_its_meeting_although_its_first_time_is_somebody_elses_by_now(
    world: World,
) -> None:
    first = await booked(world, berlin_slot(10), key="k-1")
    async with world.sessions.begin() as session:
        await booking.move(session, "demo", first.id, berlin_slot(15), CALENDAR, now=world.clock())
    await booked(world, berlin_slot(10), key="k-2")

    again = await booked(world, berlin_slot(10), key="k-1")

    assert (again.id, again.start) == (first.id, berlin_slot(15).start)


async def test_who_comes_too_late_hears_so_after_one_question_to_the_database(world: World) -> None:
    await booked(world, berlin_slot(10))
    asked = []

    async with world.sessions.begin() as session:
        engine = (await session.connection()).sync_engine
        note = lambda _connection, _cursor, statement, *_: asked.append(statement)  # noqa: E731
        event.listen(engine, "before_cursor_execute", note)
        with pytest.raises(SlotTaken):
            await booking.book(
                session, a_request(berlin_slot(10), key="late"), CALENDAR, now=MONDAY, id=new_id()
            )
        event.remove(engine, "before_cursor_execute", note)

    assert len(asked) == 1


async def test_the_same_key_at_another_site_is_another_meeting(world: World) -> None:
    first = await booked(world, berlin_slot(10))

    second = await booked(world, berlin_slot(10), site="other")

    assert second.id != first.id


@pytest.mark.parametrize(
    "slot",
    [
        pytest.param(berlin_slot(8), id="before hours"),
        pytest.param(berlin_slot(12), id="lunch"),
        pytest.param(berlin_slot(10, 7), id="off the grid"),
        pytest.param(berlin_slot(10, day=7), id="Saturday"),
        pytest.param(berlin_slot(9, day=2), id="too soon"),
        pytest.param(berlin_slot(10, day=30), id="too far"),
        pytest.param(berlin_slot(10, rep="eve"), id="nobody's"),
        pytest.param(replace(berlin_slot(10), end=berlin_slot(11).end), id="longer than the meeting"),
    ],
)
async def test_a_time_that_was_never_offered_can_not_be_booked(world: World, slot: FreeSlot) -> None:
    async with world.sessions.begin() as session:
        with pytest.raises(SlotNotOffered):
            await booking.book(session, a_request(slot), CALENDAR, now=MONDAY, id=new_id())

    assert await count(world, MeetingRow) == 0
    assert await count(world, MeetingCellRow) == 0


def test_a_slot_survives_its_way_through_the_browser() -> None:
    slot = berlin_slot(14, 30)

    assert booking.read_slot(slot.value, DEMO) == slot


async def read_and_book(session: AsyncSession, value: str) -> None:
    slot = booking.read_slot(value, DEMO)
    await booking.book(session, a_request(slot), CALENDAR, now=MONDAY, id=new_id())


@pytest.mark.parametrize("value", ["", "tomorrow", "20260303T1300Z", "~ada", "20261399T1300Z~ada"])
async def test_a_slot_that_makes_no_sense_is_refused(world: World, value: str) -> None:
    async with world.sessions() as session:
        with pytest.raises(SlotNotOffered):
            await read_and_book(session, value)


async def test_a_moved_meeting_frees_its_old_time_and_counts_the_change(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))

    async with world.sessions.begin() as session:
        moved = await booking.move(session, "demo", meeting.id, berlin_slot(14), CALENDAR, now=MONDAY)

    assert (moved.start, moved.sequence, moved.uid) == (berlin_slot(14).start, 1, meeting.uid)
    assert await free_at(world, berlin_slot(10)) == {"ada", "ben"}
    assert await free_at(world, berlin_slot(14)) == {"ben"}


async def test_a_meeting_moves_half_an_hour_although_it_overlaps_itself(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))

    async with world.sessions.begin() as session:
        moved = await booking.move(session, "demo", meeting.id, berlin_slot(10, 30), CALENDAR, now=MONDAY)

    assert moved.start == berlin_slot(10, 30).start


async def test_a_refused_move_leaves_the_meeting_where_it_was(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))
    await booked(world, berlin_slot(14), key="message-2")

    async with world.sessions.begin() as session:
        with pytest.raises(SlotTaken):
            await booking.move(session, "demo", meeting.id, berlin_slot(14), CALENDAR, now=MONDAY)

    async with world.sessions() as session:
        assert await booking.meeting(session, "demo", meeting.id) == meeting
    assert await free_at(world, berlin_slot(10)) == {"ben"}


async def test_moving_to_where_it_stands_changes_nothing(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))

    async with world.sessions.begin() as session:
        moved = await booking.move(session, "demo", meeting.id, berlin_slot(10), CALENDAR, now=MONDAY)

    assert moved == meeting
    assert await count(world, EffectRow) == 2


async def test_a_cancelled_meeting_frees_its_time_once_and_for_all(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))

    async with world.sessions.begin() as session:
        gone = await booking.cancel(session, "demo", meeting.id, now=MONDAY)
        again = await booking.cancel(session, "demo", meeting.id, now=MONDAY)
        with pytest.raises(MeetingClosed):
            await booking.move(session, "demo", meeting.id, berlin_slot(14), CALENDAR, now=MONDAY)

    assert (gone.state, gone.sequence) == ("cancelled", 1)
    assert again == gone
    assert await free_at(world, berlin_slot(10)) == {"ada", "ben"}
    assert await count(world, MeetingCellRow) == 0


async def test_a_meeting_that_began_can_not_move_and_one_that_is_over_not_be_cancelled(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))
    world.clock.at = meeting.end

    async with world.sessions.begin() as session:
        with pytest.raises(MeetingClosed):
            await booking.move(session, "demo", meeting.id, berlin_slot(14), CALENDAR, now=world.clock())
        with pytest.raises(MeetingClosed):
            await booking.cancel(session, "demo", meeting.id, now=world.clock())


async def test_another_site_does_not_see_the_meeting(world: World) -> None:
    meeting = await booked(world, berlin_slot(10))

    async with world.sessions() as session:
        with pytest.raises(NotFound):
            await booking.meeting(session, "other", meeting.id)
        assert await booking.meetings_of(session, "other", "c-1") == []
        assert await booking.meetings_of(session, "demo", "c-1") == [meeting]


async def test_what_was_queued_is_known_to_the_caller_who_commits(world: World) -> None:
    async with world.sessions.begin() as session:
        await booking.book(session, a_request(berlin_slot(10)), CALENDAR, now=MONDAY, id=new_id())
        queued = outbox.take_queued(session)

        assert outbox.take_queued(session) == ()
    async with world.sessions() as session:
        assert set(queued) == set(await outbox.due(session, now=MONDAY))


async def test_nothing_stands_and_nothing_is_queued_when_the_caller_rolls_back(world: World) -> None:
    async with world.sessions() as session:
        await booking.book(session, a_request(berlin_slot(10)), CALENDAR, now=MONDAY, id=new_id())
        await session.rollback()

    assert await count(world, MeetingRow) == 0
    assert await count(world, EffectRow) == 0
    assert await free_at(world, berlin_slot(10)) == {"ada", "ben"}
