"""Messages shown unasked, in a real Chromium against the real server: nothing before consent, caps, off for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, expect

from tests.support.browser import a_browser, keep_picture
from tests.support.serving import Server, a_server
from tests.support.webserver import Reply, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

PLAYBOOK = """\
version: 1
site: { name: Acme, accent: "#7a1fa2", origins: ["ORIGIN"] }
handoff: { email: sales@acme.example }
meetings:
  reps:
    - { key: a, name: Acme sales, email: a@acme.example, hours: { mon: ["09:00-17:00"], tue: ["09:00-17:00"] } }
proactive:
  rules:
    - key: hello
      text: Comparing plans? I can work out what it costs for your team, or show you the board live.
      why: You have been on our price page for a while.
      choices: [{ value: team, label: "What does Team cost?" }]
      opens: book
      consent: necessary
      when: { pages: [/open], seconds: 3 }
    - key: going
      text: Is there something that you did not find?
      why: You were about to leave this page.
      consent: necessary
      when: { pages: [/going], seconds: 3, leaving: true }
    - key: asked
      text: Shall I show you the board?
      why: You have been on this page for a while.
      opens: book
      when: { pages: [/asked], seconds: 3 }
translations:
  ar:
    proactive:
      hello:
        text: هل تقارنون الباقات؟ يمكنني حساب السعر لفريقكم، أو عرض لوحة المهام مباشرة.
        why: أنتم على صفحة الأسعار منذ بعض الوقت.
        choices: { team: "كم سعر باقة Team؟" }
