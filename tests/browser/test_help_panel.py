"""The help panel in a real Chromium: search, reading, steps, contact, history; keyboard, phone, each reader."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.browser import a_browser

pytestmark = pytest.mark.browser

WIDGET = Path(__file__).resolve().parents[2] / "widget"
AXE = WIDGET / "node_modules" / "axe-core" / "axe.min.js"
FOCUS = "() => document.querySelector('front-desk').shadowRoot.activeElement?.{what} ?? ''"
WIDE = """() => [...document.querySelector('front-desk').shadowRoot.querySelectorAll('.view:not([hidden]) *')]
  .filter((one) => !one.closest('.wide, pre, .sr, progress') && one.getClientRects().length)
  .filter((one) => { const at = one.getBoundingClientRect(); return at.left < -1 || at.right > innerWidth + 1; })
  .map((one) => one.className || one.tagName)"""


@dataclass
class Fake:
    """`widget/test/fake-server.mjs` in its own process."""

    url: str

    def control(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/control/{path}") as answer:
            state: dict[str, Any] = json.load(answer)
            return state

    def calls(self, part: str) -> list[dict[str, Any]]:
        """What the help API was asked below a path, newest last."""
        return [call for call in self.control("log")["help"] if part in call["path"]]

    def heard(self, kind: str) -> list[dict[str, Any]]:
        talks = self.control("log")["conversations"]
        return [frame for talk in talks for frame in talk["heard"] if frame["type"] == kind]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not (WIDGET / "dist" / "widget.js").is_file() or not (WIDGET / "node_modules").is_dir():
        pytest.fail("The widget is not built: run `make widget` first.")
    with a_browser() as running:
        yield running


@pytest.fixture(scope="module")
def running() -> Iterator[Fake]:
    command = ["node", "test/fake-server.mjs", "0"]
    process = subprocess.Popen(command, cwd=WIDGET, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None
    yield Fake(found.group())
    process.terminate()
    process.communicate()


@pytest.fixture
def fake(running: Fake) -> Fake:
    """One process for all tests; each finds it as if it had just begun."""
    running.control("fresh")
    return running


def token(who: str) -> str:
    """Unsigned: the fake server believes what stands at its end."""
    claims = json.dumps({"sub": who, "exp": int(time.time()) + 3000}).encode()
    return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.{who}"


def a_visit(browser: Browser, fake: Fake, who: str | None = None, query: str = "", **context: Any) -> Page:
    """The help panel, open, on a page that says who is signed in."""
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", **context}
    page = browser.new_context(**options).new_page()
    page.goto(f"{fake.url}/help{query}")
    page.wait_for_function("window.Frontdesk !== undefined")
    if who is not None:
        page.evaluate("(token) => Frontdesk.identify(token)", token(who))
    part(page, "launcher").click()
    expect(part(page, "help-article").first).to_be_visible()
    return page


def part(page: Page, name: str) -> Locator:
    return page.locator(f"front-desk [part~='{name}']:visible")


def title(page: Page) -> Locator:
    return part(page, "help-title")


def focused(page: Page, what: str = "textContent") -> str:
    found: str = page.evaluate(FOCUS.format(what=what))
    return found


def search(page: Page, words: str) -> Locator:
    part(page, "help-search").fill(words)
    expect(page.locator("front-desk .result")).to_have_attribute("data-state", "done")
    return part(page, "help-hit")


def complaints(page: Page) -> list[object]:
    """What axe finds in the panel as it stands."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run('front-desk', {resultTypes: ['violations']})")
    return [(rule["id"], node["html"][:160]) for rule in found["violations"] for node in rule["nodes"]]


