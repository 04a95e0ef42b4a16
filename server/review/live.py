"""The stream of an open page: hints that something changed; what it was the page asks for as it always does."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from server.review.access import still_signed_in
from server.review.deps import Seat
from server.review.pages import HEADERS, nothing
from server.review.roles import Role, needs, polled

KIND = "text/event-stream"
STREAM_HEADERS = {
    **HEADERS,
    # No proxy may gather hints until a buffer is full, press them, or keep them.
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
}
RETRY_MS = 2_000


@get("/live", opt=needs(Role.VIEWER) | polled())
async def live(request: Request[Any, Any, Any], seat: NamedDependency[Seat]) -> Response[Any]:
    """Hints until the session ends, the page closes or the server goes down; nothing for whoever asks for no stream."""
    if KIND not in request.headers.get("accept", ""):
        return nothing()
    seat.desk.live.make_room(seat.person.account)
    return Stream(_hints(seat), media_type=KIND, headers=STREAM_HEADERS)


async def _hints(seat: Seat) -> AsyncIterator[bytes]:
    live, desk = seat.desk.live, seat.desk
    with live.listen(desk.readers, seat.site, seat.person.account) as listener:
        checked = spoken = time.monotonic()
        yield f"retry: {RETRY_MS}\n\n".encode()
        while not listener.is_over:
            now = time.monotonic()
            due = min(checked + live.check_s, spoken + live.beat_s)
            hints = await listener.next(max(0.0, due - now))
            now = time.monotonic()
            if hints or now >= checked + live.check_s:
                if not await still_signed_in(desk, seat.person):
                    return
                checked = now
            if hints:
                yield "".join(f"event: hint\ndata: {what} {to}\n\n" for what, to in hints.items()).encode()
                spoken = now
            elif now >= spoken + live.beat_s:
                yield b": still here\n\n"
                spoken = now
