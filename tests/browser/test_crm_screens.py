"""The built-in CRM, the calendar and the charts in a real Chromium: keyboard, phone, axe, both schemes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect
from uuid_utils import uuid7

from crm_sync.by_hand import browsing as records
from crm_sync.by_hand import editing as by_hand
from crm_sync.by_hand import todo
from tests.support.console_browser import browsing
from tests.support.console_seed import a_day
from tests.support.console_world import NOW, SITE, World, build

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
AT = f"/console/site/{SITE}"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    await a_day(world, waiting=5)
    async with world.desk.writers() as session:
        found = await records.contacts(session, SITE, records.Look())
        contact = found.rows[0].id
        deal = {"name": "Team for 20", "stage": "qualified", "seats": 20, "amount": 2880, "currency": "EUR"}
        await by_hand.create(session, SITE, "deal", deal, id=str(uuid7()), by="rep", now=NOW, contact=contact)
        late = NOW - timedelta(hours=2)
        await todo.add(session, SITE, contact, "Call back", id=str(uuid7()), by="rep", now=NOW, due=late)
        await by_hand.note(
            session, SITE, contact, "Called", "A pilot first.", id=str(uuid7()), by="rep", now=NOW
        )
        await session.commit()
    world.conversations.append(contact)
    yield world
    await world.close()


async def test_no_screen_scrolls_sideways_on_a_phone_or_worries_axe(world: World) -> None:
    contact = world.conversations[-1]
    troubles: list[str] = []
    found: list[Any] = []
    paths = ("crm", f"crm/{contact}", f"crm/edit/contact/{contact}", "crm/companies", "crm/deals",
             "crm/deals?view=list", "crm/tasks", "crm/activities", "meetings", "trials", "carts", "overview",
             "overview?days=90")  # fmt: skip

    async with browsing(world, "manager", width=390, troubles=troubles) as page:
        for path in paths:
            await page.set_viewport_size({"width": 390, "height": 844})
            await page.goto(f"{AT}/{path}")
            wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, path
            await page.set_viewport_size({"width": 1440, "height": 900})
            found += [(path, *each) for each in await complaints(page)]

    assert found == []
    assert troubles == []


async def test_a_deal_is_moved_and_a_task_is_done_without_the_mouse(world: World) -> None:
    async with browsing(world) as page:
        await page.goto(f"{AT}/crm/deals")
        qualified = page.locator(".lane", has=page.get_by_role("heading", name="Qualified"))
        await qualified.locator("summary").focus()
        await page.keyboard.press("Enter")
        await qualified.get_by_role("button", name="Won").focus()
        await page.keyboard.press("Enter")
        won = page.locator(".lane", has=page.get_by_role("heading", name="Won"))
        await expect(won.locator(".deal")).to_contain_text("Team for 20")

        await page.goto(f"{AT}/crm/tasks?when=late")
        await page.get_by_role("button", name="Done: Call back").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".tabs.plain")).to_contain_text("Overdue 0")


async def test_the_week_leads_to_a_conversation_by_keyboard_and_a_phone_shows_the_agenda(
    world: World,
) -> None:
    async with browsing(world, width=1280) as page:
        await page.goto(f"{AT}/meetings")
        shown = page.locator(".slots .confirmed").first
        # Monday's at 15:00 stands beside the 15 of the hours.
        place, hour = (
            await shown.bounding_box(),
            await page.locator(".week-hours span", has_text="15").bounding_box(),
        )
        assert place is not None
        assert hour is not None
        assert abs(place["y"] - hour["y"]) < 12
        await shown.locator("a").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".transcript")).to_be_visible()

        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(f"{AT}/meetings")
        await expect(page.locator(".week")).to_be_hidden()
        await expect(page.locator("table.folds").first).to_be_visible()


async def complaints(page: Page) -> list[tuple[str, str, Any]]:
    """What axe finds that is serious or critical, in light and dark."""
    found: list[tuple[str, str, Any]] = []
    await page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        ran = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            (scheme, each["id"], [node["target"] for node in each["nodes"]][:3])
            for each in ran["violations"]
            if each["impact"] in ("serious", "critical")
        ]
    return found
