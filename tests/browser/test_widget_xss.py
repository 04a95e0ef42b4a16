"""Hundreds of hostile strings through every place that shows one: nothing runs, nothing is requested, all is text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browser import a_browser
from tests.support.payloads import corpus

pytestmark = pytest.mark.browser

WIDGET = Path(__file__).resolve().parents[2] / "widget"
SUPPORT = Path(__file__).resolve().parents[1] / "support"
ORIGIN = "https://host.example"
CSP = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PAGE = (
    '<!doctype html><html lang="en"><head><title>Host</title></head><body><h1>Host</h1>'
    '<script async src="/widget.js" data-site="demo"></script></body></html>'
)
TAGS = {
    "a", "article", "bdi", "blockquote", "button", "caption", "code", "div", "footer", "form", "h1", "h2", "h3",
    "header", "hr", "i", "input", "label", "li", "mark", "ol", "option", "p", "path", "pre", "section", "select",
    "small", "span", "strong", "svg", "table", "tbody", "td", "textarea", "tfoot", "th", "thead", "time", "tr", "ul",
}  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with a_browser() as running:
        yield running


def welcome(texts: Sequence[str]) -> dict[str, Any]:
    whole = "\n".join(texts)[:60_000]
    return {
        "type": "welcome", "seq": 0, "protocol": "frontdesk.v1", "conversation": "c-1", "visitor_token": "t",
        "consent": "necessary", "heartbeat_s": 600, "max_frame_bytes": 32768, "max_text_chars": 4000,
        "site": {"name": whole, "assistant": whole, "accent": "red;background:url(/stolen.png)", "greeting": whole,
                 "starters": list(texts), "privacy": whole, "privacy_url": "javascript:window.__owned=1",
                 "help_url": "data:text/html,<script>window.__owned=1</script>"},
        "member": {"name": whole, "plan": whole}, "files": None, "csat": None, "unasked_off": False,
    }  # fmt: skip


def serve(page: Page, requested: list[str]) -> None:
    """A host page under a policy that lets nothing run but the widget's own files, and reports the rest."""

    def answer(route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).partition("?")[0]
        requested.append(route.request.url)
        if path == "/":
            route.fulfill(body=PAGE, content_type="text/html", headers={"content-security-policy": CSP})
            return
        file = WIDGET / "dist" / path.lstrip("/")
        if file.is_file():
            route.fulfill(body=file.read_bytes(), content_type="text/javascript")
        else:
            route.fulfill(status=404)

    page.route("**/*", answer)


LOOK = """() => {
  const root = document.querySelector("front-desk").shadowRoot;
  const all = [...root.querySelectorAll("*")];
  const odd = new Set();
  for (const one of all) {
    // A field may be called `attributes`: what a form says of itself is not to be asked of the form.
    for (const name of Element.prototype.getAttributeNames.call(one)) {
      const value = Element.prototype.getAttribute.call(one, name);
      if (/^on/i.test(name) || name === "srcdoc" || name === "src" || name === "action") odd.add(name);
      if (name === "style" && !one.matches(".source-card")) odd.add("style " + value);
      if (name === "href" && one.localName !== "use" && !/^(https?:|mailto:|blob:)/.test(one.href))
        odd.add("href " + value);
      if (name === "target" && value !== "_blank") odd.add("target");
    }
    if (one.localName === "a" && one.target === "_blank" && !/noopener/.test(one.rel)) odd.add("rel");
  }
  return { tags: [...new Set(all.map((one) => one.localName))], odd: [...odd], count: all.length };
}"""

# What stands where, exactly: nothing swallowed, nothing added but our own chips and the hosts of links.
READ = """(texts) => {
  const root = document.querySelector("front-desk").shadowRoot;
  const bare = (element) => {
    if (!element) return "nothing";
    const copy = element.cloneNode(true);
    for (const own of copy.querySelectorAll(".cite, [part=host], .sr, .icon")) own.remove();
    return copy.textContent;
  };
  const wrong = [];
  const turns = root.querySelectorAll("[data-kind=turn]");
  const said = { visitor: [], person: [], system: [] };
  for (const one of root.querySelectorAll("[data-kind=message]")) said[one.dataset.author].push(one);
  if (turns.length !== texts.length) wrong.push(`turns: ${turns.length}`);
  texts.forEach((text, at) => {
    const is = (place, found) => {
      // A line break of the wire is one of the DOM; nothing else changes on the way.
      if (found !== text && wrong.length < 20) wrong.push([place, text.slice(0, 60), String(found).slice(0, 60)]);
    };
    const turn = turns[at];
    const of = (selector) => turn?.querySelector(selector);
    for (const author of ["visitor", "person", "system"]) is(author, bare(said[author][at].querySelector(".words")));
    is("name", said.person[at].querySelector(".author bdi")?.textContent);
    is("text", bare(of("[data-kind=text] .line")));
    is("list", bare(of("[data-kind=list] .line")));
    is("header", of("[data-kind=table] th")?.textContent);
    is("cell", of("[data-kind=table] td")?.textContent);
    is("language", of("[data-kind=code] .bar bdi")?.textContent);
    is("code", of("[data-kind=code] code")?.textContent);
    is("choice", of("[part=choice]")?.textContent);
    is("day", of("[data-kind=slots] .times h3")?.textContent);
    is("label", of("[data-kind=form] label")?.textContent);
    is("field", of("[data-kind=form] input")?.name);
    is("error", of("[data-kind=form] [part=error]")?.textContent);
    is("meeting", of("[data-kind=meeting] p")?.textContent);
    is("trial", of("[data-kind=trial] p")?.textContent);
    is("total", of("[data-kind=cart] tfoot bdi")?.textContent);
    is("note", of("[data-kind=cart] .hint")?.textContent);
    is("handoff", of("[data-kind=handoff] p")?.textContent);
    is("page", of("[data-kind=pages] bdi")?.textContent);
    is("source", of("[data-kind=sources] .title bdi")?.textContent);
    of("[data-kind=text] .cite").click();
    const card = root.querySelector(".source-card");
    is("card title", card.querySelector(".title")?.textContent);
    is("card heading", card.querySelector(".detail")?.textContent);
    is("card quote", card.querySelector("mark")?.textContent);
    if (!card.querySelector("blockquote")?.textContent.startsWith("before ")) wrong.push(["passage", text]);
  });
  return wrong;
}"""


