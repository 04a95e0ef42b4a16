"""What visitors do besides reading: zones, forms, a trial's mail, ratings, transcripts, consent, their own data."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.browser import a_browser, keep_picture
from tests.support.serving import eventually

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

WIDGET = Path(__file__).resolve().parents[2] / "widget"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    command = ["node", "test/fake-server.mjs", "0"]
    process = subprocess.Popen(command, cwd=WIDGET, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split()[0]
    process.kill()
    process.wait()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": 1280, "height": 860}, timezone_id="Europe/Berlin", locale="en-GB"
    )
    made.set_default_timeout(20_000)
    yield made
    made.close()


def part(page: Page, name: str) -> Locator:
    return page.locator(f"front-desk [part={name}]")


def opened(context: BrowserContext, url: str, path: str = "/") -> Page:
    page = context.new_page()
    page.goto(url + path)
    part(page, "launcher").click()
    expect(page.locator("front-desk [part=intro][data-state=empty]")).to_be_visible()
    return page


def say(page: Page, text: str) -> Locator:
    """Its answer."""
    turns = page.locator("front-desk [data-kind=turn]")
    before = turns.count()
    part(page, "input").fill(text)
    part(page, "input").press("Enter")
    expect(turns).to_have_count(before + 1)
    expect(turns.nth(before)).to_have_attribute("data-state", re.compile("done|abstained"))
    return turns.nth(before)


def heard(url: str, kind: str, least: int = 1) -> list[dict[str, Any]]:
    """What the newest conversation's visitor sent, of one type, once there is so much of it."""
    found = eventually(f"{least} of {kind!r} were heard", lambda: _heard(url, kind, least))
    assert isinstance(found, list)
    return found


def _heard(url: str, kind: str, least: int) -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{url}/control/log") as answer:
        talks = json.load(answer)["conversations"]
    found = [frame for frame in talks[-1]["heard"] if frame["type"] == kind]
    return found if len(found) >= least else []


def test_times_are_told_in_the_zone_that_was_searched_for_with_the_keyboard(
    context: BrowserContext, url: str
) -> None:
    page = opened(context, url)
    slots = say(page, "slots")
    expect(slots.locator("[part=zone]")).to_contain_text("Times in Berlin (UTC+1)")
    said = "Tuesday 3 March, 09:00 (Berlin, UTC+1)"
    expect(slots.locator("[part=slot]").first).to_have_attribute("aria-label", said)

    slots.locator("[part=zone-change]").press("Enter")
    search = slots.locator("[part=zone-search]")
    expect(search).to_be_focused()
    offered = slots.locator("[role=option]")
    expect(offered.nth(0)).to_contain_text("Berlin your time zone")
    expect(offered.nth(1)).to_contain_text("our team’s time zone")
    search.fill("nowhere at all")
    expect(slots).to_contain_text("No such time zone")
    search.fill("new yo")
    expect(offered).to_have_count(1)
    expect(offered.first).to_have_attribute("aria-selected", "true")
    search.press("Enter")

    expect(slots.locator("[part=zone-change]")).to_be_focused()
    expect(slots.locator("[part=zone]")).to_contain_text("Times in New York (UTC-5)")
    expect(slots.locator("[part=slot]").first).to_have_text("03:00")
    slots.locator("[part=slot]").first.click()
    expect(page.locator("front-desk [data-author=visitor]").last).to_contain_text("03:00 (New York)")
    expect(slots.locator("[part=zone]")).to_be_hidden()
    assert heard(url, "choose")[-1]["time_zone"] == "America/New_York"
    keep_picture(page, "asking-zone")


