"""The visitor's data over HTTP: a download of everything, and its deletion. Who asks is told by the visitor's token."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Request, Response, post
from litestar.types import ControllerRouterHandler
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server import visitor_data
from server.actions import outbox
from server.desk import Desk
from server.erasing import remove_letters
from server.errors import FrontdeskError
from server.floor import Floor, Owned
from server.frames import MAX_ID_CHARS, MAX_IDENTITY_CHARS

_MOST_BYTES = 16_384


class Mine(BaseModel):
    """Who asks: the token of `welcome`, and the identity of a signed-in user where the host page gave one."""

    model_config = ConfigDict(extra="forbid")

    site: str = Field(max_length=MAX_ID_CHARS)
    visitor_token: str = Field(max_length=512)
    conversation: str = Field(max_length=MAX_ID_CHARS)
    identity: str | None = Field(default=None, max_length=MAX_IDENTITY_CHARS)


@dataclass(frozen=True, slots=True)
class OwnData:
    """What the two calls work with."""

    desk: Desk
    floor: Floor
    may_embed: Callable[[str, str | None], bool]
    wait_for_address: Callable[[str], float]
    outbox: Path
    """Where letters are kept as files."""


def own_data_routes(mine_of: OwnData) -> Sequence[ControllerRouterHandler]:
    """`/v1/mine/export` and `/v1/mine/erase`."""
    desk = mine_of.desk

    @post("/v1/mine/export", status_code=200, summary="Everything that is held of a visitor, as JSON")
    async def export(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Body: `{"site", "visitor_token", "conversation", "identity"}`. Personal details stand as they were told."""
        mine, owned, ids = await _asked(mine_of, request)
        async with desk.readers() as session:
            held = await visitor_data.export(desk, session, mine.site, ids, owned.member, owned.visitor)
        body = json.dumps(held, ensure_ascii=False, indent=1).encode()
        headers = {
            "content-disposition": 'attachment; filename="my-data.json"',
            "cache-control": "private, no-store",
        }
        return Response(body, media_type="application/json", headers=headers)

    @post("/v1/mine/erase", status_code=200, summary="Delete everything that is held of a visitor")
    async def erase(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        """Body as for the export. Answers with what is gone, and with what people see to elsewhere."""
        mine, _, ids = await _asked(mine_of, request)
        async with desk.writers() as session:
            gone = await visitor_data.erase(desk, session, mine.site, ids)
            effects = outbox.take_queued(session)
            await session.commit()
        for each in gone.erased:
            await desk.in_thread(remove_letters, mine_of.outbox, each)
            if desk.cabinet is not None and each.files:
                await desk.in_thread(desk.cabinet.remove, mine.site, each.files)
        for conversation in ids:
            desk.hub.wake(conversation)
        await desk.starter.effects(effects)
        told = {
            "conversations": gone.conversations,
            "messages": gone.messages,
            "details": gone.details,
            "meetings": len(gone.meetings),
            "crm": gone.crm,
        }
        return Response(told, headers={"cache-control": "no-store"})

    return (export, erase)


async def _asked(own: OwnData, request: Request[Any, Any, Any]) -> tuple[Mine, Owned, list[str]]:
    """Whose data it is, and which conversations; refuses whoever can not show that they are theirs."""
    mine = _read(await request.body())
    if not own.may_embed(mine.site, request.headers.get("origin")):
        raise FrontdeskError(
            "This page may not hold the widget of that site.", code="origin_refused", status=403
        )
    address = request.client.host if request.client else "unknown"
    if (wait_s := own.wait_for_address(address)) > 0:
        raise FrontdeskError(
            f"That was a lot at once; try again in {wait_s:.0f} s.", code="too_fast", status=429
        )
    owned = await own.floor.own(mine.site, mine.conversation, mine.visitor_token, mine.identity)
    async with own.desk.readers() as session:
        ids = await visitor_data.conversations_of(session, mine.site, owned.visitor, owned.member)
    return mine, owned, ids


def _read(body: bytes) -> Mine:
    if len(body) > _MOST_BYTES:
        raise FrontdeskError("The body is too large.", code="too_large")
    try:
        return Mine.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the body"
        raise FrontdeskError(f"{where} can not be used: {first['msg']}.", code="bad_request") from error
