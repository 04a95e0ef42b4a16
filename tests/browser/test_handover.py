"""A visitor asks for a person, a rep who is at the desk sees it, takes over, passes on and hands back."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import a_browser, keep_picture
from tests.support.serving import Server, a_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


def a_page(browser: Browser, *, width: int = 1280, dark: bool = False) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if dark else "light",
        timezone_id="Europe/Berlin",
        locale="en-GB",
    )
    context.set_default_timeout(20_000)
    return context.new_page()


def sign_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/console")
    page.fill("#login", "admin")
    page.fill("#password", server.password)
    page.press("#password", "Enter")
    page.wait_for_url(re.compile("/console/site/"))


def say(page: Page, text: str) -> None:
    box = page.locator("front-desk [part=input]")
    box.fill(text)
    box.press("Enter")


def test_asked_taken_answered_and_handed_back_with_nobody_speaking_over_the_person(
    browser: Browser, server: Server
) -> None:
    console, visitor = a_page(browser), a_page(browser, width=390)
    sign_in(console, server)
    console.get_by_role("switch").click()
    expect(console.get_by_role("switch")).to_have_attribute("aria-checked", "true")
    visitor.goto(server.url + "/pricing")
    widget = visitor.locator("front-desk")
    widget.locator("[part=launcher]").click()

    say(visitor, "Can I talk to a person?")
    expect(widget.locator("[data-kind=handoff]")).to_contain_text("asked our team")
    console.goto(f"{server.url}/console/site/demo/conversations")
    expect(console.locator("#desk .waiting")).to_contain_text("1 waiting")
    expect(console).to_have_title(re.compile(r"^\(1\) "))
    console.locator(".row.queued").first.click()
    expect(console.locator(".brief").first).to_contain_text("Asked for a person")
    keep_picture(console, "handover-1-waiting")

    console.get_by_role("button", name="Take over").click()
    expect(widget).to_contain_text("I'll stay quiet")
    console.locator("#reply").fill("Hello, how can I help?")
    console.locator("#reply").press("Enter")
    expect(widget.locator("[data-author=person]")).to_contain_text("how can I help")
    turns = widget.locator("[data-kind=turn]").count()
    say(visitor, "What does Team cost?")
    expect(console.locator("#transcript")).to_contain_text("What does Team cost?")
    expect(console.locator("#desk")).to_contain_text("Nobody waits")
    assert widget.locator("[data-kind=turn]").count() == turns
    expect(widget.locator("[part=working]:visible")).to_have_count(0)
    keep_picture(visitor, "handover-2-phone")
    keep_picture(console, "handover-3-taken")

    console.get_by_role("button", name="Hand back").click()
    expect(widget).to_contain_text("answering again")
    say(visitor, "What does Team cost?")
    expect(widget.locator("[data-kind=turn]")).to_have_count(turns + 1)
    for page in (console, visitor):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
