"""Open pages of the console hear by their stream what happened, and ask by themselves where there is none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Route, expect

from server.review.pages import STATIC
from tests.support.console_browser import browsing
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_world import NOW, SITE, World, build

pytestmark = pytest.mark.browser
AT = f"/console/site/{SITE}"
SOON_MS = 2_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def without_polling(page: Page) -> None:
    """From now on pages ask for nothing by the clock."""
    script = (STATIC / "console.js").read_text()
    assert script.count("}, 3000);") == 1
    never = script.replace("}, 3000);", "}, 3_600_000);")

    async def answer(route: Route) -> None:
        await route.fulfill(body=never, content_type="text/javascript")

    await page.route("**/console.js*", answer)


async def test_what_happens_is_on_the_page_within_two_seconds_though_it_never_asks_by_the_clock(
    world: World,
) -> None:
    talk = await a_conversation(world)
    update = await an_update(world, talk)
    troubles: list[str] = []

    async with browsing(world, troubles=troubles) as page:
        await without_polling(page)
        async with page.expect_response("**/inbox/news*"):  # the first hint: look at everything
            await page.goto(f"{AT}/inbox")
        await world.ledger.approve(SITE, update, by="another", now=NOW)
        await expect(page.locator(f"#row-{update} .row")).to_have_class("row approved", timeout=SOON_MS)

        async with page.expect_response("**/after/*"):
            await page.goto(f"{AT}/conversations/{talk}")
        for words in ("I am from the sales team.", "What may I do for you?", "Are you there?"):
            await world.floor.say_as_person(SITE, talk, "another", words)
            await expect(page.locator(".said.person").last).to_contain_text(words, timeout=SOON_MS)
        await expect(page.locator("#talk-list")).to_contain_text("With another", timeout=SOON_MS)

    assert troubles == []


async def test_a_page_without_a_stream_asks_by_itself(world: World) -> None:
    update = await an_update(world, await a_conversation(world))

    async with browsing(world) as page:
        await page.route("**/live", lambda route: route.abort())
        await page.goto(f"{AT}/inbox")
        await world.ledger.approve(SITE, update, by="another", now=NOW)
        await page.clock.run_for(3_100)
        await expect(page.locator(f"#row-{update} .row")).to_have_class("row approved")


async def test_hints_that_come_while_an_answer_is_on_its_way_are_followed_up(world: World) -> None:
    talk = await a_conversation(world)
    held: asyncio.Queue[Route] = asyncio.Queue()

    async with browsing(world) as page:
        await without_polling(page)
        async with page.expect_response("**/after/*"):
            await page.goto(f"{AT}/conversations/{talk}")
        await page.route("**/after/*", held.put)
        await world.floor.say_as_person(SITE, talk, "another", "First words.")
        first = await held.get()
        answered = await first.fetch()
        async with page.expect_response(
            "**/conversations?have*"
        ):  # the list follows the hint that the talk hears too
            await world.floor.say_as_person(SITE, talk, "another", "Second words.")
        await page.unroute("**/after/*")
        await first.fulfill(response=answered)
        await expect(page.locator(".said.person").last).to_contain_text("Second words.", timeout=SOON_MS)


async def test_a_hint_that_comes_right_after_new_words_were_put_in_is_heard(world: World) -> None:
    talk = await a_conversation(world)

    async with browsing(world) as page:
        await without_polling(page)
        async with page.expect_response("**/after/*"):
            await page.goto(f"{AT}/conversations/{talk}")
        await page.evaluate("htmx.config.defaultSettleDelay = 3600000")  # this long nothing new would listen
        for words in ("First words.", "Second words.", "Third words."):
            await world.floor.say_as_person(SITE, talk, "another", words)
            await expect(page.locator(".said.person").last).to_contain_text(words, timeout=SOON_MS)


async def test_words_arrive_though_what_asked_for_news_was_replaced_before_its_answer_came(
    world: World,
) -> None:
    talk = await a_conversation(world)
    held: asyncio.Queue[Route] = asyncio.Queue()

    async with browsing(world) as page:
        await without_polling(page)
        async with page.expect_response("**/after/*"):
            await page.goto(f"{AT}/conversations/{talk}")
        await page.route("**/after/*", held.put)
        await world.floor.say_as_person(SITE, talk, "another", "First words.")
        first = await held.get()
        await page.unroute("**/after/*")
        await page.locator(".tail").evaluate("(tail) => tail.replaceWith(tail.cloneNode(true))")
        await first.continue_()
        await world.floor.say_as_person(SITE, talk, "another", "Second words.")
        await expect(page.locator(".said.person").last).to_contain_text("Second words.", timeout=SOON_MS)
