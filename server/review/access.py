"""The guard in front of every console route: who is asking, may they, and did the form come from us."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers.base import BaseRouteHandler

from server.errors import FrontdeskError, NotFound
from server.review.deps import ConsoleDeps
from server.review.roles import ANYONE, POLLED, Role
from server.review.sign_ins import Person, is_news, note_seen, person_of, stands

COOKIE = "frontdesk_console"
BEGUN_COOKIE = "frontdesk_begun"
"""Binds a sign-in at the provider to the browser that began it."""
FORM_COOKIE = "frontdesk_form"
"""Double-submit token of the sign-in form, which stands before there is a session."""
CSRF_HEADER = "x-csrf"
CSRF_FIELD = "csrf"
Guard = Callable[[ASGIConnection[Any, Any, Any, Any], BaseRouteHandler], Awaitable[None]]
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class NotSignedIn(FrontdeskError):
    """Nobody is signed in, or no longer."""

    code = "not_signed_in"
    status = 401


class NotAllowed(FrontdeskError):
    """The role does not reach this far."""

    code = "not_allowed"
    status = 403


class ForgedForm(FrontdeskError):
    """A POST that did not come from one of our pages."""

    code = "forged_form"
    status = 403


def build_guard(the_desk: Callable[[], ConsoleDeps]) -> Guard:
    """The guard of all console routes; a route that names no role is refused to everybody."""

    async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        desk, wanted = the_desk(), handler.opt.get("console_role")
        request = Request[Any, Any, Any](
            connection.scope,
            receive=connection.receive,
            send=connection.send,
        )
        if wanted == ANYONE:
            await _check_form(request, read_cookie(desk, request, FORM_COOKIE))
            return
        person = await _signed_in(desk, request)
        if not isinstance(wanted, Role) or person.role < wanted:
            needed = wanted.word if isinstance(wanted, Role) else "nobody's"
            raise NotAllowed(
                f"this needs the role {needed}; yours is {person.role.word}. Ask an administrator."
            )
        site = request.path_params.get("site")
        if site is not None and (site not in desk.sites or not person.may_see(site)):
            # The same words whether it does not exist or is not theirs.
            raise NotFound(f"there is no site {site!r} for you here; open /console and choose one")
        await _check_form(request, person.csrf)
        request.scope["state"]["person"] = person
        if not handler.opt.get(POLLED) and not _asks_for_news(request):
            await _note_seen(desk, person)

    return guard


def cookie_name(desk: ConsoleDeps, name: str) -> str:
    """Where cookies insist on https, with the prefix that browsers take from this very host only."""
    return f"__Host-{name}" if desk.secure_cookies else name


def cookie(desk: ConsoleDeps, name: str, value: str, *, max_age: int) -> Cookie:
    """Out of reach of scripts and of other sites' forms; an empty one is taken away."""
    return Cookie(
        key=cookie_name(desk, name),
        value=value,
        path="/" if desk.secure_cookies else "/console",
        httponly=True,
        samesite="lax",
        secure=desk.secure_cookies,
        max_age=max_age,
    )


def read_cookie(desk: ConsoleDeps, request: ASGIConnection[Any, Any, Any, Any], name: str) -> str:
    return request.cookies.get(cookie_name(desk, name), "")


async def still_signed_in(desk: ConsoleDeps, person: Person) -> bool:
    """Whether a session still stands; what streams to somebody asks this before each piece, and ends with it."""
    async with desk.readers() as session:
        return await stands(session, person, desk.clock(), idle=desk.doors.idle)


async def _note_seen(desk: ConsoleDeps, person: Person) -> None:
    now = desk.clock()
    if not is_news(person, now):
        return
    async with desk.writers() as session:
        await note_seen(session, person, now)
        await session.commit()


def _asks_for_news(request: Request[Any, Any, Any]) -> bool:
    """A page that looks for news by itself while nobody sits there; it says what it has already."""
    return request.method == "GET" and "hx-request" in request.headers and "have" in request.query_params


async def _signed_in(desk: ConsoleDeps, request: Request[Any, Any, Any]) -> Person:
    token = read_cookie(desk, request, COOKIE)
    if token:
        async with desk.readers() as session:
            person = await person_of(session, token, desk.clock(), idle=desk.doors.idle)
        if person is not None:
            return person
    raise NotSignedIn("nobody is signed in here, or no longer; sign in again")


async def _check_form(request: Request[Any, Any, Any], expected: str) -> None:
    if request.method in _SAFE:
        return
    given = request.headers.get(CSRF_HEADER) or str((await request.form()).get(CSRF_FIELD, ""))
    if not expected or not secrets.compare_digest(given.encode(), expected.encode()):
        raise ForgedForm("this form is out of date or came from another page; reload the page and try again")
