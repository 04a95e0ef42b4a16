"""The way in and out: sign-in, sign-out, and the first page."""

from __future__ import annotations

import secrets
from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy import select

from server.actions import presence
from server.errors import NotFound
from server.review import sign_ins
from server.review.access import COOKIE, FORM_COOKIE
from server.review.accounts import account_of, check_password
from server.review.deps import ConsoleDeps
from server.review.pages import bare, go
from server.review.roles import Role, needs, open_to_all
from server.review.sign_ins import LASTS, Brake, Person
from server.store.tables import Conversation

AnyRequest = Request[Any, Any, Any]


@get("/", opt=needs(Role.VIEWER))
async def first_page(desk: NamedDependency[ConsoleDeps], person: NamedDependency[Person]) -> Redirect:
    """The inbox of the first site that the person may see."""
    mine = [site for site in desk.sites if person.may_see(site)]
    if not mine:
        raise NotFound("your account sees no site of this installation; ask an administrator to change it")
    return go(f"/console/site/{mine[0]}/inbox")


@get("/conversations/{conversation:str}", opt=needs(Role.VIEWER))
async def find_conversation(
    conversation: FromPath[str], desk: NamedDependency[ConsoleDeps], person: NamedDependency[Person]
) -> Redirect:
    """A conversation by its id alone, as links in mails name it."""
    async with desk.readers() as session:
        site = await session.scalar(select(Conversation.site).where(Conversation.id == conversation))
    if site is None or not person.may_see(site):
        raise NotFound(f"there is no conversation {conversation!r} for you here; it may have been deleted")
    return go(f"/console/site/{site}/conversations/{conversation}")


@get("/sign-in", opt=open_to_all())
async def sign_in_page(request: AnyRequest, desk: NamedDependency[ConsoleDeps]) -> Response[Any]:
    """The form; `next` is where to go afterwards."""
    return _form(desk, wanted=request.query_params.get("next", ""), login="", problem="")


@post("/sign-in", opt=open_to_all(), status_code=200)
async def sign_in(
    request: AnyRequest, desk: NamedDependency[ConsoleDeps], brake: NamedDependency[Brake]
) -> Response[Any]:
    """Check login and password; wrong ones cost a wait that grows."""
    form = await request.form()
    login, wanted = str(form.get("login", ""))[:64].strip().casefold(), str(form.get("next", ""))
    client = request.client.host if request.client else "unknown"
    now = desk.clock()
    # An address may be a whole office behind one router: it gets more free tries than one login from it.
    keys = {f"{login} from {client}": 5, f"anybody from {client}": 50}
    if pause := max(brake.wait_s(key, now, free=free) for key, free in keys.items()):
        problem = f"Too many attempts. Try again in {pause} seconds."
        return _form(desk, wanted=wanted, login=login, problem=problem, status=429, wait_s=pause)
    async with desk.readers() as session:
        account = await account_of(session, login)
    if not await check_password(account, str(form.get("password", ""))) or account is None:
        for key in keys:
            brake.failed(key, now)
        problem = "Login or password is wrong. Check both and try again."
        return _form(desk, wanted=wanted, login=login, problem=problem, status=401)
    brake.succeeded(f"{login} from {client}")
    async with desk.writers() as session:
        token = await sign_ins.begin(session, account, now)
        await session.commit()
    response: Response[Any] = go(_inside(wanted))
    response.set_cookie(_cookie(desk, COOKIE, token, max_age=int(LASTS.total_seconds())))
    return response


@post("/sign-out", opt=needs(Role.VIEWER), status_code=303)
async def sign_out(request: AnyRequest, desk: NamedDependency[ConsoleDeps]) -> Response[Any]:
    """End this sign-in; the token is worth nothing afterwards."""
    token = request.cookies.get(COOKIE, "")
    async with desk.writers() as session:
        person = await sign_ins.person_of(session, token, desk.clock())
        if person is not None:
            await presence.left(session, person.login, now=desk.clock())
        await sign_ins.end(session, token)
        await session.commit()
    response: Response[Any] = go("/console/sign-in")
    response.set_cookie(_cookie(desk, COOKIE, "", max_age=0))
    return response


def _form(
    desk: ConsoleDeps, *, wanted: str, login: str, problem: str, status: int = 200, wait_s: int = 0
) -> Response[Any]:
    token = secrets.token_urlsafe(24)
    response: Response[Any] = bare(
        "sign_in.html", status=status, csrf=token, next=wanted, login=login, problem=problem
    )
    response.set_cookie(_cookie(desk, FORM_COOKIE, token, max_age=3_600))
    if wait_s:
        response.headers["retry-after"] = str(wait_s)
    return response


def _cookie(desk: ConsoleDeps, key: str, value: str, *, max_age: int) -> Cookie:
    return Cookie(
        key=key,
        value=value,
        path="/console",
        httponly=True,
        samesite="lax",
        secure=desk.secure_cookies,
        max_age=max_age,
    )


def _inside(wanted: str) -> str:
    """Only a page of this console: a link must not make the sign-in send people elsewhere."""
    inside = wanted.startswith("/console/") and "\\" not in wanted and ".." not in wanted
    return wanted if inside else "/console"
