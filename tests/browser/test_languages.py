"""The widget, its pages and its mails in the visitor's language, in a real Chromium against the real server."""

from __future__ import annotations

import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support.browser import a_browser, keep_picture
from tests.support.serving import Server, a_server

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
AXE = Path(__file__).resolve().parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with a_server() as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


class Visitor:
    """Somebody on a page of the demo site in their language; `page.problems` of the browser must stay empty."""

    def __init__(self, context: BrowserContext, server: Server, language: str) -> None:
        self.page = context.new_page()
        self.problems: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._listen)

        # As if the page were written in it: the widget takes the page's language.
        self.page.add_init_script(
            f"""new MutationObserver(() => {{
                const page = document.documentElement;
                if (page && page.lang !== "{language}") page.lang = "{language}";
            }}).observe(document, {{childList: true, subtree: true}})"""
        )
        self.page.goto(f"{server.url}/pricing")
        self.widget = self.page.locator("front-desk")
        self.part("launcher").click()
        expect(self.part("intro")).to_have_attribute("data-state", "empty")

    def part(self, name: str) -> Locator:
        return self.widget.locator(f"[part~={name}]")

    def say(self, text: str) -> Locator:
        """Type it, and return the assistant's turn that answers it."""
        before = self.widget.locator("[data-kind=turn]").count()
        self.part("input").fill(text)
        self.part("input").press("Enter")
        return self._turn_after(before)

    def press(self, button: Locator) -> Locator:
        before = self.widget.locator("[data-kind=turn]").count()
        button.click()
        return self._turn_after(before)

    def _turn_after(self, count: int) -> Locator:
        turn = self.widget.locator("[data-kind=turn]").nth(count)
        expect(turn).to_have_attribute("data-state", re.compile("done|abstained"), timeout=20_000)
        return turn

    def _listen(self, line: object) -> None:
        if getattr(line, "type", "") == "error":
            self.problems.append(getattr(line, "text", ""))


def a_context(browser: Browser, locale: str) -> BrowserContext:
    context = browser.new_context(
        viewport={"width": 1280, "height": 860}, timezone_id="Europe/Berlin", locale=locale
    )
    context.set_default_timeout(20_000)
    return context


def complaints(page: Page, where: str) -> list[object]:
    """What axe finds."""
    # Evaluated, not added: the signed pages allow no script at all.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(f"axe.run('{where}', {{resultTypes: ['violations']}})")
    return [(rule["id"], node["html"][:160]) for rule in found["violations"] for node in rule["nodes"]]


