"""A conversation's log as a stream of frames, for callers that read it over plain HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any, Literal

from server import telemetry
from server.chat.reception import Reception
from server.floor import Joined
from server.frames import PersonSeen, PersonTyping, Pong
from server.hub import Sign
from server.store.conversations import frames_after

Follow = Literal["no", "stream", "next"]
"""Until the log is told; for as long as the caller reads; or until there was something to tell."""

BEAT_S = 10
"""Whoever hears nothing for longer knows that something on the way keeps the answer back."""
HOLD_S = 20
"""So long an answer waits for news; proxies give up on one after half a minute and more."""
_PAGE = 200

Frame = dict[str, Any]


async def frames_of(
    reception: Reception, joined: Joined, cursor: int, follow: Follow
) -> AsyncIterator[Frame]:
    """The log after `cursor`, then what comes live, with a `pong` now and then to show that the line stands."""
    hub = reception.desk.hub
    ends_at = time.monotonic() + HOLD_S if follow == "next" else None
    with hub.listen(joined.conversation) as grown, hub.watch(joined.conversation, "person") as signs:
        while not hub.is_closed:
            grown.clear()
            told = False
            async for frame in _pages(reception, joined, cursor):
                yield frame
                cursor, told = frame["seq"], True
            if await _is_over(reception, joined):
                return
            is_late = ends_at is not None and time.monotonic() >= ends_at
            if follow == "no" or is_late or (follow == "next" and told):
                return
            for sign in await _news(grown, signs, BEAT_S if ends_at is None else ends_at - time.monotonic()):
                # Their own are for the others, and a person's for whoever may still read here.
                if sign.by == "person" and await reception.refused(joined) is None:
                    yield _passed_on(sign, cursor)
            if not grown.is_set():
                yield Pong(seq=cursor).model_dump(mode="json")


async def _is_over(reception: Reception, joined: Joined) -> bool:
    """The caller is not anymore who they said, and is shown nothing more; they come back with a fresh token."""
    return joined.member is not None and await reception.refused(joined) is not None


async def counted(frames: AsyncIterator[str]) -> AsyncIterator[str]:
    """The same, as one of the open connections."""
    telemetry.connections.inc()
    try:
        async for frame in frames:
            yield frame
    finally:
        telemetry.connections.dec()


async def _pages(reception: Reception, joined: Joined, cursor: int) -> AsyncIterator[Frame]:
    desk, key = reception.desk, joined.member.key if joined.member else ""
    while not await _is_over(reception, joined):
        async with desk.readers() as session:
            page = await frames_after(
                session, desk.vault, joined.site, joined.conversation, cursor, _PAGE, key
            )
        for frame in reception.filing.links.linked(joined.site, joined.conversation, page):
            yield frame
        if len(page) < _PAGE:
            return
        cursor = page[-1]["seq"]


async def _news(grown: asyncio.Event, signs: asyncio.Queue[Sign], within_s: float) -> list[Sign]:
    """Wait until the log grew, a person gave a sign, or the time is over."""
    waits = [asyncio.ensure_future(grown.wait()), asyncio.ensure_future(signs.get())]
    try:
        await asyncio.wait(waits, timeout=max(0.0, within_s), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
    found = []
    with suppress(asyncio.CancelledError):
        if isinstance(sign := await waits[1], Sign):
            found.append(sign)
    while not signs.empty():
        found.append(signs.get_nowait())
    return found


def _passed_on(sign: Sign, cursor: int) -> Frame:
    said = (
        PersonTyping(seq=cursor, name=sign.name)
        if sign.kind == "typing"
        else PersonSeen(seq=cursor, up_to=sign.up_to)
    )
    return said.model_dump(mode="json")
