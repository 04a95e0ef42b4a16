"""The knowledge pages in a real Chromium: trying a question, writing from a gap, reading a source."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect
from uuid_utils import uuid7

from knowledge.gaps import note_gap
from knowledge.sources.spec import SourceSpec
from tests.support.console_browser import browsing
from tests.support.console_world import NOW, SITE, World, build
from tests.support.knowledge import write_pages

pytestmark = pytest.mark.browser
AT = f"/console/site/{SITE}/knowledge"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    page = "# Refunds\n\n## How long does a refund take?\n\nA refund takes five working days.\n"
    folder = write_pages(tmp_path / "docs", {"refunds.md": page})
    spec = SourceSpec("folder", str(folder), base_url="https://fernway.example/docs")
    await world.desk.library.save_source(SITE, spec, name="handbook", every_s=None, now=NOW)
    await world.desk.library.read_source(SITE, "handbook", now=NOW)
    async with world.desk.writers() as session:
        await note_gap(session, SITE, "Can a voucher be returned?", gap_id=str(uuid7()), now=NOW)
        await session.commit()
    yield world
    await world.close()


async def test_a_question_is_tried_without_leaving_the_page(world: World) -> None:
    troubles: list[str] = []
    async with browsing(world, "viewer", troubles=troubles) as page:
        await page.goto(AT)
        await page.fill("#try-q", "How long does a refund take?")
        await page.press("#try-q", "Enter")
        await expect(page.locator("#tried .reply-shown")).to_contain_text("A refund takes five working days.")
        await page.click("#tried .words summary")
        await expect(page.locator("#tried .words p").first).to_be_visible()
        assert page.url.endswith("/knowledge")

    assert troubles == []


async def test_a_gap_is_answered_from_the_keyboard_with_a_look_before_it_is_published(world: World) -> None:
    troubles: list[str] = []
    async with browsing(world, "manager", width=390, troubles=troubles) as page:
        await page.goto(AT)
        await page.click("text=Can a voucher be returned?")
        await page.click("text=Write a document")
        await page.focus("#text")
        await page.keyboard.press("Control+End")
        await page.keyboard.type("A voucher can be returned within ten days.")
        await page.click("text=Preview the answer")
        await expect(page.locator("#preview .reply-shown")).to_contain_text("within ten days")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await page.click("text=Publish")
        await expect(page.locator(".said-done")).to_contain_text("Saved.")
        await page.goto(AT)
        await expect(page.locator("main")).to_contain_text("No gaps found yet.")

    assert troubles == []
    assert world.desk.library.find(SITE, "Can a voucher be returned?", now=NOW)[0].page.title.startswith(
        "Can a voucher"
    )


async def test_a_source_that_is_read_shows_that_and_then_what_came_of_it(
    world: World, tmp_path: Path
) -> None:
    write_pages(tmp_path / "docs", {"new.md": "# New page\n\nBrand-new words.\n"})
    library, go_on = world.desk.library, asyncio.Event()
    read = library.read_source

    async def slowly(*arguments: object, **options: object) -> object:
        await go_on.wait()
        return await read(*arguments, **options)  # type: ignore[arg-type]

    library.read_source = slowly  # type: ignore[method-assign,assignment]
    async with browsing(world, "manager") as page:
        await page.goto(f"{AT}/sources")
        await page.click("#source-handbook button:has-text('Read now')")
        await expect(page.locator("#source-handbook .state")).to_have_text("Reading")
        go_on.set()
        await world.desk.reads.settled()
        await page.clock.run_for(2_100)
        await expect(page.locator("#source-handbook .state")).to_have_text("Fine")
        await expect(page.locator("#source-handbook")).to_contain_text("2 documents")
        await expect(page.locator("#sources[hx-trigger]")).to_have_count(0)
