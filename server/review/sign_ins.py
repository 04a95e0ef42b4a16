"""Console sessions: a random token in a cookie, its hash in the database, two ends, and a brake on guessing."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from server.review.accounts import ALL_SITES
from server.review.roles import Role
from server.store.tables import Account, SignIn

LASTS = timedelta(hours=12)
IDLE = timedelta(hours=4)
_SEEN_EVERY = timedelta(minutes=1)
How = Literal["password", "oidc"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, and the token that their forms must carry."""

    account: str
    login: str
    role: Role
    site: str
    csrf: str
    sign_in: str = ""
    """The session that they are in, by the name that pages may show."""
    seen_at: datetime | None = None
    has_password: bool = True

    def may_see(self, site: str) -> bool:
        return self.site in (ALL_SITES, site)


def hashed(token: str) -> str:
    """What the database keeps of a token: a copy of the table opens no session."""
    return hashlib.sha256(token.encode()).hexdigest()


async def begin(
    session: AsyncSession,
    account: Account,
    now: datetime,
    *,
    place: str = "",
    how: How = "password",
    lasts: timedelta = LASTS,
    id_token: str | None = None,
    instead_of: str = "",
) -> str:
    """Sign the account in, in the caller's transaction; the token for the cookie.

    The session that the browser had before, `instead_of`, ends: a token that somebody planted is worth nothing.
    """
    await session.execute(delete(SignIn).where(SignIn.expires_at <= now))
    if instead_of:
        await end(session, instead_of)
    token = secrets.token_urlsafe(32)
    row = SignIn(
        token_hash=hashed(token),
        account=account.id,
        csrf=secrets.token_urlsafe(24),
        expires_at=now + lasts,
        id=str(uuid7()),
        started_at=now,
        seen_at=now,
        place=place[:200],
        how=how,
        id_token=id_token,
    )
    session.add(row)
    return token


async def person_of(
    session: AsyncSession, token: str, now: datetime, *, idle: timedelta = IDLE
) -> Person | None:
    """Who holds this token; None when it is unknown, expired, idle for too long or revoked."""
    row = (
        await session.execute(
            select(Account, SignIn)
            .join(SignIn, SignIn.account == Account.id)
            .where(
                SignIn.token_hash == hashed(token),
                SignIn.expires_at > now,
                SignIn.seen_at > now - idle,
                Account.disabled_at.is_(None),
            )
        )
    ).first()
    if row is None:
        return None
    account, sign_in = row
    return Person(
        account=account.id,
        login=account.login,
        role=Role.named(account.role),
        site=account.site,
        csrf=sign_in.csrf,
        sign_in=sign_in.id,
        seen_at=sign_in.seen_at,
        has_password=bool(account.password_hash),
    )


async def stands(session: AsyncSession, person: Person, now: datetime, *, idle: timedelta = IDLE) -> bool:
    """Whether the session that somebody came with was neither revoked nor ended, and gives the same role."""
    row = (
        await session.execute(
            select(Account.role, Account.site)
            .join(SignIn, SignIn.account == Account.id)
            .where(
                SignIn.id == person.sign_in,
                SignIn.expires_at > now,
                SignIn.seen_at > now - idle,
                Account.disabled_at.is_(None),
            )
        )
    ).first()
    return row is not None and (row.role, row.site) == (person.role.word, person.site)


def is_news(person: Person, now: datetime) -> bool:
    """Whether it should be written down that they did something: not with every click, each would be a write."""
    return person.seen_at is None or now - person.seen_at >= _SEEN_EVERY


async def note_seen(session: AsyncSession, person: Person, now: datetime) -> None:
    """Remember in the caller's transaction that they are still there."""
    await session.execute(update(SignIn).where(SignIn.id == person.sign_in).values(seen_at=now))


async def of_account(session: AsyncSession, account: str, now: datetime) -> Sequence[SignIn]:
    """Where an account is signed in, the latest first; what is idle for too long still has to expire."""
    wanted = select(SignIn).where(SignIn.account == account, SignIn.expires_at > now)
    return list(await session.scalars(wanted.order_by(SignIn.seen_at.desc(), SignIn.id.desc())))


async def end(session: AsyncSession, token: str) -> str | None:
    """Revoke the token, in the caller's transaction; the provider's own token, sealed, if the session
    came from one."""
    ended = delete(SignIn).where(SignIn.token_hash == hashed(token)).returning(SignIn.id_token)
    found: str | None = (await session.execute(ended)).scalar_one_or_none()
    return found


async def end_one(session: AsyncSession, account: str, sign_in: str) -> bool:
    """Revoke one session of an account by its name; False when it is not there (any more)."""
    ended = delete(SignIn).where(SignIn.account == account, SignIn.id == sign_in).returning(SignIn.id)
    return (await session.execute(ended)).scalar_one_or_none() is not None


async def end_others(session: AsyncSession, account: str, but: str) -> int:
    """Revoke all of an account's sessions but one; how many those were."""
    ended = delete(SignIn).where(SignIn.account == account, SignIn.id != but).returning(SignIn.id)
    return len(list(await session.scalars(ended)))


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

    def forgave(self, key: str) -> None:
        """Take back one failure: the attempt was counted before it was known to be right."""
        if (known := self._failures.get(key)) is not None and known[0] > 1:
            self._failures[key] = (known[0] - 1, known[1])
        else:
            self.succeeded(key)

    def succeeded(self, key: str) -> None:
        self._failures.pop(key, None)