def test_everything_can_be_found_and_read_with_the_keyboard_alone(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake)
    press = page.keyboard.press
    assert focused(page, "part.value") == "help-search"

    page.keyboard.type("crew")
    expect(part(page, "help-count")).to_have_text("2 articles")
    box = part(page, "help-search")
    expect(box).to_have_attribute("aria-expanded", "true")
    press("ArrowDown")
    press("ArrowDown")
    expect(page.locator("front-desk [role=option][aria-selected=true]")).to_contain_text("Connect a calendar")
    active = page.locator(f"front-desk #{box.get_attribute('aria-activedescendant')}")
    expect(active).to_have_attribute("aria-selected", "true")
    expect(active.locator("mark")).to_have_text("crew")
    press("ArrowUp")
    press("Enter")

    expect(part(page, "help-body")).to_be_visible()
    expect(title(page)).to_have_text("Invite your crews")
    assert focused(page) == "Invite your crews"
    assert page.evaluate("location.hash") == ""
    part(page, "article-link").first.press("Enter")
    expect(title(page)).to_have_text("Plans and prices")
    page.wait_for_function(
        "document.querySelector('front-desk').shadowRoot.activeElement?.dataset.anchor === 'seats'"
    )
    press("Escape")
    assert focused(page) == "Compare the plans"
    press("Escape")

    expect(box).to_have_value("crew")
    assert focused(page, "part.value") == "help-search"
    press("Escape")
    expect(box).to_have_value("")
    expect(part(page, "help-article").first).to_be_visible()
    press("Escape")
    expect(part(page, "panel")).to_have_count(0)
    page.context.close()


def test_back_finds_the_view_as_far_down_as_it_was(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake, viewport={"width": 1280, "height": 420})
    topic = part(page, "topic").last
    topic.scroll_into_view_if_needed()
    before = page.locator("front-desk .home").evaluate("(home) => home.scrollTop")
    assert before > 100

    topic.click()
    expect(title(page)).to_have_text("In the field")
    part(page, "back").click()

    assert page.locator("front-desk .home").evaluate("(home) => home.scrollTop") == before
    assert "In the field" in focused(page)
    page.context.close()


def test_what_no_article_answers_goes_to_the_assistant_or_the_team_in_the_same_words(
    browser: Browser, fake: Fake
) -> None:
    page = a_visit(browser, fake)

    expect(search(page, "zebra")).to_have_count(0)
    expect(part(page, "help-count")).to_have_text("Nothing found for “zebra”")
    part(page, "help-contact").click()
    expect(part(page, "contact-text")).to_have_value("zebra")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(page.locator("front-desk [data-kind=message][data-author=visitor]")).to_have_text(
        re.compile("zebra")
    )
    assert [frame["text"] for frame in fake.heard("say")] == ["zebra"]
    page.context.close()


def test_typing_on_cancels_what_was_asked_before_and_asks_once(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake)

    # In one go: a busy machine would pause between the keys.
    part(page, "help-search").evaluate(
        """(field) => ["c", "ca", "cal", "cale"].forEach((words) => {
          field.value = words;
          field.dispatchEvent(new Event("input"));
        })"""
    )
    expect(part(page, "help-hit")).to_have_text(re.compile("Connect a calendar"))

    assert [call["query"] for call in fake.calls("/search")] == ["cale"]
    page.context.close()


def test_an_article_can_be_read_copied_from_judged_and_left_for_its_page(
    browser: Browser, fake: Fake
) -> None:
    page = a_visit(browser, fake)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(
        "window.told = []; for (const type of ['search', 'article']) Frontdesk.on(type, (it) => told.push(it)); 0"
    )
    search(page, "crew").first.click()

    part(page, "outline").click()
    part(page, "outline").get_by_role("button", name="Roles").click()
    assert focused(page) == "Roles"
    part(page, "copy").click()
    expect(part(page, "copy")).to_have_text("Copied")
    assert "api.fernway.example" in page.evaluate("navigator.clipboard.readText()")
    assert "hologram" not in part(page, "help-body").inner_text()
    expect(part(page, "open-page")).to_have_attribute("href", f"{fake.url}/docs/invite-crews")
    part(page, "vote-no").click()
    page.keyboard.type("A picture of the button")
    page.keyboard.press("Enter")

    expect(part(page, "vote-no")).to_have_attribute("aria-pressed", "true")
    assert "vote-no" in focused(page, "part.value")
    votes = [call["body"] for call in fake.calls("/vote")]
    assert votes == [{"value": "no", "comment": ""}, {"value": "no", "comment": "A picture of the button"}]
    assert page.evaluate("told") == [
        {"type": "search", "total": 2},
        {"type": "article", "id": "invite-crews"},
    ]
    page.context.close()


