"""The widget by itself, in a real Chromium against a small fake server: what it promises to any page it visits."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.browser import a_browser, keep_picture

pytestmark = pytest.mark.browser

WIDGET = Path(__file__).resolve().parents[2] / "widget"
ANSWER = "Team costs 12 EUR a seat"


class FakeServer:
    """The other end, in its own process: `widget/test/fake-server.mjs`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def state(self) -> dict[str, Any]:
        return self._control("log")

    def drop_sockets(self) -> None:
        self._control("drop")

    def set_faults(self, **faults: bool) -> None:
        self._control(
            "faults?" + urllib.parse.urlencode({name: json.dumps(on) for name, on in faults.items()})
        )

    def person_says(self, text: str) -> None:
        self._control("say?" + urllib.parse.urlencode({"text": text}))

    def log(self) -> list[dict[str, Any]]:
        """The log of the newest conversation."""
        frames: list[dict[str, Any]] = self.state()["conversations"][-1]["log"]
        return frames

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """What the widget sent in the newest conversation, of one type."""
        return [frame for frame in self.state()["conversations"][-1]["heard"] if frame["type"] == kind]

    def _control(self, path: str) -> dict[str, Any]:
        with urllib.request.urlopen(f"{self.url}/control/{path}") as answer:
            state: dict[str, Any] = json.load(answer)
            return state


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not (WIDGET / "dist" / "widget.js").is_file() or not (WIDGET / "node_modules").is_dir():
        pytest.fail("The widget is not built: run `make widget` first.")
    with a_browser() as running:
        yield running


@pytest.fixture
def server() -> Iterator[FakeServer]:
    command = ["node", "test/fake-server.mjs", "0"]
    process = subprocess.Popen(command, cwd=WIDGET, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found is not None
    yield FakeServer(found.group())
    process.terminate()
    process.communicate()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    yield context
    context.close()


def a_visit(context: BrowserContext, server: FakeServer, path: str = "/") -> Page:
    page = context.new_page()
    page.goto(server.url + path)
    page.wait_for_function("window.Frontdesk !== undefined")
    return page


def an_open_chat(context: BrowserContext, server: FakeServer, path: str = "/") -> Page:
    page = a_visit(context, server, path)
    part(page, "launcher").click()
    if path.startswith("/help"):
        part(page, "ask").click()
    expect(part(page, "intro")).to_have_attribute("data-state", "empty")
    return page


def part(page: Page, name: str) -> Locator:
    return page.locator(f"front-desk [part~='{name}']")


def say(page: Page, text: str) -> None:
    part(page, "input").fill(text)
    part(page, "input").press("Enter")


def answered(page: Page, count: int = 1) -> None:
    expect(
        page.locator("front-desk [data-kind=turn]:is([data-state=done], [data-state=abstained])")
    ).to_have_count(count)


def stored(page: Page) -> int:
    count: int = page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length")
    return count


def test_before_the_first_touch_the_page_pays_for_one_script_and_nothing_else(
    context: BrowserContext, server: FakeServer
) -> None:
    page = a_visit(context, server)
    page.wait_for_load_state("networkidle")

    assert sorted(server.state()["requests"])[:3] == ["/", "/control/log", "/dist/widget.js"]
    assert not [path for path in server.state()["requests"] if "panel" in path or "chat" in path]
    assert stored(page) == 0


def test_a_question_is_answered_block_by_block_with_sources_that_open(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)

    say(page, "What does Team cost?")
    answered(page)
    page.locator("front-desk [data-kind=text] [data-kind=citation]").first.click()

    card = part(page, "source-card")
    expect(card).to_be_visible()
    expect(card.locator("mark")).to_have_text(re.compile("^Each seat costs 12 EUR"))
    expect(part(page, "open-page")).to_have_attribute("rel", "noopener noreferrer")
    assert stored(page) == 0


def test_in_a_short_window_the_panel_opens_at_its_greeting(browser: Browser, server: FakeServer) -> None:
    context = browser.new_context(viewport={"width": 640, "height": 360}, locale="en-GB")
    page = an_open_chat(context, server)
    page.wait_for_timeout(300)

    scroller = part(page, "transcript")
    assert scroller.evaluate(
        "element => [element.scrollTop, element.scrollHeight > element.clientHeight]"
    ) == [
        0,
        True,
    ]
    expect(part(page, "latest")).to_be_hidden()
    say(page, "What does Team cost?")
    answered(page)
    assert scroller.evaluate("element => element.scrollTop") > 0
    context.close()


def test_words_that_were_refused_stay_above_what_is_said_later(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)

    say(page, "error")
    log = page.locator("front-desk [part=log]")
    expect(log).to_contain_text("That was quick")
    say(page, "What does Team cost?")
    answered(page)

    said = log.inner_text()
    assert said.index("That was quick") < said.index("What does Team cost?") < said.index(ANSWER)


def test_everything_works_under_a_strict_content_security_policy(
    context: BrowserContext, server: FakeServer
) -> None:
    page = a_visit(context, server, "/csp")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))

    part(page, "launcher").click()
    say(page, "question")
    answered(page)

    assert complaints == []
    assert part(page, "panel").evaluate("element => getComputedStyle(element).borderRadius") == "16px"


