"""The way in and out: sign-in by password, sign-out, a new password by link, and the first page."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy import select

from server.actions import presence
from server.errors import NotFound
from server.review import resets, sign_ins
from server.review.access import COOKIE, FORM_COOKIE, cookie, read_cookie
from server.review.accounts import account_of, check_password
from server.review.deps import ConsoleDeps
from server.review.pages import bare, go
from server.review.passwords import WeakPassword
from server.review.roles import Role, needs, open_to_all
from server.review.sign_ins import Brake, How, Person
from server.store.deeds import EVERY_SITE, note_deed
from server.store.tables import Account, Conversation

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
    """The ways in; `next` is where to go afterwards."""
    query = request.query_params
    return form(desk, wanted=query.get("next", ""), emergency="emergency" in query)


@post("/sign-in", opt=open_to_all(), status_code=200)
async def sign_in(
    request: AnyRequest, desk: NamedDependency[ConsoleDeps], brake: NamedDependency[Brake]
) -> Response[Any]:
    """Check login and password; wrong ones cost a wait that grows."""
    filled = await request.form()
    login, wanted = str(filled.get("login", ""))[:64].strip().casefold(), str(filled.get("next", ""))
    client = address(request)
    now = desk.clock()
    # An address may be a whole office behind one router: it gets more free tries than one login from it.
    keys = {f"{login} from {client}": 5, f"anybody from {client}": 50}
    if pause := max(brake.wait_s(key, now, free=free) for key, free in keys.items()):
        problem = f"Too many attempts. Try again in {pause} seconds."
        return form(desk, wanted=wanted, login=login, problem=problem, status=429, wait_s=pause)
    for key in keys:
        # Before the answer is known: many attempts at the same moment must not all pass as the first one.
        brake.failed(key, now)
    async with desk.readers() as session:
        account = await account_of(session, login)
    takes = desk.doors.takes_password_of(login)
    # Checked in either case, so that the answer takes as long whoever it is.
    is_right = await check_password(account if takes else None, str(filled.get("password", "")))
    if not is_right or account is None:
        await _note_failure(desk, account, client, now)
        problem = "Login or password is wrong. Check both and try again."
        return form(desk, wanted=wanted, login=login, problem=problem, status=401)
    brake.succeeded(f"{login} from {client}")
    brake.forgave(f"anybody from {client}")
    return await let_in(request, desk, account.id, wanted, how="password", proven=account.password_hash)


@post("/sign-out", opt=needs(Role.VIEWER), status_code=303)
async def sign_out(request: AnyRequest, desk: NamedDependency[ConsoleDeps]) -> Response[Any]:
    """End this sign-in; the token is worth nothing afterwards. The provider's session is offered to be ended too."""
    token = read_cookie(desk, request, COOKIE)
    async with desk.writers() as session:
        person = await sign_ins.person_of(session, token, desk.clock(), idle=desk.doors.idle)
        if person is not None:
            await presence.left(session, person.login, now=desk.clock())
        sealed = await sign_ins.end(session, token)
        await session.commit()
    id_token = desk.vault.unwrapped(sealed) if sealed else None
    response: Response[Any] = go("/console/sign-in")
    if id_token and desk.doors.provider is not None:
        back = f"{desk.doors.url}/console/sign-in"
        leave = await desk.doors.provider.leave_url(back, id_token)
        if leave is not None:
            # A link and no redirect: our own pages' policy lets forms lead nowhere but here.
            response = bare("signed_out.html", leave=leave, name=desk.doors.name)
    response.set_cookie(cookie(desk, COOKIE, "", max_age=0))
    return response


@get("/new-password", opt=open_to_all())
async def new_password_page(request: AnyRequest, desk: NamedDependency[ConsoleDeps]) -> Response[Any]:
    """The form that a one-time link opens; looking at it uses nothing up."""
    token = request.query_params.get("token", "")
    async with desk.readers() as session:
        account = await resets.account_by_link(session, token, desk.clock())
    return _new_password(desk, token, account.login)


