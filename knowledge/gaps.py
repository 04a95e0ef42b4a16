"""Questions that the documents did not answer, counted and put together by meaning, for those who write documents."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import defer

from knowledge.store import add_missing
from knowledge.tables import GapRow
from knowledge.words import content_terms

HOW = ("document", "approved", "dismissed")
"""What became of a gap: a document was written, an answer approved, or nobody will answer it."""
MOST_OPEN = 2_000
"""Of a site's open gaps so many are put together, the most wanted; nobody reads further down."""


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
    reopened: int = 0
    """How often it was asked again, unanswered, after somebody had closed it."""


@dataclass(frozen=True, slots=True)
class GapCluster:
    """Open gaps that ask for the same thing; one document or answer would close them."""

    id: str
    """Stays the same while questions join."""
    question: str
    """The one asked most often."""
    count: int
    members: tuple[Gap, ...]
    nearest: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    reopened: int = 0


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

    A gap that somebody closed opens again when the question comes back; it keeps saying how it was closed.
    """
    key = gap_key(question_redacted)
    fresh = {
        "id": gap_id,
        "site": site,
        "key": key,
        "question": question_redacted,
        "nearest": list(nearest),
        "count": 0,
        "state": "open",
        "first_at": now,
        "last_at": now,
    }
    # Two who ask the same for the first time at once are counted, not turned away with all that their turn saves.
    await add_missing(session, GapRow, [fresh])
    came_back = case((GapRow.state == "closed", 1), else_=0)
    counting = (
        update(GapRow)
        .where(GapRow.site == site, GapRow.key == key)
        .values(count=GapRow.count + 1, last_at=now, state="open", reopened=GapRow.reopened + came_back)
    )
    return (await session.execute(counting.returning(GapRow.id))).scalar_one()


async def open_gaps(session: AsyncSession, site: str, *, limit: int | None = 100) -> list[Gap]:
    """The most wanted first."""
    return [_gap(row) for row in await _open(session, site, limit)]


async def clusters(session: AsyncSession, site: str, limit: int) -> list[GapCluster]:
    """Open gaps by meaning, the most wanted first; what was not placed yet stands by itself."""
    groups: dict[str, list[Gap]] = {}
    for row in await _open(session, site, MOST_OPEN):
        groups.setdefault(row.cluster or row.id, []).append(_gap(row))
    made = [_cluster(name, members) for name, members in groups.items()]
    made.sort(key=lambda one: (-one.count, -one.last_at.timestamp(), one.id))
    return made[:limit]


def _cluster(name: str, members: Sequence[Gap]) -> GapCluster:
    wanted = sorted(members, key=lambda one: (-one.count, one.first_at, one.id))
    return GapCluster(
        id=name,
        question=wanted[0].question,
        count=sum(one.count for one in wanted),
        members=tuple(wanted),
        nearest=tuple(dict.fromkeys(page for one in wanted for page in one.nearest)),
        first_at=min(one.first_at for one in wanted),
        last_at=max(one.last_at for one in wanted),
        reopened=sum(one.reopened for one in wanted),
    )


async def close_gap(
    session: AsyncSession,
    site: str,
    gap_id: str,
    *,
    by: str = "",
    how: str = "dismissed",
    what: str = "",
    now: datetime | None = None,
) -> bool:
    """Marks a gap, or a cluster with all that is in it, as dealt with; False when there is none of that id.

    `how` is one of `HOW`; `what` is the path of the document or the id of the approved answer.
    """
    if how not in HOW:
        raise ValueError(f"a gap is closed by {', '.join(HOW)}, not by {how!r}")
    if not gap_id:
        return False  # Gaps that were not placed yet have no cluster: they would all be closed.
    closing = (
        update(GapRow)
        .where(
            GapRow.site == site,
            GapRow.state == "open",
            or_(GapRow.id == gap_id, GapRow.cluster == gap_id),
        )
        .values(state="closed", closed_by=by, closed_how=how, closed_with=what, closed_at=now)
    )
    return bool((await session.execute(closing.returning(GapRow.id))).scalars().all())


async def unplaced(session: AsyncSession, site: str, embedder: str, limit: int) -> Mapping[str, str]:
    """Questions by the ids of gaps that were not compared with the others by this embedder, the first asked first."""
    wanted = select(GapRow.id, GapRow.question).where(
        GapRow.site == site, or_(GapRow.cluster == "", GapRow.embedder != embedder)
    )
    return dict(
        (await session.execute(wanted.order_by(GapRow.first_at, GapRow.id).limit(limit))).tuples().all()
    )


async def _open(session: AsyncSession, site: str, limit: int | None) -> Sequence[GapRow]:
    # Vectors are for placing only, and most of what a row weighs.
    wanted = (
        select(GapRow)
        .where(GapRow.site == site, GapRow.state == "open")
        .options(defer(GapRow.vector, raiseload=True))
    )
    return (
        await session.scalars(wanted.order_by(GapRow.count.desc(), GapRow.last_at.desc()).limit(limit))
    ).all()


def _gap(row: GapRow) -> Gap:
    return Gap(
        row.id,
        row.question,
        row.count,
        tuple(row.nearest),
        row.state,
        row.first_at,
        row.last_at,
        row.reopened,
    )
