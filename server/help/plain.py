"""`/help/{site}`: the public articles as plain pages, for browsers in which no script runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from litestar import Request, Response, Router, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from server.actions.site import DeskOf
from server.dialogue.languages import language_of
from server.dialogue.phrases import phrase
from server.errors import FrontdeskError
from server.help import articles
from server.help.readers import Reader, nothing_there
from server.help.routes import HelpDoor
from server.pages.render import page
from server.pages.sorry import accepted

_FOUND = 20
AnyRequest = Request[Any, Any, Any]


def plain_help_routes(door: HelpDoor, desk_of: DeskOf) -> Sequence[ControllerRouterHandler]:
    """The list with its search, and an article; links in either stay among them."""
    desk = door.desk

    def reader_of(request: AnyRequest, site: str) -> Reader:
        door.may_read(request)
        if site not in desk.playbooks.sites:
            raise nothing_there()
        asked = language_of(request.query_params.get("lang", "")[:35])
        own = desk.playbooks.of(site).site.language
        language = asked or accepted(request.headers.get("accept-language", ""), own)
        return Reader(site, None, "", ("public",), language, desk.clock())

    @get("/")
    async def contents(request: Request[Any, Any, Any], site: FromPath[str]) -> Response[str]:
        """All articles by section, or those that were searched for."""
        reader = reader_of(request, site)
        query = request.query_params.get("q", "").strip()[: articles.LONGEST_QUERY]
        found = await articles.search(desk, reader, query, paused=True, most=_FOUND) if query else None
        rules = articles.rules_of(desk, reader)
        return page(
            "help.html", desk_of(site), language=reader.language, site=site, query=query, found=found,
            groups=[] if found else articles.groups(articles.visible(desk, reader), rules), cut=_cut,
        )  # fmt: skip

    @get("/{article:str}")
    async def read(
        request: Request[Any, Any, Any], site: FromPath[str], article: FromPath[str]
    ) -> Response[str]:
        """One article."""
        reader = reader_of(request, site)
        told = await articles.read(desk, reader, article, None)
        return page(
            "help_article.html", desk_of(site), language=reader.language, site=site, article=told,
            spoken=await articles.language_of(desk, reader, article),
        )  # fmt: skip

    return [
        Router(
            path="/help/{site:str}",
            route_handlers=[contents, read],
            exception_handlers={FrontdeskError: _sorry_of(desk_of)},
            include_in_schema=False,
        )
    ]


def _sorry_of(desk_of: DeskOf) -> Callable[[AnyRequest, FrontdeskError], Response[str]]:
    def sorry(request: AnyRequest, error: FrontdeskError) -> Response[str]:
        try:
            desk = desk_of(str(request.path_params.get("site", "")))
        except FrontdeskError:
            desk = None
        language = accepted(request.headers.get("accept-language", ""), desk.language if desk else "en")
        title = phrase("sorry_not_found" if error.status == 404 else "sorry", language=language)
        message = phrase("help_nothing", language=language) if error.status == 404 else str(error)
        return page("sorry.html", desk, status=error.status, language=language, title=title, message=message)

    return sorry


def _cut(text: str, marks: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """A snippet in runs, marked and not; marks count UTF-16 units."""
    units = text.encode("utf-16-le")
    runs: list[tuple[str, bool]] = []
    at = 0
    for start, end in [*marks, (len(units) // 2, len(units) // 2)]:
        for first, last, is_marked in ((at, start, False), (start, end, True)):
            if last > first:
                runs.append((units[2 * first : 2 * last].decode("utf-16-le", "replace"), is_marked))
        at = end
    return runs
