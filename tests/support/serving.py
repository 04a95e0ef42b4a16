"""The real server in a process of its own, that can be killed and started again."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.models import an_installation

ROOT = Path(__file__).resolve().parents[2]
_START_S = 90


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`frontdesk serve --demo` on a data folder that outlives the process."""

    def __init__(self, data_dir: Path, port: int, environment: dict[str, str] | None = None) -> None:
        self.data_dir = data_dir
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.password = ""
        self.output: list[str] = []
        self._environment = {**os.environ, **(environment or {})}
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start and wait until it says that it is ready."""
        ready = threading.Event()
        command = [sys.executable, "-m", "server", "serve", "--demo", "--port", str(self.port)]
        self._process = subprocess.Popen(
            [*command, "--data-dir", str(self.data_dir)],
            cwd=ROOT,
            env=self._environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._listen, args=(self._process, ready), daemon=True).start()
        if not ready.wait(_START_S) or self._process.poll() is not None:
            raise AssertionError("the server did not start:\n" + "".join(self.output[-40:]))

    def kill(self) -> None:
        """SIGKILL: no goodbye, no clean-up."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def get(self, path: str) -> str:
        """A page's text."""
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            text: str = answer.read().decode()
            return text

    def _listen(self, process: subprocess.Popen[str], ready: threading.Event) -> None:
        assert process.stderr is not None
        for line in process.stderr:
            self.output.append(line)
            if "sign in as admin with" in line:
                self.password = line.split(" with ")[1].split()[0]
            if line.startswith("Ready."):
                ready.set()
        ready.set()

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(20)


@contextmanager
def a_server(environment: dict[str, str] | None = None) -> Iterator[Server]:
    """A running server of its own, with nothing said yet."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-test-"))
    an_installation(folder / "data")
    server = Server(folder / "data", free_port(), environment)
    server.start()
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def eventually(claim: str, look: object, within_s: float = 20) -> object:
    """The first truthy value of `look()`; fails with the claim when there is none in time."""
    assert callable(look)
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while time.monotonic() < deadline:
        if value := look():
            return value
        pause.wait(0.05)
    raise AssertionError(f"not within {within_s} s: {claim}")
