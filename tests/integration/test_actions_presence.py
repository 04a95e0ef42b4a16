"""Who is at the desk: their console is open and they say so; it is told honestly and outlives a restart."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from server.actions import handoff, presence
from server.actions.values import HandoffRequest, Presence
from tests.support.actions_world import BERLIN, World, a_world, new_id, reopened


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def open_console(
    world: World, login: str, *, available: bool | None = None, site: str = "demo"
) -> None:
    async with world.sessions.begin() as session:
        if available is None:
            await presence.seen(session, site, login, now=world.clock())
        else:
            await presence.switch(session, site, login, available=available, now=world.clock())


async def somebody(world: World, *, by_hours: bool = False) -> Presence:
    async with world.sessions() as session:
        return await presence.presence(session, "demo", BERLIN, by_hours=by_hours, now=world.clock())


async def test_an_open_console_alone_is_nobody_until_they_say_that_they_are_there(world: World) -> None:
    await open_console(world, "ada")
    assert not (await somebody(world)).somebody

    await open_console(world, "ada", available=True)
    assert (await somebody(world)).reps_online == 1

    await open_console(world, "ada", available=False)
    assert not (await somebody(world)).somebody


async def test_a_console_that_was_closed_is_nobody_and_opened_again_they_are_back(world: World) -> None:
    await open_console(world, "ada", available=True)

    world.clock.passes(presence.SEEN_WITHIN + timedelta(seconds=1))
    away = await somebody(world)
    await open_console(world, "ada")

    assert not away.somebody
    assert (await somebody(world)).somebody


async def test_what_they_said_outlives_a_restart_and_is_of_one_site_only(
    world: World, tmp_path: Path
) -> None:
    await open_console(world, "ada", available=True)
    await open_console(world, "ben", available=True, site="other")

    async with reopened(tmp_path) as later, later.sessions() as session:
        assert await presence.there(session, "demo", now=world.clock()) == ("ada",)


async def test_by_hours_the_schedule_decides_whoever_has_a_console_open(world: World) -> None:
    early = await somebody(world, by_hours=True)
    world.clock.passes(timedelta(hours=2))
    in_time = await somebody(world, by_hours=True)

    assert (early.somebody, in_time.somebody) == (False, True)


async def test_outside_the_hours_it_is_known_when_they_begin_again(world: World) -> None:
    assert (await somebody(world)).back_at == datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

    world.clock.at = datetime(2026, 4, 3, 9, 0, tzinfo=UTC)  # Good Friday; Monday is Easter Monday
    assert (await somebody(world)).back_at == datetime(2026, 4, 7, 7, 0, tzinfo=UTC)


async def test_how_long_it_takes_is_told_of_enough_waits_only(world: World) -> None:
    for number in range(5):
        assert (await somebody(world)).usual_wait is None
        conversation = f"c-{number}"
        async with world.sessions.begin() as session:
            wish = HandoffRequest("demo", conversation, "pricing", "")
            there = Presence(1, open_now=True)
            await handoff.request(session, wish, presence=there, now=world.clock(), id=new_id())
        world.clock.passes(timedelta(minutes=number))
        async with world.sessions.begin() as session:
            await handoff.join(session, "demo", conversation, "ada", now=world.clock())

    assert (await somebody(world)).usual_wait == timedelta(minutes=2)
