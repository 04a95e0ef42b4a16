"""The widget's files as browsers get them: packed, with tags, kept for ever where their address names their content."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler, Message, Scope

from server.chat.loader import Loaders

_FOR_EVER = "public, max-age=31536000, immutable"
_SHORTLY = "public, max-age=300"
_JS, _TS = "text/javascript", "application/typescript; charset=utf-8"
_PANEL = "chat-panel-"
_PART = re.compile(r"[A-Za-z0-9_-]+\.js")
_HEADERS = {
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
    # Pages that isolate themselves (COEP) may take them, and measure them.
    "cross-origin-resource-policy": "cross-origin",
    "timing-allow-origin": "*",
    # A module from another origin is fetched with CORS.
    "access-control-allow-origin": "*",
}


async def keep_varying(message: Message, _scope: Scope) -> None:
    """CORS writes `Vary: Origin` over what answers said of their packing; a shared cache needs both."""
    if message["type"] == "http.response.start":
        message["headers"] = [
            (name, b"accept-encoding, Origin" if (name.lower(), value) == (b"vary", b"Origin") else value)
            for name, value in message["headers"]
        ]


def widget_routes(loaders: Loaders, clock: Callable[[], datetime]) -> Sequence[ControllerRouterHandler]:
    """`/widget.js`, `/frontdesk.js` with its types, the panel's parts, and `/panel.js`, which leads to it."""
    built = loaders.built

    @get("/widget.js", sync_to_thread=False, include_in_schema=False)
    def widget(request: Request[Any, Any, Any], site: str | None = None) -> Response[bytes]:
        if not (built / "widget.js").is_file():
            return _missing()
        return _answer(request, loaders.script(site, clock()), _SHORTLY)

    @get("/frontdesk.js", sync_to_thread=False, include_in_schema=False)
    def module(request: Request[Any, Any, Any]) -> Response[bytes]:
        return served(request, "frontdesk.js", _SHORTLY, {"x-typescript-types": "./frontdesk.d.ts"})

    @get("/frontdesk.d.ts", sync_to_thread=False, include_in_schema=False)
    def types(request: Request[Any, Any, Any]) -> Response[bytes]:
        return served(request, "frontdesk.d.ts", _SHORTLY, media_type=_TS)

    @get("/panel.js", sync_to_thread=False, include_in_schema=False)
    def panel(request: Request[Any, Any, Any]) -> Response[bytes]:
        return served(request, "panel.js", _SHORTLY)

    @get("/parts/{name:str}", sync_to_thread=False, include_in_schema=False)
    def part(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        if not _PART.fullmatch(name):
            return _missing()
        if name.startswith(_PANEL) and not (built / "parts" / name).is_file():
            # A loader of the build before is kept for some minutes: it gets the panel that there is.
            return Response(
                b"",
                status_code=302,
                headers={**_HEADERS, "location": "/panel.js", "cache-control": "no-store"},
            )
        return served(request, f"parts/{name}", _FOR_EVER)

    def served(
        request: Request[Any, Any, Any],
        name: str,
        caching: str,
        more: dict[str, str] | None = None,
        media_type: str = _JS,
    ) -> Response[bytes]:
        file = built / name
        if not file.is_file():
            return _missing()
        return _answer(request, file.read_bytes(), caching, more, media_type)

    return (widget, module, types, panel, part)


def _answer(
    request: Request[Any, Any, Any],
    body: bytes,
    caching: str,
    more: dict[str, str] | None = None,
    media_type: str = _JS,
) -> Response[bytes]:
    headers = {**_HEADERS, **(more or {}), "cache-control": caching}
    tag = hashlib.sha256(body).hexdigest()[:16]
    if _takes_gzip(request.headers.get("accept-encoding", "")):
        # Packed it is another thing to whoever compares tags.
        body, tag = _packed(body), f"{tag}-gz"
        headers["content-encoding"] = "gzip"
    headers["etag"] = f'"{tag}"'
    if headers["etag"] in request.headers.get("if-none-match", "").replace("W/", ""):
        headers.pop("content-encoding", None)
        return Response(b"", status_code=304, headers=headers, media_type=media_type)
    return Response(body, headers=headers, media_type=media_type)


def _missing() -> Response[bytes]:
    """Not kept by anybody: with the next build it may be there."""
    return Response(b"", status_code=404, media_type="text/plain", headers={"cache-control": "no-store"})


def _takes_gzip(accepts: str) -> bool:
    for offer in accepts.lower().split(","):
        name, _, weight = (part.strip() for part in offer.partition(";"))
        if name in ("gzip", "*"):
            return not re.fullmatch(r"q=0(\.0*)?", weight)
    return False


@lru_cache(maxsize=256)
def _packed(body: bytes) -> bytes:
    """As small as it gets, once for each content: of most files there is one."""
    return gzip.compress(body, 9, mtime=0)
