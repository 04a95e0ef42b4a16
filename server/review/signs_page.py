"""What is true for a moment in an open conversation: who writes, how far it was read; and the files in it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from server.errors import FrontdeskError
from server.files.handing_out import handed_out
from server.hub import Sign
from server.review import talks
from server.review.access import still_signed_in
from server.review.deps import Seat
from server.review.live import KIND, RETRY_MS, STREAM_HEADERS
from server.review.pages import nothing
from server.review.roles import Role, needs, polled
from server.review.talks import Talk


@get("/conversations/{conversation:str}/signs", opt=needs(Role.VIEWER) | polled())
async def signs(
    request: Request[Any, Any, Any], conversation: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """A stream for the page that shows this conversation: `typing`, and `seen` with a sequence number."""
    async with seat.desk.readers() as session:
        await talks.one(session, seat.site, conversation)
    if KIND not in request.headers.get("accept", ""):
        return nothing()
    seat.desk.live.make_room(seat.person.account)
    return Stream(_signs(seat, conversation), media_type=KIND, headers=STREAM_HEADERS)


@post("/conversations/{conversation:str}/typing", opt=needs(Role.REP), status_code=204)
async def typing(conversation: FromPath[str], seat: NamedDependency[Seat]) -> None:
    """The visitor is told that somebody writes, while this person answers them; it is kept nowhere."""
    async with seat.desk.readers() as session:
        talk = await talks.one(session, seat.site, conversation)
    if has(seat, talk):
        name = seat.desk.floor.shown_as(seat.site)
        seat.desk.live.hub.sign(conversation, Sign("typing", "person", name=name))


@get("/conversations/{conversation:str}/files/{file:str}", opt=needs(Role.REP))
async def file(
    conversation: FromPath[str], file: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """A file that the visitor sent, as a download; the vault writes down who opened it."""
    async with seat.desk.readers() as session:
        await talks.one(session, seat.site, conversation)
    if seat.desk.filing is None:
        raise FrontdeskError("there is no place for files here", code="not_found", status=404)
    opened = await seat.desk.filing.opened(seat.site, conversation, file, by=seat.person.login)
    return handed_out(opened.name, opened.kind, opened.content)


def has(seat: Seat, talk: Talk) -> bool:
    """Whether it is this person who answers."""
    return talk.with_person and talk.person in (None, seat.person.login)


def note_seen(seat: Seat, talk: Talk, up_to: int) -> None:
    """Tell the visitor that whoever answers them has read it; a colleague who looks in has not."""
    if has(seat, talk):
        seat.desk.live.hub.sign(talk.id, Sign("seen", "person", up_to=up_to))


async def _signs(seat: Seat, conversation: str) -> AsyncIterator[bytes]:
    live = seat.desk.live
    with live.occupied(seat.person.account), live.hub.watch(conversation, "visitor") as queue:
        checked = spoken = time.monotonic()
        yield f"retry: {RETRY_MS}\n\n".encode()
        while not live.hub.is_closed:
            sign = None
            with suppress(TimeoutError):
                sign = await asyncio.wait_for(queue.get(), live.every_s)
            now = time.monotonic()
            if now >= checked + live.check_s:
                if not await still_signed_in(seat.desk, seat.person):
                    return
                checked = now
            if sign is not None and sign.by == "visitor":
                yield f"event: {sign.kind}\ndata: {sign.up_to}\n\n".encode()
                spoken = now
            elif now >= spoken + live.beat_s:
                yield b": still here\n\n"
                spoken = now
