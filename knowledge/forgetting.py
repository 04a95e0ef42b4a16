"""Forgets what visitors asked: when it is of no more use, and when their words are deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.gaps import gap_key
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


async def forget_conversation(
    session: AsyncSession, site: str, conversation: str, unanswered: Iterable[Iterable[str]]
) -> int:
    """Deletes what its answers cited and takes its questions out of the gaps, in the caller's transaction.

    `unanswered` are its unanswered questions, each in the wordings that it may have been filed under. Says how many
    gaps are gone; one that others asked as well stays for them, counted without this one.
    """
    cited = delete(CitedRow).where(CitedRow.site == site, CitedRow.conversation_id == conversation)
    await session.execute(cited)
    return sum([await _forget_gap(session, site, wordings) for wordings in unanswered])


async def forget_message(
    session: AsyncSession, site: str, answered_by: str, unanswered: Iterable[Iterable[str]]
) -> int:
    """The same for one message and the turn that answered it; what was cited stays, without the question."""
    cited = update(CitedRow).where(CitedRow.site == site, CitedRow.message_id == answered_by)
    await session.execute(cited.values(question=""))
    return sum([await _forget_gap(session, site, wordings) for wordings in unanswered])


async def _forget_gap(session: AsyncSession, site: str, wordings: Iterable[str]) -> bool:
    for wording in wordings:
        mine = select(GapRow).where(GapRow.site == site, GapRow.key == gap_key(wording))
        row = await session.scalar(mine.with_for_update())
        if row is None:
            continue
        if row.count > 1:
            row.count -= 1
            await session.flush()
            return False
        # Those that it began a cluster of are put together anew.
        others = update(GapRow).where(GapRow.site == site, GapRow.cluster == row.id)
        await session.execute(others.values(cluster="").execution_options(synchronize_session=False))
        await session.delete(row)
        await session.flush()
        return True
    return False
