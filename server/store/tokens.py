"""API tokens: made once, kept as a hash, bound to a site and to what they may do."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.errors import Conflict, FrontdeskError, NotFound
from server.store.tables import ApiToken

SCOPES = {
    "documents:write": "put and delete documents, read sources anew",
    "documents:read": "list and read documents and sources",
    "knowledge:read": "list the questions that the documents do not answer",
    "outcomes:write": "tell what became of leads, and take it back",
}
"""What a token may be allowed to do, in words."""
PREFIX = "fd_"
_NAME = re.compile(r"[\w][\w .-]{0,59}")
_USED_EVERY = timedelta(minutes=1)


async def issue(
    session: AsyncSession,
    site: str,
    *,
    name: str,
    scopes: Collection[str],
    by: str,
    now: datetime,
    expires: datetime | None = None,
) -> str:
    """A new token in the caller's transaction. The secret is returned once and stored nowhere."""
    clean = name.strip()
    if not _NAME.fullmatch(clean):
        raise FrontdeskError(
            f"a token can not be called {name!r}: use 1 to 60 letters, digits, spaces, dots and dashes",
            code="bad_name",
        )
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        what = f"there is no scope {unknown[0]!r}" if unknown else "a token without a scope may do nothing"
        raise FrontdeskError(f"{what}; choose from {', '.join(SCOPES)}", code="bad_scope")
    if expires is not None and expires <= now:
        raise FrontdeskError(
            "the token would have expired already; choose a later day or none", code="bad_expiry"
        )
    taken = select(ApiToken).where(ApiToken.site == site, ApiToken.name == clean)
    if await session.scalar(taken) is not None:
        raise Conflict(f"there is a token {clean!r} already; revoke it first or choose another name")
    # 256 random bits: nothing to guess, so a plain hash is enough and a look-up stays one read of an index.
    secret = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(
        token_hash=_hash(secret),
        site=site,
        name=clean,
        hint=secret[-4:],
        scopes=" ".join(sorted(scopes)),
        by=by,
        created_at=now,
        used_at=None,
        expires_at=expires,
    )
    session.add(row)
    await session.flush()
    return secret


async def tokens(session: AsyncSession, site: str) -> Sequence[ApiToken]:
    """A site's tokens by name."""
    wanted = select(ApiToken).where(ApiToken.site == site).order_by(ApiToken.name)
    return list(await session.scalars(wanted))


async def revoke(session: AsyncSession, site: str, name: str) -> None:
    """It is worth nothing from the commit on; raises `NotFound`."""
    gone = delete(ApiToken).where(ApiToken.site == site, ApiToken.name == name.strip())
    if (await session.execute(gone.returning(ApiToken.name))).scalar_one_or_none() is None:
        raise NotFound(f"site {site!r} has no token {name!r}; list them to see their names")


async def token_of(session: AsyncSession, secret: str, now: datetime) -> ApiToken | None:
    """The token that `secret` is, unless it expired."""
    found = await session.get(ApiToken, _hash(secret)) if secret.startswith(PREFIX) else None
    if found is None or (found.expires_at is not None and found.expires_at <= now):
        return None
    return found


def use_is_due(token: ApiToken, now: datetime) -> bool:
    """Whether its use should be written down: not with every call, which would make each of them a write."""
    return token.used_at is None or now - token.used_at >= _USED_EVERY


async def note_use(session: AsyncSession, token: ApiToken, now: datetime) -> None:
    """Remember in the caller's transaction that it was used."""
    await session.execute(update(ApiToken).where(ApiToken.token_hash == token.token_hash).values(used_at=now))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
