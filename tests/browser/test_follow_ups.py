"""A rep works through the follow-ups with the keyboard, in a real browser."""

from __future__ import annotations

from pathlib import Path

from server.actions.follow_ups import queue
from tests.support.console_browser import browsing
from tests.support.console_world import SITE, build
from tests.support.follow_up_drafts import a_draft, with_follow_ups


async def test_drafts_are_checked_while_typing_and_approved_with_keys(tmp_path: Path) -> None:
    world = await build(tmp_path)
    await with_follow_ups(world)
    drafts = [await a_draft(world, number) for number in range(3)]
    troubles: list[str] = []
    async with browsing(world, troubles=troubles) as page:
        await page.goto(f"{page.url.split('/console')[0]}/console/site/{SITE}/follow-ups")
        area = page.locator("textarea[name=body]")
        before = await area.input_value()

        await area.fill(before.replace("Kind regards", "We guarantee it.\n\nKind regards"))
        await page.locator(".findings .tag.bad").wait_for()
        await area.fill(before)
        await page.locator(".findings .fine").wait_for()
        await area.press("Escape")
        await page.keyboard.press("a")
        await page.locator("#toast.shown").wait_for()
        await page.locator("#count-waiting", has_text="2").wait_for()

    async with world.desk.readers() as session:
        states = [(await queue.load(session, SITE, each.id)).state for each in drafts]
    await world.close()
    assert sorted(states) == ["approved", "waiting", "waiting"]
    assert troubles == []


async def test_words_that_are_not_saved_yet_are_there_when_one_comes_back(tmp_path: Path) -> None:
    world = await build(tmp_path)
    await with_follow_ups(world)
    drafts = [await a_draft(world, number) for number in range(2)]
    troubles: list[str] = []
    async with browsing(world, troubles=troubles) as page:
        await page.goto(f"/console/site/{SITE}/follow-ups")
        area = page.locator("textarea[name=body]")
        mine = (await area.input_value()).replace("Kind regards", "Until soon.\n\nKind regards")
        await area.fill(mine)
        await area.press("Escape")

        await page.keyboard.press("j")
        await page.locator(".row-item:nth-child(2) [aria-current]").wait_for()
        await page.wait_for_function(
            "words => document.querySelector('#draft textarea').value !== words", arg=mine
        )
        other = await area.input_value()
        await page.keyboard.press("k")
        await page.wait_for_function(
            "words => document.querySelector('#draft textarea').value === words", arg=mine
        )
        await page.keyboard.press("s")
        await page.locator("#toast", has_text="Saved.").wait_for()

    async with world.desk.readers() as session:
        bodies = {(await queue.load(session, SITE, each.id)).body for each in drafts}
    await world.close()
    assert bodies == {mine, other}
    assert "Until soon." not in other
    assert troubles == []