def test_a_form_says_what_is_wrong_at_the_field_and_loses_nothing_that_was_typed(
    context: BrowserContext, url: str
) -> None:
    page = opened(context, url)
    form = say(page, "form")
    email = form.locator("input[type=email]")
    expect(form).to_contain_text("We keep this conversation so that a colleague can pick it up")

    form.locator("input[name=company]").fill("Lifts")
    form.locator("[part=submit]").click()
    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    described = email.get_attribute("aria-describedby") or ""
    expect(form.locator(f"#{described.split()[0]}")).to_have_text("Please fill in: Work e-mail.")
    email.fill("ada")
    expect(form.locator("[part=error]").first).to_contain_text("needs an @")
    email.fill("ada@gmial.com")
    form.get_by_role("button", name="Did you mean ada@gmail.com?").click()
    expect(email).to_have_value("ada@gmail.com")
    form.locator("[part=submit]").click()

    again = page.locator("front-desk [data-kind=form]").last
    expect(again).to_contain_text("We have a trial for that address already.")
    expect(again.locator("input[type=email]")).to_be_focused()
    expect(again.locator("input[name=company]")).to_have_value("Lifts")
    again.locator("[part=submit]").click()

    mailed = page.locator("front-desk [data-kind=trial][data-state=mail_sent]")
    expect(mailed.locator("[part=trial-again]")).to_be_disabled()
    expect(mailed.locator("[part=trial-other]")).to_be_enabled()
    expect(mailed.locator("[part=trial-again]")).to_be_enabled()
    mailed.locator("[part=trial-again]").click()
    expect(page.locator("front-desk [data-kind=trial][data-state=verified]")).to_be_visible()
    expect(mailed.locator("[part=trial-again]")).to_be_hidden()


def test_it_is_asked_once_how_it_was_and_never_in_the_way(context: BrowserContext, url: str) -> None:
    page = opened(context, url)
    say(page, "What does Team cost?")
    expect(part(page, "csat")).to_have_count(0)
    say(page, "thanks")
    part(page, "csat-score").nth(3).click()
    part(page, "csat-comment").fill("quick")
    part(page, "csat-send").click()
    expect(part(page, "csat-thanks")).to_be_visible()
    assert [(one["score"], one["comment"]) for one in heard(url, "csat", 2)] == [(4, ""), (4, "quick")]

    say(page, "thanks again")
    expect(part(page, "csat-thanks")).to_have_count(0)
    part(page, "close").click()
    expect(part(page, "farewell")).to_have_count(0)
    page.close()

    other = opened(context, url)
    say(other, "What does Team cost?")
    part(other, "close").click()
    expect(part(other, "farewell")).to_be_visible()
    expect(part(other, "launcher")).to_be_focused()
    part(other, "csat-skip").click()
    expect(part(other, "farewell")).to_have_count(0)
    part(other, "launcher").click()
    part(other, "close").click()
    expect(part(other, "farewell")).to_have_count(0)


def test_a_transcript_leaves_by_mail_or_as_a_file_and_the_sheet_holds_the_focus(
    context: BrowserContext, url: str
) -> None:
    page = opened(context, url)
    say(page, "What does Team cost?")
    part(page, "menu-button").click()
    with page.expect_download() as kept:
        part(page, "menu-download").click()
    text = Path(kept.value.path()).read_text(encoding="utf-8")
    assert text.startswith("Conversation with Fernway")
    assert f"{url}/docs/plans-and-prices#team" in text

    part(page, "menu-button").click()
    part(page, "menu-mail").click()
    sheet = part(page, "mail")
    field = sheet.locator("input")
    expect(field).to_be_focused()
    assert part(page, "panel").evaluate("panel => (panel.scrollTop = 9, panel.scrollTop)") == 0
    assert field.evaluate("field => getComputedStyle(field).fontSize") == "14px"
    page.set_viewport_size({"width": 390, "height": 844})
    # A phone zooms in on anything smaller.
    assert field.evaluate("field => getComputedStyle(field).fontSize") == "16px"
    page.set_viewport_size({"width": 1280, "height": 860})
    for _ in range(8):
        page.keyboard.press("Tab")
        assert sheet.evaluate("sheet => sheet.contains(sheet.getRootNode().activeElement)")
    field.fill("enough@lifts.example")
    part(page, "mail-send").click()
    expect(sheet.locator("[part=error]")).to_contain_text("enough transcripts for today")
    expect(field).to_be_focused()
    field.fill("ada@lifts.example")
    field.press("Enter")
    expect(part(page, "mail-sent")).to_contain_text("Sent to ada@lifts.example.")
    page.keyboard.press("Escape")
    expect(part(page, "menu-button")).to_be_focused()
    expect(page.locator("front-desk [data-author=system]")).to_contain_text("sent to ada@lifts.example")


