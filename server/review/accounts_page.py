"""The accounts of a site, for administrators: roles, sessions, closing and opening, one-time password links."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import Conflict, FrontdeskError, NotFound
from server.review import resets, sign_ins
from server.review.accounts import ALL_SITES, account_of, add_account, all_accounts, end_sign_ins, set_active
from server.review.deps import Seat
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.store.deeds import Act, note_deed
from server.store.tables import Account

AnyRequest = Request[Any, Any, Any]


@get("/accounts", opt=needs(Role.ADMIN))
async def accounts(seat: NamedDependency[Seat]) -> Response[Any]:
    """Who may sign in and see this site."""
    return await _shown(seat)


@post("/accounts", opt=needs(Role.ADMIN), status_code=303)
async def add(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """A new account for this site, or for all when the administrator has all."""
    form = await request.form()
    everywhere = form.get("site") == ALL_SITES and seat.person.site == ALL_SITES
    async with seat.desk.writers() as session:
        account = await add_account(
            session,
            login=str(form.get("login", "")),
            password=str(form.get("password", "")),
            role=_role(str(form.get("role", ""))),
            site=ALL_SITES if everywhere else seat.site,
            now=seat.now,
        )
        await _note(session, seat, account, "account_added", f"{account.login}: {account.role}")
        await session.commit()
    return go(f"{seat.url}/accounts")


@post("/accounts/end-sign-ins", opt=needs(Role.ADMIN), status_code=303)
async def sign_out_everywhere(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """End every sign-in of an account."""
    login = str((await request.form()).get("login", ""))
    async with seat.desk.writers() as session:
        account = await _governed(session, seat, login)
        await end_sign_ins(session, account.id)
        await _note(session, seat, account, "sign_ins_revoked", f"{account.login}: all")
        await session.commit()
    return go(f"{seat.url}/accounts")


@post("/accounts/role", opt=needs(Role.ADMIN), status_code=303)
async def change_role(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Another role for an account, which ends its sign-ins; one's own stays, so that an administrator is left."""
    form = await request.form()
    role = _role(str(form.get("role", "")))
    async with seat.desk.writers() as session:
        account = await _other(session, seat, str(form.get("login", "")), "change your own role")
        if account.subject is not None and seat.desk.doors.provider is not None:
            raise Conflict(
                f"{account.login!r} gets its role from {seat.desk.doors.name} at each sign-in; change it there"
            )
        if account.role != role.word:
            words = f"{account.login}: {account.role} to {role.word}"
            account.role = role.word
            await end_sign_ins(session, account.id)
            await _note(session, seat, account, "role_changed", words)
        await session.commit()
    return go(f"{seat.url}/accounts")


@post("/accounts/active", opt=needs(Role.ADMIN), status_code=303)
async def switch(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Close an account, which ends its sign-ins, or open it again; what it did stays where it is."""
    form = await request.form()
    active = form.get("active") == "yes"
    async with seat.desk.writers() as session:
        account = await _other(session, seat, str(form.get("login", "")), "close your own account")
        await set_active(session, account, active=active, now=seat.now)
        act: Act = "account_activated" if active else "account_deactivated"
        await _note(session, seat, account, act, account.login)
        await session.commit()
    return go(f"{seat.url}/accounts")


@post("/accounts/password-link", opt=needs(Role.ADMIN), status_code=200)
async def password_link(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """A link by which somebody chooses a new password, shown once; the old password holds until it is used."""
    login = str((await request.form()).get("login", ""))
    async with seat.desk.writers() as session:
        account = await _governed(session, seat, login)
        if account.disabled_at is not None:
            raise Conflict(f"{account.login!r} is closed; open the account first")
        token = await resets.make_link(session, account, by=seat.person.login, now=seat.now)
        await _note(session, seat, account, "password_link_made", account.login)
        await session.commit()
    link = f"{seat.desk.doors.url}/console/new-password?token={token}"
    return await _shown(seat, link=link, link_for=account.login)


@get("/accounts/{account:str}/sign-ins", opt=needs(Role.ADMIN))
async def account_sign_ins(account: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Where somebody is signed in."""
    async with seat.desk.readers() as session:
        found = await _by_id(session, seat, account)
        listed = await sign_ins.of_account(session, found.id, seat.now)
    return page(
        seat,
        "account_sign_ins.html",
        nav="accounts",
        account=found,
        sign_ins=listed,
        idle=seat.desk.doors.idle,
    )


@post("/accounts/{account:str}/sign-ins/{sign_in:str}/end", opt=needs(Role.ADMIN), status_code=303)
async def end_account_sign_in(
    account: FromPath[str], sign_in: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """End one of them."""
    async with seat.desk.writers() as session:
        found = await _by_id(session, seat, account)
        if not await sign_ins.end_one(session, found.id, sign_in):
            raise NotFound("this session has ended already; reload the page")
        await _note(session, seat, found, "sign_ins_revoked", f"{found.login}: one")
        await session.commit()
    return go(f"{seat.url}/accounts/{account}/sign-ins")


async def _shown(seat: Seat, *, link: str = "", link_for: str = "") -> Response[Any]:
    async with seat.desk.readers() as session:
        found = await all_accounts(session, seat.site)
    return page(
        seat,
        "accounts.html",
        nav="accounts",
        accounts=found,
        roles=[role.word for role in Role],
        governs=[each.id for each in found if _governs(seat, each.site)],
        doors=seat.desk.doors,
        link=link,
        link_for=link_for,
    )


async def _governed(session: AsyncSession, seat: Seat, login: str) -> Account:
    """An account that this administrator may change; the same words whether it is not there or not theirs."""
    account = await account_of(session, login)
    if account is None or not _governs(seat, account.site):
        raise NotFound(f"there is no account {login!r} that you may change; reload the page")
    return account


async def _by_id(session: AsyncSession, seat: Seat, key: str) -> Account:
    account = await session.get(Account, key)
    if account is None or not _governs(seat, account.site):
        raise NotFound(f"there is no account {key!r} that you may change; reload the page")
    return account


async def _other(session: AsyncSession, seat: Seat, login: str, deed: str) -> Account:
    account = await _governed(session, seat, login)
    if account.id == seat.person.account:
        raise Conflict(f"you can not {deed}; ask another administrator")
    return account


def _governs(seat: Seat, site: str) -> bool:
    """Whether it is an account of this site; those of all sites are for an administrator who has them all."""
    return site == seat.site or (site == ALL_SITES and seat.person.site == ALL_SITES)


async def _note(session: AsyncSession, seat: Seat, account: Account, act: Act, thing: str) -> None:
    await note_deed(session, account.site, by=seat.person.login, act=act, thing=thing, now=seat.now)


def _role(name: str) -> Role:
    try:
        return Role.named(name)
    except KeyError:
        names = ", ".join(role.word for role in Role)
        raise FrontdeskError(f"there is no role {name!r}; choose one of {names}", code="bad_role") from None
