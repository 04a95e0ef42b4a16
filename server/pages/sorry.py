"""One clear page for whatever a link can not do any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, Response

from server.actions.site import SiteDesk
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


def sorry(_: Request[Any, Any, Any], error: FrontdeskError) -> Response[str]:
    """What happened and what to do next, in the words of the error."""
    return _page(None, error)


def sorry_of(pages: PageDesk) -> Handler:
    """The same in the colours of the site whose link it is, with the way back to it."""

    def sorry_for(request: Request[Any, Any, Any], error: FrontdeskError) -> Response[str]:
        site = pages.links.site_of(str(request.path_params.get("token", "")))
        try:
            desk = pages.desk_of(site) if site else None
        except FrontdeskError:
            desk = None  # the site is gone since the link was made
        return _page(desk, error)

    return sorry_for


def _page(desk: SiteDesk | None, error: FrontdeskError) -> Response[str]:
    title = TITLES.get(error.code, "That did not work")
    return page("sorry.html", desk, status=error.status, title=title, message=error.message)
