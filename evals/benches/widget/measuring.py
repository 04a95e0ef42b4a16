"""`frontdesk bench widget`: every bar of the widget against a running server, in one run."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals import gates, installation
from evals.benches.widget.opening import SLOWER, Opening, opened
from evals.benches.widget.pages import Wire, chromium, host_page, visiting
from evals.benches.widget.talking import (
    MESSAGES,
    Scrolled,
    answer_by,
    frames,
    plain_page,
    read_back,
    scrolled,
)
from evals.benches.widget.tracing import Trace, traced
from evals.errors import BadData
from evals.metrics import median, quantile
from evals.report import Report
from server.settings import Settings
from server.wiring import REPOSITORY

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROUNDS = 9
SITE = "demo"
_SETTLED_MS = 1_200
_KB = 1024
_START_S = 120
_FACE: dict[str, Any] = {
    "name": "Bench", "assistant": "Bench", "accent": "#0f766e", "greeting": "", "starters": [], "privacy": "",
    "privacy_url": None, "help_url": None,
}  # fmt: skip

Tell = Callable[[str], None]
Figures = dict[str, float | None]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the server is, and the browser that looks at it."""

    browser: Browser
    url: str

    @property
    def page(self) -> str:
        return f"{self.url}/bench-host"


async def ready(settings: Settings, tell: Tell) -> Settings:
    """The demo company, prepared."""
    return await installation.template(settings, tell)


