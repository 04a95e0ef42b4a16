"""The ledger as a queue: what stands where, the dearest and most pressing first, some rows at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, case, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.deciding.tables import WaitingRow
from crm_sync.tables import AuditHeadRow, AuditRow, UpdateRow
from crm_sync.values import Status

Sort = Literal["urgent", "worth", "oldest", "newest"]

OVERDUE = 100
DUE_SOON = ((timedelta(hours=4), 40), (timedelta(hours=24), 15))
EVENT_SOON = ((timedelta(hours=4), 60), (timedelta(hours=24), 40))
AGE = ((timedelta(days=7), 15), (timedelta(days=3), 10), (timedelta(days=1), 5))
"""What the hour adds to what an update is worth: points by how near or how long ago."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which rows, in which order."""

    statuses: tuple[Status, ...]
    sort: Sort = "urgent"
    owners: tuple[str, ...] = ()
    """Only what is theirs, or escalated to the first of them; empty: whoever's."""
    unowned: bool = False
    """Only what is nobody's."""
    kind: str = ""
    about: str = ""
    """A field, by `object.name`."""
    words: str = ""
    """All of them stand in the line, the quotes or the texts."""
    until: datetime | None = None
    """Only what was there then: what came since neither moves a page nor joins a decision."""
    after: datetime | None = None
    """Only what came later."""
    unmoved: int | None = None
    """Only what nothing happened to after this entry of the audit trail: it stands as somebody saw it."""
    ids: tuple[str, ...] = ()
    """Only these."""
    conversation: str = ""
    boosts: Mapping[str, int] = field(default_factory=dict)
    """Points for all of a conversation, from whoever knows more of it than the ledger."""


@dataclass(frozen=True, slots=True)
class Queued:
    """One row: enough to show it and to say why it stands where it does, without its document."""

    id: str
    conversation: str
    kind: str
    status: Status
    created_at: datetime
    line: str
    fields: tuple[str, ...]
    score: float | None
    stage: str | None
    seats: int | None
    amount: float | None
    event_at: datetime | None
    due_at: datetime | None
    owner: str | None
    together: int = 1
    """How many of the wished rows its conversation has; they stand one after the other."""


@dataclass(frozen=True, slots=True)
class Facets:
    """What a wish holds, before any paging."""

    total: int
    kinds: Mapping[str, int]
    fields: Mapping[str, int]


async def rows(
    session: AsyncSession, site: str, wish: Wish, *, now: datetime, limit: int, skip: int = 0
) -> list[Queued]:
    """The rows of a wish in its order, those of one conversation together where the first of them stands."""
    rank = _rank(wish, now)
    of_talk: dict[str, Any] = {"partition_by": UpdateRow.conversation}
    began, ended = (
        func.min(UpdateRow.created_at).over(**of_talk),
        func.max(UpdateRow.created_at).over(**of_talk),
    )
    first: Sequence[ColumnElement[Any]]
    match wish.sort:
        case "urgent" | "worth":
            first = [func.max(rank).over(**of_talk).desc(), began]
        case "newest":
            first = [ended.desc()]
        case "oldest":
            first = [began]
    # Thousands are put in order by what an index holds; only those that are shown are read whole.
    order = (
        select(UpdateRow.id, func.count().over(**of_talk))
        .select_from(_joined())
        .where(*_conditions(site, wish))
        .order_by(*first, UpdateRow.conversation, rank.desc(), UpdateRow.created_at, UpdateRow.id)
        .limit(limit)
        .offset(skip)
    )
    together = dict((await session.execute(order)).tuples().all())
    found = {each.id: each for each in await some(session, site, tuple(together))}
    return [replace(found[one], together=many) for one, many in together.items() if one in found]


async def some(session: AsyncSession, site: str, ids: Collection[str]) -> list[Queued]:
    """These rows, wherever they stand by now; in no order."""
    if not ids:
        return []
    query = _columns().where(UpdateRow.site == site, UpdateRow.id.in_(tuple(ids)))
    return [_queued(found) for found in (await session.execute(query)).mappings()]


async def ids(session: AsyncSession, site: str, wish: Wish, *, limit: int) -> list[str]:
    """The ids of a wish, the oldest first."""
    query = select(UpdateRow.id).select_from(_joined()).where(*_conditions(site, wish))
    return list(await session.scalars(query.order_by(UpdateRow.created_at, UpdateRow.id).limit(limit)))


async def conversations(session: AsyncSession, site: str, wish: Wish) -> int:
    """In how many conversations the rows of a wish stand."""
    query = select(func.count(UpdateRow.conversation.distinct())).select_from(_joined())
    return await session.scalar(query.where(*_conditions(site, wish))) or 0


