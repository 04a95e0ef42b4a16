"""The pages that are measured: an ordinary host page with the widget and without, and what is loaded for them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from evals.errors import BadData

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page, Route

VIEWPORT = {"width": 1280, "height": 800}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
_SCRIPT = '<script async src="{url}/widget.js?site={site}" data-site="{site}"{mode}></script>'
_WORDS = "The crews see their jobs for the day, and the office sees what is late before a customer calls. "
# What moves is counted from the first paint on; what is long is counted from the first script on.
_WATCH = """
window.bench = { shift: 0, long: [] };
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) bench.shift += one.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const one of list.getEntries()) bench.long.push(one.duration);
}).observe({ type: "longtask", buffered: true });
"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running Chromium: the one of `TEST_CHROMIUM`, the system's, or Playwright's own.

    Raises:
        BadData: there is none, or Playwright is not installed.
    """
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError as error:
        raise BadData(
            "the widget is measured with Playwright; install the project's test dependencies"
        ) from error
    names = ("chromium", "chromium-browser", "google-chrome")
    path = os.environ.get("TEST_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        except Error as error:
            raise BadData("there is no Chromium; `apt-get install chromium` brings one") from error
        try:
            yield browser
        finally:
            browser.close()


def host_page(url: str, site: str, *, widget: bool = True, mode: str = "chat") -> str:
    """An ordinary page of some length; the same with and without the widget."""
    sections = "".join(f"<section><h2>Part {n}</h2><p>{_WORDS * 6}</p></section>" for n in range(12))
    script = _SCRIPT.format(url=url, site=site, mode=f' data-mode="{mode}"' if mode != "chat" else "")
    style = "<style>body{font:16px/1.5 sans-serif;max-width:60rem;margin:2rem auto}</style>"
    head = f"<meta charset=utf-8><title>Host</title>{style}{script if widget else ''}"
    return f"<!doctype html><html lang=en><head>{head}</head><body><h1>Host</h1>{sections}</body></html>"


@contextmanager
def visiting(browser: Browser, url: str, html: str) -> Iterator[Page]:
    """A page in a browser that has never been here; it is served at the address of the server."""
    context = browser.new_context(
        viewport={"width": VIEWPORT["width"], "height": VIEWPORT["height"]}, locale="en-GB"
    )
    context.set_default_timeout(30_000)
    page = context.new_page()
    page.add_init_script(_WATCH)

    def serve(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html; charset=utf-8")

    page.route(f"{url}/bench-host", serve)
    try:
        yield page
    finally:
        context.close()


class Wire:
    """What a page loads from one origin, by path, in bytes over the wire with headers."""

    def __init__(self, page: Page, url: str) -> None:
        self._origin = urlsplit(url).netloc
        self._asked: dict[str, str] = {}
        self.bytes: dict[str, float] = {}
        session = page.context.new_cdp_session(page)
        session.on("Network.requestWillBeSent", self._begun)
        session.on("Network.loadingFinished", self._ended)
        session.send("Network.enable")

    def _begun(self, event: dict[str, object]) -> None:
        request = event["request"]
        assert isinstance(request, dict)
        parts = urlsplit(str(request["url"]))
        if parts.netloc == self._origin and not parts.path.endswith("/bench-host"):
            self._asked[str(event["requestId"])] = parts.path

    def _ended(self, event: dict[str, object]) -> None:
        path = self._asked.get(str(event["requestId"]))
        if path is not None:
            self.bytes[path] = self.bytes.get(path, 0) + float(str(event["encodedDataLength"]))
