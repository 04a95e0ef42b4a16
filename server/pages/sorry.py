"""One clear page for whatever a link can not do any more."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response

from server.errors import FrontdeskError
from server.pages.render import page

TITLES = {
    "link_expired": "This link has expired",
    "link_used": "This link was used already",
    "link_replaced": "There is a newer link",
    "link_invalid": "This link does not work",
    "not_found": "There is nothing here any more",
    "meeting_closed": "This meeting can not change any more",
}


def sorry(_: Request[Any, Any, Any], error: FrontdeskError) -> Response[str]:
    """What happened and what to do next, in the words of the error."""
    title = TITLES.get(error.code, "That did not work")
    return page("sorry.html", None, status=error.status, title=title, message=error.message)
