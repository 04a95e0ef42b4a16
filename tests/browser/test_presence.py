"""A visitor and a rep in one conversation: files, who writes, what was read, what was missed, sounds and drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from tests.support.browser import a_browser, keep_picture
from tests.support.serving import Server, a_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c6360000000020001e221bc330000000049454e44ae426082"
)
HIDE = """hidden => {
  Object.defineProperty(document, 'visibilityState', {get: () => hidden ? 'hidden' : 'visible', configurable: true});
  Object.defineProperty(document, 'hidden', {get: () => hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""
TONES = """window.tones = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };"""
DROP = """(panel, name) => {
  const data = new DataTransfer();
  data.items.add(new File(['dropped words'], name, {type: 'text/plain'}));
  for (const type of ['dragover', 'drop'])
    panel.dispatchEvent(new DragEvent(type, {bubbles: true, cancelable: true, composed: true, dataTransfer: data}));
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server({"FRONTDESK_TURNS_PER_MINUTE": "1000"}) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


def a_page(browser: Browser, *, width: int = 1280, dark: bool = False, **more: Any) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": 844},
        color_scheme="dark" if dark else "light",
        timezone_id="Europe/Berlin",
        locale="en-GB",
        **more,
    )
    context.set_default_timeout(20_000)
    context.add_init_script(TONES)
    return context.new_page()


def sign_in(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/console")
    page.fill("#login", "admin")
    page.fill("#password", server.password)
    page.press("#password", "Enter")
    page.wait_for_url(re.compile("/console/site/"))


def opened(page: Page, server: Server, path: str = "/pricing") -> Locator:
    page.goto(server.url + path)
    widget = page.locator("front-desk")
    widget.locator("[part=launcher]").click()
    expect(widget.locator("[part=attach]")).to_be_visible()
    return widget


def a_file(name: str, content: bytes, kind: str = "text/plain") -> FilePayload:
    return {"name": name, "mimeType": kind, "buffer": content}


def say(widget: Locator, text: str) -> None:
    widget.locator("[part=input]").fill(text)
    widget.locator("[part=input]").press("Enter")


def test_files_are_chosen_pasted_and_dropped_fail_with_words_and_survive_a_break(
    browser: Browser, server: Server
) -> None:
    page = a_page(browser, width=390)
    widget = opened(page, server)
    picker = widget.locator("input[type=file]")

    invoice = a_file("invoice\u202egnp.txt", b"words of an invoice")
    picker.set_input_files([invoice, a_file("shot.png", PICTURE, "image/png")])
    cards = widget.locator("[data-author=visitor] [part=file]")
    expect(cards).to_have_count(2)
    expect(cards.first).to_contain_text("invoicegnp.txt")
    expect(cards.nth(1)).to_have_attribute("aria-label", re.compile(r"^Download shot\.png, PNG, "))
    turns = widget.locator("[data-kind=turn]")
    expect(turns.first).to_contain_text("can't read files")
    expect(turns.last.get_by_role("button", name="Talk to a person")).to_be_visible()
    expect(widget.locator("[part=upload]")).to_have_count(0)
    with page.expect_download() as download:
        cards.first.click()
    assert download.value.path().read_bytes() == b"words of an invoice"

    picker.set_input_files([a_file("drawing.png", b"<svg onload='window.ran=1'/>", "image/png")])
    upload = widget.locator("[part=upload]")
    expect(upload).to_contain_text(re.compile("These can: PNG, .*PDF"))
    keep_picture(page, "presence-1-refused-phone")
    upload.locator("[part=cancel-upload]").click()
    expect(upload).to_have_count(0)
    picker.set_input_files([a_file("big.txt", b"x" * 10_500_000)])
    expect(upload).to_contain_text("Too large. Up to 10.5 MB fit.")
    upload.locator("[part=cancel-upload]").focus()
    page.keyboard.press("Enter")
    expect(upload).to_have_count(0)

    page.context.set_offline(True)
    expect(widget.locator("[part=panel]")).to_have_attribute("data-state", re.compile("offline|reconnecting"))
    widget.locator("[part=panel]").evaluate(DROP, "dropped.txt")
    expect(upload).to_contain_text("Waiting for a connection")
    keep_picture(page, "presence-2-offline-phone")
    page.context.set_offline(False)
    expect(cards).to_have_count(3)
    expect(upload).to_have_count(0)
    expect(cards.last).to_contain_text("dropped.txt")
    keep_picture(page, "presence-3-files-phone")
    assert page.evaluate("window.ran") is None
    page.context.close()


def test_two_who_look_at_one_conversation_see_each_other_write_and_read(
    browser: Browser, server: Server
) -> None:
    console, visitor = a_page(browser), a_page(browser, dark=True)
    sign_in(console, server)
    widget = opened(visitor, server)
    say(widget, "Can I talk to a person?")
    expect(widget.locator("[data-kind=handoff]")).to_be_visible()
    console.goto(f"{server.url}/console/site/demo/conversations")
    console.locator(".row.queued").first.click()
    console.get_by_role("button", name="Take over").click()
    expect(widget).to_contain_text("I'll stay quiet")
    expect(widget.locator("[part=title]")).to_have_text("Fernway team")
    expect(widget.locator("[part=seen]")).to_have_text("Seen")
    keep_picture(visitor, "presence-4-joined-dark")

    console.locator("#reply").press_sequentially("Hel")
    expect(widget.locator("[part=typing]")).to_contain_text("Fernway is writing")
    keep_picture(visitor, "presence-5-writing-dark")
    console.locator("#reply").fill("Hello, how can I help?")
    console.locator("#reply").press("Enter")
    expect(widget.locator("[data-author=person]").last).to_contain_text("how can I help")
    expect(widget.locator("[part=typing]")).to_be_hidden()
    expect(widget.locator("[part=seen]")).to_have_count(0)
    expect(console.locator(".seen-mark")).to_contain_text("seen by the visitor")

    widget.locator("[part=input]").press_sequentially("It sto")
    expect(console.locator("#signs")).to_contain_text("The visitor is writing")
    keep_picture(console, "presence-6-console-writing")
    say(widget, "It stops after step three")
    expect(console.locator("#transcript")).to_contain_text("after step three")
    expect(console.locator("#signs")).to_have_text("")
    expect(widget.locator("[part=seen]")).to_have_text("Seen")
    widget.locator("input[type=file]").set_input_files([a_file("crew.txt", b"what the crew saw")])
    card = console.locator("#transcript .file")
    expect(card).to_contain_text("TXT")
    with console.expect_download() as download:
        card.get_by_role("link").click()
    assert download.value.suggested_filename == "crew.txt"
    assert widget.locator("[data-kind=turn]", has_text="can't read files").count() == 0
    keep_picture(console, "presence-7-console-file")

    # The visitor looks elsewhere: the title counts, and gives back what the host page says by then.
    widget.locator("[part=menu-button]").click()
    widget.locator("[part=menu-sound]").click()
    expect(widget.locator("[part=menu-sound]")).to_have_attribute("aria-checked", "true")
    assert visitor.evaluate("window.tones") == 1, "one hears what one switches on"
    keep_picture(visitor, "presence-8-sound-dark")
    widget.locator("[part=menu-button]").click()
    title = visitor.title()
    widget.locator("[part=close]").click()
    visitor.evaluate(HIDE, True)
    for words in ("One moment.", "Here it is."):
        console.locator("#reply").fill(words)
        console.locator("#reply").press("Enter")
        expect(console.locator("#transcript")).to_contain_text(words)
    launcher = widget.locator("[part=launcher]")
    expect(launcher).to_have_attribute("aria-label", "Open chat, 2 new messages")
    expect(visitor).to_have_title(f"(2) {title}")
    assert visitor.evaluate("window.tones") == 3
    visitor.evaluate("document.title = 'Another page'")
    expect(visitor).to_have_title("(2) Another page")
    visitor.evaluate(HIDE, False)
    expect(visitor).to_have_title("Another page")
    keep_picture(visitor, "presence-9-badge-dark")
    launcher.click()
    expect(launcher).to_have_attribute("aria-label", "Open chat")

    console.get_by_role("button", name="Hand back").click()
    expect(widget).to_contain_text("answering again")
    expect(widget.locator("[part=title]")).to_have_text("Ask Fernway")
    for page in (console, visitor):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.context.close()


def test_what_is_being_written_is_kept_as_far_as_was_allowed_and_counted_near_its_end(
    browser: Browser, server: Server
) -> None:
    page = a_page(browser)
    widget = opened(page, server)
    box = widget.locator("[part=input]")
    box.fill("half a question")
    widget.locator("[part=close]").click()
    widget.locator("[part=launcher]").click()
    expect(box).to_have_value("half a question")
    page.reload()
    widget.locator("[part=launcher]").click()
    expect(widget.locator("[part=attach]")).to_be_visible()
    expect(box).to_have_value("")  # nothing was allowed, so nothing was kept

    page.evaluate(
        "sessionStorage.setItem('frontdesk:demo', JSON.stringify({consent: 'conversation', unread: 2}))"
    )
    page.reload()
    launcher = widget.locator("[part=launcher]")
    expect(launcher).to_have_attribute("aria-label", "Open chat, 2 new messages")
    expect(widget.locator(".badge-count")).to_have_text("2")
    launcher.click()
    expect(launcher).to_have_attribute("aria-label", "Open chat")
    expect(widget.locator("[part=attach]")).to_be_visible()
    box.fill("half a question")
    page.goto(server.url + "/docs")
    expect(widget.locator("[part=panel]")).to_be_visible()
    expect(box).to_have_value("half a question")
    box.fill("x" * 3_900)
    expect(widget.locator("[part=left]")).to_have_text("100 characters left")
    assert box.evaluate("box => box.clientHeight") <= 160, "it grows, and then it scrolls"
    box.fill("x" * 4_001)
    expect(widget.locator("[part=too-long]")).to_have_text("1 character too long")
    expect(widget.locator("[part=send]")).to_be_disabled()
    keep_picture(page, "presence-10-too-long")
    page.context.close()
