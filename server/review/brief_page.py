"""The account brief as a page that prints on one or two sheets of paper."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.briefing import EARLIER
from server.placeholders import fill
from server.review import brief
from server.review.deps import Seat
from server.review.pages import page
from server.review.roles import Role, needs

AnyRequest = Request[Any, Any, Any]


@get("/conversations/{conversation:str}/brief", opt=needs(Role.VIEWER))
async def account_brief(conversation: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """The brief with its details sealed."""
    return _page(seat, await brief.sheet(seat, conversation), {})


@post("/conversations/{conversation:str}/brief", opt=needs(Role.REP), status_code=200)
async def opened(conversation: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """The same with its details filled in; the vault writes down who opened them."""
    sheet = await brief.sheet(seat, conversation)
    details = {
        name: await seat.desk.vault.unseal(seat.site, conversation, name, by=seat.person.login, now=seat.now)
        for name in sheet.sealed
    }
    return _page(seat, sheet, details)


def _page(seat: Seat, sheet: brief.Sheet, details: dict[str, str]) -> Response[Any]:
    def told(text: object) -> str:
        return fill(str(text), details)

    return page(
        seat, "brief.html", nav="conversations", sheet=sheet, told=told, opened=bool(details), earlier=EARLIER
    )