"""
CSP = "default-src 'none'; script-src {0}; connect-src {0} {1}; style-src 'self'; img-src data:; base-uri 'none'"


@dataclass(frozen=True, slots=True)
class Site:
    """Pages of a company, on a server of its own, that embed the assistant under a strict policy."""

    pages: str
    desk: Server


class Visit:
    """A page of the site, with what it asked for and complained of; its clock stands until the test turns it."""

    def __init__(self, context: BrowserContext, site: Site, path: str) -> None:
        self.page = context.new_page()
        self.problems: list[str] = []
        self.asked: list[str] = []
        self.page.clock.install()
        self.page.on(
            "console", lambda line: self.problems.append(line.text) if line.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on(
            "request",
            lambda request: self.asked.append(
                request.url.removeprefix(site.desk.url).removeprefix(site.pages)
            ),
        )
        self.page.goto(site.pages + path)
        self.page.wait_for_function("window.Frontdesk !== undefined")

    def part(self, name: str) -> Locator:
        return self.page.locator(f"front-desk [part='{name}']")

    def wait(self, seconds: float) -> None:
        self.page.clock.run_for(int(seconds * 1000))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("playbooks")
    with serving({}) as pages:
        book = PLAYBOOK.replace("ORIGIN", pages.url)
        (folder / "acme.yaml").write_text(book, encoding="utf-8")
        with a_server({"FRONTDESK_PLAYBOOKS": str(folder)}) as desk:
            for path, lang in (("/open", "en"), ("/open/ar", "ar"), ("/going", "en"), ("/asked", "en")):
                pages.says[path] = a_page(desk.url, lang)
            yield Site(pages.url, desk)


def a_page(desk: str, lang: str) -> Reply:
    body = f"""<!doctype html><html lang="{lang}" dir="{"rtl" if lang == "ar" else "ltr"}"><title>Acme</title>
    <meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">
    <body><h1>Plans and prices</h1><p>Every crew on one board.</p>
    <script async src="{desk}/widget.js?site=acme" data-site="acme"></script></body></html>"""
    policy = CSP.format(desk, desk.replace("http", "ws", 1))
    return Reply(body.encode(), headers={"content-security-policy": policy})


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


def test_without_consent_a_message_shows_and_nothing_is_asked_or_kept(
    context: BrowserContext, site: Site
) -> None:
    visit = Visit(context, site, "/open")
    expect(visit.part("launcher")).to_be_visible()
    heading = visit.page.locator("h1").bounding_box()

    visit.wait(2)
    early = visit.part("nudge").count()
    visit.wait(2)
    expect(visit.part("nudge-text")).to_contain_text("Comparing plans?")
    visit.part("nudge-why").click()
    expect(visit.part("nudge-reason")).to_have_text("You have been on our price page for a while.")
    keep_picture(visit.page, "proactive-light")
    moved = visit.page.locator("h1").bounding_box() != heading
    kept = visit.page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length")
    visit.part("nudge-off").click()
    visit.wait(60)

    assert kept == 0
    assert early == 0
    assert not moved
    assert visit.part("nudge").count() == 0
    assert visit.asked == ["/open", "/widget.js?site=acme"]
    stored = visit.page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    assert stored == ["frontdesk:acme.off"], "that none may come is kept, because it was asked for"
    assert visit.problems == []


def test_opened_it_stands_as_the_assistant_s_first_words_and_its_button_is_answered(
    context: BrowserContext, site: Site
) -> None:
    visit = Visit(context, site, "/open")
    visit.wait(4)

    visit.part("nudge-reply").filter(has_text="Book a meeting").click()
    visit.page.clock.resume()

    expect(visit.page.locator("front-desk [data-author=system]")).to_contain_text("Shown automatically.")
    expect(visit.page.locator("front-desk [data-kind=turn]").first).to_contain_text("Comparing plans?")
    expect(visit.page.locator("front-desk [part~=visitor]")).to_have_text("Book a meeting")
    expect(visit.page.locator("front-desk [data-kind=slots]")).to_be_visible(timeout=20_000)
    keep_picture(visit.page, "proactive-opened")
    assert visit.problems == []


def test_the_keyboard_reaches_it_and_escape_closes_it(context: BrowserContext, site: Site) -> None:
    visit = Visit(context, site, "/open")
    visit.wait(4)
    expect(visit.part("nudge")).to_be_visible()

    visit.page.keyboard.press("Tab")
    expect(visit.part("nudge-reply").first).to_be_focused()
    visit.page.keyboard.press("Escape")

    expect(visit.part("nudge")).to_have_count(0)
    expect(visit.part("launcher")).to_be_focused()


def test_leaving_at_the_top_shows_it_with_a_mouse_and_never_on_touch(browser: Browser, site: Site) -> None:
    found = []
    for options in ({}, {"has_touch": True, "is_mobile": True}):
        context = browser.new_context(**options)  # type: ignore[arg-type]  # one of two
        visit = Visit(context, site, "/going")
        visit.wait(4)
        visit.page.evaluate(
            "document.documentElement.dispatchEvent(new MouseEvent('mouseleave', {clientY: -1}))"
        )
        visit.wait(1)
        found.append(visit.part("nudge").count())
        context.close()

    assert found == [1, 0]


def test_on_a_phone_it_is_a_strip_that_keeps_within_the_screen(browser: Browser, site: Site) -> None:
    schemes: tuple[tuple[str, Literal["light", "dark"]], ...] = (("/open", "light"), ("/open/ar", "dark"))
    for path, scheme in schemes:
        context = browser.new_context(
            viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True, color_scheme=scheme
        )
        visit = Visit(context, site, path)
        visit.wait(4)
        expect(visit.part("nudge-text")).not_to_be_empty()
        box = visit.part("nudge").bounding_box()
        keep_picture(visit.page, f"proactive-phone-{scheme}")

        replies = [one.bounding_box() for one in visit.part("nudge-reply").all()]
        assert box is not None
        assert all(
            one and box["x"] < one["x"] and one["x"] + one["width"] < box["x"] + box["width"]
            for one in replies
        )
        expect(visit.part("nudge-from")).to_be_visible()
        assert box["height"] <= 640 * 0.28
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360


def test_with_consent_the_server_decides_and_two_tabs_show_it_once(
    context: BrowserContext, site: Site
) -> None:
    Visit(context, site, "/open").page.evaluate(
        "localStorage.setItem('frontdesk:acme', JSON.stringify({consent: 'remembered', pending: []}))"
    )
    first = Visit(context, site, "/asked")
    first.wait(4)
    expect(first.part("nudge")).to_be_visible(timeout=20_000)
    second = Visit(context, site, "/asked")
    heard: list[str] = []
    second.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda frame: heard.append(str(frame)))
    )

    with second.page.expect_websocket() as opened:
        second.wait(4)
    if not any(is_refused(frame) for frame in heard):
        opened.value.wait_for_event("framereceived", is_refused)
    second.wait(1)

    assert second.part("nudge").count() == 0
    assert first.problems + second.problems == []


def is_refused(frame: object) -> bool:
    """Whether the server said that another tab was asked for a moment ago."""
    return '"reason":"apart"' in str(frame)
