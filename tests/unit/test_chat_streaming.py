"""A conversation's log over plain HTTP: what ends an answer that is held open, and what shows that it stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.chat import streaming
from server.chat.reception import Reception
from server.chat.streaming import Follow, frames_of
from server.floor import Joined
from server.hub import Hub, Sign
from server.members.values import IdentityRefused

JOINED = cast("Joined", SimpleNamespace(site="demo", conversation="c-1", member=None, identity=None))
_SOON_S = 5


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the database holds."""
    frames: list[dict[str, Any]] = []

    async def after(*asked: Any) -> list[dict[str, Any]]:
        cursor: int = asked[4]
        return [frame for frame in frames if frame["seq"] > cursor]

    monkeypatch.setattr(streaming, "frames_after", after)
    return frames


def following(
    hub: Hub, follow: Follow, joined: Joined = JOINED, clock: Callable[[], datetime] = datetime.now
) -> AsyncIterator[dict[str, Any]]:
    @asynccontextmanager
    async def readers() -> AsyncIterator[None]:
        yield None

    links = SimpleNamespace(linked=lambda _site, _conversation, page: page)
    desk = SimpleNamespace(hub=hub, readers=readers, vault=None, clock=clock)

    async def refused(who: Joined) -> IdentityRefused | None:
        is_over = who.member is not None and clock() >= who.member.expires_at
        return IdentityRefused("it has expired", expired=True) if is_over or who.identity == "away" else None

    reception = SimpleNamespace(desk=desk, filing=SimpleNamespace(links=links), refused=refused)
    return frames_of(cast("Reception", reception), joined, 0, follow)


async def the_next(frames: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    async with asyncio.timeout(_SOON_S):
        return await anext(frames)


async def the_rest(frames: AsyncIterator[dict[str, Any]]) -> list[dict[str, Any]]:
    async with asyncio.timeout(_SOON_S):
        return [frame async for frame in frames]


async def test_a_stream_goes_on_with_what_comes_live_and_ends_when_the_server_stops(
    hub: Hub, log: list[dict[str, Any]]
) -> None:
    log.append({"seq": 1})
    frames = following(hub, "stream")
    assert await the_next(frames) == {"seq": 1}
    log.append({"seq": 2})
    hub.wake("c-1")
    assert await the_next(frames) == {"seq": 2}
    waiting = asyncio.create_task(the_rest(frames))
    await asyncio.sleep(0)

    hub.close()

    assert [frame["type"] for frame in await waiting] in ([], ["pong"])


async def test_an_answer_that_waits_for_news_ends_with_them(hub: Hub, log: list[dict[str, Any]]) -> None:
    waiting = asyncio.create_task(the_rest(following(hub, "next")))
    await asyncio.sleep(0)

    log.extend([{"seq": 1}, {"seq": 2}])
    hub.wake("c-1")

    assert await waiting == [{"seq": 1}, {"seq": 2}]


async def test_without_news_it_ends_when_its_time_is_over(
    hub: Hub, log: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "HOLD_S", 0.01)

    told = await the_rest(following(hub, "next"))

    assert [frame["type"] for frame in told] == ["pong"]


async def test_a_stream_shows_that_it_stands_and_passes_signs_on(
    hub: Hub, log: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BEAT_S", 0.01)
    frames = following(hub, "stream")
    assert (await the_next(frames))["type"] == "pong"

    hub.sign("c-1", Sign("typing", "visitor"))
    hub.sign("c-1", Sign("typing", "person", name="Ada"))
    hub.sign("c-1", Sign("seen", "person", up_to=1))
    told = [await the_next(frames) for _ in range(2)]

    assert [frame["type"] for frame in told] == ["typing", "seen"]


async def test_once_a_token_has_run_out_nothing_more_is_told(hub: Hub, log: list[dict[str, Any]]) -> None:
    times = [datetime(2026, 3, 3, 12, tzinfo=UTC)]
    member = SimpleNamespace(key="k", expires_at=times[0] + timedelta(minutes=1))
    joined = cast("Joined", SimpleNamespace(site="demo", conversation="c-1", member=member, identity="t"))
    log.append({"type": "done", "seq": 1})
    frames = following(hub, "stream", joined, lambda: times[-1])
    assert (await the_next(frames))["seq"] == 1

    more = asyncio.ensure_future(the_rest(frames))
    await asyncio.sleep(0)
    times.append(member.expires_at)
    log.append({"type": "done", "seq": 2})
    hub.wake("c-1")

    assert await more == []


async def test_a_tab_whose_conversation_is_anothers_by_now_is_not_told_who_types_in_it(
    hub: Hub, log: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "BEAT_S", 0.01)
    left = cast("Joined", SimpleNamespace(site="demo", conversation="c-1", member=None, identity="away"))
    frames = following(hub, "stream", left)
    assert (await the_next(frames))["type"] == "pong"

    hub.sign("c-1", Sign("typing", "person", name="Ada"))
    told = [await the_next(frames) for _ in range(2)]

    assert [frame["type"] for frame in told] == ["pong", "pong"]
