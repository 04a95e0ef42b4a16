"""The door for files: one at a time over HTTP, read piece by piece, refused as soon as it is too large."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from multipart import (  # type: ignore[import-untyped]  # it has no types
    MultipartError,
    MultipartSegment,
    PushMultipartParser,
    parse_options_header,
)

from server.chat.reception import Reception
from server.chat.routes import address_of, within_limits
from server.chat.session import strip_controls
from server.errors import FrontdeskError
from server.files.handing_out import handed_out
from server.filing import Filing, Sent
from server.frames import MAX_ID_CHARS
from server.members.values import bearer_of

_SLACK = 16_384
"""What the fields and the boundaries take beside the file."""
_FIELD_CHARS = 512
_MOST = 26_214_400 + _SLACK
_CLIENT_ID = re.compile(rf"[A-Za-z0-9_-]{{8,{MAX_ID_CHARS}}}")
_FIELDS = ("site", "visitor_token", "conversation", "client_id")


@dataclass(frozen=True, slots=True)
class _Caller:
    site: str
    conversation: str
    client_id: str


def file_routes(reception: Reception, filing: Filing) -> Sequence[ControllerRouterHandler]:
    """`POST /v1/files`, and the addresses under which its visitor opens a file."""

    @post(
        "/v1/files", status_code=201, request_max_body_size=_MOST, summary="Attach a file to a conversation"
    )
    async def attach(request: Request[Any, Any, Any]) -> Response[dict[str, Any]]:
        """`multipart/form-data`: `site`, `visitor_token`, `conversation`, `client_id`, and last of all `file`.

        Answers with the file once it is kept and logged; the `message` in the conversation's log carries `client_id`.
        """
        within_limits(reception.wait_for_address(address_of(request)))
        with reception.uploads.one(address_of(request)) as may:
            if not may:
                raise FrontdeskError(
                    "These are many files at once; try again in a moment.", code="too_fast", status=429
                )
            return await _taken(reception, filing, request)

    @post("/v1/files/{file:str}/link", status_code=200, request_max_body_size=_SLACK, include_in_schema=False)
    async def link(request: Request[Any, Any, Any], file: FromPath[str]) -> Response[dict[str, str]]:
        """A fresh address for a file of one's own conversation; the fields are those of an upload, without the file."""
        within_limits(reception.wait_for_address(address_of(request)))
        fields, _ = await _fields(_parts(request))
        conversation = await _conversation_of(reception, request, fields)
        url = await filing.fresh_url(fields["site"], conversation, file)
        return Response({"url": url}, headers={"cache-control": "no-store"})

    @get("/v1/files/{token:str}", include_in_schema=False)
    async def fetch(token: FromPath[str]) -> Response[bytes]:
        """The file that a signed address leads to."""
        opened = await filing.open(token)
        return handed_out(opened.name, opened.kind, opened.content)

    return (attach, link, fetch)


async def _taken(
    reception: Reception, filing: Filing, request: Request[Any, Any, Any]
) -> Response[dict[str, Any]]:
    parts = _parts(request)
    caller, first = await _authorised(reception, filing, request, parts)
    before = await filing.earlier(caller.site, caller.conversation, caller.client_id)
    if before is not None:
        return Response(before.model_dump(mode="json"), status_code=200)
    await filing.check(caller.site, caller.conversation)
    content = await _content(parts, filing.rules(caller.site).max_bytes)
    sent = Sent(caller.site, caller.conversation, caller.client_id, first.filename or "", content)
    return Response((await filing.take(sent)).model_dump(mode="json"))


Part = Any
"""The head of a part, some bytes of it, or None at its end; the parser has no types."""


async def _parts(request: Request[Any, Any, Any]) -> AsyncIterator[Part]:
    """Heads of parts, their bytes, and None at each end, as they come over the wire."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data" or "boundary" not in options:
        raise _bad("the body is not multipart/form-data")
    try:
        with PushMultipartParser(options["boundary"], max_segment_count=len(_FIELDS) + 4) as parser:
            async for piece in request.stream():
                for part in parser.parse(piece):
                    yield part
    except MultipartError as error:
        raise _bad(str(error)) from error


async def _fields(parts: AsyncIterator[Part]) -> tuple[dict[str, str], MultipartSegment | None]:
    """The fields that stand before the file, and the file's head, of which nothing was read."""
    fields: dict[str, str] = {}
    name, value = "", bytearray()
    async for part in parts:
        if isinstance(part, MultipartSegment):
            if part.filename is not None:
                return fields, part
            name, value = part.name or "", bytearray()
        elif part is None:
            fields[name] = strip_controls(value.decode(errors="replace"))
        else:
            value += part
            if len(value) > _FIELD_CHARS:
                raise _bad(f"the field {name[:40]!r} is too long")
    return fields, None


async def _authorised(
    reception: Reception, filing: Filing, request: Request[Any, Any, Any], parts: AsyncIterator[Part]
) -> tuple[_Caller, MultipartSegment]:
    """Who sends it, decided before a byte of it is read."""
    fields, file = await _fields(parts)
    if file is None or any(name not in fields for name in _FIELDS):
        raise _bad(f"send the fields {', '.join(_FIELDS)}, and the file behind them")
    if not _CLIENT_ID.fullmatch(fields["client_id"]):
        raise _bad("the field 'client_id' has 8 to 64 characters of A-Z a-z 0-9 _ -")
    conversation = await _conversation_of(reception, request, fields)
    declared = request.headers.get("content-length", "0")
    most = filing.rules(fields["site"]).max_bytes
    if declared.isdigit() and int(declared) > most + _SLACK:
        raise _too_large(most)
    within_limits(reception.wait_to_attach(conversation))
    return _Caller(fields["site"], conversation, fields["client_id"]), file


async def _conversation_of(
    reception: Reception, request: Request[Any, Any, Any], fields: dict[str, str]
) -> str:
    """The conversation, when it is the caller's own and their page may hold the widget."""
    if not reception.may_embed(fields.get("site", ""), request.headers.get("origin")):
        raise FrontdeskError(
            "This page may not hold the widget of that site.", code="origin_refused", status=403
        )
    identity = bearer_of(request.headers.get("authorization", ""))
    owned = await reception.floor.own(
        fields.get("site", ""), fields.get("conversation", ""), fields.get("visitor_token", ""), identity
    )
    return owned.conversation


async def _content(parts: AsyncIterator[Part], most: int) -> bytes:
    content = bytearray()
    async for part in parts:
        if part is None:
            return bytes(content)
        if isinstance(part, MultipartSegment):
            break
        content += part
        if len(content) > most:
            raise _too_large(most)
    raise _bad("the file is cut off")


def _too_large(most: int) -> FrontdeskError:
    return FrontdeskError(
        f"The file is too large; up to {most} bytes fit.", code="file_too_large", status=413
    )


def _bad(what: str) -> FrontdeskError:
    return FrontdeskError(f"The upload can not be read: {what}.", code="bad_frame")
