"""The console as a rep works in it: by keyboard, on a phone, and with a conversation that goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.support.console_browser import browsing
from tests.support.console_seed import a_conversation, a_day, an_update
from tests.support.console_world import SITE, World, build

pytestmark = pytest.mark.browser


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def open_item(page: Page) -> str:
    return str(await page.locator("[data-update]").get_attribute("data-update"))


async def clear(page: Page, update: str) -> None:
    """What a rep does forty times: wait until it is shown, look, press a."""
    await expect(page.locator(f'[data-update="{update}"] [data-key="a"]')).to_be_visible()
    await expect(page.locator("#main[aria-busy=true]")).to_have_count(0)  # till then keys are dropped
    await page.keyboard.press("a")
    await expect(page.locator(f"#row-{update} .row")).to_have_class("row approved")


async def test_forty_updates_are_cleared_without_the_mouse(world: World) -> None:
    for number in range(40):
        await an_update(world, await a_conversation(world, number), number)
    troubles: list[str] = []

    async with browsing(world, troubles=troubles) as page:
        queue = await page.locator("#rows .row-item").evaluate_all("rows => rows.map(row => row.dataset.id)")
        assert len(queue) == 40
        for update in queue:
            # The next one opens by itself after a moment, so that a held key does not ask for every row.
            await page.clock.run_for(100)
            await clear(page, update)
        await expect(page.locator("#count-waiting")).to_have_text("")

    assert troubles == []
    assert sorted(world.started) == sorted(queue)
    assert {(await world.ledger.update(SITE, each)).status for each in queue} == {"approved"}


async def test_j_and_k_walk_r_rejects_with_a_reason_and_u_takes_the_last_decision_back(world: World) -> None:
    ids = [await an_update(world, await a_conversation(world, number), number) for number in range(3)]

    async with browsing(world) as page:
        first = await open_item(page)
        await page.keyboard.press("j")
        await page.clock.run_for(100)
        await expect(page.locator(f'[data-update="{first}"]')).to_have_count(0)
        second = await open_item(page)
        await page.keyboard.press("r")
        await page.keyboard.press("5")
        await page.keyboard.type("They meant vans")
        await page.keyboard.press("Enter")
        await expect(page.locator(f"#row-{second} .row")).to_have_class("row rejected")
        await page.clock.run_for(100)
        await expect(page.locator(f'[data-update="{second}"]')).to_have_count(0)
        third = await open_item(page)
        await clear(page, third)
        await page.clock.run_for(100)
        await expect(page.locator(f'[data-update="{first}"]')).to_have_count(1)
        await page.keyboard.press("u")
        await expect(page.locator(f"#row-{third} .row")).to_have_class("row awaiting_approval")

    assert {first, second, third} == set(ids)
    assert (await world.ledger.update(SITE, second)).decided_reason == "They meant vans"
    assert (await world.ledger.update(SITE, third)).status == "awaiting_approval"


async def test_letters_typed_into_a_field_decide_nothing(world: World) -> None:
    update = await an_update(world, await a_conversation(world))

    async with browsing(world) as page:
        await page.keyboard.press("r")
        await page.keyboard.press("5")
        await page.keyboard.type("a aaa u j")
        await expect(page.locator("#reason")).to_have_value("a aaa u j")

    assert (await world.ledger.update(SITE, update)).status == "awaiting_approval"


async def test_new_words_appear_in_an_open_conversation_without_a_reload(world: World) -> None:
    talk = await a_conversation(world)

    async with browsing(world) as page:
        await page.goto(f"/console/site/{SITE}/conversations/{talk}")
        await world.floor.take_over(SITE, talk, "somebody else")
        await world.floor.say_as_person(SITE, talk, "somebody else", "I am from the sales team.")
        await page.clock.run_for(3_100)
        await expect(page.locator(".said.person")).to_have_text("Sales team 10:30 I am from the sales team.")


async def test_no_page_scrolls_sideways_or_breaks_its_policy_on_a_phone(world: World) -> None:
    await a_day(world, waiting=4)
    troubles: list[str] = []

    async with browsing(world, "admin", width=390, troubles=troubles) as page:
        for path in ("inbox", f"inbox/{(await world.ledger.updates(SITE, limit=1))[0].id}", "conversations",
                     f"conversations/{world.conversations[0]}", f"decisions/{world.turns[0]}", "meetings", "trials",
                     "carts", "mailbox", "crm", "knowledge", "knowledge/documents",
                     "knowledge/sources", "knowledge/sources/new", "knowledge/answers", "knowledge/approve",
                     "knowledge/write", "knowledge/outdated", "knowledge/tokens", "overview", "audit", "accounts",
                     "password"):  # fmt: skip
            await page.goto(f"/console/site/{SITE}/{path}")
            too_wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")

            assert too_wide <= 0, path

    assert troubles == []