def mails(browser: Browser, server: Server, *subjects: str) -> str:
    """The built-in mailbox as the console shows it, once these have arrived."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/console")
    page.locator("input[name=login]").fill("admin")
    page.locator("input[type=password]").fill(server.password)
    page.locator("input[type=password]").press("Enter")
    page.wait_for_url(re.compile("/console/site/"))
    page.goto(f"{server.url}/console/site/demo/mailbox")
    deadline = time.monotonic() + 20
    while any(subject not in page.content() for subject in subjects) and time.monotonic() < deadline:
        page.reload()
    for mail in page.locator("main details").all():
        mail.evaluate("element => element.open = true")
    shown = page.content()
    context.close()
    return shown


def test_a_german_visitor_books_a_demo_from_hello_to_the_calendar_file(
    browser: Browser, server: Server
) -> None:
    context = a_context(browser, "de-DE")
    visitor = Visitor(context, server, "de")
    expect(visitor.part("title")).to_have_text("Fernway fragen")

    hello = visitor.say("Guten Tag")
    expect(hello).to_contain_text("Was möchten Sie wissen?")
    answer = visitor.say("Was kostet der Team-Tarif?")
    expect(answer).to_contain_text("Unsere Dokumentation gibt es nur auf Englisch")
    quoted = answer.locator("[data-kind=sources]")
    expect(quoted).to_have_attribute("lang", "en")
    expect(answer.locator("[data-kind=choices]")).to_contain_text("Wie viele Personen")

    offered = visitor.say("Kann ich nächste Woche eine Demo buchen?")
    slots = offered.locator("[data-kind=slots]")
    expect(slots).to_contain_text(re.compile(r"Ortszeit Berlin \(UTC\+[12]\) · 30 Minuten"))
    form = visitor.press(slots.locator("[part=slot]").first)
    form.locator("input[type=email]").fill("ada@lifts.example")
    booked = visitor.press(form.get_by_role("button", name="Buchen"))
    expect(booked).to_contain_text("Termin gebucht")
    expect(booked).to_contain_text(re.compile(r"\w+tag, \d+\. \w+, \d\d:\d\d Uhr \(Berlin\)"))
    keep_picture(visitor.page, "languages-de-booked")

    calendar = booked.locator("[part=ics]").get_attribute("href") or ""
    with urllib.request.urlopen(calendar) as answered:
        file = answered.read().decode().replace("\r\n ", "")
    assert "SUMMARY;LANGUAGE=de:Fernway-Demo" in file
    assert "Verschieben oder absagen" in file
    with context.expect_page() as opened:
        booked.locator("[part=manage]").click()
    page = opened.value
    assert page.locator("html").get_attribute("lang") == "de"
    expect(page.locator("main")).to_contain_text("Diesen Termin absagen")
    assert complaints(page, "html") == []
    to_visitor, to_rep = "Gebucht: Fernway-Demo", "Confirmed: Fernway demo"
    letters = mails(browser, server, to_visitor, to_rep)
    assert to_visitor in letters
    assert to_rep in letters
    assert visitor.problems == []
    context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_an_arabic_conversation_runs_from_right_to_left(browser: Browser, server: Server, width: int) -> None:
    context = a_context(browser, "ar")
    visitor = Visitor(context, server, "ar")
    page = visitor.page
    page.set_viewport_size({"width": width, "height": 844})
    expect(visitor.widget).to_have_attribute("dir", "rtl")

    answer = visitor.say("كم سعر باقة Team؟")
    expect(answer).to_contain_text("هذه أقرب المقاطع إلى السؤال")
    english = answer.locator("[part=block]:is([data-kind=text], [data-kind=table])[lang=en]").first
    expect(english).to_have_attribute("dir", "ltr")
    # The price list's citation, before it, is in the assistant's own words.
    cite = answer.locator("[lang=en] .cite").first
    gaps = cite.evaluate(
        "element => [getComputedStyle(element).marginLeft, getComputedStyle(element).marginRight]"
    )
    assert gaps == ["3px", "3px"]
    cite.click()
    expect(visitor.part("source-card").locator("blockquote")).to_have_attribute("lang", "en")
    page.keyboard.press("Escape")
    asked = visitor.press(answer.locator("[part=choice]").first)
    expect(asked).to_contain_text("شكرًا")
    offered = visitor.say("أريد حجز عرض توضيحي الأسبوع القادم")
    expect(offered.locator("[part=zone]")).to_contain_text("30 دقيقة")
    keep_picture(page, f"languages-ar-{width}")

    assert complaints(page, "front-desk") == []
    assert visitor.part("transcript").evaluate("element => element.scrollWidth - element.clientWidth") == 0
    # The panel stands at the end side, which is the left one here.
    box, send = visitor.part("panel").bounding_box(), visitor.part("send").bounding_box()
    assert box is not None
    assert send is not None
    assert box["x"] <= 16
    assert send["x"] < box["x"] + box["width"] / 2
    assert visitor.problems == []
    context.close()


def test_a_french_visitor_starts_a_trial(browser: Browser, server: Server) -> None:
    context = a_context(browser, "fr-FR")
    visitor = Visitor(context, server, "fr")

    form = visitor.say("Je voudrais commencer un essai gratuit")
    expect(form).to_contain_text("Où faut-il envoyer le lien de confirmation")
    form.locator("input[type=email]").fill("chef@ascenseurs.example")
    sent = visitor.press(form.get_by_role("button", name="Envoyer le lien"))
    expect(sent).to_contain_text("Vos 14 jours de Business commencent dès que vous aurez confirmé")

    letters = mails(browser, server, "Votre essai Fernway")
    assert "Votre essai Fernway" in letters
    found = re.search(r"https?://[^\"'\s<]+/trial/verify/[^\"'\s<]+", letters)
    assert found is not None
    page = context.new_page()
    page.goto(found.group())
    assert page.locator("html").get_attribute("lang") == "fr"
    page.get_by_role("button", name="Commencer l'essai").click()
    expect(page.locator("main")).to_contain_text("Votre essai court jusqu'au")
    assert complaints(page, "html") == []
    assert visitor.problems == []
    context.close()


def test_the_assistant_follows_a_visitor_who_writes_in_another_language(
    browser: Browser, server: Server
) -> None:
    context = a_context(browser, "en-GB")
    visitor = Visitor(context, server, "en")

    hello = visitor.say("Hello")
    expect(hello).to_contain_text("What would you like to know?")
    answer = visitor.say("Können Sie mir sagen, was der Team-Tarif kostet?")

    expect(answer).to_contain_text("Unsere Dokumentation gibt es nur auf Englisch")
    expect(answer.locator("[data-kind=text]").first).to_have_attribute("lang", "de")
    assert visitor.problems == []
    context.close()
