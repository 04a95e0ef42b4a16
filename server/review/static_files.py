"""The console's own files, compressed once. Browsers keep them for good: their address changes with their content."""

from __future__ import annotations

import gzip
import mimetypes
from functools import cache
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from server.errors import NotFound
from server.review.roles import open_to_all

STATIC = Path(__file__).parent / "static"
KEPT = {
    "cache-control": "public, max-age=31536000, immutable",
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
}


@get("/static/{name:str}", opt=open_to_all(), name="console-static")
async def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """A stylesheet, a script or a picture.

    Pages themselves are not compressed: they carry a secret beside what others may have typed, and their length would
    tell of it.
    """
    found = _files().get(name)
    if found is None:
        raise NotFound(f"the console has no file {name!r}")
    kind, raw, pressed = found
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(pressed, media_type=kind, headers={**KEPT, "content-encoding": "gzip"})
    return Response(raw, media_type=kind, headers=KEPT)


@cache
def _files() -> dict[str, tuple[str, bytes, bytes]]:
    """Each with its media type, as it is and compressed."""
    found: dict[str, tuple[str, bytes, bytes]] = {}
    for path in STATIC.iterdir():
        raw = path.read_bytes()
        kind = mimetypes.guess_type(path.name)[0] or "text/plain"
        found[path.name] = (kind, raw, gzip.compress(raw, mtime=0))
    return found