@post("/new-password", opt=open_to_all(), status_code=200)
async def new_password(request: AnyRequest, desk: NamedDependency[ConsoleDeps]) -> Response[Any]:
    """Choose it; the link is used up, and every sign-in of the account ends."""
    filled = await request.form()
    token, now = str(filled.get("token", "")), desk.clock()
    async with desk.writers() as session:
        account = await resets.account_by_link(session, token, now)
        login = account.login
        try:
            account = await resets.use_link(session, token, str(filled.get("new", "")), now)
        except WeakPassword as error:
            return _new_password(desk, token, login, problem=error.message)
        await note_deed(session, account.site, by=login, act="password_changed", thing="by link", now=now)
        await session.commit()
    return go("/console/sign-in")


async def let_in(
    request: AnyRequest,
    desk: ConsoleDeps,
    account: str,
    wanted: str,
    *,
    how: How,
    proven: str = "",
    id_token: str | None = None,
) -> Response[Any]:
    """A new session for the account, and on to where they were going.

    `proven` is the hash that a password was right for: whoever changed it meanwhile ended every sign-in, this one too.
    """
    now = desk.clock()
    async with desk.writers() as session:
        row = await session.get(Account, account, with_for_update=True)
        has_changed = how == "password" and row is not None and row.password_hash != proven
        if row is None or row.disabled_at is not None or has_changed:
            problem = "Your account was changed at this moment. Sign in again."
            return form(desk, wanted=wanted, problem=problem, status=401)
        token = await sign_ins.begin(
            session,
            row,
            now,
            place=place_of(request),
            how=how,
            lasts=desk.doors.lasts,
            id_token=desk.vault.wrapped(id_token) if id_token else None,
            instead_of=read_cookie(desk, request, COOKIE),
        )
        thing = f"by {'the provider' if how == 'oidc' else 'password'} from {address(request)}"
        await note_deed(session, row.site, by=row.login, act="signed_in", thing=thing, now=now)
        await session.commit()
    response: Response[Any] = go(_inside(wanted))
    response.set_cookie(cookie(desk, COOKIE, token, max_age=int(desk.doors.lasts.total_seconds())))
    return response


def form(
    desk: ConsoleDeps,
    *,
    wanted: str,
    login: str = "",
    problem: str = "",
    status: int = 200,
    wait_s: int = 0,
    emergency: bool = False,
) -> Response[Any]:
    """The sign-in page with the ways in that there are."""
    doors, token = desk.doors, secrets.token_urlsafe(24)
    response: Response[Any] = bare(
        "sign_in.html",
        status=status,
        csrf=token,
        next=_inside(wanted) if wanted else "",
        login=login,
        problem=problem,
        provider=doors.name if doors.provider is not None else "",
        asks_password=doors.passwords or (bool(doors.break_glass) and (emergency or bool(login))),
        has_emergency=not doors.passwords and bool(doors.break_glass),
    )
    response.set_cookie(cookie(desk, FORM_COOKIE, token, max_age=3_600))
    if wait_s:
        response.headers["retry-after"] = str(wait_s)
    return response


def address(request: AnyRequest) -> str:
    """The caller's network address; behind a proxy uvicorn has put the forwarded one here."""
    return request.client.host if request.client else "unknown"


_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def place_of(request: AnyRequest) -> str:
    """Browser, system and address, as far as they are told: enough to know one's own sessions by."""
    agent = request.headers.get("user-agent", "")
    browser = next((name for mark, name in _BROWSERS if mark in agent), "A program")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{browser}{f' on {system}' if system else ''}, {address(request)}"


def _new_password(desk: ConsoleDeps, token: str, login: str, *, problem: str = "") -> Response[Any]:
    csrf = secrets.token_urlsafe(24)
    status = 400 if problem else 200
    response: Response[Any] = bare(
        "new_password.html", status=status, csrf=csrf, token=token, login=login, problem=problem
    )
    response.set_cookie(cookie(desk, FORM_COOKIE, csrf, max_age=3_600))
    return response


async def _note_failure(desk: ConsoleDeps, account: Account | None, client: str, now: datetime) -> None:
    """For the audit trail. What was typed as an unknown login is not kept: it may be somebody's password."""
    site, login = (account.site, account.login) if account is not None else (EVERY_SITE, "an unknown login")
    async with desk.writers() as session:
        await note_deed(
            session, site, by=login, act="sign_in_failed", thing=f"by password from {client}", now=now
        )
        await session.commit()


def _inside(wanted: str) -> str:
    """Only a page of this console: a link must not make the sign-in send people elsewhere."""
    inside = wanted.startswith("/console/") and "\\" not in wanted and ".." not in wanted
    return wanted if inside else "/console"
