"""The tasks of a team that works in the built-in CRM: whose, due when, done. Every call joins a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit
from crm_sync.by_hand.editing import RecordUnknown
from crm_sync.errors import EditRefused
from crm_sync.tables import ContactRow, TaskRow

When = Literal["open", "late", "today", "later", "done"]
WHENS: tuple[When, ...] = ("open", "late", "today", "later", "done")
PRIORITIES = ("high", "normal", "low")


@dataclass(frozen=True, slots=True)
class Todo:
    """A task with whom it is about; `owner` is whose it is by itself or by its contact."""

    task: TaskRow
    contact: ContactRow | None
    owner: str | None


async def tasks(
    session: AsyncSession,
    site: str,
    when: When,
    *,
    now: datetime,
    owner: str = "",
    contacts: Sequence[str] = (),
    limit: int = 200,
) -> list[Todo]:
    """The most pressing first; what is done the other way round. `owner` narrows to whose they are."""
    query = (
        select(TaskRow, ContactRow)
        .outerjoin(ContactRow, and_(ContactRow.id == TaskRow.contact_id, ContactRow.site == site))
        .where(TaskRow.site == site, *_at(when, now))
    )
    if owner:
        query = query.where(_whose() == owner)
    if contacts:
        query = query.where(TaskRow.contact_id.in_(set(contacts)))
    urgency = case((TaskRow.priority == "high", 0), (TaskRow.priority == "normal", 1), else_=2)
    order = (TaskRow.due.is_(None), TaskRow.due, urgency, TaskRow.created_at, TaskRow.id)
    query = query.order_by(TaskRow.done_at.desc(), TaskRow.id) if when == "done" else query.order_by(*order)
    found: list[Todo] = []
    for task, about in (await session.execute(query.limit(limit))).tuples():
        contact = cast("ContactRow | None", about)  # An outer join: there may be none any more.
        found.append(Todo(task, contact, task.owner or (contact.owner if contact else None)))
    return found


async def a_page(
    session: AsyncSession,
    site: str,
    when: When | None,
    *,
    now: datetime,
    owner: str = "",
    after: str | None = None,
    limit: int,
) -> tuple[list[TaskRow], str | None]:
    """Tasks by their key, for whoever takes them all, and where the next page begins; `when` None: open and done."""
    query = (
        select(TaskRow)
        .outerjoin(ContactRow, and_(ContactRow.id == TaskRow.contact_id, ContactRow.site == site))
        .where(TaskRow.site == site, *(_at(when, now) if when else ()))
    )
    if owner:
        query = query.where(_whose() == owner)
    if after:
        query = query.where(TaskRow.id > after)
    found = list(await session.scalars(query.order_by(TaskRow.id).limit(limit + 1)))
    rows = found[:limit]
    return rows, rows[-1].id if len(found) > limit else None


async def counts(session: AsyncSession, site: str, *, now: datetime, owner: str = "") -> dict[When, int]:
    """How many there are of each, for the tabs."""
    found: dict[When, int] = {}
    for when in WHENS:
        query = (
            select(func.count())
            .select_from(TaskRow)
            .outerjoin(ContactRow, and_(ContactRow.id == TaskRow.contact_id, ContactRow.site == site))
            .where(TaskRow.site == site, *_at(when, now))
        )
        found[when] = await session.scalar(query.where(_whose() == owner) if owner else query) or 0
    return found


async def add(
    session: AsyncSession,
    site: str,
    contact: str,
    title: str,
    *,
    id: str,  # noqa: A002
    by: str,
    now: datetime,
    due: datetime | None = None,
    priority: str = "normal",
    owner: str | None = None,
) -> None:
    """A person notes what is to do. Raises EditRefused for one without a title, RecordUnknown without a contact."""
    words = " ".join(title.split())
    if not words or len(words) > 300:
        raise EditRefused(id, "/task/title", "a task needs a title of at most 300 characters")
    known = await session.scalar(
        select(ContactRow.id).where(ContactRow.site == site, ContactRow.id == contact)
    )
    if known is None:
        raise RecordUnknown("contact", contact)
    level = priority if priority in PRIORITIES else "normal"
    row = TaskRow(
        id=id, site=site, key=f"person:{id}", contact_id=contact, title=words, due=due, priority=level,
        owner=owner or None, created_at=now,
    )  # fmt: skip
    session.add(row)
    await _told(session, site, contact, "task_added", by, now, id)


async def settle(
    session: AsyncSession,
    site: str,
    task: str,
    *,
    done: bool,
    by: str,
    now: datetime,
) -> TaskRow:
    """Done, or to do again; twice is once."""
    row = await session.scalar(select(TaskRow).where(TaskRow.site == site, TaskRow.id == task))
    if row is None:
        raise RecordUnknown("task", task)
    if (row.done_at is not None) != done:
        row.done_at = now if done else None
        await _told(session, site, row.contact_id, "task_done" if done else "task_reopened", by, now, task)
    return row


def _at(when: When, now: datetime) -> list[ColumnElement[bool]]:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    if when == "done":
        return [TaskRow.done_at.is_not(None)]
    still = TaskRow.done_at.is_(None)
    match when:
        case "late":
            return [still, TaskRow.due < now]
        case "today":
            return [still, TaskRow.due >= now, TaskRow.due < midnight]
        case "later":
            return [still, or_(TaskRow.due.is_(None), TaskRow.due >= midnight)]
        case _:
            return [still]


def _whose() -> ColumnElement[str | None]:
    return func.coalesce(TaskRow.owner, ContactRow.owner)


async def _told(
    session: AsyncSession, site: str, contact: str, act: str, by: str, now: datetime, task: str
) -> None:
    await audit.append(session, site=site, at=now, who=by, act=act, update_id=contact, detail={"task": task})
