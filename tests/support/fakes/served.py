"""Fakes served over real HTTP, with faults when a test asks for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from litestar import Litestar, Response


@dataclass
class Fault:
    """What the fake answers instead of doing its work, `times` times, to requests of that method and path."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    path: str = ""
    method: str = ""


@dataclass
class Faults:
    """The faults that are still to come, and every request that came."""

    waiting: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, method: str, path: str) -> Response[Any] | None:
        self.asked.append((method, path))
        for fault in self.waiting:
            if fault.times > 0 and fault.path in path and fault.method in {"", method}:
                fault.times -= 1
                return Response(dict(fault.body), status_code=fault.status, headers=dict(fault.headers))
        return None

    def count(self, method: str, path: str = "") -> int:
        return sum(method == asked and path in of for asked, of in self.asked)


@contextmanager
def served(app: Litestar) -> Iterator[str]:
    """The app on a free port, in a thread; its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 10
    while not server.started and time.monotonic() < until:
        time.sleep(0.01)
    assert server.started, "the fake did not start"
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
