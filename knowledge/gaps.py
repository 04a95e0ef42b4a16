"""Questions that the documents did not answer, counted, for the people who write the documents."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.tables import GapRow
from knowledge.words import content_terms


@dataclass(frozen=True, slots=True)
class Gap:
    """One missing answer and how often it was wanted."""

    id: str
    question: str
    count: int
    nearest: tuple[str, ...]
    state: str
    first_at: datetime
    last_at: datetime


def gap_key(question: str) -> str:
    """Questions with the same content words in any order are the same gap."""
    return hashlib.sha256(" ".join(sorted(content_terms(question))).encode()).hexdigest()


async def note_gap(
    session: AsyncSession,
    site: str,
    question_redacted: str,
    *,
    gap_id: str,
    now: datetime,
    nearest: Sequence[str] = (),
) -> str:
    """Counts a question in the caller's transaction; returns the gap's id, the earlier one for a repeat.

    A gap that somebody closed opens again when the question comes back.
    """
    key = gap_key(question_redacted)
    same = (GapRow.site == site, GapRow.key == key)
    again = update(GapRow).where(*same).values(count=GapRow.count + 1, last_at=now, state="open")
    earlier = (await session.execute(again.returning(GapRow.id))).scalar_one_or_none()
    if earlier is not None:
        return earlier
    row = GapRow(
        id=gap_id,
        site=site,
        key=key,
        question=question_redacted,
        nearest=list(nearest),
        count=1,
        state="open",
        first_at=now,
        last_at=now,
    )
    session.add(row)
    await session.flush()
    return gap_id


async def open_gaps(session: AsyncSession, site: str, *, limit: int = 100) -> list[Gap]:
    """The most wanted first."""
    wanted = select(GapRow).where(GapRow.site == site, GapRow.state == "open")
    rows = await session.scalars(wanted.order_by(GapRow.count.desc(), GapRow.last_at.desc()).limit(limit))
    return [
        Gap(row.id, row.question, row.count, tuple(row.nearest), row.state, row.first_at, row.last_at)
        for row in rows
    ]


async def close_gap(session: AsyncSession, site: str, gap_id: str) -> bool:
    """Marks it as dealt with; False when there is none of that id."""
    closing = update(GapRow).where(GapRow.site == site, GapRow.id == gap_id).values(state="closed")
    return (await session.execute(closing.returning(GapRow.id))).scalar_one_or_none() is not None
