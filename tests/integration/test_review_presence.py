"""The frame of the console: one's own switch, the heartbeat, and how many wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.actions import handoff, presence
from server.actions.values import HandoffRequest, Presence
from tests.support.console_seed import a_conversation
from tests.support.console_visit import attribute, shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def there(world: World) -> tuple[str, ...]:
    async with world.desk.readers() as session:
        return await presence.there(session, SITE, now=NOW)


async def asked(world: World, conversation: str, **wish: str) -> None:
    async with world.desk.writers() as session:
        request = HandoffRequest(SITE, conversation, "Asked for a person", "", **wish)  # type: ignore[arg-type]
        await handoff.request(
            session, request, presence=Presence(1, open_now=True), now=NOW, id=f"h-{conversation}"
        )
        await session.commit()


async def test_whoever_opens_the_console_is_away_until_they_say_that_they_are_there(world: World) -> None:
    async with visiting(world, "rep") as visit:
        opened = shown(await visit.see("desk", part=True))
        before = await there(world)
        switched = shown(await visit.press("desk", available="yes"))
        during = await there(world)
        await visit.press("desk", available="no")

    assert attribute(opened, "[role=switch]", "aria-checked") == "false"
    assert attribute(switched, "[role=switch]", "aria-checked") == "true"
    assert (before, during, await there(world)) == ((), ("rep",), ())


async def test_a_viewer_sees_who_waits_and_is_nobody_to_count_on(world: World) -> None:
    await asked(world, await a_conversation(world))
    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see("desk", part=True))
        refused = await visit.press("desk", available="yes")

    assert words(page, "#desk") == "1 waiting"
    assert refused.status_code == 403
    assert await there(world) == ()


async def test_the_frame_answers_with_nothing_until_somebody_waits(world: World) -> None:
    conversation = await a_conversation(world)
    async with visiting(world, "rep") as visit:
        page = shown(await visit.see("desk", part=True))
        have = attribute(page, "#desk", "hx-vals").split('"have": "')[1].split('"')[0]
        same = await visit.get(f"/console/site/{SITE}/desk", params={"have": have})
        await asked(world, conversation, assigned="rep")
        changed = shown(await visit.get(f"/console/site/{SITE}/desk", params={"have": have}))

    assert same.status_code == 204
    assert "1 waiting, 1 for you" in words(changed, "#desk")


async def test_another_site_has_a_desk_of_its_own(world: World) -> None:
    await asked(world, await a_conversation(world))
    async with visiting(world, "rep") as visit:
        elsewhere = await visit.get("/console/site/other/desk", headers={"hx-request": "true"})

    assert elsewhere.status_code == 404


async def test_whoever_signs_out_is_nobody_to_count_on_at_once(world: World) -> None:
    async with visiting(world, "rep") as visit:
        await visit.press("desk", available="yes")
        before = await there(world)
        await visit.post("/console/sign-out", headers={"x-csrf": visit.csrf})

    assert (before, await there(world)) == (("rep",), ())
