"""One-time links by which somebody chooses a new password without the old one."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import Conflict, NotFound
from server.review.accounts import account_of, set_password
from server.review.sign_ins import hashed
from server.store.sign_in_tables import PasswordReset
from server.store.tables import Account

HOLDS = timedelta(hours=24)


async def make_link(session: AsyncSession, account: Account, *, by: str, now: datetime) -> str:
    """The token of a new link, in the caller's transaction; links that were made before are worth nothing."""
    if account.subject is not None:
        raise Conflict(f"{account.login!r} signs in at the provider and has no password here")
    await session.execute(
        delete(PasswordReset).where((PasswordReset.account == account.id) | (PasswordReset.expires_at <= now))
    )
    token = secrets.token_urlsafe(32)
    session.add(PasswordReset(token_hash=hashed(token), account=account.id, by=by, expires_at=now + HOLDS))
    return token


async def account_by_link(session: AsyncSession, token: str, now: datetime) -> Account:
    """Whose link it is; raises `NotFound` when it was used, replaced or is too old."""
    found: Account | None = await session.scalar(
        select(Account)
        .join(PasswordReset, PasswordReset.account == Account.id)
        .where(
            PasswordReset.token_hash == hashed(token),
            PasswordReset.expires_at > now,
            Account.disabled_at.is_(None),
        )
    )
    if found is None:
        raise NotFound("this link was used already or is too old; ask an administrator for another one")
    return found


async def use_link(session: AsyncSession, token: str, password: str, now: datetime) -> Account:
    """Give the account its new password and take the link away, in the caller's transaction."""
    account = await account_by_link(session, token, now)
    # First to delete it wins: two tabs can not both use it.
    used = delete(PasswordReset).where(PasswordReset.token_hash == hashed(token))
    if (await session.execute(used.returning(PasswordReset.account))).scalar_one_or_none() is None:
        raise NotFound("this link was used already; ask an administrator for another one")
    await set_password(session, account.login, password)
    fresh = await account_of(session, account.login)
    assert fresh is not None
    return fresh
