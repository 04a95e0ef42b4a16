"""A conversation leaves our memory of other CRMs; what was written there is theirs, and stays."""

from __future__ import annotations

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.remote.tables import (
    RemoteEntryRow,
    RemoteFieldRow,
    RemoteLinkRow,
    RemoteMadeRow,
    RemoteOrderRow,
)
from crm_sync.rows import effect_text
from crm_sync.values import Effect


async def forget_remote(session: AsyncSession, site: str, conversation: str) -> None:
    """Keep only that its orders were carried out, so that none is carried out again; in the caller's transaction. From
    here on what we wrote counts as somebody else's: it is not written over, and not taken back."""
    mine = (RemoteOrderRow.site == site, RemoteOrderRow.conversation == conversation)
    keys = select(RemoteOrderRow.key).where(*mine)
    ours = delete(RemoteFieldRow).where(RemoteFieldRow.site == site, RemoteFieldRow.key.in_(keys))
    made = delete(RemoteMadeRow).where(RemoteMadeRow.site == site, RemoteMadeRow.order_key.in_(keys))
    for statement in (ours, made):
        await session.execute(statement.execution_options(synchronize_session=False))
    done = RemoteOrderRow.effect.is_not(None)
    await session.execute(
        update(RemoteOrderRow)
        .where(*mine, done)
        .values(work="", effect=effect_text(Effect()), undone_at=RemoteOrderRow.applied_at)
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(RemoteOrderRow).where(*mine, ~done))
    for table in (RemoteLinkRow, RemoteEntryRow):
        await session.execute(delete(table).where(table.site == site, table.conversation == conversation))


async def forget_order(session: AsyncSession, site: str, key: str) -> None:
    """The same of one order, which was still being carried out when its conversation was forgotten."""
    ours = delete(RemoteFieldRow).where(RemoteFieldRow.site == site, RemoteFieldRow.key == key)
    made = delete(RemoteMadeRow).where(RemoteMadeRow.site == site, RemoteMadeRow.order_key == key)
    entered = delete(RemoteEntryRow).where(RemoteEntryRow.site == site, RemoteEntryRow.key == key)
    for statement in (ours, made, entered):
        await session.execute(statement.execution_options(synchronize_session=False))
    await session.execute(
        update(RemoteOrderRow)
        .where(RemoteOrderRow.site == site, RemoteOrderRow.key == key)
        .values(work="", effect=effect_text(Effect()), undone_at=RemoteOrderRow.applied_at)
        .execution_options(synchronize_session=False)
    )
