"""Puts gaps that ask for the same thing together; a gap's place is chosen once and stays."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge.gaps import unplaced
from knowledge.matching import Wish, agrees, wish
from knowledge.ports import Embedder
from knowledge.tables import GapRow

NEAR = 0.78
"""Of the cases in tests/support/approved_cases.yaml 88 % of paraphrases and 16 % of neighbours are put together."""
SAME_WORDS = 0.6
AT_ONCE = 200
"""So many are embedded and compared in one go; the rest comes with the next."""


@dataclass(frozen=True, slots=True)
class _Leader:
    """The question that began a cluster."""

    id: str
    wish: Wish
    vector: NDArray[np.float32]


async def place_gaps(sessions: async_sessionmaker[AsyncSession], embedder: Embedder, site: str) -> None:
    """Gives the next gaps that have none their cluster. Cheap when there is nothing to do."""
    async with sessions() as session:
        fresh = await unplaced(session, site, embedder.name, AT_ONCE)
        if not fresh:
            return
        leaders = await _leaders(session, site, embedder)
    placed = await asyncio.to_thread(_place, fresh, leaders, embedder)
    async with sessions.begin() as session:
        for gap, (cluster, vector) in placed.items():
            values = {"cluster": cluster, "embedder": embedder.name, "vector": vector.astype("<f4").tobytes()}
            await session.execute(update(GapRow).where(GapRow.site == site, GapRow.id == gap).values(values))


async def _leaders(session: AsyncSession, site: str, embedder: Embedder) -> list[_Leader]:
    rows = await session.scalars(
        select(GapRow).where(
            GapRow.site == site, GapRow.cluster == GapRow.id, GapRow.embedder == embedder.name
        )
    )
    return [
        _Leader(row.id, wish(row.question), np.frombuffer(row.vector or b"", "<f4").astype(np.float32))
        for row in rows
    ]


def _place(
    fresh: Mapping[str, str], leaders: Sequence[_Leader], embedder: Embedder
) -> dict[str, tuple[str, NDArray[np.float32]]]:
    """By gap: its cluster and its vector."""
    known = list(leaders)
    vectors = embedder.embed(list(fresh.values()))
    # One row for each leader, and room for those that this batch adds.
    leading = np.zeros((len(known) + len(fresh), vectors.shape[1]), np.float32)
    for row, one in enumerate(known):
        leading[row] = one.vector
    placed: dict[str, tuple[str, NDArray[np.float32]]] = {}
    for (gap, question), vector in zip(fresh.items(), vectors, strict=True):
        asked = wish(question)
        cosines = leading[: len(known)] @ vector
        near = [(float(cosines[row]), known[row]) for row in np.flatnonzero(cosines >= min(NEAR, SAME_WORDS))]
        best = max(
            ((cosine, one.id) for cosine, one in near if _is_same(asked, one.wish, cosine)),
            default=(0.0, gap),
        )
        placed[gap] = (best[1], vector)
        if best[1] == gap:
            leading[len(known)] = vector
            known.append(_Leader(gap, asked, vector))
    return placed


def _is_same(asked: Wish, known: Wish, cosine: float) -> bool:
    if agrees(asked, known):
        return cosine >= SAME_WORDS
    alike = asked.is_negated == known.is_negated and asked.counted == known.counted
    return cosine >= NEAR and alike and not asked.terms.isdisjoint(known.terms)
