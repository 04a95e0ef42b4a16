"""How a request came: as a part that htmx puts into a page, or as a page of its own."""

from __future__ import annotations

from typing import Any

from litestar import Request


def is_part(request: Request[Any, Any, Any]) -> bool:
    """Whether htmx asks for a part; a page restored from history wants to be whole."""
    return "hx-request" in request.headers and "hx-history-restore-request" not in request.headers