def test_a_visitor_takes_their_data_along_and_deletes_it_and_begins_anew(
    context: BrowserContext, url: str
) -> None:
    page, second = opened(context, url), opened(context, url)
    say(page, "What does Team cost?")
    expect(part(page, "live")).not_to_have_text("")
    expect(second.locator("front-desk [data-author=visitor]")).to_have_count(1)
    part(page, "menu-button").click()
    part(page, "menu-export").click()
    with page.expect_download() as kept:
        part(page, "export-do").click()
    assert "What does Team cost?" in Path(kept.value.path()).read_text(encoding="utf-8")
    part(page, "sheet-close").click()

    part(page, "menu-button").press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    part(page, "menu-button").click()
    part(page, "menu-erase").click()
    expect(part(page, "erase")).to_contain_text("What stays")
    keep_picture(page, "asking-erase")
    part(page, "erase-do").click()
    expect(part(page, "erase-done")).to_contain_text("Deleted: 1 message")
    part(page, "sheet-close").click()

    expect(page.locator("front-desk [part=intro][data-state=empty]")).to_be_visible()
    expect(page.locator("front-desk [data-author=visitor]")).to_have_count(0)
    expect(second.locator("front-desk [data-author=visitor]")).to_have_count(0)
    expect(part(page, "live")).to_have_text("")  # what was read out to somebody is not left to be read
    expect(part(second, "live")).to_have_text("")
    say(page, "What does Team cost?")


@pytest.mark.parametrize("signal", ["globalPrivacyControl", "doNotTrack"])
def test_a_browser_that_asks_not_to_be_tracked_is_not_asked_and_keeps_nothing(
    context: BrowserContext, url: str, signal: str
) -> None:
    value = "true" if signal == "globalPrivacyControl" else "'1'"
    context.add_init_script(f"Object.defineProperty(navigator, '{signal}', {{ get: () => {value} }})")
    page = opened(context, url)

    expect(part(page, "consent-note")).to_contain_text("asks sites not to track you")
    expect(part(page, "consent-note").locator("button")).to_have_count(0)
    say(page, "What does Team cost?")
    expect(part(page, "consent-note")).to_be_hidden()
    assert heard(url, "hello")[-1]["consent"] == "necessary"
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0
    part(page, "menu-button").click()
    part(page, "menu-privacy").click()
    expect(part(page, "consent")).to_contain_text("asks sites not to track you")
    page.locator("front-desk [value=conversation]").check()
    part(page, "consent-save").click()
    assert heard(url, "consent")[-1]["level"] == "conversation", "they may choose more themselves"


def test_a_person_is_in_sight_and_messages_unasked_stay_off_until_they_are_switched_on(
    context: BrowserContext, url: str
) -> None:
    page = opened(context, url)
    expect(part(page, "under")).to_contain_text("An assistant answers here.")
    part(page, "menu-button").click()
    switch = part(page, "menu-unasked")
    expect(switch).to_have_attribute("aria-checked", "true")
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "false")
    page.reload()
    part(page, "launcher").click()
    part(page, "menu-button").click()
    expect(switch).to_have_attribute("aria-checked", "false")
    assert page.evaluate("Object.keys(localStorage)") == ["frontdesk:demo.off"], "and nothing else is kept"
    switch.click()
    expect(switch).to_have_attribute("aria-checked", "true")
    assert page.evaluate("localStorage.length") == 0
    page.keyboard.press("Escape")

    part(page, "ask-person").click()
    expect(page.locator("front-desk header[data-state=person]")).to_be_visible()
    expect(part(page, "under")).to_be_hidden()
    expect(part(page, "presence")).to_have_text("Fernway team")
