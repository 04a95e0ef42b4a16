"""Console sessions: a random token in a cookie, its hash in the database, an end, and a brake on guessing."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.review.accounts import ALL_SITES
from server.review.roles import Role
from server.store.tables import Account, SignIn

LASTS = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, and the token that their forms must carry."""

    account: str
    login: str
    role: Role
    site: str
    csrf: str

    def may_see(self, site: str) -> bool:
        return self.site in (ALL_SITES, site)


def hashed(token: str) -> str:
    """What the database keeps of a token: a copy of the table opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


async def begin(session: AsyncSession, account: Account, now: datetime) -> str:
    """Sign the account in, in the caller's transaction; the token for the cookie."""
    await session.execute(delete(SignIn).where(SignIn.expires_at <= now))
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_hash=hashed(token),
            account=account.id,
            csrf=secrets.token_urlsafe(24),
            expires_at=now + LASTS,
        )
    )
    return token


async def person_of(session: AsyncSession, token: str, now: datetime) -> Person | None:
    """Who holds this token; None when it is unknown, expired or revoked."""
    row = (
        await session.execute(
            select(Account, SignIn)
            .join(SignIn, SignIn.account == Account.id)
            .where(SignIn.token_hash == hashed(token), SignIn.expires_at > now)
        )
    ).first()
    if row is None:
        return None
    account, sign_in = row
    return Person(account.id, account.login, Role.named(account.role), account.site, sign_in.csrf)


async def end(session: AsyncSession, token: str) -> None:
    """Revoke the token, in the caller's transaction."""
    await session.execute(delete(SignIn).where(SignIn.token_hash == hashed(token)))


class Brake:
    """Slows down guessing: after some free failures each further one doubles the wait, up to `longest_s`.

    Kept in memory, one per process, and bounded, so that made-up logins can not fill it.
    """

    def __init__(self, *, first_s: float = 2.0, longest_s: float = 900.0) -> None:
        self._first_s, self._longest_s = first_s, longest_s
        self._failures: OrderedDict[str, tuple[int, datetime]] = OrderedDict()

    def wait_s(self, key: str, now: datetime, *, free: int) -> int:
        """Seconds until `key` may try again; 0 when it may try now, as after up to `free` failures."""
        count, last = self._failures.get(key, (0, now))
        if count < free:
            return 0
        pause = min(self._first_s * 2.0 ** min(count - free, 20), self._longest_s)
        return max(0, math.ceil(pause - (now - last).total_seconds()))

    def failed(self, key: str, now: datetime) -> None:
        count, last = self._failures.pop(key, (0, now))
        # A day of quiet forgives.
        self._failures[key] = (1 if now - last > timedelta(days=1) else count + 1, now)
        while len(self._failures) > 10_000:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)