def run(prepared: Settings, tell: Tell, *, rounds: int = ROUNDS) -> Report:
    """Starts a server on a copy of the demo, and measures."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        mine = installation.copy(prepared, Path(folder) / "data")
        with _served(mine.data_dir, tell) as url, chromium() as browser:
            figures = measure(Place(browser, url), tell, rounds=rounds)
    return Report("widget", figures, gates.bars("bench-widget", figures))


def measure(place: Place, tell: Tell, *, rounds: int = ROUNDS) -> Figures:
    """All figures: weights in KB of gzip, times in milliseconds, main-thread times in milliseconds of CPU."""
    tell("what it weighs")
    figures: Figures = {**weights(), **wire(place)}
    tell(f"the host page, {rounds} times with and without")
    figures |= host(place, rounds)
    tell(f"opening on a processor {SLOWER} times slower, {rounds} times")
    figures |= _opening(place, rounds)
    tell(f"a transcript of {MESSAGES:,} messages")
    return figures | _talk(place, max(1, rounds // 3))


def weights() -> Figures:
    """Of the built files; what the build printed."""
    file = REPOSITORY / "widget" / "dist" / "sizes.json"
    if not file.is_file():
        raise BadData("the widget is not built; run `make widget`")
    sizes = {each["file"]: each["bytes"] / _KB for each in json.loads(file.read_text("utf-8"))}
    names = {
        "widget.js": "loader_kb",
        "first open": "first_open_kb",
        "help": "help_kb",
        "everything": "everything_kb",
    }
    return {figure: sizes[name] for name, figure in names.items()}


def wire(place: Place) -> Figures:
    """What is really asked for and sent, with headers, for a visitor who has never been here."""
    with visiting(place.browser, place.url, host_page(place.url, SITE)) as page:
        asked = Wire(page, place.url)
        _arrive(page, place)
        before = dict(asked.bytes)
        kept = page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length")
        page.locator("front-desk [part~=launcher]").click()
        page.locator("front-desk [part~=starter]").first.wait_for()
        needed = sum(asked.bytes.values())
    return {
        "requests_before_touch": len(before),
        "kept_before_touch": kept,
        "loader_wire_kb": sum(before.values()) / _KB,
        "first_open_wire_kb": (needed - sum(before.values())) / _KB,
    }


def host(place: Place, rounds: int) -> Figures:
    """Pairs of the same page with and without the widget, so that what else the machine does hits both alike."""
    bare: list[Trace] = []
    held: list[Trace] = []
    shifts: list[float] = []
    for number in range(rounds + 1):
        for has_widget in (False, True) if number % 2 else (True, False):
            with visiting(place.browser, place.url, host_page(place.url, SITE, widget=has_widget)) as page:
                trace = traced(place.browser, page, partial(_arrive, page, place), "widget.js")
                shifts.append(page.evaluate("bench.shift"))
            if number:  # the first pair warms up the browser
                (held if has_widget else bare).append(trace)
    return {
        "before_touch_ms_p50": median([one.scripts for one in held]),
        "before_touch_ms_max": max(one.scripts for one in held),
        "extra_main_thread_ms_p50": median(
            [one.total - other.total for one, other in zip(held, bare, strict=True)]
        ),
        "longest_task_at_load_ms": max(one.longest for one in held),
        "longest_task_without_ms": max(one.longest for one in bare),
        "layout_shift": max(shifts),
    }


def _arrive(page: Page, place: Place) -> None:
    page.goto(place.page)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(_SETTLED_MS)


def _opening(place: Place, rounds: int) -> Figures:
    cold: list[Opening] = []
    warm: list[Opening] = []
    shifts: list[float] = []
    for number in range(rounds + 1):
        for is_warm in (False, True):
            with visiting(place.browser, place.url, host_page(place.url, SITE)) as page:
                taken = opened(page, place.page, warm=is_warm)
                shifts.append(page.evaluate("bench.shift"))
            if number:
                (warm if is_warm else cold).append(taken)
    return {
        "open_to_paint_ms_p50": median([one.panel for one in cold]),
        "open_to_paint_ms_p95": quantile([one.panel for one in cold], 0.95),
        "open_to_words_ms_p50": median([one.words for one in cold]),
        "open_again_ms_p50": median([one.panel for one in warm]),
        "open_longest_task_ms_p50": median([one.longest_task for one in cold]),
        "open_layout_shift": max(shifts),
    }


def _talk(place: Place, rounds: int) -> Figures:
    sent = frames(MESSAGES, _FACE)
    back: list[Trace] = []
    ours: list[Scrolled] = []
    plain: list[Scrolled] = []
    moving: list[Trace] = []
    for _ in range(rounds):
        with visiting(place.browser, place.url, host_page(place.url, SITE)) as page:
            answer_by(page, sent)
            back.append(traced(place.browser, page, partial(read_back, page, place.page), "/parts/"))
            box = page.locator("front-desk [part~=transcript]").bounding_box()
            assert box is not None
            page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
            ours.append(scrolled(page))
            moving.append(traced(place.browser, page, partial(scrolled, page), "/parts/"))
        with visiting(place.browser, place.url, plain_page()) as page:
            page.goto(place.page)
            page.evaluate("document.body.scrollTop = 1e9")
            page.mouse.move(100, 200)
            plain.append(scrolled(page))
    return {
        "read_back_longest_task_ms": median([one.longest for one in back]),
        "read_back_main_thread_ms": median([one.total for one in back]),
        "scroll_late_frames_share": median([one.late_share for one in ours]),
        "scroll_late_frames_share_plain": median([one.late_share for one in plain]),
        "scroll_frame_ms_p95": median([one.p95 for one in ours]),
        "scroll_frame_ms_p95_plain": median([one.p95 for one in plain]),
        "scroll_longest_task_ms": median([one.longest for one in moving]),
    }


@contextmanager
def _served(data_dir: Path, tell: Tell) -> Iterator[str]:
    """The demo in a process of its own, as visitors meet it."""
    port = _free_port()
    command: Sequence[str] = [sys.executable, "-m", "server", "serve", "--demo", "--port", str(port)]
    started = threading.Event()
    process = subprocess.Popen(  # noqa: S603  our own server
        [*command, "--data-dir", str(data_dir)], cwd=REPOSITORY, stderr=subprocess.PIPE, text=True
    )
    said: list[str] = []

    def listen() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if line.startswith("Ready."):
                started.set()
        started.set()

    threading.Thread(target=listen, daemon=True).start()
    tell("starting a server")
    try:
        if not started.wait(_START_S) or process.poll() is not None:
            raise BadData("the server did not start:\n" + "".join(said[-20:]))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: Any = probe.getsockname()[1]
        return int(port)
