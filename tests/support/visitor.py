"""A visitor over a real websocket: says things and keeps what comes back, as the widget does."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect

Frame = dict[str, Any]
_WAIT_S = 30


class Visitor:
    """One visitor; may lose the connection and come back."""

    def __init__(
        self, url: str, *, site: str = "demo", consent: str = "conversation", zone: str = "Europe/Berlin"
    ) -> None:
        self._url = url.replace("http", "ws", 1) + "/v1/chat"
        self._hello = {"type": "hello", "site": site, "consent": consent, "time_zone": zone, "locale": "en"}
        self._socket: ClientConnection | None = None
        self.log: list[Frame] = []
        """The logged frames that arrived, in order of arrival."""
        self.identity: Frame = {}

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    async def connect(self, *, origin: str | None = None) -> Frame:
        """Connect and say hello with what was seen; returns the welcome."""
        headers = {"Origin": origin} if origin else {}
        self._socket = await connect(self._url, subprotocols=["frontdesk.v1"], additional_headers=headers)  # type: ignore[list-item]  # a NewType
        hello: Frame = dict(self._hello)
        if self.identity:
            hello |= {
                "conversation": self.identity["conversation"],
                "visitor_token": self.identity["visitor_token"],
                "last_seq": self.seen,
            }
        await self.send(hello)
        welcome = await self.receive()
        if welcome["type"] == "welcome":
            self.identity = welcome
        return welcome

    async def disconnect(self) -> None:
        if self._socket is not None:
            await self._socket.close()

    @property
    def seen(self) -> int:
        return max((frame["seq"] for frame in self.log), default=0)

    async def send(self, frame: Frame | str | bytes) -> None:
        assert self._socket is not None
        await self._socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def receive(self) -> Frame:
        """The next frame; logged ones are kept."""
        assert self._socket is not None
        frame: Frame = json.loads(await asyncio.wait_for(self._socket.recv(), _WAIT_S))
        if frame["type"] in {"message", "block", "done"}:
            self.log.append(frame)
        return frame

    async def say(self, text: str, *, frame_id: str | None = None) -> list[Frame]:
        """Say it and return the blocks of the reply."""
        return await self.do({"type": "say", "text": text}, frame_id=frame_id)

    async def choose(self, prompt: str, value: str, label: str = "That one") -> list[Frame]:
        return await self.do({"type": "choose", "prompt": prompt, "value": value, "label": label})

    async def submit(self, prompt: str, **fields: str) -> list[Frame]:
        return await self.do({"type": "submit", "prompt": prompt, "fields": fields})

    async def do(self, frame: Frame, *, frame_id: str | None = None) -> list[Frame]:
        """Send a frame with an id and read until its turn is done; an error frame is returned alone."""
        await self.send({**frame, "id": frame_id or uuid.uuid4().hex})
        blocks: list[Frame] = []
        while True:
            received = await self.receive()
            if received["type"] == "error":
                return [received]
            if received["type"] == "block":
                blocks.append(received["block"])
            if received["type"] == "done":
                return blocks


def block(blocks: list[Frame], kind: str) -> Frame:
    """The one block of that kind."""
    found = [each for each in blocks if each.get("kind") == kind]
    assert len(found) == 1, f"expected one {kind} block, got {[each.get('kind') for each in blocks]}"
    return found[0]


def words(blocks: list[Frame]) -> str:
    """Everything that was said in paragraphs and lists."""
    lines = [line for each in blocks for line in (each.get("lines") or each.get("items") or [])]
    return " ".join(line.get("text", "") for line in lines)
