"""What is kept of a conversation's end: its rating, and the transcripts that were mailed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.store.closing_tables import Csat, MailedTranscript

DAY = timedelta(days=1)


async def rate(
    session: AsyncSession, site: str, conversation: str, score: int, comment: str, now: datetime
) -> None:
    """Keep how it was, in the caller's transaction; the last one counts."""
    row = await session.get(Csat, conversation)
    if row is None:
        row = Csat(conversation=conversation, site=site, score=score, comment=comment, at=now)
        session.add(row)
    # A score that is corrected keeps what was written to it.
    row.score, row.comment, row.at = score, comment or row.comment, now


async def rating(session: AsyncSession, site: str, conversation: str) -> Csat | None:
    """How the visitor found it; None while they did not say."""
    mine = select(Csat).where(Csat.site == site, Csat.conversation == conversation)
    return await session.scalar(mine)


async def scores(session: AsyncSession, site: str, since: datetime) -> Mapping[int, int]:
    """How many conversations got each score since some day."""
    rows = await session.execute(
        select(Csat.score, func.count()).where(Csat.site == site, Csat.at >= since).group_by(Csat.score)
    )
    return {int(score): int(count) for score, count in rows}


async def mailed(
    session: AsyncSession, site: str, conversation: str, address: str, now: datetime
) -> tuple[int, int]:
    """How many transcripts left within a day: of this conversation, and to this address."""
    mine = select(func.count()).where(MailedTranscript.site == site, MailedTranscript.at > now - DAY)
    of_it = await session.scalar(mine.where(MailedTranscript.conversation == conversation))
    to_it = await session.scalar(mine.where(MailedTranscript.address == address))
    return of_it or 0, to_it or 0


def note_mailed(
    session: AsyncSession,
    site: str,
    conversation: str,
    address: str,
    *,
    id: str,  # noqa: A002
    now: datetime,
) -> None:
    """Count one that leaves, in the caller's transaction."""
    session.add(MailedTranscript(id=id, site=site, conversation=conversation, address=address, at=now))


async def forget(session: AsyncSession, site: str, conversation: str) -> None:
    """An erased conversation leaves none."""
    for table in (Csat, MailedTranscript):
        await session.execute(delete(table).where(table.site == site, table.conversation == conversation))


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """What no limit counts any more."""
    old = delete(MailedTranscript).where(MailedTranscript.site == site, MailedTranscript.at < now - 2 * DAY)
    await session.execute(old)
