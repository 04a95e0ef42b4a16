"""Fakes served over real HTTP, with faults when a test asks for them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from litestar import Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.middleware import AbstractMiddleware, DefineMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send


@dataclass
class Fault:
    """What the fake answers instead of doing its work, `times` times, to requests of that method and path."""

    status: int
    body: Mapping[str, Any] | str
    """What a proxy answers is no JSON but a page."""
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int = 1
    path: str = ""
    method: str = ""
    after: bool = False
    """The work is done first, and only its answer lost."""
    skip: int = 0
    """How many fitting requests pass before it strikes."""

    def strikes(self, method: str, path: str) -> bool:
        """Whether it is this request's turn; counts it."""
        if self.times < 1 or self.path not in path or self.method not in {"", method}:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True

    def response(self) -> Response[Any]:
        if isinstance(self.body, str):
            return Response(
                self.body, status_code=self.status, headers=dict(self.headers), media_type="text/html"
            )
        return Response(dict(self.body), status_code=self.status, headers=dict(self.headers))


@dataclass
class Faults:
    """The faults that are still to come, and every request that came."""

    waiting: list[Fault] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, method: str, path: str) -> Response[Any] | None:
        """What to answer instead of doing the work."""
        self.asked.append((method, path))
        for fault in self.waiting:
            if not fault.after and fault.strikes(method, path):
                return fault.response()
        return None

    def afterwards(self, method: str, path: str) -> Response[Any] | None:
        """What to answer in place of the result, now that the work is done."""
        for fault in self.waiting:
            if fault.after and fault.strikes(method, path):
                return fault.response()
        return None

    def count(self, method: str, path: str = "") -> int:
        return sum(method == asked and path in of for asked, of in self.asked)


class Faulty(AbstractMiddleware):
    """Faults before and after every handler of an app: `Litestar(..., middleware=[Faulty.of(faults)])`."""

    def __init__(self, app: ASGIApp, faults: Faults) -> None:
        super().__init__(app, scopes={ScopeType.HTTP})
        self._faults = faults

    @classmethod
    def of(cls, faults: Faults) -> DefineMiddleware:
        return DefineMiddleware(cls, faults=faults)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request: Request[Any, Any, Any] = Request(scope, receive)
        path = scope["path"]
        if instead := self._faults.answer(request.method, path):
            await instead.to_asgi_response(None, request)(scope, receive, send)
            return
        kept: list[Any] = []

        async def keep(message: Any) -> None:
            kept.append(message)

        await self.app(scope, receive, keep)
        if instead := self._faults.afterwards(request.method, path):
            await instead.to_asgi_response(None, request)(scope, receive, send)
            return
        for message in kept:
            await send(message)


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
