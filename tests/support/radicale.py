"""A real Radicale server for tests: in a process of its own, on a free port, with users and passwords."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx

USER, PASSWORD = "ada", "correct horse"
_CONFIG = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {users}
htpasswd_encryption = plain
delay = 0
[storage]
filesystem_folder = {folder}
[logging]
level = error
[rights]
type = owner_only
"""


@dataclass(frozen=True, slots=True)
class Radicale:
    """Where the server is."""

    url: str

    def calendar(self, name: str = "Work") -> str:
        """A fresh calendar of the user's; its address."""
        url = f"{self.url}/{USER}/{uuid4().hex}/"
        body = (
            '<D:mkcol xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><D:set><D:prop><D:resourcetype>'
            f"<D:collection/><C:calendar/></D:resourcetype><D:displayname>{name}</D:displayname></D:prop></D:set>"
            "</D:mkcol>"
        )
        made = httpx.request("MKCOL", url, content=body, auth=(USER, PASSWORD))
        assert made.status_code == 201, made.text
        return url

    def put(self, calendar: str, event: str, uid: str = "") -> None:
        """Put an event into a calendar, as the rep's own program would."""
        uid = uid or uuid4().hex
        head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN", "BEGIN:VEVENT", f"UID:{uid}"]
        tail = ["DTSTAMP:20260101T000000Z", "END:VEVENT", "END:VCALENDAR", ""]
        lines = [*head, *event.strip().splitlines(), *tail]
        put = httpx.put(
            f"{calendar}{uid}.ics", content="\r\n".join(lines).encode(), auth=(USER, PASSWORD),
            headers={"Content-Type": "text/calendar"},
        )  # fmt: skip
        assert put.status_code in {201, 204}, put.text

    def files(self, calendar: str) -> list[str]:
        """What the calendar holds."""
        return httpx.get(calendar, auth=(USER, PASSWORD)).text.split("BEGIN:VEVENT")[1:]


@contextmanager
def a_radicale(folder: Path) -> Iterator[Radicale]:
    """A server that answers until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    users = folder / "users"
    users.write_text(f"{USER}:{PASSWORD}\nben:another\n", encoding="utf-8")
    config = folder / "config"
    config.write_text(_CONFIG.format(port=port, users=users, folder=folder / "store"), encoding="utf-8")
    server = subprocess.Popen(
        [sys.executable, "-m", "radicale", "--config", str(config)],
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(port, server)
        yield Radicale(f"http://127.0.0.1:{port}")
    finally:
        server.terminate()
        server.wait(10)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert server.poll() is None, "radicale ended at once"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("radicale did not answer within 20 s")
