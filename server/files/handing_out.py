"""A visitor's file as an HTTP answer: a download that can do nothing on our address."""

from __future__ import annotations

import re
from urllib.parse import quote

from litestar import Response

from server.files.kinds import safe_name

HEADERS = {
    "cache-control": "private, no-store",
    "x-content-type-options": "nosniff",
    # Should anybody open one as a page after all, it is a page that may do nothing.
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "x-robots-tag": "noindex",
}


def handed_out(name: str, kind: str, content: bytes) -> Response[bytes]:
    """As a download, whatever it is: nothing of a visitor's is ever shown as a page of ours."""
    plain = re.sub(r"[^A-Za-z0-9._ -]", "_", safe_name(name, kind))
    names = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=kind, headers={**HEADERS, "content-disposition": names})
