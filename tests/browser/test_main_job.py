"""The main job in a real Chromium against the real server: ask, cite, qualify, book, try, buy, hand over, inspect."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

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


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(
        viewport={"width": 1280, "height": 860}, timezone_id="Europe/Berlin", locale="en-GB"
    )
    context.set_default_timeout(20_000)
    yield context
    context.close()


class Visitor:
    """Somebody on the demo site, with the words to talk about what they see."""

    def __init__(self, page: Page, server: Server, path: str = "/pricing") -> None:
        self.page = page
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda line: self.problems.append(line.text) if line.type == "error" else None)
        page.goto(server.url + path)
        self.widget = page.locator("front-desk")
        self.widget.locator("[part=launcher]").click()
        if path == "/app":  # inside the product the help panel opens with search
            self.widget.locator("[part~=ask]").click()
        expect(self.widget.locator("[part=input]")).to_be_visible()

    def say(self, text: str) -> Locator:
        """Type it, and return the assistant's turn that answers it."""
        turns = self.widget.locator("[data-kind=turn]")
        before = turns.count()
        self.widget.locator("[part=input]").fill(text)
        self.widget.locator("[part=input]").press("Enter")
        return self.turn_after(before)

    def press(self, button: Locator) -> Locator:
        before = self.widget.locator("[data-kind=turn]").count()
        button.click()
        return self.turn_after(before)

    def turn_after(self, count: int) -> Locator:
        turn = self.widget.locator("[data-kind=turn]").nth(count)
        expect(turn).to_have_attribute("data-state", re.compile("done|abstained"), timeout=20_000)
        return turn

    def allow(self, level: str) -> None:
        """Choose what may be kept."""
        self.widget.locator("[part=consent-open]").click()
        self.widget.locator(f"[data-level={level}], [value={level}]").first.click()


