"""Messages to review in a real Chromium: forty of them from the keyboard, on a phone, and the preview of a training."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import func, select

from intents.versions import keep_waiting
from server.store.tables import Doubt
from tests.support.browser import ARTIFACTS
from tests.support.console_browser import browsing
from tests.support.console_seed import a_conversation
from tests.support.console_world import NOW, SITE, World, build
from tests.support.understanding import a_preview, doubt, serve, tiny

pytestmark = pytest.mark.browser
AT = f"/console/site/{SITE}/understanding"
MESSAGES = (
    ("whats the damage for ten vans then", {"pricing": 0.48, "abuse": 0.31, "bug_or_outage": 0.08}, "unsure", "en"),
    ("What's the damage for 12 vans then?", {"pricing": 0.46, "abuse": 0.33}, "unsure", "en"),
    ("können wir das erst mal ausprobieren und dann später entscheiden, ob wir bleiben", {"start_trial": 0.41,
     "extend_trial": 0.36, "book_meeting": 0.06}, "unsure", "de"),
    ("it keeps spinning since this morning and nobody of the dispatchers can see a job", {"feature_question": 0.38,
     "bug_or_outage": 0.37}, "rated", "en"),
    ("you can reach [person_1] at [email_1], about the thing we spoke of", {"talk_to_person": 0.44,
     "tells_about_self": 0.4}, "unsure", "en"),
    ("هل يمكنني تجربة النظام مجانا", {"start_trial": 0.5, "pricing": 0.3}, "unsure", "ar"),
)  # fmt: skip


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    conversation = await a_conversation(world)
    async with world.desk.writers() as session:
        for at, (text, guesses, why, language) in enumerate(MESSAGES):
            await doubt(
                session, SITE, conversation, text, guesses, NOW, why=why, language=language, minutes=at * 7,  # type: ignore[arg-type]
                message="m-00000000" if at == 0 else "",
            )  # fmt: skip
        await doubt(
            session, SITE, conversation, "the thing for the vans", {"pricing": 0.4, "start_trial": 0.35}, NOW,
            why="chosen", label="start_trial", by="visitor", minutes=3,
        )  # fmt: skip
        await session.commit()
    yield world
    await world.close()


async def settled(world: World) -> dict[str, str | None]:
    async with world.desk.readers() as session:
        rows = await session.scalars(select(Doubt).where(Doubt.status != "waiting"))
        return {row.text: row.label for row in rows}


async def picture(page: Page, name: str) -> None:
    ARTIFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTIFACTS / f"understanding-{name}.png", full_page=True)


async def test_messages_are_reviewed_from_the_keyboard_and_the_last_answer_is_taken_back(
    world: World,
) -> None:
    troubles: list[str] = []
    async with browsing(world, "manager", troubles=troubles) as page:
        await page.goto(AT)
        await page.wait_for_load_state()
        await picture(page, "desktop")
        await expect(page.locator(".doubt:focus .doubt-said")).to_have_text("the thing for the vans")

        await page.keyboard.press("1")
        await expect(page.locator(".doubt:focus .doubt-said")).to_contain_text("keeps spinning")
        await page.keyboard.press("2")
        await expect(page.locator(".doubt:focus .doubt-said")).to_contain_text("whats the damage")
        await page.keyboard.press("1")
        await expect(page.locator(".doubt:focus .doubt-said")).to_contain_text("können wir")
        await page.keyboard.press("j")
        await expect(page.locator(".doubt:focus .doubt-said")).to_contain_text("you can reach")
        await page.keyboard.press("d")
        await expect(page.locator("[data-left]")).to_have_text("2")
        await page.keyboard.press("u")
        await expect(page.locator(".doubt:focus .doubt-said")).to_contain_text("you can reach")
        await page.keyboard.press("0")
        await expect(page.locator(".doubt:focus .doubt-said")).to_contain_text("تجربة")
        await page.keyboard.press("k")
        await page.keyboard.press("/")
        await page.keyboard.type("start_trial")
        await page.keyboard.press("Enter")
        await expect(page.locator("[data-left]")).to_have_text("1")
        await picture(page, "half-done")
        await page.keyboard.press("1")
        await expect(page.locator("[data-all-done]")).to_be_visible()

        await page.goto(f"{AT}/candidates")
        await picture(page, "candidates")
        assert await page.locator(".candidate").count() == 7

    assert troubles == []
    assert await settled(world) == {
        "the thing for the vans": "start_trial",
        MESSAGES[0][0]: "pricing",
        MESSAGES[1][0]: "pricing",
        MESSAGES[2][0]: "start_trial",
        MESSAGES[3][0]: "bug_or_outage",
        MESSAGES[4][0]: "none_of_these",
        MESSAGES[5][0]: "start_trial",
    }


async def test_on_a_phone_and_in_the_dark_it_fits_and_answers_to_a_finger(world: World) -> None:
    async with browsing(world, "manager", width=390) as page:
        await page.emulate_media(color_scheme="dark")
        await page.goto(AT)
        await picture(page, "phone-dark")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        heights = await page.eval_on_selector_all(".picks button", "all => all.map(one => one.offsetHeight)")
        assert min(heights) >= 40
        await page.locator(".doubt button:has-text('Start trial')").first.click()
        await expect(page.locator(".doubt.done")).to_have_count(1)
        await page.goto(f"{AT}/candidates")
        await picture(page, "candidates-phone-dark")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


async def test_its_conversation_opens_at_the_message_where_a_colleague_corrects_the_reading(
    world: World,
) -> None:
    async with browsing(world, "rep") as page:
        await page.goto(f"/console/site/{SITE}/conversations/{world.conversations[0]}#message-m-00000000")
        await expect(page.locator("#message-m-00000000")).to_be_in_viewport()
        await page.click("#reading-m-00000000 summary")
        await page.select_option("#reading-m-00000000 select", "security_compliance")
        await picture(page, "correct")
        await page.click("#reading-m-00000000 button")
        await expect(page.locator("#reading-m-00000000 ins")).to_have_text("Security compliance")

    async with world.desk.readers() as session:
        corrected = select(func.count()).select_from(Doubt).where(Doubt.why == "corrected")
        assert await session.scalar(corrected) == 1


async def test_what_would_change_is_seen_before_it_is_switched(world: World, tmp_path: Path) -> None:
    serve(tmp_path / "intents", tiny())
    keep_waiting(
        tiny(learned=True), tmp_path / "intents", a_preview(tiny(learned=True).version, tiny().version, NOW)
    )
    await world.desk.models.notice()
    troubles: list[str] = []
    async with browsing(world, "admin", troubles=troubles) as page:
        await page.goto(f"{AT}/training")
        await picture(page, "training")
        await page.emulate_media(color_scheme="dark")
        await page.set_viewport_size({"width": 390, "height": 844})
        await picture(page, "training-phone-dark")
        assert await page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        await page.click("text=Switch to it")
        await expect(page.locator(".said-done")).to_contain_text("Switched.")
        await expect(page.locator("#training")).to_contain_text(tiny(learned=True).version)
        await page.click("summary:has-text('Go back')")
        await page.click("text=Go back to it")
        await expect(page.locator(".said-done")).to_contain_text("The model before reads again.")

    assert troubles == []
