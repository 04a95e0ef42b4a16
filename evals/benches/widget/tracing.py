"""Reads Chromium's traces: what the page's main thread did, and which of it our scripts caused."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

CATEGORIES = [
    "devtools.timeline",
    "disabled-by-default-devtools.timeline",
    "v8",
    "blink.user_timing",
    "loading",
]
_TASK = "RunTask"
_SCRIPTING = frozenset(
    {"EvaluateScript", "v8.compile", "v8.compileModule", "FunctionCall", "v8.evaluateModule"}
)
_US = 1_000


@dataclass(frozen=True, slots=True)
class Trace:
    """Milliseconds of CPU on the main thread of the page that was looked at."""

    tasks: tuple[float, ...]
    scripts: float
    """In scripts of ours, compiling included."""

    @property
    def longest(self) -> float:
        return max(self.tasks, default=0.0)

    @property
    def total(self) -> float:
        return sum(self.tasks)


def traced(browser: Browser, page: Page, work: Callable[[], object], ours: str) -> Trace:
    """What the main thread did while `work` ran; `ours` is a part of our scripts' addresses."""
    browser.start_tracing(page=page, categories=CATEGORIES)
    try:
        work()
    finally:
        raw = browser.stop_tracing()
    return read(json.loads(raw)["traceEvents"], page.url, ours)


def read(events: Sequence[dict[str, Any]], address: str, ours: str) -> Trace:
    """`address` tells the page's process from others.

    Time is the thread's own CPU time (`tdur`): a busy machine stretches the clock, not that.
    """
    process, thread = _main_thread(events, address)
    mine = [each for each in events if each["pid"] == process and each["tid"] == thread and each["ph"] == "X"]
    tasks = tuple(_ms(each) for each in mine if each["name"] == _TASK)
    return Trace(tasks, sum(_outermost(mine, ours)))


def _main_thread(events: Sequence[dict[str, Any]], address: str) -> tuple[int, int]:
    renderers: dict[int, int] = {
        each["pid"]: each["tid"]
        for each in events
        if each["name"] == "thread_name" and each["args"].get("name") == "CrRendererMain"
    }
    for each in events:
        data = each.get("args", {}).get("data", {})
        frames = [data, *(data.get("frames") or [])] if isinstance(data, dict) else []
        for frame in frames:
            process = int(frame.get("processId") or each["pid"])
            if frame.get("url") == address and process in renderers:
                return process, renderers[process]
    raise ValueError(f"the trace holds no page at {address}")


def _outermost(events: Sequence[dict[str, Any]], ours: str) -> Iterator[float]:
    """Scripts call each other: only the outermost spans count."""
    until = -1.0
    spans = [each for each in events if each["name"] in _SCRIPTING and ours in _address(each)]
    for each in sorted(spans, key=lambda one: (one["ts"], -one.get("dur", 0))):
        if each["ts"] >= until:
            until = each["ts"] + each.get("dur", 0)
            yield _ms(each)


def _address(event: dict[str, Any]) -> str:
    args = event.get("args", {})
    return str(args.get("data", {}).get("url", "") or args.get("fileName", ""))


def _ms(event: dict[str, Any]) -> float:
    return float(event.get("tdur", event.get("dur", 0))) / _US
