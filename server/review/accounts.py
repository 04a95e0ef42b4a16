"""Console accounts: argon2id passwords, the first account of a new installation, and changing them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from server.errors import Conflict, FrontdeskError, NotFound
from server.review.passwords import MAX_CHARS, check_strength
from server.review.roles import Role
from server.store.sign_in_tables import PasswordReset
from server.store.tables import Account, SignIn

ALL_SITES = "*"
_hasher = PasswordHasher()
# Verified when a login is unknown, so that the answer takes as long as for a known one.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$xiuuUoE36qxan74fVTiAwg$TXNoknmaOI5gyp6Zf7ekaN4HSURSwEqDCzrvxHLKhqU"


async def ensure_first_account(session: AsyncSession, now: datetime) -> str | None:
    """Make `admin` with a generated password when there is no account yet; the password, or None.

    The password is returned once and stored nowhere. Joins the caller's transaction.
    """
    if await session.scalar(select(func.count()).select_from(Account)):
        return None
    password = "-".join(secrets.token_hex(3) for _ in range(4))
    await add_account(session, login="admin", password=password, role=Role.ADMIN, site=ALL_SITES, now=now)
    return password


async def add_account(
    session: AsyncSession, *, login: str, password: str, role: Role, site: str, now: datetime
) -> Account:
    """A new account in the caller's transaction; raises `Conflict` when the login is taken."""
    name = login.strip().casefold()
    if not name or len(name) > 64:
        raise FrontdeskError(f"login {login!r} can not be used: give 1 to 64 characters", code="bad_login")
    if await account_of(session, name) is not None:
        raise Conflict(f"there is an account {name!r} already; choose another login")
    account = Account(
        id=str(uuid7()),
        site=site,
        login=name,
        password_hash=await _hash(password, name),
        role=role.word,
        created_at=now,
    )
    session.add(account)
    await session.flush()
    return account


async def set_password(session: AsyncSession, login: str, password: str) -> None:
    """Give `login` a new password and end its sign-ins, in the caller's transaction; raises `NotFound`."""
    account = await account_of(session, login)
    if account is None:
        raise NotFound(f"there is no account {login!r}; list the accounts in the console")
    if account.subject is not None:
        raise Conflict(f"{account.login!r} signs in at the provider and has no password here")
    account.password_hash = await _hash(password, account.login)
    await session.execute(delete(PasswordReset).where(PasswordReset.account == account.id))
    await end_sign_ins(session, account.id)


async def check_password(account: Account | None, password: str) -> bool:
    """Whether `password` is the account's; takes as long when there is none, or one without."""
    may = account is not None and account.password_hash != "" and account.disabled_at is None
    stored = account.password_hash if account is not None and may else _NOBODY
    try:
        await asyncio.to_thread(_hasher.verify, stored, password[:MAX_CHARS])
    except (VerificationError, InvalidHashError):
        return False
    return may


async def account_of(session: AsyncSession, login: str) -> Account | None:
    """The account with this login, however it is capitalised."""
    found: Account | None = await session.scalar(
        select(Account).where(Account.login == login.strip().casefold())
    )
    return found


async def all_accounts(session: AsyncSession, site: str) -> Sequence[Account]:
    """The accounts that may see `site`, by login."""
    return list(
        await session.scalars(
            select(Account).where(Account.site.in_((site, ALL_SITES))).order_by(Account.login)
        )
    )


async def end_sign_ins(session: AsyncSession, account: str) -> None:
    """Sign the account out everywhere."""
    await session.execute(delete(SignIn).where(SignIn.account == account))


async def set_active(session: AsyncSession, account: Account, *, active: bool, now: datetime) -> None:
    """Close an account and end its sign-ins, or open it again; in the caller's transaction."""
    account.disabled_at = None if active else now
    account.closed_by_provider = False
    if not active:
        await end_sign_ins(session, account.id)
        await session.execute(delete(PasswordReset).where(PasswordReset.account == account.id))


async def _hash(password: str, login: str) -> str:
    check_strength(password, login)
    return await asyncio.to_thread(_hasher.hash, password)
