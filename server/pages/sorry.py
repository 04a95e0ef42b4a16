"""One clear page for whatever a link can not do any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, Response

from server.errors import FrontdeskError
from server.pages.desk import PageDesk
from server.pages.render import page

TITLES = {
    "link_expired": "This link has expired",
    "link_used": "This link was used already",
    "link_replaced": "There is a newer link",
    "link_invalid": "This link does not work",
    "not_found": "There is nothing here any more",
    "meeting_closed": "This meeting can not change any more",
}


Handler = Callable[[Request[Any, Any, Any], FrontdeskError], Response[str]]


def sorry_of(pages: PageDesk) -> Handler:
    """What happened and what to do next, in the words of the error, with the way back to the link's own site."""

    def sorry_for(request: Request[Any, Any, Any], error: FrontdeskError) -> Response[str]:
        site = pages.links.site_of(str(request.path_params.get("token", "")))
        try:
            desk = pages.desk_of(site) if site else None
        except FrontdeskError:
            desk = None  # the site is gone since the link was made
        title = TITLES.get(error.code, "That did not work")
        return page("sorry.html", desk, status=error.status, title=title, message=error.message)

    return sorry_for
