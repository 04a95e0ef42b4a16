"""Our own reader: where a citation opens when the operator's documents have no address on the web."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from litestar import Response, get
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from markupsafe import Markup, escape

from knowledge.values import Document
from server.actions.site import DeskOf
from server.dialogue.languages import language_of
from server.errors import NotFound
from server.markdown import render
from server.pages.render import page
from server.pages.shown import as_indexed, body_of

DocumentOf = Callable[[str, str], Awaitable[Document | None]]
"""The public page at a path of a site."""


def reader_routes(
    document_of: DocumentOf, desk_of: DeskOf, clock: Callable[[], datetime]
) -> Sequence[ControllerRouterHandler]:
    """`/kb/<site>/<path>`: public pages of a site, as they were ingested and for as long as they hold."""

    @get("/kb/{site:str}/{path:path}", include_in_schema=False)
    async def read(site: FromPath[str], path: FromPath[str]) -> Response[str]:
        try:
            desk = desk_of(site)
        except NotFound:
            desk = None  # documents may be ingested before the site has a playbook
        document = await document_of(site, path)
        if document is None:
            title, message = (
                "There is nothing here any more",
                "The page was removed, or its address has changed.",
            )
            return page("sorry.html", desk, status=404, title=title, message=message)
        if document.expires is not None and document.expires <= clock():
            title, message = "This page no longer holds", "It was good until a day that has passed."
            return page("sorry.html", desk, status=410, title=title, message=message)
        spoken = language_of(document.language) or "en"
        return page("document.html", desk, language=spoken, document=document, body=_body(document))

    return [read]


def _body(document: Document) -> Markup:
    """Markdown as HTML, without what was left out when it was read; every other format as its text, by paragraph."""
    if document.format == "markdown":
        return render(body_of(document.source), prepare=as_indexed).html
    paragraphs = [part.strip() for part in document.text.split("\n\n")]
    return Markup("\n").join(Markup("<p>{}</p>").format(escape(part)) for part in paragraphs if part)
