"""Reminders come when they should, move with the meeting, and reach nobody who cancelled."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from server.actions.tables import EffectRow
from tests.support.actions_world import berlin_slot
from tests.support.meeting_world import MeetingWorld, a_meeting_world

# Tomorrow at 15:00 in Berlin: 31 hours from the beginning of the world.
THREE = berlin_slot(15)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[MeetingWorld]:
    async with a_meeting_world(tmp_path) as made:
        yield made


async def reminders(world: MeetingWorld) -> list[str]:
    return [each for each in await world.subjects() if "Reminder" in each]


async def test_a_visitor_is_reminded_a_day_and_an_hour_ahead_with_the_link(world: MeetingWorld) -> None:
    await world.book(THREE)

    await world.after(timedelta(hours=6))
    assert await reminders(world) == []

    await world.after(timedelta(hours=2))
    words = "visitor@lifts.example: Reminder: Fernway demo, Tuesday 3 March, 15:00 (Berlin)"
    assert await reminders(world) == [words]
    assert "https://desk.example/meet/" in (await world.world.mails())[0].text

    await world.after(timedelta(hours=22, minutes=30))
    assert await reminders(world) == [words, words]


async def test_a_moved_meeting_has_the_reminders_of_its_new_time_only(world: MeetingWorld) -> None:
    meeting = await world.book(THREE)
    await world.move(meeting, berlin_slot(15, day=5))

    await world.after(timedelta(hours=40))
    assert await reminders(world) == []

    await world.after(timedelta(hours=20))
    assert len(await reminders(world)) == 1


async def test_who_cancelled_is_not_reminded(world: MeetingWorld) -> None:
    meeting = await world.book(THREE)
    await world.cancel(meeting)

    await world.after(timedelta(hours=31))

    assert await reminders(world) == []
    async with world.world.sessions() as session:
        left = await session.scalars(select(EffectRow.status).where(EffectRow.kind == "meeting_reminder"))
        assert list(left) == []


async def test_a_reminder_whose_moment_is_over_is_not_planned(world: MeetingWorld) -> None:
    await world.book(berlin_slot(12 + 1))  # in 29 hours
    await world.book(berlin_slot(13, day=2), conversation="c-2", key="m-2")  # in 5 hours

    async with world.world.sessions() as session:
        planned = await session.scalars(
            select(EffectRow.payload).where(
                EffectRow.kind == "meeting_reminder", EffectRow.conversation == "c-2"
            )
        )
        assert [each["minutes"] for each in planned] == [60]


async def test_a_reminder_that_an_outage_delayed_past_its_use_is_not_sent(world: MeetingWorld) -> None:
    await world.book(THREE)
    await world.run()

    world.world.clock.passes(timedelta(hours=30, minutes=45))
    await world.run()

    assert await reminders(world) == []
