"""Which conversations are whose, and what is kept of signed-in users who let us remember them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.store.member_tables import MemberRow
from server.store.tables import Conversation
from server.store.vault import Vault

GOES_ON = timedelta(days=7)
"""How long after the last word a conversation is still the one that another device goes on with."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one user, read."""

    key: str
    plan: str
    details: Mapping[str, str]
    first_seen: datetime
    last_seen: datetime


async def owner_of(session: AsyncSession, site: str, conversation: str) -> str | None:
    """The key of the member whose conversation it is, empty for nobody's; None when there is none."""
    mine = select(Conversation.member).where(Conversation.id == conversation, Conversation.site == site)
    return await session.scalar(mine)


async def current_of(
    session: AsyncSession, site: str, member: str, mode: str, now: datetime
) -> Conversation | None:
    """The conversation that the member goes on with on another device: the newest of that mode, unless it is old."""
    newest = (
        select(Conversation)
        .where(
            Conversation.site == site,
            Conversation.member == member,
            Conversation.mode == mode,
            Conversation.updated_at > now - GOES_ON,
        )
        .order_by(Conversation.updated_at.desc(), Conversation.id.desc())
        .limit(1)
    )
    return await session.scalar(newest)


async def keep(
    session: AsyncSession,
    vault: Vault,
    site: str,
    key: str,
    *,
    plan: str,
    details: Mapping[str, str],
    now: datetime,
) -> None:
    """Remember who they are, in the caller's transaction; the last token counts."""
    sealed = vault.wrapped(json.dumps(dict(details), ensure_ascii=False))
    row = await session.get(MemberRow, (site, key), with_for_update=True)
    if row is None:
        row = MemberRow(site=site, key=key, plan=plan, sealed=sealed, first_seen=now, last_seen=now)
        session.add(row)
    row.plan, row.sealed, row.last_seen = plan, sealed, now


async def kept(session: AsyncSession, vault: Vault, site: str, key: str) -> Kept | None:
    """What is kept of them; None when they did not let us remember."""
    row = await session.get(MemberRow, (site, key))
    if row is None:
        return None
    told = vault.unwrapped(row.sealed)
    details = json.loads(told) if told else {}
    return Kept(row.key, row.plan, details, row.first_seen, row.last_seen)


async def forget(session: AsyncSession, site: str, key: str) -> None:
    """They let us remember no longer."""
    await session.execute(delete(MemberRow).where(MemberRow.site == site, MemberRow.key == key))


async def forget_if_gone(session: AsyncSession, site: str, key: str) -> bool:
    """After a conversation was erased: who has no other one is kept no longer, and that is so."""
    others = select(Conversation.id).where(Conversation.site == site, Conversation.member == key).limit(1)
    if not key or await session.scalar(others) is not None:
        return False
    await forget(session, site, key)
    return True