def test_ask_qualify_book_and_find_it_all_in_the_console(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    visitor = Visitor(page, server)
    keep_picture(page, "1-opened")

    # Ask: the answer's words stand in the documents, and the citation shows them.
    turn = visitor.say("What does the Team plan cost?")
    expect(turn).to_contain_text("Team costs 12 EUR per seat")
    # The first citation is the price list's.
    turn.locator("[data-kind=citation]").nth(1).click()
    card = visitor.widget.locator("[part=source-card]")
    expect(card.locator("mark")).to_contain_text("Team costs 12 EUR per seat a month")
    keep_picture(page, "2-cited")
    with context.expect_page() as opened:
        card.locator("[part=open-page]").click()
    source = opened.value
    expect(source.locator("h1")).to_have_text("Plans and prices")
    assert "#prices:~:text=" in (card.locator("[part=open-page]").get_attribute("href") or "")
    keep_picture(source, "3-source")
    source.close()
    page.keyboard.press("Escape")

    # Qualify: one question, answered by a quick reply; the reason on request.
    expect(turn.locator("[data-kind=choices]")).to_contain_text("how many people")
    why = visitor.say("why do you ask?")
    expect(why).to_contain_text("plans differ by team size")
    told = visitor.say("about 40")
    expect(told).to_contain_text("noted")

    # Unknown: honest, with the nearest pages and the offer of a person.
    unknown = visitor.say("Is there an on-premises version?")
    expect(unknown).to_contain_text("isn't in our documentation")
    expect(unknown.locator("[data-kind=pages]")).to_be_visible()
    keep_picture(page, "4-unknown")

    # Book.
    offered = visitor.say("Can I see a demo next Tuesday afternoon?")
    slots = offered.locator("[data-kind=slots]")
    expect(slots).to_contain_text("Berlin")
    keep_picture(page, "5-slots")
    form = visitor.press(slots.get_by_role("button", name=re.compile(r"\d\d:\d\d")).first)
    form.locator("input[type=email]").fill("ada@example.com")
    keep_picture(page, "6-form")
    booked = visitor.press(form.get_by_role("button", name="Book"))
    expect(booked).to_contain_text("Meeting booked")
    expect(booked).to_contain_text("(Berlin)")
    calendar = booked.get_by_role("link", name=re.compile("calendar"))
    assert (calendar.get_attribute("href") or "").endswith("/invite.ics")
    keep_picture(page, "7-booked")
    with context.expect_page() as opened:
        booked.get_by_role("link", name=re.compile("Change or cancel")).click()
    expect(opened.value.locator("main")).to_contain_text("Fernway demo")
    keep_picture(opened.value, "8-manage")
    opened.value.close()
    assert visitor.problems == []

    _find_it_in_the_console(context, server)


def _find_it_in_the_console(context: BrowserContext, server: Server) -> None:
    page = sign_in(context, server)
    page.goto(f"{server.url}/console/site/demo/inbox?status=delivered")
    page.goto(f"{server.url}/console/site/demo/meetings")
    expect(page.locator("main")).to_contain_text("Fernway demo")
    page.goto(f"{server.url}/console/site/demo/inbox")
    page.get_by_role("link", name="Done").click()
    page.locator("#rows").get_by_text("Meeting booked").first.click()
    item = page.locator("main")
    expect(item).to_contain_text("about 40")
    expect(item).to_contain_text("Idempotency key")
    expect(item).to_contain_text("ada@example.com")
    keep_picture(page, "9-inbox")
    page.goto(f"{server.url}/console/site/demo/mailbox")
    expect(page.locator("main")).to_contain_text("ada@example.com")
    keep_picture(page, "10-mailbox")
    page.close()


def test_a_trial_a_cart_and_a_person(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    visitor = Visitor(page, server, "/")

    form = visitor.say("I want to try it")
    form.locator("input[type=email]").fill("grace@example.com")
    sent = visitor.press(form.get_by_role("button", name="Send the link"))
    expect(sent.locator("[data-kind=trial]")).to_contain_text("grace@example.com")

    console = sign_in(context, server)
    console.goto(f"{server.url}/console/site/demo/mailbox")
    console.get_by_text("grace@example.com").first.click()
    link = console.locator("a[href*='/trial/verify/']").first.get_attribute("href") or ""
    verify = context.new_page()
    verify.goto(link)
    verify.get_by_role("button").click()
    expect(verify.locator("main")).to_contain_text("Your trial runs until")
    keep_picture(verify, "11-trial")
    expect(
        page.locator("front-desk [data-kind=trial][data-state=verified]")
    ).to_be_visible()  # in the open chat
    console.goto(f"{server.url}/console/site/demo/trials")
    expect(console.locator("main")).to_contain_text("Business")

    cart = visitor.say("Add 5 seats of Team to my cart")
    expect(cart.locator("[data-kind=cart]")).to_contain_text("720 EUR")
    keep_picture(page, "12-cart")

    person = visitor.say("Can I talk to someone?")
    expect(person.locator("[data-kind=handoff]")).to_be_visible()
    keep_picture(page, "13-person")
    assert visitor.problems == []


def test_a_person_takes_over_and_the_assistant_stays_quiet(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    visitor = Visitor(page, server, "/")
    visitor.say("Does it work offline?")
    console = sign_in(context, server)
    console.goto(f"{server.url}/console/site/demo/conversations")
    console.get_by_text("Does it work offline?").first.click()
    console.get_by_role("button", name=re.compile("Take over")).click()
    expect(visitor.widget).to_contain_text("I'll stay quiet")

    console.locator("textarea").fill("Hello, what would you like to do offline?")
    console.get_by_role("button", name=re.compile("Send|Say")).click()
    expect(visitor.widget.locator("[data-author=person]")).to_contain_text(
        "what would you like to do offline"
    )
    turns = visitor.widget.locator("[data-kind=turn]").count()
    visitor.widget.locator("[part=input]").fill("What does Team cost?")
    visitor.widget.locator("[part=input]").press("Enter")
    expect(visitor.widget.locator("[data-author=visitor][data-state=sent]")).to_have_count(2)
    expect(console.locator("main")).to_contain_text("What does Team cost?")

    assert visitor.widget.locator("[data-kind=turn]").count() == turns
    keep_picture(console, "14-taken-over")


def test_the_help_panel_answers_inside_the_product_on_a_phone_in_the_dark(
    browser: Browser, server: Server
) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark", has_touch=True)
    page = context.new_page()
    visitor = Visitor(page, server, "/app")

    turn = visitor.say("How do I set up single sign-on?")

    expect(turn.locator("ol li").first).to_be_visible()
    panel = visitor.widget.locator("[part=panel]").bounding_box()
    assert panel is not None
    assert panel["width"] == 390
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    keep_picture(page, "15-help-phone-dark")
    assert visitor.problems == []
    context.close()


def test_the_help_panel_finds_for_each_user_what_their_plan_may_read(
    context: BrowserContext, server: Server
) -> None:
    page = context.new_page()
    page.goto(f"{server.url}/app")
    widget = page.locator("front-desk")
    widget.locator("[part=launcher]").click()
    found: dict[str, tuple[str, list[str]]] = {}

    for user in ("dispatcher", "lead", ""):
        page.locator("select[data-who]").select_option(user)
        expect(widget.locator("[part=help-search]")).to_have_value("")
        expect(widget.locator("[part=help-article]").first).to_be_visible()
        widget.locator("[part=help-search]").fill("audit log")
        expect(widget.locator("[part=help-count]")).to_contain_text("articles")
        titles = widget.locator("[part=help-hit] strong").all_inner_texts()
        found[user] = (widget.locator("[part=help-count]").inner_text(), titles)

    assert "Stream the audit log" in found["lead"][1]
    assert "Stream the audit log" not in found["dispatcher"][1] + found[""][1]
    counts = [int(found[user][0].split()[0]) for user in ("", "dispatcher", "lead")]
    assert counts == sorted(set(counts))


def test_the_widget_keeps_nothing_and_asks_nothing_before_it_is_touched(
    context: BrowserContext, server: Server
) -> None:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(server.url)))

    page.goto(server.url + "/", wait_until="networkidle")

    assert [path for path in asked if "widget" in path or "panel" in path or "/v1/" in path] == [
        "/widget.js?site=demo"
    ]
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert context.cookies() == []


def sign_in(context: BrowserContext, server: Server) -> Page:
    page = context.new_page()
    page.goto(f"{server.url}/console")
    if "sign-in" in page.url:
        page.locator("input[name=login]").fill("admin")
        page.locator("input[type=password]").fill(server.password)
        page.locator("input[type=password]").press("Enter")
        page.wait_for_url(re.compile("/console/site/"))
    return page
