"""How an answer behaves in a real Chromium: its copy, its thumbs, its links, and parts that do not arrive."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from knowledge.citing import marked_url
from tests.browser.test_widget_alone import ANSWER, FakeServer, an_open_chat, answered, part, say, server
from tests.support.browser import a_browser

pytestmark = pytest.mark.browser
__all__ = ["server"]

TWICE = (
    "<!doctype html><meta charset=utf-8><title>Crews</title>"
    "<p>Open Jobs. Press Save.</p><div style='height:3000px'></div>"
    "<p id=second>Open Crews. Press Save.</p><div style='height:3000px'></div>"
    "<p id=third>In “quotes”, a-b &amp; c: 100%.</p><div style='height:3000px'></div>"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="en-GB",
        permissions=["clipboard-read", "clipboard-write"],
    )
    yield context
    context.close()


def test_a_whole_answer_is_copied_with_its_sources_as_numbered_links(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    say(page, "long")
    answered(page)

    page.locator("front-desk [data-kind=turn]").hover()
    part(page, "copy-answer").click()

    expect(part(page, "rating-said")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Connect your calendar first, then invite the crews. [1]\n\n1. Open Settings")
    assert "Plan\tSeats\tYearly\tMonthly\nStarter\tup to 3" in copied
    assert f"Sources:\n[1] Plans and prices, Team: {server.url}/docs/plans-and-prices#team" in copied


def test_a_thumb_has_reasons_can_be_changed_and_taken_back(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    say(page, "What does Team cost?")
    answered(page)

    say(page, "question")
    answered(page, 2)
    part(page, "rate-down").last.click()
    expect(part(page, "reason").locator("[type=submit]")).to_be_in_viewport(ratio=1)
    part(page, "rate-down").last.click()

    part(page, "rate-down").first.click()
    page.locator("front-desk [part=reason-chip][data-value=out_of_date]").click()
    expect(part(page, "reason")).to_have_count(0)
    part(page, "rate-down").first.click()
    part(page, "rate-down").first.click()
    page.locator("front-desk [part=reason] input").fill("It is 13 now")
    page.locator("front-desk [part=reason] button[type=submit]").click()
    expect(part(page, "reason")).to_have_count(0)
    expect(part(page, "rate-down").first).to_be_focused()
    part(page, "rate-up").first.click()
    expect(part(page, "rate-up").first).to_have_attribute("aria-pressed", "true")
    part(page, "rate-up").first.click()

    expect(part(page, "rating").first).not_to_have_attribute("data-state", "up")
    heard = server.heard("rate")
    rated = [(one["value"], one["about"], one["reason"]) for one in heard if one["turn"] == heard[-1]["turn"]]
    assert rated == [
        ("down", "", ""),
        ("down", "out_of_date", ""),
        ("none", "", ""),
        ("down", "", ""),
        ("down", "", "It is 13 now"),
        ("up", "", ""),
        ("none", "", ""),
    ]


def test_what_draws_answers_may_be_missing_and_nothing_is_lost(
    context: BrowserContext, server: FakeServer
) -> None:
    page = context.new_page()
    page.route("**/parts/answering-*", lambda route: route.abort())
    page.goto(server.url)
    part(page, "launcher").click()
    expect(part(page, "intro")).to_have_attribute("data-state", "empty")

    say(page, "What does Team cost?")

    expect(part(page, "part-missing")).to_be_visible()
    expect(page.locator("front-desk [data-kind=turn]")).to_contain_text(ANSWER)
    expect(page.locator("front-desk [data-kind=turn] a").first).to_be_visible()
    page.unroute("**/parts/answering-*")
    part(page, "part-retry").click()
    answered(page)
    expect(part(page, "part-missing")).to_be_hidden()
    expect(part(page, "rate-up")).to_be_visible()
    expect(page.locator("front-desk [data-kind=turn]")).to_have_count(1)


def test_a_deed_whose_part_did_not_arrive_says_so_and_is_done_once_it_is_there(
    context: BrowserContext, server: FakeServer
) -> None:
    page = context.new_page()
    page.route("**/parts/doing-*", lambda route: route.fulfill(status=404))
    problems: list[str] = []
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    page.goto(server.url)
    part(page, "launcher").click()
    missing = part(page, "deed-missing")

    part(page, "menu-button").click()
    part(page, "menu-privacy").click()

    expect(missing).to_contain_text("A part of the chat could not be loaded.")
    expect(part(page, "deed-retry")).to_have_text("Try again")
    expect(missing).not_to_contain_text("Answers stand here")
    part(page, "deed-retry").click()
    # Nothing was allowed yet, so nothing would be there after a reload: one is told before.
    expect(missing).to_contain_text("Reloading ends this conversation")
    expect(part(page, "deed-retry")).to_have_text("Reload the page")
    page.unroute("**/parts/doing-*")
    part(page, "menu-button").click()
    part(page, "menu-privacy").click()
    expect(part(page, "consent")).to_be_visible()
    expect(missing).to_be_hidden()
    assert problems == []


def test_the_link_of_a_citation_marks_its_own_words_in_chromium(
    context: BrowserContext, server: FakeServer
) -> None:
    page = context.new_page()

    def top(selector: str, url: str) -> float:
        context.route("**/crews", lambda route: route.fulfill(body=TWICE, content_type="text/html"))
        page.goto("about:blank")
        page.goto(url)
        page.wait_for_timeout(50)
        at: float = page.locator(selector).evaluate("element => element.getBoundingClientRect().top")
        return at

    again = marked_url(
        f"{server.url}/crews", "x", "Press Save.", before="Open Jobs. Press Save. Open Crews. "
    )
    odd = marked_url(f"{server.url}/crews", "x", "In “quotes”, a-b & c: 100%.")

    assert 0 < top("#second", again) < 800
    assert 0 < top("#third", odd) < 800


def test_what_one_reads_stays_where_it_is_while_more_arrives(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    for count, words in enumerate(["long", "code", "long"]):
        say(page, words)
        answered(page, count + 1)
    scroller = part(page, "transcript")
    scroller.evaluate("element => element.scrollTo(0, 120)")
    before = page.locator("front-desk [data-kind=turn]").first.bounding_box()

    server.person_says("And another thing, while you read.")
    expect(page.locator("front-desk [data-author=person]")).to_have_count(1)

    assert page.locator("front-desk [data-kind=turn]").first.bounding_box() == before
    expect(part(page, "latest")).to_be_visible()


def held(page: Page, pattern: str) -> list[Route]:
    """Requests that wait until the test lets them go."""
    waiting: list[Route] = []

    def keep(route: Route) -> None:
        waiting.append(route)

    page.route(pattern, keep)
    return waiting


def test_an_answer_that_comes_before_its_drawer_is_drawn_once_it_is_there(
    context: BrowserContext, server: FakeServer
) -> None:
    page = context.new_page()
    waiting = held(page, "**/parts/answering-*")
    page.goto(server.url)
    part(page, "launcher").click()
    expect(part(page, "intro")).to_have_attribute("data-state", "empty")
    say(page, "What does Team cost?")
    expect(part(page, "visitor")).to_have_text("What does Team cost?")
    expect(part(page, "working")).to_be_hidden()
    assert page.locator("front-desk [data-kind=turn]").count() == 0

    for route in waiting:
        route.continue_()

    answered(page)
    expect(page.locator("front-desk [data-kind=turn]")).to_contain_text(ANSWER)
