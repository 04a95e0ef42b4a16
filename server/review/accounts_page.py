"""The accounts of a site, for administrators, and one's own password."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from server.errors import Conflict, FrontdeskError, NotFound
from server.review.accounts import (
    ALL_SITES,
    account_of,
    add_account,
    all_accounts,
    check_password,
    end_sign_ins,
    set_password,
)
from server.review.deps import Seat
from server.review.pages import go, page
from server.review.roles import Role, needs

AnyRequest = Request[Any, Any, Any]


@get("/accounts", opt=needs(Role.ADMIN))
async def accounts(seat: NamedDependency[Seat]) -> Response[Any]:
    """Who may sign in and see this site."""
    async with seat.desk.readers() as session:
        found = await all_accounts(session, seat.site)
    return page(seat, "accounts.html", nav="accounts", accounts=found, roles=[role.word for role in Role])


@post("/accounts", opt=needs(Role.ADMIN), status_code=303)
async def add(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """A new account for this site, or for all when the administrator has all."""
    form = await request.form()
    everywhere = form.get("site") == ALL_SITES and seat.person.site == ALL_SITES
    async with seat.desk.writers() as session:
        await add_account(
            session,
            login=str(form.get("login", "")),
            password=str(form.get("password", "")),
            role=_role(str(form.get("role", ""))),
            site=ALL_SITES if everywhere else seat.site,
            now=seat.now,
        )
        await session.commit()
    return go(f"{seat.url}/accounts")


@post("/accounts/end-sign-ins", opt=needs(Role.ADMIN), status_code=303)
async def sign_out_everywhere(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """End every sign-in of an account."""
    login = str((await request.form()).get("login", ""))
    async with seat.desk.writers() as session:
        account = await account_of(session, login)
        if account is None or not _governs(seat, account.site):
            raise NotFound(f"there is no account {login!r} that you may change; reload the page")
        await end_sign_ins(session, account.id)
        await session.commit()
    return go(f"{seat.url}/accounts")


@post("/accounts/role", opt=needs(Role.ADMIN), status_code=303)
async def change_role(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Another role for an account; one's own stays, so that an installation keeps an administrator."""
    form = await request.form()
    login = str(form.get("login", ""))
    role = _role(str(form.get("role", "")))
    async with seat.desk.writers() as session:
        account = await account_of(session, login)
        if account is None or not _governs(seat, account.site):
            raise NotFound(f"there is no account {login!r} that you may change; reload the page")
        if account.id == seat.person.account:
            raise Conflict("you can not change your own role; ask another administrator")
        account.role = role.word
        await session.commit()
    return go(f"{seat.url}/accounts")


@get("/password", opt=needs(Role.VIEWER))
async def password_page(seat: NamedDependency[Seat]) -> Response[Any]:
    """The form for one's own password."""
    return page(seat, "password.html", nav="password")


@post("/password", opt=needs(Role.VIEWER), status_code=303)
async def change_password(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Change one's own password; every sign-in ends, this one included."""
    form = await request.form()
    async with seat.desk.readers() as session:
        account = await account_of(session, seat.person.login)
    if not await check_password(account, str(form.get("old", ""))):
        raise FrontdeskError("the present password is wrong; nothing was changed", code="wrong_password")
    async with seat.desk.writers() as session:
        await set_password(session, seat.person.login, str(form.get("new", "")))
        await session.commit()
    return go("/console/sign-in")


def _governs(seat: Seat, site: str) -> bool:
    """An administrator of one site does not change accounts that see them all."""
    return seat.person.site in (ALL_SITES, site)


def _role(name: str) -> Role:
    try:
        return Role.named(name)
    except KeyError:
        names = ", ".join(role.word for role in Role)
        raise FrontdeskError(f"there is no role {name!r}; choose one of {names}", code="bad_role") from None
