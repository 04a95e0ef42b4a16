"""A chosen time is kept while the address is asked for, and for nobody longer than that."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from server.actions import forgetting, holds
from server.actions.errors import SlotNotOffered, SlotTaken
from server.actions.tables import MeetingCellRow, MeetingHoldRow, MeetingRow
from tests.support.actions_world import berlin_slot
from tests.support.meeting_world import MeetingWorld, a_meeting_world
from tests.support.postgres import url

__all__ = ["url"]


@pytest.fixture
async def world(url: str, tmp_path: Path) -> AsyncIterator[MeetingWorld]:
    async with a_meeting_world(tmp_path, url) as made:
        yield made


async def count(world: MeetingWorld, table: type) -> int:
    async with world.world.sessions() as session:
        return (await session.execute(select(func.count()).select_from(table))).scalar_one()


async def test_a_held_time_is_offered_to_nobody_else_and_booked_by_nobody_else(world: MeetingWorld) -> None:
    await world.hold(berlin_slot(10))

    assert not await world.free(berlin_slot(10))
    assert await world.free(berlin_slot(10), conversation="c-1")
    with pytest.raises(SlotTaken):
        await world.book(berlin_slot(10), conversation="c-2", key="m-2")


async def test_a_hold_becomes_the_meeting(world: MeetingWorld) -> None:
    await world.hold(berlin_slot(10))

    meeting = await world.book(berlin_slot(10))

    assert meeting.state == "confirmed"
    assert await count(world, MeetingHoldRow) == 0
    assert await count(world, MeetingCellRow) == 8


async def test_another_choice_moves_the_hold(world: MeetingWorld) -> None:
    await world.hold(berlin_slot(10))

    await world.hold(berlin_slot(15, rep="ben"))

    assert await count(world, MeetingHoldRow) == 1
    assert await world.free(berlin_slot(10))
    assert not await world.free(berlin_slot(15, rep="ben"))


async def test_a_choice_that_is_gone_leaves_what_was_held(world: MeetingWorld) -> None:
    await world.book(berlin_slot(15), conversation="c-2", key="m-2")
    await world.hold(berlin_slot(10))

    with pytest.raises(SlotTaken):
        await world.hold(berlin_slot(15))

    assert not await world.free(berlin_slot(10))


async def test_choosing_the_same_time_again_keeps_it_no_longer(world: MeetingWorld) -> None:
    first = await world.hold(berlin_slot(10))
    world.world.clock.passes(timedelta(minutes=4))

    again = await world.hold(berlin_slot(10))

    assert again == first


async def test_a_hold_that_is_over_gives_way_in_the_booking_itself(world: MeetingWorld) -> None:
    held = await world.hold(berlin_slot(10))
    world.world.clock.at = held.until

    assert await world.free(berlin_slot(10))
    meeting = await world.book(berlin_slot(10), conversation="c-2", key="m-2")

    assert meeting.conversation == "c-2"
    assert await count(world, MeetingHoldRow) == 0
    with pytest.raises(SlotTaken):
        await world.book(berlin_slot(10))


async def test_whoever_comes_late_still_books_what_nobody_took(world: MeetingWorld) -> None:
    held = await world.hold(berlin_slot(10))
    world.world.clock.at = held.until + timedelta(minutes=1)

    assert (await world.book(berlin_slot(10))).state == "confirmed"


async def test_the_sweep_frees_what_nobody_came_back_for(world: MeetingWorld) -> None:
    held = await world.hold(berlin_slot(10))
    await world.hold(berlin_slot(15), conversation="c-2")
    async with world.world.sessions.begin() as session:
        assert await holds.sweep(session, now=held.until - timedelta(seconds=1)) == 0

    async with world.world.sessions.begin() as session:
        assert await holds.sweep(session, now=held.until) == 2

    assert await count(world, MeetingCellRow) == 0
    assert await count(world, MeetingHoldRow) == 0


async def test_the_sweep_leaves_a_hold_that_is_renewed_at_that_moment(world: MeetingWorld) -> None:
    held = await world.hold(berlin_slot(10))
    async with world.world.sessions() as renewing:
        row = await renewing.get(MeetingHoldRow, held.id)
        assert row is not None
        row.hold_until = held.until + timedelta(minutes=10)
        await renewing.flush()

        async def sweep() -> int:
            async with world.world.sessions.begin() as session:
                return await holds.sweep(session, now=held.until)

        sweeping = asyncio.create_task(sweep())
        await asyncio.wait([sweeping], timeout=0.2)
        await renewing.commit()

    assert await sweeping == 0
    assert await count(world, MeetingCellRow) == 8
    assert await count(world, MeetingHoldRow) == 1


async def test_a_time_chosen_in_time_is_not_too_soon_a_minute_later(world: MeetingWorld) -> None:
    # The rep takes nothing sooner than two hours ahead.
    world.world.clock.at = berlin_slot(10).start - timedelta(hours=2, minutes=1)
    await world.hold(berlin_slot(10))
    world.world.clock.passes(timedelta(minutes=5))

    with pytest.raises(SlotNotOffered):
        await world.book(berlin_slot(10, rep="ben"), conversation="c-2", key="m-2")
    assert (await world.book(berlin_slot(10))).state == "confirmed"


async def test_an_erased_conversation_holds_nothing(world: MeetingWorld) -> None:
    await world.hold(berlin_slot(10))

    async with world.world.sessions.begin() as session:
        await forgetting.forget_conversation(session, "demo", "c-1", now=world.world.clock())

    assert await count(world, MeetingHoldRow) == 0
    assert await count(world, MeetingCellRow) == 0


async def test_what_was_held_instead_is_free_once_another_time_is_booked(world: MeetingWorld) -> None:
    await world.hold(berlin_slot(10))

    await world.book(berlin_slot(15))

    assert await world.free(berlin_slot(10))
    assert await count(world, MeetingRow) == 1