async def facets(session: AsyncSession, site: str, wish: Wish) -> Facets:
    """How many rows a wish has in all, by kind and by field."""
    query = (
        select(UpdateRow.kind, UpdateRow.gist_fields, func.count())
        .select_from(_joined())
        .where(*_conditions(site, wish))
        .group_by(UpdateRow.kind, UpdateRow.gist_fields)
    )
    kinds: dict[str, int] = {}
    fields: dict[str, int] = {}
    for kind, names, count in (await session.execute(query)).tuples():
        kinds[kind] = kinds.get(kind, 0) + count
        for name in names.split():
            fields[name] = fields.get(name, 0) + count
    return Facets(sum(kinds.values()), kinds, fields)


async def head(session: AsyncSession, site: str) -> int:
    """Where the site's ledger has got to: it grows with everything that happens to any update."""
    found = await session.scalar(select(AuditHeadRow.n).where(AuditHeadRow.site == site))
    return found or 0


async def touched(session: AsyncSession, site: str, since: int, limit: int) -> list[str]:
    """The updates that something happened to after `since`, as far as `limit` reaches."""
    query = (
        select(AuditRow.update_id)
        .where(AuditRow.site == site, AuditRow.n > since)
        .group_by(AuditRow.update_id)
        .limit(limit)
    )
    return list(await session.scalars(query))


def _joined() -> Any:
    return UpdateRow.__table__.outerjoin(
        WaitingRow.__table__,
        and_(WaitingRow.site == UpdateRow.site, WaitingRow.update_id == UpdateRow.id),
    )


def _columns() -> Any:
    return select(
        UpdateRow.id, UpdateRow.conversation, UpdateRow.kind, UpdateRow.status, UpdateRow.created_at,
        UpdateRow.gist_line, UpdateRow.gist_fields, UpdateRow.gist_score, UpdateRow.gist_stage,
        UpdateRow.gist_seats, UpdateRow.gist_amount, UpdateRow.gist_event_at, WaitingRow.due_at, WaitingRow.owner,
    ).select_from(_joined())  # fmt: skip


def _conditions(site: str, wish: Wish) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [UpdateRow.site == site, UpdateRow.status.in_(wish.statuses)]
    if wish.owners:
        found.append(or_(WaitingRow.owner.in_(wish.owners), WaitingRow.escalated_to == wish.owners[0]))
    if wish.unowned:
        found += [WaitingRow.owner.is_(None), WaitingRow.escalated_to.is_(None)]
    if wish.kind:
        found.append(UpdateRow.kind == wish.kind)
    if wish.about:
        found.append(UpdateRow.gist_fields.contains(f" {wish.about} ", autoescape=True))
    found += [
        or_(
            UpdateRow.gist_line.icontains(word, autoescape=True),
            UpdateRow.gist_words.icontains(word, autoescape=True),
        )
        for word in wish.words.split()
    ]
    if wish.until is not None:
        found.append(UpdateRow.created_at <= wish.until)
    if wish.after is not None:
        found.append(UpdateRow.created_at > wish.after)
    if wish.unmoved is not None:
        moved = select(AuditRow.update_id).where(AuditRow.site == site, AuditRow.n > wish.unmoved)
        found.append(UpdateRow.id.not_in(moved))
    if wish.ids:
        found.append(UpdateRow.id.in_(wish.ids))
    if wish.conversation:
        found.append(UpdateRow.conversation == wish.conversation)
    return found


def _rank(wish: Wish, now: datetime) -> Any:
    """The points of a row: what it is worth, and unless only that is asked for what the hour adds."""
    if wish.sort in ("oldest", "newest"):
        return literal(0)
    worth: Any = UpdateRow.gist_worth
    if wish.sort == "worth":
        return worth
    due: list[tuple[Any, int]] = [(WaitingRow.due_at <= now, OVERDUE)]
    due += [(WaitingRow.due_at <= now + near, points) for near, points in DUE_SOON]
    event: list[tuple[Any, int]] = [(UpdateRow.gist_event_at < now, 0)]
    event += [(UpdateRow.gist_event_at <= now + near, points) for near, points in EVENT_SOON]
    age = [(UpdateRow.created_at <= now - long, points) for long, points in AGE]
    rank: Any = worth + case(*due, else_=0) + case(*event, else_=0) + case(*age, else_=0)
    by_points: dict[int, list[str]] = {}
    for conversation, points in wish.boosts.items():
        by_points.setdefault(points, []).append(conversation)
    for points, conversations in by_points.items():
        rank = rank + case((UpdateRow.conversation.in_(conversations), points), else_=0)
    return rank


def _queued(found: Mapping[Any, Any]) -> Queued:
    return Queued(
        id=found["id"],
        conversation=found["conversation"],
        kind=found["kind"],
        status=found["status"],
        created_at=found["created_at"],
        line=found["gist_line"],
        fields=tuple(found["gist_fields"].split()),
        score=found["gist_score"],
        stage=found["gist_stage"],
        seats=found["gist_seats"],
        amount=found["gist_amount"],
        event_at=found["gist_event_at"],
        due_at=found["due_at"],
        owner=found["owner"],
    )
