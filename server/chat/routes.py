"""The chat's two doors: a websocket, and plain HTTP for callers that can not hold one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Any

from litestar import Request, WebSocket, post, websocket
from litestar.connection import ASGIConnection
from litestar.exceptions import WebSocketDisconnect
from litestar.response import Stream
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from server.chat.line import Line, refusal_of
from server.chat.reception import Reception, face, member_face
from server.chat.session import HEARTBEAT_S, Deed, strip_controls
from server.chat.streaming import Follow, counted, frames_of
from server.errors import FrontdeskError
from server.floor import Joined
from server.frames import (
    MAX_FRAME_BYTES,
    PROTOCOL,
    Hello,
    Problem,
    Seen,
    Welcome,
)
from server.hub import Sign
from server.telemetry import log


class Posted(BaseModel):
    """A hello and at most one frame, as a websocket would carry them, and how long the answer goes on."""

    model_config = ConfigDict(extra="forbid")

    hello: Hello
    frame: Deed | Seen | None = Field(default=None, discriminator="type")
    follow: Follow = "no"

    @model_validator(mode="before")
    @classmethod
    def _of_what_is_typed(cls, value: Any) -> Any:
        return strip_controls(value)


class _Socket:
    """Litestar's websocket as the line knows it."""

    def __init__(self, socket: WebSocket[Any, Any, Any]) -> None:
        self._socket = socket

    async def receive(self) -> str | bytes | None:
        event = await self._socket.receive()
        if event["type"] != "websocket.receive":
            return None
        text = event.get("text")
        return text if text is not None else event.get("bytes") or b""

    async def send(self, text: str) -> None:
        await self._socket.send_text(text)

    async def close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, reason=reason)


def chat_routes(reception: Reception) -> Sequence[ControllerRouterHandler]:
    """`/v1/chat` and `/v1/messages`."""

    @websocket("/v1/chat")
    async def chat(socket: WebSocket[Any, Any, Any]) -> None:
        offered = socket.headers.get("sec-websocket-protocol", "")
        speaks = PROTOCOL in [name.strip() for name in offered.split(",")]
        await socket.accept(subprotocols=PROTOCOL if speaks else None)
        try:
            # When the other side is gone, what it missed waits in the log.
            with suppress(WebSocketDisconnect, TimeoutError, OSError):
                origin, address = socket.headers.get("origin"), address_of(socket)
                await Line(reception, _Socket(socket), origin=origin, address=address).run()
        except Exception:
            log().exception("chat.connection_failed")
            raise

    @post(
        "/v1/messages", status_code=200, summary="Send one frame and read what follows as server-sent events"
    )
    async def messages(request: Request[Any, Any, Any]) -> Stream:
        """Body: `{"hello": Hello, "frame": Say | Choose | Submit | Contact | Visit | Consent | Rate | … | null,
        "follow": "no" | "stream" | "next"}`.

        The answer is a stream of server frames, one an event, each with its `seq` as event id: first `welcome`,
        then the log after `hello.last_seq`, the reply included. `follow` keeps it open: `stream` for what comes live,
        `next` until there is something new or 20 seconds are over.
        """
        posted = _posted(await request.body())
        if not reception.may_embed(posted.hello.site, request.headers.get("origin")):
            raise FrontdeskError(
                "This page may not hold the widget of that site.", code="origin_refused", status=403
            )
        within_limits(reception.wait_for_address(address_of(request)))
        joined = await reception.floor.join(posted.hello)
        if posted.frame is not None and not isinstance(posted.frame, Seen):
            within_limits(reception.wait_s(address_of(request), joined.visitor, posted.frame))
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        events = counted(_events(reception, joined, posted))
        return Stream(events, media_type="text/event-stream", headers=headers)

    return (chat, messages)


def address_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The caller's network address; behind a proxy uvicorn has put the forwarded one here."""
    return connection.client.host if connection.client else "unknown"


def within_limits(wait_s: float) -> None:
    if wait_s > 0:
        message = f"That was a lot at once; try again in {wait_s:.0f} s."
        raise FrontdeskError(message, code="too_fast", status=429)


def _posted(body: bytes) -> Posted:
    if len(body) > 2 * MAX_FRAME_BYTES:
        raise FrontdeskError(
            f"The body has {len(body)} bytes; at most {2 * MAX_FRAME_BYTES} are read.", code="too_large"
        )
    try:
        return Posted.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise FrontdeskError(
            f"{where or 'the body'} can not be used: {first['msg']}.", code="bad_frame"
        ) from error


async def _events(reception: Reception, joined: Joined, posted: Posted) -> AsyncIterator[str]:
    desk, hello = reception.desk, posted.hello
    is_same = hello.conversation == joined.conversation and hello.last_seq <= joined.head
    cursor = hello.last_seq if is_same else 0
    rules = desk.playbooks.of(joined.site).spoken(hello.locale).site
    starters = await reception.starters_of(joined.site, rules, hello.mode)
    welcome = Welcome(
        seq=cursor,
        conversation=joined.conversation,
        visitor_token=joined.token,
        site=face(rules, starters),
        consent=joined.consent,
        heartbeat_s=HEARTBEAT_S,
        member=member_face(joined.member),
        csat=joined.csat,
        unasked_off=joined.unasked_off,
        files=reception.filing.offered(joined.site),
    )
    yield _event(welcome.model_dump(mode="json"))
    try:
        if isinstance(posted.frame, Seen):
            up_to = min(posted.frame.up_to, joined.head)
            desk.hub.sign(joined.conversation, Sign("seen", "visitor", up_to=up_to))
        elif posted.frame is not None:
            answer = await reception.do(joined, posted.frame)
            if answer is not None:
                yield _event(answer.model_copy(update={"seq": cursor}).model_dump(mode="json"))
    except Exception as error:  # noqa: BLE001  the answer has begun: a failure is an event of it
        refused = refusal_of(error, getattr(posted.frame, "id", None))
        problem = Problem(seq=cursor, code=refused.code, message=refused.message, client_id=refused.client_id)
        yield _event(problem.model_dump(mode="json"))
    async for frame in frames_of(reception, joined, cursor, posted.follow):
        yield _event(frame)


def _event(frame: dict[str, Any]) -> str:
    return f"id: {frame['seq']}\ndata: {json.dumps(frame, ensure_ascii=False)}\n\n"
