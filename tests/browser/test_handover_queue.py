"""The queue of those who wait for a person, as a rep sees it on a desk and on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect
from uuid_utils import uuid7

from server.actions import handoff
from server.actions.tables import HandoffRow
from tests.support.browser import ARTIFACTS
from tests.support.console_browser import browsing
from tests.support.console_seed import a_conversation
from tests.support.console_world import NOW, SITE, World, build

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def waits(world: World, number: int, minutes: int, **more: str | int) -> str:
    conversation = await a_conversation(world, number, person_wanted=True)
    at = NOW - timedelta(minutes=minutes)
    row = {
        "id": str(uuid7()), "site": SITE, "conversation": conversation, "open_key": f"{SITE}/{conversation}",
        "state": "asked", "reason": "Asked for a person", "summary": "", "email": None, "person": None,
        "created_at": at, "updated_at": at, **more,
    }  # fmt: skip
    async with world.desk.writers() as session:
        session.add(HandoffRow(**row))
        await handoff.note_step(
            session, SITE, conversation, "assigned", by="admin", to="rep", note="They know us.", now=at
        )
        await session.commit()
    return conversation


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
async def test_those_who_wait_stand_first_the_longest_on_top_and_are_passed_on(
    world: World, width: int, scheme: str
) -> None:
    await a_conversation(world, 5)
    short = await waits(world, 1, 2, score=85, assigned="rep")
    long = await waits(world, 2, 14, score=40)
    mid = await waits(world, 3, 6, reason="Frustrated; accepted the offer of a person", assigned="manager")
    troubles: list[str] = []

    async with browsing(world, width=width, troubles=troubles) as page:
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await page.goto(f"/console/site/{SITE}/conversations")
        order = await page.locator(".row-item").evaluate_all("rows => rows.map(row => row.dataset.id)")
        assert order[:3] == [long, mid, short]
        assert len(order) == 4
        await expect(page.locator("#desk .waiting")).to_contain_text("3 waiting, 1 for you")
        ARTIFACTS.mkdir(exist_ok=True)
        await page.screenshot(path=ARTIFACTS / f"handover-queue-{width}-{scheme}.png")

        await page.goto(f"/console/site/{SITE}/conversations/{short}")
        await page.get_by_text("Pass on").first.click()
        await expect(page.locator(".pass option")).to_have_count(2)
        await page.locator(".pass textarea").fill("Please call them.")
        await page.screenshot(path=ARTIFACTS / f"handover-pass-{width}-{scheme}.png")
        await page.locator(".pass form button").click()
        await expect(page.locator("#work h2").first).to_contain_text("With")

        assert world.floor.asked == [("transfer", SITE, short, "rep", "admin", "Please call them.")]
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert troubles == []
