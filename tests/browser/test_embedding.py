"""The widget as a guest: other people's pages, policies, frames and frameworks, in a real Chromium."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, FrameLocator, Locator, Page, expect

from tests.support.browser import a_browser
from tests.support.host_pages import HostPages, host_pages
from tests.support.serving import eventually

pytestmark = pytest.mark.browser

WIDGET = Path(__file__).resolve().parents[2] / "widget"
QUEUE = "(window.Frontdesk = window.Frontdesk || []).push"
KEPT = """sessionStorage["frontdesk:demo"] = JSON.stringify({consent: "conversation", pending: []})"""


class Desk:
    """The company's server, a fake one in a process of its own, for all tests here."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.script = f'<script async src="{url}/dist/widget.js" data-site="demo"></script>'

    def state(self) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/control/log") as answer:
            state: dict[str, Any] = json.load(answer)
            return state

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """What any widget said, of one type."""
        return [
            frame
            for talk in self.state()["conversations"]
            for frame in talk["heard"]
            if frame["type"] == kind
        ]

    def requests(self) -> list[str]:
        return [path for path in self.state()["requests"] if not path.startswith("/control")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not (WIDGET / "dist" / "widget.js").is_file() or not (WIDGET / "node_modules").is_dir():
        pytest.fail("The widget is not built: run `make widget` first.")
    with a_browser() as running:
        yield running


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    process = subprocess.Popen(
        ["node", "test/fake-server.mjs", "0"], cwd=WIDGET, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None
    yield Desk(found.group())
    process.terminate()
    process.communicate()


@pytest.fixture(scope="module")
def host() -> Iterator[HostPages]:
    with host_pages() as pages:
        yield pages


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield context
    context.close()


def a_visit(context: BrowserContext, url: str) -> tuple[Page, list[str]]:
    """The page, and everything that its browser complains about."""
    page, complaints = context.new_page(), list[str]()

    def note(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    return page, complaints


def part(page: Page | FrameLocator, name: str) -> Locator:
    return page.locator(f"front-desk [part~='{name}']")


def ask(page: Page | FrameLocator, words: str = "What does Team cost?") -> None:
    """Types it and waits for the whole answer."""
    part(page, "input").fill(words)
    part(page, "input").press("Enter")
    answered(page)


def answered(page: Page | FrameLocator) -> None:
    expect(page.locator("front-desk [data-kind=turn][data-state=done]").first).to_be_attached()


def module(desk: Desk, code: str, nonce: str = "") -> str:
    return (
        f'<script type="module"{nonce}>import {{ mount }} from "{desk.url}/dist/frontdesk.js";\n{code}\n'
        "window.isReady = true;</script>"
    )


# -- calls ---------------------------------------------------------------------------------------------------


def test_calls_made_before_the_script_are_done_in_order(
    context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    stub = f"""<script>window.happened = [];
      {QUEUE}(["on", "open", ({{type}}) => happened.push(type)], ["ask", "What does Team cost?"]);</script>"""
    url = host.lay("/queue", head=stub + desk.script)

    page, _ = a_visit(context, url)
    answered(page)
    page.evaluate(f"{QUEUE}(['close'])")

    expect(part(page, "panel")).to_be_hidden()
    assert page.evaluate("happened") == ["open"]
    assert page.evaluate("Object.keys(Frontdesk).sort().join()").startswith("ask,close,identify,")
    assert page.evaluate("Object.keys(window).filter(name => /front/i.test(name))") == ["Frontdesk"]


def test_to_identify_and_to_track_loads_nothing_and_what_was_not_allowed_is_never_told(
    context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    calls = (
        f"""<script>{QUEUE}(["identify", "a.b.c"], ["track", "plan_viewed", {{plan: "Team"}}]);</script>"""
    )
    url = host.lay("/track", head=calls + desk.script)
    before = len(desk.requests())
    page, _ = a_visit(context, url)
    page.wait_for_load_state("networkidle")
    assert desk.requests()[before:] == ["/dist/widget.js"]

    page.evaluate("Frontdesk.open()")
    ask(page)
    assert desk.heard("hello")[-1]["identity"] == "a.b.c"
    assert not desk.heard("track")

    page.evaluate(KEPT)
    page.reload()
    page.evaluate("Frontdesk.open()")
    eventually("it is told", lambda: desk.heard("track"))
    page.evaluate("Frontdesk.track('seats', {count: 12, yearly: true})")
    eventually("it is told at once", lambda: len(desk.heard("track")) == 2)
    first, second = desk.heard("track")
    assert (first["name"], first["properties"]) == ("plan_viewed", {"plan": "Team"})
    assert (second["name"], second["properties"]) == ("seats", {"count": 12, "yearly": True})


# -- launchers -----------------------------------------------------------------------------------------------

LINK = '<p><a id=own href="/help-page" data-frontdesk-open data-frontdesk-ask="What does Team cost?">Help</a></p>'


def test_a_link_of_the_page_opens_it_and_gets_the_focus_back(
    context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    script = desk.script.replace(" data-site", ' data-launcher="none" data-site')
    page, _ = a_visit(context, host.lay("/own", head=script, body=LINK))
    page.wait_for_function("window.Frontdesk")
    expect(part(page, "launcher")).to_have_count(0)

    page.locator("#own").focus()
    page.keyboard.press("Enter")
    answered(page)
    page.keyboard.press("Escape")

    expect(page.locator("#own")).to_be_focused()
    expect(page.locator("#own")).to_have_attribute("data-frontdesk-open", "")
    assert page.url.endswith("/own")


def test_where_the_panel_or_javascript_is_missing_the_link_leads_to_the_help_page(
    browser: Browser, context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    body = LINK + f'<noscript><a id=plain href="{host.url}/help-page">Help</a></noscript>'
    url = host.lay("/own-link", head=desk.script, body=body)
    page, _ = a_visit(context, url)
    page.route("**/parts/chat-panel-*", lambda route: route.abort())
    page.wait_for_function("window.Frontdesk")
    page.locator("#own").click()
    page.wait_for_url("**/help-page")

    without = browser.new_context(java_script_enabled=False)
    plain, _ = a_visit(without, url)
    expect(plain.locator("#plain")).to_be_visible()
    plain.locator("#own").click()
    plain.wait_for_url("**/help-page")
    without.close()


# -- in the flow of the page, and from modules ---------------------------------------------------------------


def test_inline_it_fills_its_box_once_it_is_seen_and_follows_its_attributes(
    context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    box = """<style>#box{width:500px;height:560px;margin-top:2000px}</style>
      <input id=first autofocus><div id=box><front-desk data-inline></front-desk></div>"""
    page, complaints = a_visit(context, host.lay("/inline", head=desk.script, body=box))
    expect(page.locator("front-desk:defined")).to_have_count(1)
    assert not any(hello["page"]["url"].endswith("/inline") for hello in desk.heard("hello"))

    page.locator("#box").scroll_into_view_if_needed()
    expect(part(page, "panel")).to_be_visible()

    assert part(page, "panel").bounding_box() == page.locator("#box").bounding_box()
    expect(page.locator("#first")).to_be_focused()
    expect(part(page, "panel")).to_have_attribute("role", "region")
    expect(part(page, "launcher")).to_have_count(0)
    expect(part(page, "close")).to_be_hidden()
    ask(page)
    page.evaluate("""{ const desk = document.querySelector("front-desk");
      desk.dataset.locale = "ar"; desk.dataset.theme = "dark"; desk.dataset.accent = "#aa3311"; }""")
    expect(page.locator("front-desk")).to_have_attribute("lang", "ar")
    expect(part(page, "panel")).to_have_count(1)
    assert part(page, "panel").evaluate("element => getComputedStyle(element).direction") == "rtl"
    assert page.locator("front-desk").evaluate("element => getComputedStyle(element).colorScheme") == "dark"
    assert complaints == []


def test_a_module_mounts_it_and_takes_it_away_without_a_trace(
    context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    code = """window.opened = 0;
      window.one = mount(document.body, { site: "demo", accent: "#0f766e" });
      window.again = mount(document.body, { site: "demo" });
      one.on("open", () => opened++);
      window.box = mount(document.querySelector("#box"), { site: "other", mode: "chat" });"""
    body = "<div id=box style='height:520px;width:420px'></div>"
    page, complaints = a_visit(context, host.lay("/module", head=module(desk, code), body=body))
    page.wait_for_function("window.isReady")
    # A browser complains of a socket that is closed before it stood.
    expect(page.locator("#box front-desk [part=panel]")).to_have_attribute("data-state", "online")
    # The same site stands once, however often it is mounted; another one stands beside it.
    expect(page.locator("body > front-desk")).to_have_count(1)

    page.locator("body > front-desk [part=launcher]").click()
    expect(page.locator("body > front-desk [part=panel]")).to_have_attribute("data-state", "online")
    page.evaluate("again.unmount()")
    expect(page.locator("body > front-desk [part=panel]")).to_be_visible()
    page.evaluate("one.unmount(); one.unmount(); box.unmount()")

    expect(page.locator("front-desk")).to_have_count(0)
    eventually("both hang up", lambda: desk.state().get("sockets") == 0)
    assert page.evaluate("[opened, document.title, document.documentElement.getAttribute('style')]") == [
        1, "Host", None,
    ]  # fmt: skip
    assert complaints == []


def test_twice_on_a_page_there_is_one(context: BrowserContext, host: HostPages, desk: Desk) -> None:
    code = (
        """window.second = mount(document.body, { site: "demo" }); await second.open(); second.unmount();"""
    )
    page, complaints = a_visit(context, host.lay("/twice", head=desk.script * 2 + module(desk, code)))
    page.wait_for_function("window.isReady && window.Frontdesk")

    expect(page.locator("front-desk")).to_have_count(1)
    expect(part(page, "launcher")).to_have_count(1)
    # What a script put there is not a module's to take away.
    expect(part(page, "panel")).to_be_visible()
    assert complaints == []


# -- policies and frames -------------------------------------------------------------------------------------


def test_a_strict_policy_with_nonce_and_trusted_types_has_nothing_to_complain(
    context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    policy = (
        "default-src 'none'; script-src 'nonce-n0nce' 'strict-dynamic'; base-uri 'none'; "
        f"connect-src {desk.url} {desk.url.replace('http', 'ws')}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )
    nonce = ' nonce="n0nce"'
    script = desk.script.replace("<script", f"<script{nonce}")
    code = 'window.box = mount(document.querySelector("#box"), { site: "demo" });'
    url = host.lay(
        "/csp",
        head=script + module(desk, code, nonce),
        body="<div id=box></div>",
        headers={"content-security-policy": policy},
    )
    page, complaints = a_visit(context, url)
    page.locator("html > front-desk [part=launcher]").click()
    panel = page.locator("html > front-desk")
    panel.locator("[part=input]").fill("What does Team cost?")
    panel.locator("[part=input]").press("Enter")
    expect(panel.locator("[data-kind=turn][data-state=done]")).to_be_attached()
    panel.locator("[data-kind=citation]").first.click()
    expect(panel.locator("[part=source-card]")).to_be_visible()
    expect(page.locator("#box [part=panel]")).to_be_visible()

    assert complaints == []
    assert (
        panel.locator("[part=panel]").evaluate("element => getComputedStyle(element).borderRadius") == "16px"
    )


def test_in_a_sandboxed_frame_of_no_origin_it_works_and_keeps_nothing(
    context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    host.lay(
        "/framed",
        head=desk.script,
        body="<p id=origin></p><script>document.getElementById('origin').textContent = self.origin</script>",
    )
    frame = '<iframe sandbox="allow-scripts" src="/framed" width=700 height=700></iframe>'
    page, complaints = a_visit(context, host.lay("/frame", body=frame))
    framed = page.frame_locator("iframe")

    part(framed, "launcher").click()
    ask(framed)

    expect(framed.locator("#origin")).to_have_text("null")
    assert complaints == []


def test_an_isolated_page_may_hold_it(context: BrowserContext, host: HostPages, desk: Desk) -> None:
    isolated = {
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-embedder-policy": "require-corp",
    }
    page, complaints = a_visit(context, host.lay("/coep", head=desk.script, headers=isolated))
    assert page.evaluate("crossOriginIsolated") is True

    part(page, "launcher").click()
    ask(page)

    assert complaints == []


# -- frameworks, apps and optimisers -------------------------------------------------------------------------


def test_it_stays_when_a_framework_swaps_the_page_under_it(
    context: BrowserContext, host: HostPages, desk: Desk
) -> None:
    page, complaints = a_visit(context, host.lay("/turbo", body=desk.script))
    part(page, "launcher").click()
    ask(page)

    # As Turbo does: a new body, whose scripts run again.
    page.evaluate("""() => {
      const body = document.createElement("body");
      const script = document.querySelector("script[data-site]");
      const again = document.createElement("script");
      for (const { name, value } of script.attributes) again.setAttribute(name, value);
      body.append("Another page", again);
      document.body.replaceWith(body);
      history.pushState({}, "", "/turbo/next?secret=1#there");
      return new Promise(done => again.onload = done);
    }""")

    eventually("the move is told", lambda: desk.heard("visit"))
    assert desk.heard("visit")[-1]["page"]["url"] == f"{host.url}/turbo/next"
    expect(page.locator("front-desk")).to_have_count(1)
    expect(part(page, "panel")).to_be_visible()
    ask(page, "And yearly?")
    assert complaints == []


BARE = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, { get() { throw new DOMException("denied", "SecurityError"); } });
for (const name of ["Notification", "BroadcastChannel", "navigation", "requestIdleCallback"]) delete window[name];"""


def test_a_web_view_without_storage_and_from_a_file_can_talk(
    context: BrowserContext, desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "app.html"
    file.write_text(f"<!doctype html><title>App</title><script>{BARE}</script>{desk.script}")

    page, complaints = a_visit(context, file.as_uri())
    part(page, "launcher").click()
    ask(page)

    assert complaints == []


OPTIMISED = {
    "written": """<script>document.write('{script}'.replace("&", "<"))</script>""",
    "run by another script": """<script type="text/plain" src="{url}/dist/widget.js" data-site="demo"></script>
      <script>fetch("{url}/dist/widget.js").then(a => a.text()).then(code => {{
        const runner = document.createElement("script"); runner.textContent = code; document.head.append(runner);
      }});</script>""",
    "after another product's script of that name": """
      <script type="text/plain" src="/elsewhere/widget.js"></script>
      <script async src="{url}/dist/widget.js" data-site="demo"></script>""",
    "by a tag manager": """<script>{{ const script = document.createElement("script");
      script.src = "{url}/dist/widget.js"; script.async = true; script.setAttribute("data-site", "demo");
      document.head.appendChild(script); }}</script>""",
}


@pytest.mark.parametrize("how", OPTIMISED)
def test_whoever_puts_the_script_there_it_finds_its_server(
    context: BrowserContext, host: HostPages, desk: Desk, how: str
) -> None:
    script = desk.script.replace("<script", "&script").replace("</script>", "&/script>").replace("&/", "<\\/")
    page, complaints = a_visit(
        context, host.lay("/optimised", head=OPTIMISED[how].format(url=desk.url, script=script))
    )

    part(page, "launcher").click()
    expect(part(page, "intro")).to_have_attribute("data-state", "empty")

    assert complaints == []
