"""Somebody else's CRM, in a process of its own: takes webhooks, fails as often as told, keeps what it did."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from threading import Lock
from typing import ClassVar

SECRET = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU="  # noqa: S105  of this bench


class Receiver(BaseHTTPRequestHandler):
    """Does the work of each id once, and may fail before it, after it, or hang up without a word."""

    protocol_version = "HTTP/1.1"
    faults: ClassVar[float] = 0.0
    chance: ClassVar[Random] = Random(0)
    seen: ClassVar[set[str]] = set()
    kept: ClassVar[Path]
    lock: ClassVar[Lock] = Lock()

    def do_POST(self) -> None:
        data = json.loads(self.rfile.read(int(self.headers["content-length"])))["data"]
        with self.lock:
            fate = self.chance.random() / self.faults if self.faults else 1.0
            if fate >= 0.5:
                self._do(self.headers["webhook-id"], data["conversation"], data["activity"]["subject"])
            _line(self.kept.with_name("calls"), "fault" if fate < 1 else "taken")
        if fate < 0.5:
            self._answer(503, {"error": "unavailable"})
        elif fate < 0.75:
            self._answer(500, {"error": "failed after the work was done"})
        elif fate < 1:
            self.close_connection = True  # what a timeout after the effect looks like from the other end
        else:
            self._answer(200, {"done": True})

    def _do(self, key: str, conversation: str, subject: str) -> None:
        if key not in self.seen:
            self.seen.add(key)
            _line(self.kept, f"{conversation}:{subject}")

    def _answer(self, status: int, body: dict[str, object]) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """The bench says what matters."""


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Whoever asked was killed meanwhile, which is what this bench does."""


def receive(folder: Path, faults: float, seed: int) -> None:
    """Serve until killed; the port stands in a file once it listens."""
    Receiver.faults, Receiver.chance, Receiver.kept = faults, Random(seed), folder / "effects"
    server = _Quiet(("127.0.0.1", 0), Receiver)
    (folder / "port.new").write_text(str(server.server_port))
    (folder / "port.new").rename(folder / "port")
    server.serve_forever()


def _line(file: Path, words: str) -> None:
    with file.open("a") as kept:
        kept.write(words + "\n")
