"""One clear page for whatever a link can not do any more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from litestar import Request, Response

from server.actions.errors import Refusal
from server.dialogue.languages import language_of
from server.dialogue.phrases import phrase
from server.errors import FrontdeskError
from server.pages.desk import PageDesk
from server.pages.render import page

_TITLED = frozenset(
    {"link_expired", "link_used", "link_replaced", "link_invalid", "not_found", "meeting_closed"}
)
"""Codes that have a title of their own."""
Handler = Callable[[Request[Any, Any, Any], FrontdeskError], Response[str]]


def sorry_of(pages: PageDesk) -> Handler:
    """What happened and what to do next, with the way back to the link's own site.

    In the language of the browser: a link that opens nothing names no conversation.
    """

    def sorry_for(request: Request[Any, Any, Any], error: FrontdeskError) -> Response[str]:
        site = pages.links.site_of(str(request.path_params.get("token", "")))
        try:
            desk = pages.desk_of(site) if site else None
        except FrontdeskError:
            desk = None  # the site is gone since the link was made
        language = accepted(request.headers.get("accept-language", ""), desk.language if desk else "en")
        name = f"sorry_{error.code}" if error.code in _TITLED else "sorry"
        message = error.said(language) if isinstance(error, Refusal) else error.message
        title = phrase(name, language=language)
        return page("sorry.html", desk, language=language, status=error.status, title=title, message=message)

    return sorry_for


def accepted(header: str, otherwise: str) -> str:
    """The first language of a browser's list that we speak; browsers send them in order of preference."""
    wanted = (part.partition(";")[0].strip() for part in header[:200].split(","))
    return next((language for each in wanted if (language := language_of(each))), otherwise)
