"""Chromium's traces are read for one page's main thread, by the processor's time, and nothing is counted twice."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evals.benches.widget.talking import MESSAGES, frames
from evals.benches.widget.tracing import read

PAGE, OTHER, MAIN, WORKER = 7, 8, 1, 2
ADDRESS = "https://host.example/page"
OURS = "https://chat.example/widget.js?site=demo"
FACE = {"name": "Fernway"}


def event(
    name: str, at: float, ms: float, *, url: str = "", process: int = PAGE, thread: int = MAIN
) -> dict[str, Any]:
    """A span that took twice as long by the clock as it used the processor."""
    data = {"url": url} if url else {}
    span = {"ph": "X", "ts": at * 1000, "dur": 2000 * ms, "tdur": 1000 * ms}
    return {"name": name, "pid": process, "tid": thread, "args": {"data": data}, **span}


def a_trace(*events: dict[str, Any]) -> list[dict[str, Any]]:
    names = [
        {"name": "thread_name", "ph": "M", "pid": process, "tid": MAIN, "args": {"name": "CrRendererMain"}}
        for process in (PAGE, OTHER)
    ]
    frame = {"url": ADDRESS, "processId": PAGE}
    begun = {"name": "FrameCommittedInBrowser", "ph": "I", "pid": 1, "tid": 1, "args": {"data": frame}}
    return [*names, begun, *events]


def test_only_tasks_of_the_pages_own_main_thread_count() -> None:
    trace = read(
        a_trace(
            event("RunTask", 0, 4),
            event("RunTask", 10, 6),
            event("RunTask", 0, 90, process=OTHER),
            event("RunTask", 0, 90, thread=WORKER),
        ),
        ADDRESS,
        "widget.js",
    )

    assert trace.tasks == (4, 6)
    assert (trace.longest, trace.total) == (6, 10)


def test_a_function_called_by_our_script_is_not_counted_again_and_the_hosts_not_at_all() -> None:
    trace = read(
        a_trace(
            event("EvaluateScript", 0, 5, url=OURS),
            event("FunctionCall", 1, 2, url=OURS),
            event("FunctionCall", 30, 3, url=OURS),
            event("FunctionCall", 50, 9, url="https://host.example/app.js"),
        ),
        ADDRESS,
        "widget.js",
    )

    assert trace.scripts == 8


def test_a_trace_without_the_page_is_refused() -> None:
    with pytest.raises(ValueError, match="no page at"):
        read(a_trace(), "https://elsewhere.example/", "widget.js")


def test_the_long_conversation_is_one_log_without_a_gap() -> None:
    sent = [json.loads(frame) for frame in frames(MESSAGES, FACE)]

    logged = [frame["seq"] for frame in sent if frame["type"] in {"message", "block", "done"}]
    assert logged == list(range(1, len(logged) + 1))
    spoken = [frame for frame in sent if frame["type"] in {"message", "done"}]
    assert len(spoken) == MESSAGES
