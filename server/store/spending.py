"""What outside models cost a site, summed from the decision records: the log is the truth."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.store.tables import DecisionRow


async def tokens_since(readers: async_sessionmaker[AsyncSession], site: str, since: datetime) -> int:
    """Tokens of all turns from that moment on."""
    tokens = func.sum(DecisionRow.record["tokens_spent"].as_integer())
    async with readers() as session:
        spent = await session.scalar(select(tokens).where(DecisionRow.site == site, DecisionRow.at >= since))
    return int(spent or 0)