def test_a_citation_opens_its_article_in_the_panel_at_its_section(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake)
    part(page, "ask").click()
    page.keyboard.type("question")
    page.keyboard.press("Enter")

    source = page.locator("front-desk [data-kind=sources] a").first
    source.click()
    expect(title(page)).to_have_text("Plans and prices")
    expect(part(page, "help-body")).to_be_visible()
    assert len(page.context.pages) == 1
    page.keyboard.press("Escape")

    expect(source).to_be_focused()
    page.locator("front-desk [data-kind=sources] a").last.click()
    expect(part(page, "open-page")).to_have_attribute("href", re.compile("/docs/billing"))
    page.context.close()


def test_the_host_page_opens_an_article_and_back_leads_home(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake)
    page.keyboard.press("Escape")

    page.evaluate("Frontdesk.open({ article: 'plans' })")
    expect(title(page)).to_have_text("Plans and prices")
    assert focused(page) in {"Article", "Plans and prices"}
    page.evaluate("Frontdesk.open({ article: 'sso' })")
    expect(page.get_by_role("alert").filter(has_text="This can not be read here.")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")

    expect(part(page, "help-search")).to_be_visible()
    page.context.close()


def test_who_signs_in_while_they_talk_goes_on_talking(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake)
    part(page, "ask").click()
    page.keyboard.type("trial")
    page.keyboard.press("Enter")
    expect(page.locator("front-desk [data-kind=turn][data-state=done]")).to_have_count(1)
    page.keyboard.type("And then")

    page.evaluate("(token) => Frontdesk.identify(token)", token("starter"))
    page.wait_for_function(
        "document.querySelector('front-desk').shadowRoot.textContent.includes('Plan your first day')"
    )

    expect(part(page, "input")).to_have_value("And then")
    expect(part(page, "input")).to_be_focused()
    part(page, "back").click()
    expect(part(page, "guide")).to_be_visible()
    page.context.close()


def test_steps_are_ticked_where_they_are_kept_and_unticked_where_that_failed(
    browser: Browser, fake: Fake
) -> None:
    page = a_visit(browser, fake, "starter")
    expect(part(page, "guide")).to_contain_text("1 of 4 done")
    part(page, "guide").click()
    step = part(page, "step").nth(1)

    step.press("Space")
    expect(step).to_be_checked()
    expect(page.locator("front-desk .guide [role=status]")).to_have_text("2 of 4 done")
    fake.control("faults?failSteps=true")
    part(page, "step").nth(2).press("Space")

    expect(page.locator("front-desk .guide [role=alert]")).to_have_text("That did not work.")
    expect(part(page, "step").nth(2)).not_to_be_checked()
    assert part(page, "way").first.get_attribute("target") is None
    expect(part(page, "way").last).to_have_attribute("target", "_blank")
    part(page, "way").nth(1).click()
    expect(title(page)).to_have_text("Invite your crews")
    page.keyboard.press("Escape")
    part(page, "back").click()
    expect(part(page, "guide")).to_contain_text("2 of 4 done")
    page.context.close()


def test_an_announcement_is_gone_once_it_is_dismissed(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake, "starter")

    for name in ("Routes now avoid low bridges", "Planned maintenance on Sunday"):
        expect(part(page, "announcement")).to_contain_text(name)
        part(page, "dismiss").press("Enter")
    expect(part(page, "announcement")).to_have_count(0)
    assert "All announcements" in focused(page)
    part(page, "all-news").press("Enter")

    expect(part(page, "announcement")).to_have_count(2)
    assert [call["path"].rsplit("/", 2)[1] for call in fake.calls("/seen")] == ["n-2", "n-1"]
    page.context.close()


def test_writing_to_the_team_shows_what_goes_along_and_keeps_back_what_is_unticked(
    browser: Browser, fake: Fake
) -> None:
    page = a_visit(browser, fake, query="?app-version=4.2.0&errors=on")
    page.wait_for_timeout(300)
    page.evaluate("setTimeout(() => { throw new Error('Board is gone') })")
    part(page, "contact-open").click()

    expect(part(page, "along")).to_contain_text("Board is gone")
    expect(part(page, "along")).to_contain_text("4.2.0")
    part(page, "contact-send").click()
    expect(part(page, "error")).to_have_text("Describe what is wrong.")
    assert "contact-text" in focused(page, "part.value")
    page.keyboard.type("The board stays empty")
    part(page, "along-page").uncheck()
    part(page, "contact-send").click()

    expect(page.locator("front-desk [data-kind=message]").first).to_contain_text("The board stays empty")
    (sent,) = fake.heard("contact")
    assert sent["page"] is None
    assert sent["app_version"] == "4.2.0"
    assert sent["last_error"].startswith("Uncaught Error: Board is gone")
    part(page, "back").click()
    expect(part(page, "go-on")).to_contain_text("Continue your conversation")
    page.context.close()


def test_without_leave_no_error_of_the_page_is_known(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake)
    page.wait_for_timeout(300)
    page.evaluate("setTimeout(() => { throw new Error('Board is gone') })")
    part(page, "contact-open").click()

    expect(part(page, "along")).to_have_text(re.compile("This page"))
    expect(part(page, "along-error")).to_have_count(0)
    page.context.close()


def test_conversations_of_other_devices_can_be_gone_on_with(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake, "starter")
    expect(part(page, "go-on")).to_contain_text("We changed it")

    part(page, "history").click()
    expect(part(page, "past")).to_have_count(2)
    part(page, "past").last.click()

    expect(page.locator("front-desk [part=input]")).to_be_focused()
    page.wait_for_function("true")
    hellos = [hello["conversation"] for hello in fake.heard("hello")]
    assert "c-older" in hellos
    page.context.close()


def test_another_reader_finds_nothing_of_the_one_before(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake, "enterprise")
    expect(search(page, "crew")).to_have_count(4)
    part(page, "help-hit").filter(has_text="Single sign-on").click()
    expect(part(page, "help-body")).to_contain_text("Only on Enterprise")

    page.evaluate("(token) => Frontdesk.identify(token)", token("starter"))
    expect(part(page, "help-article").first).to_be_visible()

    text = page.evaluate("document.querySelector('front-desk').shadowRoot.textContent")
    assert "Enterprise" not in text
    assert "sign-on" not in text
    expect(search(page, "crew")).to_have_count(2)
    expect(part(page, "help-count")).to_have_text("2 articles")
    page.evaluate("Frontdesk.identify(null)")
    expect(part(page, "guide")).to_have_count(0)
    expect(part(page, "history")).to_have_count(0)
    page.context.close()


def test_what_does_not_arrive_says_so_and_can_be_tried_again(browser: Browser, fake: Fake) -> None:
    page = a_visit(browser, fake)
    fake.control("faults?failHelp=true")
    part(page, "help-article").first.click()
    expect(page.get_by_role("alert").filter(has_text="That did not work.")).to_be_visible()

    fake.control("faults?failHelp=false")
    part(page, "retry").press("Enter")
    expect(part(page, "help-body")).to_be_visible()
    assert focused(page) == "Invite your crews"
    part(page, "back").click()
    page.context.set_offline(True)
    part(page, "help-article").nth(1).click()
    expect(page.get_by_role("alert").filter(has_text="You are offline.")).to_be_visible()
    page.context.set_offline(False)

    expect(part(page, "help-body")).to_be_visible()
    page.context.close()


@pytest.mark.parametrize(
    ("locale", "scheme", "width"),
    [("en", "light", 1280), ("de", "dark", 390), ("ar", "light", 320)],
)
def test_axe_finds_nothing_in_any_view_and_nothing_runs_out_of_it(
    browser: Browser, fake: Fake, locale: str, scheme: Any, width: int
) -> None:
    page = a_visit(
        browser,
        fake,
        "starter",
        f"?locale={locale}&app-version=4.2.0",
        color_scheme=scheme,
        reduced_motion="reduce",
        viewport={"width": width, "height": 700},
    )

    def fits(where: str) -> None:
        assert complaints(page) == [], where
        assert page.evaluate(WIDE) == [], where

    fits("home")
    search(page, "crew")
    page.keyboard.press("ArrowDown")
    fits("found")
    part(page, "help-hit").first.click()
    part(page, "outline").click()
    part(page, "vote-no").click()
    fits("article")
    part(page, "back").click()
    search(page, "zebra")
    fits("nothing found")
    part(page, "help-clear").click()
    for opener, inside in [
        ("guide", "step"),
        ("all-news", "announcement"),
        ("history", "past"),
        ("topic", "help-article"),
        ("contact-open", "contact"),
    ]:
        part(page, opener).first.click()
        expect(part(page, inside).first).to_be_visible()
        if opener == "contact-open":
            part(page, "contact-send").click()
        fits(opener)
        part(page, "back").click()
    page.context.close()
