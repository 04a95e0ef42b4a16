"""A real HTTP server that speaks the OpenAI protocol, and misbehaves when it is told to."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from tests.support.knowledge import WordEmbedder

JSON = {"content-type": "application/json"}


@dataclass(frozen=True)
class Reply:
    """What the server does with one request."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))
    never: bool = False
    """Takes the request and says nothing, for as long as the test lasts."""
    hangs_up: bool = False
    """Closes the connection in the middle of the answer."""
    trickles: bool = False
    """Sends one byte after another and never comes to the end."""


def says(text: str, *, finish: str = "stop", usage: Any = (120, 30)) -> Reply:
    """A chat completion."""
    told = {"prompt_tokens": usage[0], "completion_tokens": usage[1]} if isinstance(usage, tuple) else usage
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish}
    return Reply(json.dumps({"object": "chat.completion", "choices": [choice], "usage": told}).encode())


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def words(self) -> str:
        """Everything that a chat request says."""
        return "\n".join(message["content"] for message in self.body["messages"])


class FakeOpenAi:
    """Answers with `replies` in turn, the last one again and again; embeddings always come by words."""

    def __init__(self) -> None:
        self.url = ""
        self.replies: list[Reply] = []
        self.asked: list[Asked] = []
        self.vectors: Sequence[Sequence[float]] | None = None
        """Given instead of the vectors of the words."""
        self._end = asyncio.Event()

    def will(self, *replies: Reply) -> None:
        self.replies = list(replies)

    async def serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        ready.set()
        async with server:
            await self._end.wait()

    def stop(self) -> None:
        self._end.set()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while request := await _read(reader):
                self.asked.append(request)
                if not await self._answer(request, writer):
                    break
        writer.close()

    async def _answer(self, request: Asked, writer: asyncio.StreamWriter) -> bool:
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0] if self.replies else None
        if reply is None:
            reply = self._embeddings(request)
        if reply.never:
            await self._end.wait()
            return False
        length = len(reply.body) + (1 if reply.hangs_up else 1_000_000 if reply.trickles else 0)
        head = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
        writer.write(f"HTTP/1.1 {reply.status} X\r\n{head}content-length: {length}\r\n\r\n".encode())
        if reply.trickles:
            while not self._end.is_set():
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.write(reply.body)
        await writer.drain()
        return not reply.hangs_up

    def _embeddings(self, request: Asked) -> Reply:
        texts = request.body["input"]
        vectors = self.vectors if self.vectors is not None else 3 * WordEmbedder().embed(texts)
        rows = [{"index": n, "embedding": [float(x) for x in row]} for n, row in enumerate(vectors)]
        # Servers need not keep the order; the index says which is which.
        return Reply(json.dumps({"data": rows[::-1], "model": request.body["model"]}).encode())


async def _read(reader: asyncio.StreamReader) -> Asked | None:
    line = (await reader.readline()).decode()
    if not line:
        return None
    headers: dict[str, str] = {}
    while text := (await reader.readline()).decode().strip():
        name, _, value = text.partition(":")
        headers[name.lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(line.split()[1], headers, json.loads(body or b"{}"))


@contextmanager
def a_fake_openai() -> Iterator[FakeOpenAi]:
    """Listens on a free port, in a thread with a loop of its own."""
    started: list[tuple[asyncio.AbstractEventLoop, FakeOpenAi]] = []
    ready = threading.Event()

    async def run() -> None:
        server = FakeOpenAi()
        started.append((asyncio.get_running_loop(), server))
        await server.serve(ready)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    assert ready.wait(5), "the fake server did not start"
    loop, server = started[0]
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(server.stop)
        thread.join(5)
