"""The inbox in a real Chromium: keys, many at once, what others do meanwhile, a phone, and what it weighs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Response, Route, expect

from tests.support.console_browser import browsing
from tests.support.console_seed import a_conversation, a_day, an_update
from tests.support.console_world import NOW, SITE, World, build

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
AT = f"/console/site/{SITE}/inbox"
MOST_BYTES = 150_000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def some_changes(world: World, count: int) -> None:
    for number in range(count):
        await an_update(world, await a_conversation(world, number), number)


async def queue(page: Page) -> list[str]:
    return list(await page.locator("#rows .row-item").evaluate_all("rows => rows.map(row => row.dataset.id)"))


async def current(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.closest('.row-item')?.dataset.id ?? ''"))


async def test_a_rep_marks_approves_together_rejects_by_number_and_takes_back_by_the_toast(
    world: World,
) -> None:
    await some_changes(world, 6)
    troubles: list[str] = []

    async with browsing(world, troubles=troubles) as page:
        ids = await queue(page)
        for _ in range(2):
            await page.keyboard.press("x")
            await page.keyboard.press("j")
            await page.clock.run_for(100)
        await expect(page.locator("#marked")).to_have_text("2 marked")
        await page.keyboard.press("a")
        await expect(page.locator("#work h2")).to_have_text("Approve 2 changes?")
        assert (await world.ledger.update(SITE, ids[0])).status == "awaiting_approval", "it asks first"
        await page.keyboard.press("a")
        await expect(page.locator("#work h2")).to_have_text("Approved: 2")
        await expect(page.locator("#toast")).to_contain_text("Approved: 2 of 2.")
        await page.keyboard.press("j")
        await page.clock.run_for(100)
        rejected = await current(page)
        await expect(page.locator(f'[data-update="{rejected}"]')).to_be_visible()
        await page.keyboard.press("r")
        await page.keyboard.press("4")
        await expect(page.locator(f"#row-{rejected} .row")).to_have_class("row rejected")
        assert (await world.ledger.update(SITE, rejected)).decided_code == "test"
        assert await current(page) not in ("", rejected), "the next row has the focus"
        await page.click("#toast button")
        await expect(page.locator(f"#row-{rejected} .row")).to_have_class("row awaiting_approval")
        await page.keyboard.press("/")
        await page.keyboard.type("dozen")
        await expect(page.locator("#rows .row-item")).to_have_count(1)
        assert page.url.endswith("?q=dozen")
        assert await page.evaluate("document.activeElement.id") == "q", "typing goes on"
        await page.keyboard.press("Enter")
        await expect(page.locator("#rows .row:focus")).to_have_count(1)
        await page.clock.run_for(100)
        await expect(page.locator(f'[data-update="{await current(page)}"]')).to_be_visible()
        await page.keyboard.press("/")
        await page.keyboard.press("Escape")
        await expect(page.locator("#q")).to_have_value("dozen")
        await page.keyboard.press("?")
        await expect(page.locator("#keys")).to_contain_text("approve all that is marked")

    assert troubles == []
    assert {(await world.ledger.update(SITE, each)).status for each in ids[:2]} == {"approved"}


async def test_a_key_pressed_before_the_chosen_item_came_decides_that_one_and_a_second_press_nothing(
    world: World,
) -> None:
    await some_changes(world, 4)
    late = asyncio.Event()

    async def slowly(route: Route) -> None:
        await late.wait()
        await route.continue_()

    async with browsing(world) as page:
        ids = await queue(page)
        await page.route(f"**/inbox/{ids[1]}*", slowly)
        await page.route(f"**/inbox/{ids[2]}*", slowly)
        await page.keyboard.press("j")
        await page.clock.run_for(100)
        assert await current(page) == ids[1]
        await page.keyboard.press("a")
        late.set()
        await expect(page.locator(f"#row-{ids[1]} .row")).to_have_class("row approved")
        late.clear()
        await page.clock.run_for(100)
        assert await current(page) == ids[2], "the next came by itself"
        await page.keyboard.press("a")
        late.set()
        await expect(page.locator(f'[data-update="{ids[2]}"]')).to_be_visible()

    assert [(await world.ledger.update(SITE, each)).status for each in ids[:3]] == [
        "awaiting_approval",
        "approved",
        "awaiting_approval",
    ]


async def test_an_undo_that_asks_first_is_answered_by_keys_and_nobody_loses_their_place(world: World) -> None:
    update = await an_update(world, await a_conversation(world))
    await world.ledger.approve(SITE, update, by="rep", now=NOW)
    while due := await world.ledger.due(NOW):
        for each in due:
            await world.ledger.deliver(each, now=NOW)
    company = (await world.ledger.records(SITE))[0].company
    assert company is not None
    await world.crm.edit(SITE, "company", company.id, {"team_size": 55}, by="a colleague")

    async with browsing(world) as page:
        await page.goto(f"{AT}/{update}")
        await page.keyboard.press("u")
        await expect(page.locator("#work [role=alert]")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.locator("#work [role=alert] button")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("#toast")).to_have_text("Undone")
        await expect(page.locator(f"#row-{update} .row")).to_be_focused()

    assert (await world.ledger.update(SITE, update)).status == "undone"


async def test_what_others_do_arrives_where_it_stands_and_takes_nobodys_place(world: World) -> None:
    await some_changes(world, 3)

    async with browsing(world) as page:
        ids = await queue(page)
        await page.keyboard.press("j")
        await page.clock.run_for(100)
        await page.locator(f"#row-{ids[2]} input").check()
        await page.locator(f"#row-{ids[1]} .row").focus()
        before = await page.locator(f"#row-{ids[1]}").bounding_box()
        await world.ledger.approve(SITE, ids[0], by="another", now=NOW)
        await world.ledger.assign(SITE, ids[1], to="rep", by="another", now=NOW)
        late = await an_update(world, await a_conversation(world, 5), -40)
        await page.clock.run_for(3_100)
        await expect(page.locator("[data-fresh]")).to_have_text("1 new")
        await expect(page.locator(f"#row-{ids[0]} .row")).to_have_class("row approved")
        assert await current(page) == ids[1]
        assert await page.locator(f"#row-{ids[1]}").bounding_box() == before
        await expect(page.locator(f"#row-{ids[2]} input")).to_be_checked()
        assert await queue(page) == ids
        await page.keyboard.press("n")
        await expect(page.locator(f"#row-{late}")).to_be_visible()
        await expect(page.locator("[data-fresh]")).to_have_count(0)


async def test_on_a_phone_the_item_takes_the_screen_and_the_next_follows_a_decision(world: World) -> None:
    await some_changes(world, 3)
    troubles: list[str] = []

    async with browsing(world, width=390, troubles=troubles) as page:
        ids = await queue(page)
        await expect(page.locator("#item")).to_be_hidden()
        await page.click(f"#row-{ids[0]} .row")
        await expect(page.locator("#list")).to_be_hidden()
        # The page came with this item already: what is measured is the one that the click brings.
        await page.wait_for_function(
            "() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')"
        )
        await expect(page.locator("#item .actions")).to_be_visible()
        small = await page.evaluate(
            """() => [...document.querySelectorAll("#item button, #item summary, #item .looks a")]
                .filter((each) => each.checkVisibility() && each.getBoundingClientRect().height < 44)
                .map((each) => each.textContent)"""
        )
        assert small == []
        bar = await page.locator("#item .actions").bounding_box()
        assert bar is not None
        assert bar["y"] + bar["height"] <= 845, "the decisions are in reach of a thumb"
        await page.click('[data-key="a"]')
        await expect(page.locator(f'[data-update="{ids[1]}"]')).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await page.set_viewport_size({"width": 640, "height": 450})  # 1280 px at 200 %
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0

    assert troubles == []


async def test_it_weighs_little_shifts_nothing_and_axe_finds_nothing_serious(world: World) -> None:
    await a_day(world, waiting=40)
    troubles: list[str] = []
    answers: list[Response] = []

    async with browsing(world, troubles=troubles) as page:
        await page.add_init_script(
            """window.shifted = 0;
            new PerformanceObserver((list) => {
                for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
            }).observe({ type: "layout-shift", buffered: true });"""
        )
        page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  Playwright asks a function for more than a method has
        await (await page.context.new_cdp_session(page)).send(
            "Network.setCacheDisabled", {"cacheDisabled": True}
        )
        await page.goto(AT)
        await page.keyboard.press("j")
        await page.clock.run_for(100)
        await page.keyboard.press("a")
        await expect(page.locator("#toast")).to_contain_text("Approved")
        await page.clock.run_for(100)
        await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        # The stream of news never ends, and one can not wait for its size.
        ended = [each for each in answers if not each.url.endswith("/live")]
        weights = [(await each.request.sizes())["responseBodySize"] for each in ended]
        shifted = await page.evaluate("window.shifted")
        await expect(page.locator("#item h2")).to_be_visible()
        found = await complaints(page)

    assert sum(weights) < MOST_BYTES
    assert shifted == 0
    assert found == []
    assert troubles == []


async def complaints(page: Page) -> list[Any]:
    """What axe finds that is serious or critical, in light and dark, with the reasons of a rejection open."""
    found: list[Any] = []
    # The policy of the page forbids scripts from elsewhere; what the debugger evaluates is no part of the page.
    await page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.keyboard.press("r")
        ran = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [
            (scheme, each["id"], [node["target"] for node in each["nodes"]][:3])
            for each in ran["violations"]
            if each["impact"] in ("serious", "critical")
        ]
        await page.keyboard.press("Escape")
    return found


async def test_without_a_script_a_rep_decides_by_plain_forms(world: World) -> None:
    await some_changes(world, 2)

    async with browsing(world) as page:
        browser = page.context.browser
        assert browser is not None
        plain = await browser.new_context(
            java_script_enabled=False, storage_state=await page.context.storage_state(), base_url=page.url
        )
        other = await plain.new_page()
        await other.goto(AT)
        ids = await queue_without_script(other)
        await other.check(f"#row-{ids[0]} input")
        await other.check(f"#row-{ids[1]} input")
        await other.click("#approve-marked")
        await expect(other.locator("#work h2")).to_have_text("Approve 2 changes?")
        await other.click('[data-key="a"]')
        await expect(other.locator("#work h2")).to_have_text("Approved: 2")
        await other.goto(f"{AT}/{ids[0]}")
        await other.click('[data-key="u"]')
        await expect(other.locator(".state")).to_have_text("Waiting for you")
        await plain.close()

    assert (await world.ledger.update(SITE, ids[1])).status == "approved"


async def queue_without_script(page: Page) -> list[str]:
    return [str(await row.get_attribute("data-id")) for row in await page.locator("#rows .row-item").all()]
