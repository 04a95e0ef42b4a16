"""The stream of an open page: hints that something changed, to whom they go, and when they end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import uvicorn

from server.hub import Hub
from server.review.hints import ALL, MOST_HINTS, Listener, Live, Stand
from server.review.sign_ins import IDLE
from server.serving import Server
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_visit import Visit, visiting
from tests.support.console_world import NOW, SITE, World, build

PATIENCE_S = 10


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    world.desk = replace(world.desk, live=Live(Hub(), every_s=0.1))
    yield world
    await world.close()


@dataclass
class Heard:
    """One stream as a browser hears it."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    text: str = ""
    is_over: bool = False
    _grown: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def send(self, message: Any) -> None:
        async with self._grown:
            if message["type"] == "http.response.start":
                self.status = message["status"]
                self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            else:
                self.text += message["body"].decode()
                self.is_over = not message.get("more_body", False)
            self._grown.notify_all()

    @property
    def hints(self) -> list[str]:
        return [line[6:].split(" ")[0] for line in self.text.splitlines() if line.startswith("data: ")]

    async def until(self, holds: Any) -> None:
        async with asyncio.timeout(PATIENCE_S), self._grown:
            await self._grown.wait_for(holds)

    async def until_hint(self, *names: str) -> None:
        await self.until(lambda: set(names) <= set(self.hints))

    def forget(self) -> None:
        self.text = ""


@asynccontextmanager
async def listening(world: World, visit: Visit, site: str = SITE) -> AsyncIterator[Heard]:
    """What a page of that visit hears; it leaves at the end."""
    heard, left = Heard(), asyncio.Event()
    cookies = "; ".join(f"{name}={value}" for name, value in visit.cookies.items())
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
        "path": f"/console/site/{site}/live", "raw_path": b"", "root_path": "", "query_string": b"",
        "client": ("127.0.0.1", 1), "server": ("console.test", 80), "state": {},
        "headers": [(b"accept", b"text/event-stream"), (b"cookie", cookies.encode())],
    }  # fmt: skip
    asked = False

    async def receive() -> Any:
        nonlocal asked
        if asked:
            await left.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    task = asyncio.create_task(
        world.answer(cast("Any", scope), cast("Any", receive), cast("Any", heard.send))
    )
    try:
        yield heard
    finally:
        left.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, PATIENCE_S)


async def test_a_page_hears_that_a_change_was_proposed_and_that_something_was_said_and_nothing_else(
    world: World,
) -> None:
    talk = await a_conversation(world)
    async with visiting(world, "viewer") as visit, listening(world, visit) as heard:
        await heard.until_hint(ALL)
        await an_update(world, talk)
        await heard.until_hint("inbox")
        await world.floor.say_as_person(SITE, talk, "rep", "These words are for the visitor.")
        await heard.until_hint("talks", f"talk:{talk}")

        assert set(heard.hints) <= {ALL, "inbox", "talks", f"talk:{talk}"}
        assert "These words" not in heard.text
        assert heard.headers["content-type"].startswith("text/event-stream")
        assert heard.headers["x-accel-buffering"] == "no"
        assert heard.headers["cache-control"] == "no-store, no-transform"
        assert "content-encoding" not in heard.headers


async def test_a_turn_in_this_process_is_heard_without_waiting_for_the_next_look(world: World) -> None:
    live = world.desk.live
    live.every_s = 3_600
    talk = await a_conversation(world)
    async with visiting(world, "rep") as visit, listening(world, visit) as heard:
        await heard.until_hint(ALL)
        await world.floor.say_as_person(SITE, talk, "rep", "Hello")
        live.hub.wake(talk)
        await heard.until_hint(f"talk:{talk}")


async def test_what_happens_at_another_site_is_not_heard(world: World) -> None:
    async with visiting(world, "viewer") as visit, listening(world, visit) as heard:
        await heard.until_hint(ALL)
        theirs = await a_conversation(world, site="other")
        await an_update(world, theirs, site="other")
        ours = await a_conversation(world, 1)
        await an_update(world, ours, 1)
        await heard.until_hint("inbox")

        assert theirs not in heard.text


async def test_a_stream_ends_within_its_next_look_when_the_session_was_revoked(world: World) -> None:
    world.desk.live.check_s = 0.2
    async with visiting(world, "rep") as visit, listening(world, visit) as heard:
        await heard.until_hint(ALL)
        async with visiting(world, "admin") as admin:
            await admin.press("accounts/end-sign-ins", login="rep")
        await heard.until(lambda: heard.is_over)


async def test_whoever_was_signed_out_is_not_even_told_that_something_changed(world: World) -> None:
    talk = await a_conversation(world)
    async with visiting(world, "rep") as visit, listening(world, visit) as heard:
        await heard.until_hint(ALL)
        async with visiting(world, "admin") as admin:
            await admin.press("accounts/end-sign-ins", login="rep")
        heard.forget()
        await an_update(world, talk)
        await heard.until(lambda: heard.is_over)

        assert heard.text == ""


