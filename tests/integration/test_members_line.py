"""A signed-in user's connection: what a bad token is told, and what happens when one runs out on the way."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from server.app import create_app
from server.chat import line
from server.hub import Sign
from server.members.signing import demo_key, signed
from server.members.values import Nobody
from server.wiring import House, build
from tests.support.models import an_installation


@dataclass
class Clock:
    at: datetime

    def __call__(self) -> datetime:
        return self.at


class Wire:
    """The visitor's end of a connection that exists in memory only."""

    def __init__(self, messages: asyncio.Queue[Any], replies: asyncio.Queue[Any]) -> None:
        self.messages, self.replies = messages, replies
        self.kinds: list[str] = []

    async def send(self, **frame: Any) -> None:
        await self.messages.put({"type": "websocket.receive", "text": json.dumps(frame)})

    async def until(self, kind: str) -> dict[str, Any]:
        async with asyncio.timeout(20):
            while True:
                event = await self.replies.get()
                if event["type"] == "websocket.close":
                    return {"type": "closed"}
                if event["type"] != "websocket.send":
                    continue
                frame: dict[str, Any] = json.loads(event["text"])
                self.kinds.append(frame["type"])
                if frame["type"] == kind:
                    return frame

    async def says(self, text: str) -> str:
        said = uuid.uuid4().hex
        await self.send(type="say", id=said, text=text)
        return said


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    clock = Clock(built.desk.clock())
    built = replace(built, desk=replace(built.desk, clock=clock))
    await built.desk.library.refresh("demo")
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


@asynccontextmanager
async def connected(house: House) -> AsyncIterator[Wire]:
    """The application's own websocket, called as a server calls it."""
    app = create_app(house.settings, house)
    messages: asyncio.Queue[Any] = asyncio.Queue()
    replies: asyncio.Queue[Any] = asyncio.Queue()
    await messages.put({"type": "websocket.connect"})
    scope = {
        "type": "websocket", "path": "/v1/chat", "raw_path": b"/v1/chat", "root_path": "", "query_string": b"",
        "scheme": "ws", "headers": [(b"host", b"test")], "client": ("127.0.0.1", 1), "server": ("test", 80),
        "subprotocols": ["frontdesk.v1"], "state": {}, "asgi": {"version": "3.0", "spec_version": "2.3"},
    }  # fmt: skip
    served = asyncio.create_task(app(scope, messages.get, replies.put))  # type: ignore[arg-type]
    try:
        yield Wire(messages, replies)
    finally:
        await messages.put({"type": "websocket.disconnect", "code": 1000})
        with suppress(TimeoutError):
            await asyncio.wait_for(served, 10)


def token(house: House, minutes: float = 10, **said: Any) -> str:
    given = {"subject": "ada", "name": "Ada", "plan": "enterprise", **said}
    return signed(demo_key(house.desk.secret), site="demo", now=house.desk.clock(), minutes=minutes, **given)


async def test_a_bad_token_is_not_joined_and_the_connection_waits_for_another_hello(house: House) -> None:
    async with connected(house) as wire:
        await wire.send(type="hello", site="demo", identity="a.b.c")
        refused = await wire.until("error")
        await wire.says("Hello?")
        unjoined = await wire.until("error")
        await wire.send(type="hello", site="demo", identity=token(house, minutes=-2))
        expired = await wire.until("error")
        await wire.send(type="hello", site="demo", identity=token(house))
        welcome = await wire.until("welcome")

    assert [refused["code"], unjoined["code"], expired["code"]] == [
        "identity_refused",
        "hello_first",
        "identity_expired",
    ]
    assert welcome["member"] == {"name": "Ada", "plan": "Enterprise"}


async def test_a_token_that_runs_out_on_the_way_stops_the_next_deed_and_what_is_shown(house: House) -> None:
    clock = house.desk.clock
    assert isinstance(clock, Clock)
    async with connected(house) as wire:
        await wire.send(type="hello", site="demo", identity=token(house), consent="conversation")
        welcome = await wire.until("welcome")
        await wire.says("How do I connect my own encryption key?")
        await wire.until("done")

        clock.at += timedelta(minutes=12)
        said = await wire.says("And how do I rotate it?")
        refused = await wire.until("error")

        house.desk.hub.wake(welcome["conversation"])
        silent = await wire.until("error")
        closed = await wire.until("done")

    async with connected(house) as wire:
        await wire.send(
            type="hello", site="demo", identity=token(house), conversation=welcome["conversation"],
            visitor_token=welcome["visitor_token"],
        )  # fmt: skip
        again = await wire.until("welcome")
        await wire.send(type="say", id=said, text="And how do I rotate it?")
        await wire.until("done")
        await wire.until("done")

    assert (refused["code"], refused["client_id"]) == ("identity_expired", said)
    assert silent["code"] == "identity_expired"
    assert closed["type"] == "closed"
    assert again["conversation"] == welcome["conversation"]


def withdraw(house: House) -> None:
    """Take the key away under which all tokens of these tests are signed."""
    object.__setattr__(house.desk, "members", Nobody())


async def test_who_only_reads_is_sent_away_at_the_next_page_once_their_key_is_withdrawn(house: House) -> None:
    async with connected(house) as wire:
        await wire.send(type="hello", site="demo", identity=token(house))
        welcome = await wire.until("welcome")

        withdraw(house)
        house.desk.hub.wake(welcome["conversation"])
        refused = await wire.until("error")
        closed = await wire.until("done")

    assert refused["code"] == "identity_refused"
    assert closed["type"] == "closed"


async def test_who_only_reads_is_sent_away_at_the_next_heartbeat_though_nothing_happens(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "HEARTBEAT_S", 1)
    async with connected(house) as wire:
        await wire.send(type="hello", site="demo", identity=token(house))
        await wire.until("welcome")

        withdraw(house)
        refused = await wire.until("error")

    assert refused["code"] == "identity_refused"


async def test_a_tab_that_was_left_behind_is_not_told_who_types_in_what_is_a_members_by_now(
    house: House,
) -> None:
    async with connected(house) as left, connected(house) as wire:
        await left.send(type="hello", site="demo", consent="conversation")
        begun = await left.until("welcome")
        who = {"conversation": begun["conversation"], "visitor_token": begun["visitor_token"]}
        house.desk.hub.sign(begun["conversation"], Sign("typing", "person", name="Grace"))
        before = await left.until("typing")

        await wire.send(type="hello", site="demo", identity=token(house), **who)
        taken = await wire.until("welcome")
        house.desk.hub.sign(begun["conversation"], Sign("typing", "person", name="Grace"))
        told = await wire.until("typing")
        await left.send(type="ping")
        await left.until("pong")

    assert taken["conversation"] == begun["conversation"]
    assert before["name"] == told["name"] == "Grace"
    assert left.kinds.count("typing") == 1
