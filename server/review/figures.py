"""The figures of answering on the overview, counted from decision records, ratings and hand-overs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.tables import HandoffRow, MeetingRow, TrialRow
from server.store import closing, groups, nudges
from server.store.nudges import Tally
from server.store.tables import Conversation, DecisionRow, Rating

DAYS = 14
PERIODS = (14, 90)
"""What the overview can look back on, in days."""


@dataclass(frozen=True, slots=True)
class Day:
    """How many questions were answered from the documents, and how many were not."""

    start: datetime
    answered: int
    abstained: int


@dataclass(frozen=True, slots=True)
class Scored:
    """How many conversations got one score."""

    score: int
    count: int
    share: float
    more: str = ""

    @property
    def name(self) -> str:
        return _SCORES[self.score]


_SCORES = {5: "very good", 4: "good", 3: "fair", 2: "poor", 1: "very poor"}


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts of a period."""

    days: tuple[Day, ...]
    plays: tuple[tuple[str, int], ...]
    conversations: int
    handovers: int
    waiting_for_person: int
    meetings: int
    trials: int
    liked: int
    disliked: int
    shown: tuple[Tally, ...] = ()
    """Messages that were shown unasked."""
    csat: tuple[Scored, ...] = ()
    """Whole conversations by how their visitors found them, the best first; empty while nobody said."""
    groups: tuple[tuple[str, int, int], ...] = ()
    """Each experiment, how many take part, and among how many they were drawn; of all time."""

    @property
    def answered(self) -> int:
        return sum(day.answered for day in self.days)

    @property
    def abstained(self) -> int:
        return sum(day.abstained for day in self.days)

    @property
    def csat_mean(self) -> float:
        """Of 5; 0 while nobody said."""
        given = sum(one.count for one in self.csat)
        return sum(one.score * one.count for one in self.csat) / given if given else 0.0

    @property
    def turns(self) -> int:
        return sum(count for _, count in self.plays)

    @property
    def tallest(self) -> int:
        """The largest day, at least 1, so that bars have a scale."""
        return max((day.answered + day.abstained for day in self.days), default=0) or 1


def begins(now: datetime, days: int) -> datetime:
    """Where a period of so many days begins, today included; days begin at midnight UTC."""
    return now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)


async def figures(session: AsyncSession, site: str, now: datetime, days: int = DAYS) -> Figures:
    """Count the last days, today included."""
    since = begins(now, days)
    starts = [since + timedelta(days=on) for on in range(days)]
    liked, disliked = await _thumbs(session, site, since)
    return Figures(
        days=await _days(session, site, starts),
        plays=await _plays(session, site, since),
        conversations=await _count(session, Conversation, site, since),
        handovers=await _count(session, HandoffRow, site, since),
        waiting_for_person=await session.scalar(
            select(func.count())
            .select_from(HandoffRow)
            .where(HandoffRow.site == site, HandoffRow.state.in_(("asked", "nobody")))
        )
        or 0,
        meetings=await _count(session, MeetingRow, site, since),
        trials=await _count(session, TrialRow, site, since),
        liked=liked,
        disliked=disliked,
        csat=await _csat(session, site, since),
        shown=await nudges.tallies(session, site, since),
        groups=tuple((name, *counts) for name, counts in sorted((await groups.sizes(session, site)).items())),
    )


async def _days(session: AsyncSession, site: str, starts: list[datetime]) -> tuple[Day, ...]:
    # Day numbers by comparison: date arithmetic is spelled differently by every database.
    number = case(
        *((DecisionRow.at < start + timedelta(days=1), index) for index, start in enumerate(starts)),
        else_=len(starts),
    )
    abstained = DecisionRow.record["abstained"].as_boolean()
    turns = (
        select(number.label("day"), abstained.label("gave_up"))
        .where(DecisionRow.site == site, DecisionRow.at >= starts[0], abstained.is_not(None))
        .subquery()
    )
    # Grouped outside: PostgreSQL takes the same expression with other parameters for another expression.
    rows = await session.execute(
        select(turns.c.day, turns.c.gave_up, func.count()).group_by(turns.c.day, turns.c.gave_up)
    )
    counts = {(int(day), bool(gave_up)): int(count) for day, gave_up, count in rows}
    return tuple(
        Day(start, counts.get((index, False), 0), counts.get((index, True), 0))
        for index, start in enumerate(starts)
    )


async def _plays(session: AsyncSession, site: str, since: datetime) -> tuple[tuple[str, int], ...]:
    rows = await session.execute(
        select(DecisionRow.play, func.count())
        .where(DecisionRow.site == site, DecisionRow.at >= since)
        .group_by(DecisionRow.play)
        .order_by(func.count().desc(), DecisionRow.play)
    )
    return tuple((str(play), int(count)) for play, count in rows)


async def _thumbs(session: AsyncSession, site: str, since: datetime) -> tuple[int, int]:
    rows = await session.execute(
        select(Rating.value, func.count())
        .where(Rating.site == site, Rating.at >= since)
        .group_by(Rating.value)
    )
    counts = {str(value): int(count) for value, count in rows}
    return counts.get("up", 0), counts.get("down", 0)


async def _csat(session: AsyncSession, site: str, since: datetime) -> tuple[Scored, ...]:
    counts = await closing.scores(session, site, since)
    total = sum(counts.values())
    if not total:
        return ()
    return tuple(Scored(score, counts.get(score, 0), counts.get(score, 0) / total) for score in _SCORES)


async def _count(
    session: AsyncSession,
    table: type[Conversation | HandoffRow | MeetingRow | TrialRow],
    site: str,
    since: datetime,
) -> int:
    found = await session.scalar(
        select(func.count()).select_from(table).where(table.site == site, table.created_at >= since)
    )
    return found or 0
