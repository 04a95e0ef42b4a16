"""What outside models cost a site: turns by their decision records, follow-ups by their drafts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions.follow_ups.tables import FollowUpRow
from server.store.spending import tokens_since


async def tokens_spent(readers: async_sessionmaker[AsyncSession], site: str, since: datetime) -> int:
    """Tokens of all turns and drafts from that moment on."""
    drafted = select(func.sum(FollowUpRow.tokens)).where(
        FollowUpRow.site == site, FollowUpRow.created_at >= since
    )
    async with readers() as session:
        spent = await session.scalar(drafted)
    return int(spent or 0) + await tokens_since(readers, site, since)