async def test_an_open_stream_keeps_nobody_signed_in_who_went_home(world: World) -> None:
    at = NOW
    world.desk = replace(world.desk, clock=lambda: at)
    world.desk.live.check_s = 0.1
    async with visiting(world, "rep") as visit:
        at = NOW + IDLE - timedelta(minutes=1)
        async with listening(world, visit) as heard:
            await heard.until_hint(ALL)
            at = NOW + IDLE + timedelta(minutes=1)
            await heard.until(lambda: heard.is_over)


async def test_a_silent_stream_shows_that_it_lives(world: World) -> None:
    world.desk.live.beat_s = 0.1
    async with visiting(world, "viewer") as visit, listening(world, visit) as heard:
        await heard.until(lambda: heard.text.count(": still here\n\n") >= 2)


async def test_one_watcher_serves_all_pages_of_a_site_and_leaves_with_the_last(world: World) -> None:
    live = world.desk.live
    async with visiting(world, "viewer") as visit, listening(world, visit) as first:
        await first.until_hint(ALL)
        async with listening(world, visit) as second:
            await second.until_hint(ALL)
            watch = live._watches[SITE]
            assert (len(watch.listeners), list(live._watches)) == (2, [SITE])
        assert len(watch.listeners) == 1

    assert live._watches == {}
    assert live._streams == {}
    assert watch.task is not None
    async with asyncio.timeout(PATIENCE_S):
        await asyncio.wait([watch.task])


async def test_who_may_not_see_the_site_hears_nothing_of_it_and_who_asks_for_no_stream_gets_none(
    world: World,
) -> None:
    async with visiting(world, "viewer") as visit, visiting(world) as nobody:
        async with listening(world, visit, "other") as foreign, listening(world, nobody) as stranger:
            await foreign.until(lambda: foreign.is_over)
            await stranger.until(lambda: stranger.is_over)
        plain = await visit.see("live")

    assert (foreign.status, stranger.status, plain.status_code) == (404, 303, 204)


async def test_a_person_listens_with_so_many_pages_and_another_one_still_can(world: World) -> None:
    world.desk.live.most = 1
    async with visiting(world, "viewer") as visit, visiting(world, "rep") as other:
        async with listening(world, visit) as first:
            await first.until_hint(ALL)
            async with listening(world, visit) as second, listening(world, other) as another:
                await second.until(lambda: second.is_over)
                await another.until_hint(ALL)
            assert (second.status, first.is_over) == (429, False)
        async with listening(world, visit) as again:
            await again.until_hint(ALL)


async def test_a_failing_look_ends_no_stream(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.review import hints

    real, calls = hints.look, 0

    async def fails_once(*given: Any) -> Stand:
        nonlocal calls
        calls += 1
        if calls == 2:
            raise RuntimeError("the database was away")
        return await real(*given)

    monkeypatch.setattr(hints, "look", fails_once)
    talk = await a_conversation(world)
    async with visiting(world, "viewer") as visit, listening(world, visit) as heard:
        await heard.until_hint(ALL)
        await an_update(world, talk)
        await heard.until_hint("inbox")

    assert calls >= 3


async def test_hints_that_nobody_fetched_become_few() -> None:
    listener = Listener()
    for number in range(1_000):
        listener.tell({"inbox": str(number)})
    few = await listener.next(0.1)
    listener.tell({f"talk:{number}": "1" for number in range(MOST_HINTS + 1)})
    many = await listener.next(0.1)

    assert few == {"inbox": "999"}
    assert many == {ALL: "0"}
    assert await listener.next(0.01) == {}


def test_whoever_begins_to_wait_is_a_hint_though_nothing_was_said() -> None:
    before = Stand(inbox=3, talks={"a": "1"}, waiting={})
    after = replace(before, waiting={"a": "h asked None"})

    assert set(after.hints_since(before)) == {"talks", "talk:a"}
    assert set(before.hints_since(after)) == {"talks", "talk:a"}
    assert after.hints_since(after) == {}


async def test_a_server_that_is_stopped_waits_for_no_stream(world: World) -> None:
    config = uvicorn.Config(
        cast("Any", world.answer), port=0, log_level="error", interface="asgi3", lifespan="off", ws="none",
        timeout_graceful_shutdown=5,
    )  # fmt: skip
    socket = config.bind_socket()
    config.load()
    server = Server(config, lambda: None, world.desk.live.hub.close)
    server.lifespan = config.lifespan_class(config)
    await server.startup(sockets=[socket])
    running = asyncio.create_task(server.main_loop())
    address = f"http://127.0.0.1:{socket.getsockname()[1]}/console/site/{SITE}/live"
    accept = {"accept": "text/event-stream"}
    async with (
        visiting(world, "viewer") as visit,
        httpx.AsyncClient(cookies=dict(visit.cookies), headers=accept) as browser,
        browser.stream("GET", address) as stream,
    ):
        lines = stream.aiter_lines()
        while not (await anext(lines)).startswith("data: all"):
            pass
        begun = time.monotonic()
        server.should_exit = True
        await running
        await server.shutdown(sockets=[socket])
        took_s = time.monotonic() - begun
        left = [line async for line in lines]

    assert took_s < 1
    assert not [line for line in left if line.startswith("data:")]