def test_the_host_page_s_styles_stay_outside(context: BrowserContext, server: FakeServer) -> None:
    page = an_open_chat(context, server)

    assert part(page, "send").evaluate("element => getComputedStyle(element).borderStyle") == "none"
    assert "serif" not in part(page, "input").evaluate(
        "element => getComputedStyle(element).fontFamily.split(',')[0]"
    )


def test_the_keyboard_reaches_everything_and_escape_gives_the_focus_back(
    context: BrowserContext, server: FakeServer
) -> None:
    page = a_visit(context, server)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(part(page, "input")).to_be_focused()
    page.keyboard.type("What does Team cost?")
    page.keyboard.press("Enter")
    answered(page)

    chip = page.locator("front-desk [data-kind=text] [data-kind=citation]").first
    chip.focus()
    page.keyboard.press("Enter")
    expect(part(page, "open-page")).to_be_focused()
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()
    page.keyboard.press("Enter")
    expect(part(page, "open-page")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("front-desk [data-kind=text] [data-kind=citation]").nth(1)).to_be_focused()
    part(page, "menu-button").press("Enter")
    expect(part(page, "menu-person")).to_be_focused()
    expect(part(page, "source-card")).to_be_hidden()
    drawn = "icons => icons.map((icon) => icon.firstChild.getAttribute('d')).every((path) => path !== '')"
    assert part(page, "menu").locator("button:visible svg").evaluate_all(drawn)
    page.keyboard.press("Escape")
    expect(part(page, "menu-button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(part(page, "panel")).to_be_hidden()
    expect(part(page, "launcher")).to_be_focused()


def test_a_dropped_line_costs_no_message_and_doubles_none(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    say(page, "please drop me in the middle")
    answered(page)
    for number in range(3):
        server.drop_sockets()
        say(page, f"question {number}")
        server.drop_sockets()
        answered(page, 2 + number)

    said = [frame["text"] for frame in server.log() if frame["type"] == "message"]
    assert part(page, "visitor").all_inner_texts() == said
    assert len(said) == 4
    turns = {frame["turn"] for frame in server.log() if frame["type"] == "block"}
    assert page.locator("front-desk [data-kind=turn]").count() == len(turns)
    blocks = [frame for frame in server.log() if frame["type"] == "block"]
    assert part(page, "block").count() == len(blocks)


def test_what_is_typed_offline_waits_and_is_sent_once(context: BrowserContext, server: FakeServer) -> None:
    page = an_open_chat(context, server)
    context.set_offline(True)
    server.drop_sockets()
    expect(part(page, "notice")).to_have_attribute("data-state", "offline")

    say(page, "Sent later")
    expect(page.locator("front-desk [data-author=visitor]")).to_have_attribute("data-state", "queued")
    context.set_offline(False)

    expect(page.locator("front-desk [data-author=visitor]")).to_have_attribute("data-state", "sent")
    answered(page)
    assert [frame["text"] for frame in server.log() if frame["type"] == "message"] == ["Sent later"]


def test_where_sockets_are_blocked_plain_http_carries_the_same_conversation(
    context: BrowserContext, server: FakeServer
) -> None:
    server.set_faults(refuseSockets=True)
    page = an_open_chat(context, server)

    say(page, "What does Team cost?")
    answered(page)

    expect(part(page, "visitor")).to_have_text("What does Team cost?")
    expect(page.locator("front-desk [data-kind=text]")).to_contain_text(ANSWER)


def test_where_nothing_gets_through_the_panel_says_so_and_keeps_what_is_typed(
    context: BrowserContext, server: FakeServer
) -> None:
    server.set_faults(refuseSockets=True, refuseHttp=True)
    page = a_visit(context, server)
    part(page, "launcher").click()
    expect(part(page, "notice")).to_have_attribute("data-state", "away")
    expect(part(page, "intro")).to_be_hidden()
    say(page, "Are you there?")
    expect(page.locator("front-desk [data-author=visitor]")).to_have_attribute("data-state", "queued")
    keep_picture(page, "nothing-gets-through")

    server.set_faults(refuseSockets=False, refuseHttp=False)
    part(page, "again").click()

    expect(part(page, "panel")).to_have_attribute("data-state", "online")
    expect(part(page, "notice")).to_have_attribute("data-state", "none")
    answered(page)
    assert [frame["text"] for frame in server.heard("say")] == ["Are you there?"]


@pytest.mark.parametrize("how", ["a policy of the page", "a proxy", "a proxy that keeps answers back"])
def test_where_sockets_are_blocked_a_persons_words_still_come_at_once(
    context: BrowserContext, server: FakeServer, how: str
) -> None:
    if how != "a policy of the page":
        server.set_faults(refuseSockets=True, keepBack=how.endswith("back"))
    page = an_open_chat(context, server, "/no-sockets" if how == "a policy of the page" else "/")
    say(page, "What does Team cost?")
    answered(page)
    persons = page.locator("front-desk [data-author=person] .words")

    for count, text in enumerate(["Hello, Ada here.", "One more thing."], 1):
        server.person_says(text)
        expect(persons).to_have_count(count, timeout=2_000)

    assert persons.all_text_contents() == ["Hello, Ada here.", "One more thing."]
    assert sum("/v1/messages" in path for path in server.state()["requests"]) < 30
    assert len(server.heard("say")) == 1


@pytest.mark.parametrize(
    ("level", "session", "local"), [("necessary", 0, 0), ("conversation", 1, 0), ("remembered", 1, 1)]
)
def test_the_browser_keeps_what_was_allowed_and_no_more(
    context: BrowserContext, server: FakeServer, level: str, session: int, local: int
) -> None:
    page = an_open_chat(context, server)
    part(page, "consent-open").click()
    page.locator(f"front-desk input[value={level}]").check()
    part(page, "consent-save").click()
    say(page, "What does Team cost?")
    answered(page)

    assert page.evaluate("sessionStorage.length") == session
    assert page.evaluate("localStorage.length") == local
    assert [frame["level"] for frame in server.heard("consent")] == [level]


def test_a_kept_conversation_is_there_again_after_a_reload(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    part(page, "consent-open").click()
    page.locator("front-desk input[value=conversation]").check()
    part(page, "consent-save").click()
    say(page, "What does Team cost?")
    answered(page)

    page.reload()

    answered(page)
    expect(part(page, "visitor")).to_have_text("What does Team cost?")
    expect(part(page, "panel")).to_be_visible()


def test_words_that_look_like_markup_stay_words(context: BrowserContext, server: FakeServer) -> None:
    page = an_open_chat(context, server)

    say(page, 'xss <img src="/stolen" onerror="window.__owned=1">')
    answered(page)
    page.locator("front-desk [data-kind=text] [data-kind=citation]").first.click()

    assert page.evaluate("window.__owned") is None
    assert page.locator("front-desk :is(img, script, iframe)").count() == 0
    assert page.locator("front-desk a[href^='javascript']").count() == 0
    assert "/stolen" not in server.state()["requests"]


def test_what_stands_is_not_drawn_again_when_more_arrives(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    say(page, "What does Team cost?")
    answered(page)
    first = page.locator("front-desk [data-kind=turn] [data-kind=text]").first.element_handle()

    say(page, "And the long one?")
    answered(page, 2)

    assert first is not None
    assert first.evaluate("element => element.isConnected")


def test_a_whole_answer_is_announced_once_and_a_replay_not_at_all(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    page.evaluate("""() => {
        window.announced = [];
        const live = document.querySelector('front-desk').shadowRoot.querySelector('[part=live]');
        new MutationObserver(() => window.announced.push(live.textContent)).observe(live, {childList: true});
    }""")

    say(page, "What does Team cost?")
    answered(page)
    server.drop_sockets()
    expect(part(page, "panel")).to_have_attribute("data-state", "reconnecting")
    expect(part(page, "panel")).to_have_attribute("data-state", "online")

    announced = page.evaluate("window.announced")
    assert len(announced) == 1
    assert announced[0].startswith(ANSWER)


def test_a_page_change_without_a_load_is_told_without_query_and_fragment(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)

    page.evaluate("history.pushState({}, '', '/pricing?email=ada@example.com#token')")
    say(page, "What does Team cost?")
    answered(page)

    assert [frame["page"]["url"] for frame in server.heard("visit")] == [f"{server.url}/pricing"]
    assert "ada@example.com" not in json.dumps(server.state()["conversations"])


def test_a_message_for_a_closed_panel_shows_on_the_launcher(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    say(page, "What does Team cost?")
    answered(page)
    part(page, "close").click()

    server.person_says("Still there?")

    expect(page.locator("front-desk .badge-count")).to_have_text("1")
    part(page, "launcher").click()
    expect(page.locator("front-desk [data-author=person] .words")).to_have_text("Still there?")
    expect(page.locator("front-desk .badge-count")).to_be_empty()


HIDE = """() => {
  Object.defineProperty(document, 'visibilityState', {get: () => 'hidden', configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def test_the_page_s_title_counts_once_and_is_given_back_with_the_element(
    context: BrowserContext, server: FakeServer
) -> None:
    page = an_open_chat(context, server)
    title = page.title()
    expect(part(page, "menu-sound")).to_have_count(1)

    page.evaluate("document.querySelector('front-desk').dataset.locale = 'fr'")
    expect(page.locator("front-desk[lang=fr] [part=intro]")).to_have_attribute("data-state", "empty")
    expect(part(page, "menu-sound")).to_have_count(1)
    page.evaluate(HIDE)
    server.person_says("Still there?")

    expect(page).to_have_title(f"(1) {title}")
    page.evaluate("document.querySelector('front-desk').remove()")
    expect(page).to_have_title(title)


def test_a_form_says_what_is_wrong_where_it_is_wrong(context: BrowserContext, server: FakeServer) -> None:
    page = an_open_chat(context, server)
    say(page, "trial")
    email = page.locator("front-desk input[name=email]")
    email.fill("ada@")
    part(page, "submit").click()

    expect(email).to_be_focused()
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_attribute("autocomplete", "email")
    email.fill("ada@example.com")
    part(page, "submit").click()

    expect(part(page, "error").filter(has_text="already")).to_be_visible()
    expect(email.last).to_be_focused()
    assert server.heard("submit")[0]["fields"] == {"email": "ada@example.com", "company": ""}


def test_the_host_page_can_open_ask_and_listen(context: BrowserContext, server: FakeServer) -> None:
    page = a_visit(context, server)
    page.evaluate("""() => {
        window.told = [];
        const types = ['open', 'message', 'meeting', 'close'];
        for (const type of types) Frontdesk.on(type, (it) => window.told.push(it.type));
    }""")

    page.evaluate("Frontdesk.ask('meeting')")
    answered(page)
    page.evaluate("Frontdesk.close()")

    page.wait_for_function("window.told.includes('close')")
    told = page.evaluate("window.told")
    assert told[0] == "open"
    assert set(told) == {"open", "message", "meeting", "close"}


def test_at_320_pixels_and_in_a_narrow_help_panel_nothing_sticks_out(
    browser: Browser, server: FakeServer
) -> None:
    for path in ("/", "/help"):
        context = browser.new_context(viewport={"width": 320, "height": 568})
        page = an_open_chat(context, server, path)
        for words in ("stress", "long", "code", "slots", "cart", "meeting"):
            say(page, words)
        answered(page, 6)

        overflow = part(page, "transcript").evaluate("element => element.scrollWidth - element.clientWidth")

        assert overflow == 0, path
        context.close()


WORDS = [
    "What does Team cost?",
    "long",
    "code",
    "pages",
    "question",
    "slots",
    "trial",
    "meeting",
    "cart",
    "join",
    "error",
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/", "/help"])
def test_axe_finds_nothing_to_complain_about(
    browser: Browser, server: FakeServer, scheme: Any, path: str
) -> None:
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = an_open_chat(context, server, path)
    page.add_script_tag(path=WIDGET / "node_modules" / "axe-core" / "axe.min.js")
    turns = 0
    for words in ["", *WORDS]:
        if words:
            say(page, words)
            turns += words != "error"
            answered(page, turns)
        found = page.evaluate("axe.run('front-desk', {resultTypes: ['violations']})")
        nodes = [
            (rule["id"], node["html"][:160], node["failureSummary"])
            for rule in found["violations"]
            for node in rule["nodes"]
        ]
        assert nodes == [], words
    part(page, "menu-button").click()
    part(page, "menu-privacy").click()
    assert (
        page.evaluate("axe.run('front-desk').then((found) => found.violations.map((rule) => rule.id))") == []
    )
    context.close()
