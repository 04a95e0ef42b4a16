"""A real web server for the length of a test, which says what the test tells it to say."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class Reply:
    """What the server answers at one path."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that arrived."""

    path: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class Server:
    """`says` may change while the server runs."""

    port: int
    says: dict[str, Any]
    """Path to a text, a `Reply`, or a function from `Asked` to `Reply`."""
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def paths(self) -> list[str]:
        return [one.path for one in self.asked]


@contextmanager
def serving(says: Mapping[str, Any]) -> Iterator[Server]:
    """Listens on a free port of this machine."""
    state: list[Server] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
            state[0].asked.append(asked)
            said = state[0].says.get(self.path, Reply(b"nothing here", 404))
            reply = said(asked) if callable(said) else Reply(said.encode()) if isinstance(said, str) else said
            body = reply.body.replace(b"{url}", state[0].url.encode())
            self.send_response(reply.status)
            headers = {"Content-Type": reply.kind, "Content-Length": str(len(body)), **reply.headers}
            for name, value in headers.items():
                self.send_header(name, value.replace("{url}", state[0].url))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.append(Server(server.server_port, dict(says)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield state[0]
    finally:
        server.shutdown()
        server.server_close()
