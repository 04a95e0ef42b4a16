"""The figures of selling: how far conversations get, what became of CRM updates, where deals stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.by_hand.browsing import STAGES
from crm_sync.deciding.tables import LessonRow
from crm_sync.delivering.desk import Backlog
from crm_sync.delivering.gates import ProviderState
from crm_sync.tables import DealRow, UpdateRow
from server.actions.tables import CartRow, MeetingRow, TrialRow
from server.review.deps import Seat
from server.store import doubts
from server.store.tables import Conversation, Outcome

WAITS = (
    ("within 15 minutes", timedelta(minutes=15)),
    ("within an hour", timedelta(hours=1)),
    ("within four hours", timedelta(hours=4)),
    ("within a day", timedelta(days=1)),
)
LATEST = 2_000
"""So many decisions are timed, the latest ones."""
FIELDS = 10
GAPS_COUNTED = 200
_RELEASED = ("pending", "approved", "delivering", "retrying", "delivered", "unchanged", "undone")


@dataclass(frozen=True, slots=True)
class Bar:
    """A named count; `share` is its part of what it is measured by, `more` what stands beside it."""

    name: str
    count: float
    share: float
    more: str = ""


@dataclass(frozen=True, slots=True)
class Selling:
    """Everything that the overview shows besides answers."""

    funnel: tuple[Bar, ...]
    tiers: tuple[Bar, ...]
    precision: tuple[Bar, ...]
    waits: tuple[Bar, ...]
    median_wait: timedelta | None
    scores: tuple[Bar, ...]
    deals: tuple[Bar, ...]
    backlog: Backlog
    provider: ProviderState
    delivered: int
    gaps: int
    doubts: int


async def selling(seat: Seat, session: AsyncSession, since: datetime) -> Selling:
    """Count what happened since then; deals, the backlog and what waits stand as they are now."""
    site, ledger = seat.site, seat.desk.ledger
    statuses = await _statuses(session, site, since)
    waits, middle = await _waits(session, site, since)
    learned = await ledger.lessons_summary(site, since=since)
    return Selling(
        funnel=await _funnel(session, site, since),
        tiers=await _tiers(session, site, since, statuses),
        precision=_precision(learned.fields),
        waits=waits,
        median_wait=middle,
        scores=await _scores(session, site, since),
        deals=await _deals(session, site),
        backlog=await ledger.backlog(site),
        provider=await ledger.provider_state(site, seat.now),
        delivered=sum(count for (status, _), count in statuses.items() if status == "delivered"),
        gaps=len(await seat.desk.library.gaps(site, GAPS_COUNTED, place=False)),
        doubts=await doubts.count_waiting(session, site),
    )


async def _funnel(session: AsyncSession, site: str, since: datetime) -> tuple[Bar, ...]:
    """Of the conversations that began since, how many got how far; each is counted once a step."""
    begun = select(Conversation.id).where(Conversation.site == site, Conversation.created_at >= since)
    learned = select(UpdateRow.conversation).where(
        UpdateRow.site == site,
        UpdateRow.kind == "contact.qualified",
        UpdateRow.status.not_in(("quarantined", "rejected")),
    )
    meetings = select(MeetingRow.conversation).where(MeetingRow.site == site, MeetingRow.state != "cancelled")
    did = union(
        meetings,
        select(TrialRow.conversation).where(TrialRow.site == site),
        select(CartRow.conversation).where(CartRow.site == site),
    )
    won = union(
        select(Outcome.conversation).where(Outcome.site == site, Outcome.kind == "won"),
        select(CartRow.conversation).where(CartRow.site == site, CartRow.paid_at.is_not(None)),
    )
    steps: tuple[tuple[str, Any], ...] = (
        ("Conversations", None),
        ("Told us about themselves", learned),
        ("Meeting, trial or cart", did),
        ("Won", won),
    )
    found: list[Bar] = []
    for name, among in steps:
        query = select(func.count()).select_from(begun.subquery())
        if among is not None:
            mine = begun.where(Conversation.id.in_(select(among.subquery().c[0])))
            query = select(func.count()).select_from(mine.subquery())
        count = await session.scalar(query) or 0
        first = found[0].count if found else count
        share = count / first if first else 0.0
        found.append(Bar(name, count, share, f"{share:.0%}" if found else ""))
    return tuple(found)


async def _statuses(session: AsyncSession, site: str, since: datetime) -> dict[tuple[str, bool], int]:
    """How many updates stand where, and whether a person decided."""
    decided = UpdateRow.decided_by.is_not(None)
    grouped = (
        select(UpdateRow.status, decided, func.count())
        .where(UpdateRow.site == site, UpdateRow.created_at >= since)
        .group_by(UpdateRow.status, decided)
    )
    found = (await session.execute(grouped)).tuples()
    return {(status, bool(by_person)): count for status, by_person, count in found}


async def _tiers(
    session: AsyncSession, site: str, since: datetime, statuses: dict[tuple[str, bool], int]
) -> tuple[Bar, ...]:
    edited = (
        await session.scalar(
            select(func.count(LessonRow.update_id.distinct())).where(
                LessonRow.site == site, LessonRow.at >= since, LessonRow.became == "edited"
            )
        )
        or 0
    )
    by_person = sum(statuses.get((status, True), 0) for status in _RELEASED)
    rows = (
        ("Written at once", sum(statuses.get((status, False), 0) for status in _RELEASED)),
        ("Approved as it was", max(0, by_person - edited)),
        ("Edited, then approved", min(edited, by_person) if by_person else edited),
        ("Rejected", _both(statuses, "rejected")),
        ("Waits for a person", _both(statuses, "awaiting_approval")),
        ("Needs review or is invalid", _both(statuses, "needs_review") + _both(statuses, "quarantined")),
    )
    return _bars(rows)


def _both(statuses: dict[tuple[str, bool], int], status: str) -> int:
    return statuses.get((status, True), 0) + statuses.get((status, False), 0)


def _precision(fields: Sequence[Any]) -> tuple[Bar, ...]:
    """By field, however it was obtained; the most looked at first."""
    counted: dict[str, tuple[int, int]] = {}
    for each in fields:
        right, looked = counted.get(each.field, (0, 0))
        counted[each.field] = (right + each.approved, looked + each.looked_at)
    shown = sorted(counted.items(), key=lambda one: (-one[1][1], one[0]))[:FIELDS]
    return tuple(
        Bar(name, right, right / looked, f"{right} of {looked}") for name, (right, looked) in shown if looked
    )


async def _waits(
    session: AsyncSession, site: str, since: datetime
) -> tuple[tuple[Bar, ...], timedelta | None]:
    """How long what waited for a person had waited when somebody first decided."""
    first = (
        select(LessonRow.update_id, func.min(LessonRow.at).label("at"))
        .where(LessonRow.site == site, LessonRow.at >= since)
        .group_by(LessonRow.update_id)
        .order_by(func.min(LessonRow.at).desc())
        .limit(LATEST)
        .subquery()
    )
    rows = select(first.c.at, UpdateRow.created_at).join(UpdateRow, UpdateRow.id == first.c.update_id)
    pairs = (await session.execute(rows.where(UpdateRow.site == site))).tuples()
    gaps = [max(timedelta(0), at - begun) for at, begun in pairs]
    counts, last = [], timedelta(-1)
    for name, most in WAITS:
        counts.append((name, sum(last < gap <= most for gap in gaps)))
        last = most
    counts.append(("later", sum(gap > last for gap in gaps)))
    return _bars(counts) if gaps else (), median(gaps) if gaps else None


async def _scores(session: AsyncSession, site: str, since: datetime) -> tuple[Bar, ...]:
    """Leads by their best score since, in tens."""
    best = (
        select(func.max(UpdateRow.gist_score).label("score"))
        .where(UpdateRow.site == site, UpdateRow.created_at >= since, UpdateRow.gist_score.is_not(None))
        .group_by(UpdateRow.conversation)
    )
    found = [score for score in await session.scalars(best) if score is not None]
    if not found:
        return ()
    low = int(min([0.0, *found]) // 10)
    high = int(max([90.0, *found]) // 10)
    tens = [int(score // 10) for score in found]
    return _bars([(f"{ten * 10} to {ten * 10 + 9}", tens.count(ten)) for ten in range(low, high + 1)])


async def _deals(session: AsyncSession, site: str) -> tuple[Bar, ...]:
    """The built-in CRM's deals as they stand now."""
    stage = func.coalesce(DealRow.stage, STAGES[0])
    named = select(stage.label("stage"), DealRow.currency, DealRow.amount).where(
        DealRow.site == site, DealRow.archived_at.is_(None)
    )
    mine = named.subquery()
    grouped = select(mine.c.stage, mine.c.currency, func.count(), func.sum(mine.c.amount))
    counts: dict[str, int] = {}
    money: dict[str, list[str]] = {}
    rows = await session.execute(grouped.group_by(mine.c.stage, mine.c.currency))
    for name, currency, count, total in rows.tuples():
        counts[name] = counts.get(name, 0) + count
        if total:
            money.setdefault(name, []).append(f"{total:,.0f} {currency or ''}".strip())
    most = max(counts.values(), default=0)
    return tuple(
        Bar(name, counts.get(name, 0), counts.get(name, 0) / most, ", ".join(money.get(name, ())))
        for name in STAGES
        if most
    )


def _bars(rows: Sequence[tuple[str, int]]) -> tuple[Bar, ...]:
    most = max((count for _, count in rows), default=0) or 1
    return tuple(Bar(name, count, count / most) for name, count in rows)
