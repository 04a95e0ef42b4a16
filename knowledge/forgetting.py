"""Forgets what visitors asked when it is of no more use: what answers cited, and gaps that somebody closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.tables import CitedRow, GapRow

KEPT = timedelta(days=400)
"""A year with some air, so that what is asked every year is still seen to come back."""


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """Deletes what is older than `KEPT`, in the caller's transaction. Open gaps stay: they are work to do."""
    before = now - KEPT
    await session.execute(delete(CitedRow).where(CitedRow.site == site, CitedRow.at < before))
    # The one that began a cluster stays while an open one is in it: the next question is compared with it.
    in_use = select(GapRow.cluster).where(GapRow.site == site, GapRow.state == "open")
    await session.execute(
        delete(GapRow)
        .where(
            GapRow.site == site,
            GapRow.state == "closed",
            func.coalesce(GapRow.closed_at, GapRow.last_at) < before,
            GapRow.id.not_in(in_use),
        )
        .execution_options(synchronize_session=False)
    )
