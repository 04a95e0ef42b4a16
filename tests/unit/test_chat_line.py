"""A connection's line: the pong as a receipt, and what was taken before the visitor left."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from types import SimpleNamespace
from typing import Any

import pytest

from server.chat import line as line_module
from server.chat.line import Line
from server.floor import Joined
from server.hub import Hub
from server.playbook import DEFAULT

RATE = {"type": "rate", "id": "rating-0001", "turn": "t1", "value": "up"}
CONSENT = {"type": "consent", "id": "consent-0001", "level": "necessary"}
SAY = {"type": "say", "id": "message-0001", "text": "Hello"}
PING = {"type": "ping"}
_SOON_S = 5


class Wire:
    """The visitor's end of a connection that exists in memory only."""

    def __init__(self) -> None:
        self._inbox: asyncio.Queue[str | None] = asyncio.Queue()
        self._outbox: asyncio.Queue[str] = asyncio.Queue()
        self.is_gone = False

    async def receive(self) -> str | None:
        return await self._inbox.get()

    async def send(self, text: str) -> None:
        if self.is_gone:
            raise OSError("the other side is gone")
        self._outbox.put_nowait(text)

    async def close(self, code: int, reason: str) -> None: ...

    def give(self, *frames: dict[str, Any]) -> None:
        for frame in frames:
            self._inbox.put_nowait(json.dumps(frame))

    def leave(self) -> None:
        self.is_gone = True
        self._inbox.put_nowait(None)

    async def until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(_SOON_S):
            while True:
                frame: dict[str, Any] = json.loads(await self._outbox.get())
                if frame["type"] == kind:
                    return frame

    def kinds(self) -> list[str]:
        """What has arrived and was not read yet."""
        found = []
        while not self._outbox.empty():
            found.append(json.loads(self._outbox.get_nowait())["type"])
        return found


class Reception:
    """Notes what is stored; `gate` holds everything back until the test opens it."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.begun = asyncio.Event()
        self.stored: list[str] = []
        self.fails: set[str] = set()
        self.turns: set[asyncio.Task[Any]] = set()
        playbooks = SimpleNamespace(of=lambda _site: DEFAULT)
        self.desk = SimpleNamespace(hub=Hub(), playbooks=playbooks, readers=_no_session, vault=None)
        self.floor = SimpleNamespace(join=self._join)
        links = SimpleNamespace(linked=lambda _site, _conversation, page: page)
        self.filing = SimpleNamespace(offered=lambda _site: None, links=links)

    def see_through(self, work: Any, worker: asyncio.Task[Any]) -> None:
        work.close()
        self.turns.add(worker)

    async def do(self, _joined: Joined, frame: Any) -> None:
        self.begun.set()
        await self.gate.wait()
        if frame.type in self.fails:
            raise OSError("disk")
        self.stored.append(frame.type)

    async def _join(self, _hello: Any) -> Joined:
        return Joined("demo", "v1", "c1", "token", "remembered", 0)

    async def starters_of(self, *_: Any) -> list[str]:
        return []

    def may_embed(self, *_: Any) -> bool:
        return True

    def wait_for_address(self, _address: str) -> float:
        return 0

    def wait_s(self, *_: Any) -> float:
        return 0


@asynccontextmanager
async def _no_session() -> Any:
    yield None


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    async def nothing(*_: Any) -> list[Any]:
        return []

    monkeypatch.setattr(line_module, "frames_after", nothing)
    return Wire()


async def joined(wire: Wire, reception: Any) -> asyncio.Task[None]:
    running = asyncio.create_task(Line(reception, wire, origin=None, address="here").run())
    wire.give({"type": "hello", "site": "demo"})
    await wire.until("welcome")
    return running


async def settled() -> None:
    """Every task had many chances to run."""
    for _ in range(50):
        await asyncio.sleep(0)


@pytest.mark.parametrize("frame", [RATE, CONSENT])
async def test_the_pong_comes_after_what_was_sent_before_the_ping_is_stored(
    wire: Wire, frame: dict[str, Any]
) -> None:
    reception = Reception()
    running = await joined(wire, reception)

    wire.give(frame, PING)
    await settled()
    before = wire.kinds()
    reception.gate.set()
    await wire.until("pong")

    assert "pong" not in before
    assert reception.stored == [frame["type"]]
    wire.leave()
    await running


async def test_a_ping_is_answered_while_a_turn_is_thought_about(wire: Wire) -> None:
    reception = Reception()
    running = await joined(wire, reception)

    wire.give(SAY, PING)
    await wire.until("pong")

    assert reception.stored == []
    reception.gate.set()
    wire.leave()
    await running


async def test_what_was_taken_is_stored_when_the_visitor_has_left_meanwhile(wire: Wire) -> None:
    reception = Reception()
    running = await joined(wire, reception)

    wire.give(SAY, RATE, CONSENT)
    await asyncio.wait_for(reception.begun.wait(), _SOON_S)
    wire.leave()
    await running
    reception.gate.set()
    await asyncio.wait_for(asyncio.gather(*reception.turns), _SOON_S)

    assert reception.stored == ["say", "rate", "consent"]


async def test_a_frame_that_fails_after_the_visitor_left_does_not_take_the_next_ones_with_it(
    wire: Wire,
) -> None:
    reception = Reception()
    reception.fails = {"say"}
    running = await joined(wire, reception)

    wire.give(SAY, RATE)
    await asyncio.wait_for(reception.begun.wait(), _SOON_S)
    wire.leave()
    await running
    reception.gate.set()
    await asyncio.wait_for(asyncio.gather(*reception.turns), _SOON_S)

    assert reception.stored == ["rate"]


async def test_a_connection_that_is_cut_off_loses_nothing_that_was_taken(wire: Wire) -> None:
    reception = Reception()
    running = await joined(wire, reception)

    wire.give(RATE)
    await asyncio.wait_for(reception.begun.wait(), _SOON_S)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    reception.gate.set()
    await asyncio.wait_for(asyncio.gather(*reception.turns), _SOON_S)

    assert reception.stored == ["rate"]