def test_hundreds_of_hostile_strings_in_every_place_stay_words(browser: Browser) -> None:
    texts = corpus()
    assert len(texts) >= 500
    context = browser.new_context(viewport={"width": 400, "height": 700}, reduced_motion="reduce")
    page = context.new_page()
    requested: list[str] = []
    serve(page, requested)
    page.add_init_script(path=SUPPORT / "xss_page.js")
    page.goto(f"{ORIGIN}/")
    page.evaluate("(welcome) => { xss.welcome = welcome; }", welcome(texts))
    expect(page.locator("front-desk [part=launcher]")).to_be_attached()
    before = page.evaluate("[xss.globals(), xss.protos(), document.body.outerHTML]")
    page.evaluate("Frontdesk.open()")
    expect(page.locator("front-desk [part=starter]")).to_have_count(len(texts))

    page.evaluate("(texts) => xss.tell(xss.frames(texts).slice(0, 400))", texts)
    expect(page.locator("front-desk [data-kind=turn]").nth(20)).to_be_attached()
    # The rest is drawn without being laid out, which would take most of the time.
    page.evaluate("document.querySelector('front-desk').style.display = 'none'")
    page.evaluate("(texts) => xss.tell(xss.frames(texts).slice(400))", texts)
    odd_frames = [
        '{"type":"message","seq":1,"__proto__":{"polluted":1}}',
        '{"__proto__":null}',
        "[]",
        "\u0000",
        "",
    ]
    page.evaluate("(texts) => xss.tell(texts)", odd_frames)
    page.evaluate("(count) => xss.drawn(count)", len(texts))

    assert page.evaluate(READ, texts) == []
    looked = page.evaluate(LOOK)
    assert set(looked["tags"]) <= TAGS
    assert looked["odd"] == []
    assert page.evaluate("xss.trapped") == []
    assert page.evaluate("[xss.globals(), xss.protos(), document.body.outerHTML]") == before
    assert page.evaluate("({}).polluted") is None
    assert [url for url in requested if not _is_ours(url)] == []
    context.close()


def _is_ours(url: str) -> bool:
    path = url.removeprefix(ORIGIN).partition("?")[0]
    return path == "/" or path.startswith("/parts/") or path in ("/widget.js", "/panel.js")


def test_what_the_page_says_of_itself_is_sent_as_words_and_nothing_more(browser: Browser) -> None:
    page = browser.new_page()
    requested: list[str] = []
    serve(page, requested)
    page.add_init_script(path=SUPPORT / "xss_page.js")
    page.goto(f"{ORIGIN}/")
    page.evaluate("(welcome) => { xss.welcome = welcome; }", welcome(["x"]))
    expect(page.locator("front-desk [part=launcher]")).to_be_attached()
    page.evaluate("Frontdesk.open()")
    expect(page.locator("front-desk [part=starter]")).to_have_count(1)

    page.evaluate(
        """async (texts) => {
          for (const text of texts) {
            document.title = text;
            const path = `/${encodeURIComponent(text.slice(0, 200))}?${text}#${text}`;
            try { history.replaceState({}, "", path); } catch { /* no address at all */ }
            Frontdesk.ask(text);
            await new Promise((over) => setTimeout(over));
          }
        }""",
        corpus()[::20],
    )

    sent = [json.loads(text) for text in page.evaluate("xss.sent")]
    pages = [frame["page"] for frame in sent if frame.get("page")]
    assert len(pages) > 15
    assert all(
        each["url"].startswith(ORIGIN) and "?" not in each["url"] and "#" not in each["url"] for each in pages
    )
    assert all(len(each["url"]) <= 2048 and len(each["title"]) <= 300 for each in pages)
    assert page.evaluate("xss.trapped") == []
    page.close()
