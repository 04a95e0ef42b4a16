"""Makes two records of the built-in CRM one, by a person's act, and parts them again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarResult, delete, func, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.comparing.values import FieldChoice, Identity, MatchedObject, MergePreview, Seen
from crm_sync.documents.canonical import Json, canonical
from crm_sync.errors import ProviderRefused
from crm_sync.providers.builtin_records import current, email_key, filled, person_who_typed, write
from crm_sync.tables import ActivityRow, CompanyRow, ContactRow, DealRow, LinkRow, TaskRow
from crm_sync.values import Difference, UndoResult

Matched = ContactRow | CompanyRow
TABLES: dict[str, type[ContactRow | CompanyRow]] = {"contact": ContactRow, "company": CompanyRow}
_AT_ONCE = 500
_HANGING: dict[str, Any] = {"deals": DealRow, "activities": ActivityRow, "tasks": TaskRow}


async def identities(
    session: AsyncSession, site: str, record: MatchedObject, *, after: str, limit: int
) -> list[Identity]:
    """Records as matching sees them, by id."""
    if record == "company":
        mine = select(CompanyRow).where(CompanyRow.site == site, CompanyRow.id > after)
        rows = await session.scalars(mine.order_by(CompanyRow.id).limit(limit))
        return [
            Identity(
                "company", row.id, name=row.name or "", domain=row.domain or "", country=row.country or ""
            )
            for row in rows
        ]
    query = (
        select(ContactRow, CompanyRow.name, CompanyRow.domain)
        .outerjoin(
            CompanyRow, (CompanyRow.site == ContactRow.site) & (CompanyRow.id == ContactRow.company_id)
        )
        .where(ContactRow.site == site, ContactRow.id > after)
        .order_by(ContactRow.id)
        .limit(limit)
    )
    return [
        Identity(
            "contact",
            row.id,
            name=row.name or "",
            email=row.email or "",
            phone=row.phone or "",
            domain=domain or "",
            company=company or "",
            country=row.country or "",
        )
        for row, company, domain in (await session.execute(query)).tuples()
    ]


async def see(
    session: AsyncSession, site: str, record: MatchedObject, ids: Collection[str]
) -> dict[str, Seen]:
    """These records as they stand; those that are gone are left out."""
    table = TABLES[record]
    rows: ScalarResult[Any] = await session.scalars(
        select(table).where(table.site == site, table.id.in_(ids))
    )
    return {row.id: Seen(row.id, filled(row, record), row.updated_at) for row in rows}


async def preview(
    session: AsyncSession, site: str, record: MatchedObject, first: str, second: str, keep: str
) -> MergePreview | None:
    """What would win and what would move."""
    one, other = await _row(session, site, record, first), await _row(session, site, record, second)
    if one is None or other is None:
        return None
    stays = _stays(one, other, keep)
    goes = other if stays is one else one
    names = sorted({*filled(one, record), *filled(other, record)})
    fields = tuple(_choice(name, one, other, stays) for name in names)
    return MergePreview(record, stays.id, goes.id, fields, await _moves(session, goes))


async def merge(
    session: AsyncSession,
    site: str,
    record: MatchedObject,
    keep: str,
    drop: str,
    take: Mapping[str, str],
    *,
    key: str,
    by: str,
    now: datetime,
) -> str:
    """Make them one in the caller's transaction; returns what undoing needs, as text."""
    stays, goes = await _row(session, site, record, keep), await _row(session, site, record, drop)
    if stays is None or goes is None:
        gone = keep if stays is None else drop
        raise ProviderRefused(f"There is no {record} {gone!r} on this site; it may have been removed.")
    taken = {
        name: (current(stays, name), stays.writers.get(name), current(goes, name), goes.writers.get(name))
        for name in filled(goes, record)
        if take.get(name, keep if current(stays, name) is not None else drop) == drop
        and current(goes, name) != current(stays, name)
    }
    lost = {name: value for name, value in filled(goes, record).items() if name not in taken}
    told: dict[str, Any] = {
        "record": record,
        "keep": keep,
        "drop": drop,
        "row": _columns(goes),
        "moved": await _move(session, stays, goes),
        "taken": {name: list(four) for name, four in taken.items()},
    }
    if isinstance(stays, ContactRow) and isinstance(goes, ContactRow):
        told["company"] = [stays.company_id, stays.company_id or goes.company_id]
        stays.company_id = told["company"][1]
    # An address or domain is one record's only: the other one goes first.
    await session.delete(goes)
    await session.flush()
    for name, (_, _, value, writer) in taken.items():
        write(stays, name, value, writer)
    stays.edited_by, stays.updated_at = by, now
    lost = {name: value for name, value in lost.items() if value != current(stays, name)}
    if isinstance(stays, ContactRow) and lost:
        told["note"] = _note(session, stays, lost, key=key, now=now)
    await session.flush()
    return canonical(told)


async def unmerge(
    session: AsyncSession, site: str, told: Mapping[str, Any], *, key: str, by: str, now: datetime
) -> UndoResult:
    """Part them again in the caller's transaction, or say what changed since; nothing is written then."""
    record: MatchedObject = told["record"]
    stays = await _row(session, site, record, told["keep"])
    differences = await _changed_since(session, site, stays, told)
    if stays is None or differences:
        return UndoResult("changed_since", differences)
    for name, (before, writer, _, _) in told["taken"].items():
        write(stays, name, before, writer)
    stays.edited_by, stays.updated_at = by, now
    await session.flush()
    table = TABLES[record]
    session.add(table(**_restored(table, told["row"])))
    await _move_back(session, site, told)
    if isinstance(stays, ContactRow):
        before, after = told["company"]
        if stays.company_id == after:
            stays.company_id = before
    if told.get("note"):
        await session.execute(
            delete(ActivityRow).where(ActivityRow.site == site, ActivityRow.key == _note_key(key))
        )
    await session.flush()
    return UndoResult("undone")


async def _row(session: AsyncSession, site: str, record: str, id_: str) -> Matched | None:
    table = TABLES[record]
    found: Matched | None = await session.scalar(select(table).where(table.site == site, table.id == id_))
    return found


def _stays(one: Matched, other: Matched, keep: str) -> Matched:
    """The one that a person named, else worked on, else the older."""
    if keep in (one.id, other.id):
        return one if one.id == keep else other
    return min((one, other), key=lambda row: (row.edited_by is None, row.created_at, row.id))


def _choice(name: str, one: Matched, other: Matched, stays: Matched) -> FieldChoice:
    mine, theirs = current(one, name), current(other, name)
    by_one, by_other = person_who_typed(one, name), person_who_typed(other, name)
    if mine is None or theirs is None:
        wins, because = (one if theirs is None else other), "The other one is empty"
    elif mine == theirs:
        wins, because = stays, "Both say the same"
    elif bool(by_one) != bool(by_other):
        wins, because = (one if by_one else other), f"{by_one or by_other} typed it"
    else:
        wins, because = stays, "It stands in the record that stays"
    return FieldChoice(name, mine, theirs, "first" if wins is one else "second", because)


def _hanging(row: Matched) -> list[tuple[str, Any, ColumnElement[bool]]]:
    """What belongs to a record, by name: its table and the condition that finds it."""
    if isinstance(row, CompanyRow):
        mine = (ContactRow.site == row.site) & (ContactRow.company_id == row.id)
        return [("contacts", ContactRow, mine)]
    found: list[tuple[str, Any, ColumnElement[bool]]] = [
        (name, table, (table.site == row.site) & (table.contact_id == row.id))
        for name, table in _HANGING.items()
    ]
    linked = (LinkRow.site == row.site) & (LinkRow.contact_id == row.id)
    return [*found, ("conversations", LinkRow, linked)]


async def _moves(session: AsyncSession, goes: Matched) -> dict[str, int]:
    counted = {}
    for name, table, mine in _hanging(goes):
        counted[name] = await session.scalar(select(func.count()).select_from(table).where(mine)) or 0
    return counted


async def _move(session: AsyncSession, stays: Matched, goes: Matched) -> dict[str, list[str]]:
    moved: dict[str, list[str]] = {}
    for name, table, mine in _hanging(goes):
        key = LinkRow.conversation if table is LinkRow else table.id
        moved[name] = sorted(await session.scalars(select(key).where(mine)))
        column = "company_id" if table is ContactRow else "contact_id"
        await session.execute(
            update(table).where(mine).values({column: stays.id}).execution_options(synchronize_session=False)
        )
    return moved


async def _move_back(session: AsyncSession, site: str, told: Mapping[str, Any]) -> None:
    """What is still where the merge put it; what a person moved on since stays there."""
    tables: dict[str, Any] = {**_HANGING, "conversations": LinkRow, "contacts": ContactRow}
    for name, ids in told["moved"].items():
        table = tables[name]
        key = LinkRow.conversation if table is LinkRow else table.id
        owner = table.company_id if table is ContactRow else table.contact_id
        # PostgreSQL takes 32,767 values at once, and a busy record has more conversations than that.
        for at in range(0, len(ids), _AT_ONCE):
            await session.execute(
                update(table)
                .where(table.site == site, key.in_(ids[at : at + _AT_ONCE]), owner == told["keep"])
                .values({owner.key: told["drop"]})
                .execution_options(synchronize_session=False)
            )


async def _changed_since(
    session: AsyncSession, site: str, stays: Matched | None, told: Mapping[str, Any]
) -> tuple[Difference, ...]:
    record, keep = told["record"], told["keep"]
    if stays is None:
        return (Difference(record, keep, "id", keep, None, told["drop"]),)
    found = [
        Difference(record, keep, name, value, current(stays, name), before)
        for name, (before, _, value, writer) in told["taken"].items()
        if current(stays, name) != value or stays.writers.get(name) != writer
    ]
    unique = "email_key" if record == "contact" else "domain"
    key = told["row"].get(unique)
    table = TABLES[record]
    if key is not None:
        other = select(table.id).where(
            table.site == site, getattr(table, unique) == key, table.id.not_in((keep, told["drop"]))
        )
        if taken := await session.scalar(other):
            found.append(Difference(record, taken, unique, None, key, key))
    return tuple(found)


def _note(
    session: AsyncSession, stays: ContactRow, lost: Mapping[str, Json], *, key: str, now: datetime
) -> str:
    """What the other record said and this one does not, so that nothing is lost unseen."""
    body = "\n".join(f"{name}: {value}" for name, value in sorted(lost.items()))
    row = ActivityRow(
        id=key,
        site=stays.site,
        key=_note_key(key),
        contact_id=stays.id,
        type="note",
        subject="Merged with another contact, which said",
        body=body,
        at=now,
        created_at=now,
    )
    session.add(row)
    return row.id


def _note_key(key: str) -> str:
    return f"merge:{key}"[:64]


def _columns(row: Matched) -> dict[str, Any]:
    """Every column by attribute, as JSON."""
    values = {each.key: getattr(row, each.key) for each in _mapper(row).column_attrs}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()
    }


def _mapper(row: Matched) -> Any:
    return inspect(type(row))


def _restored(table: type[Matched], kept: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(kept)
    for name in ("created_at", "updated_at"):
        values[name] = datetime.fromisoformat(values[name])
    # What was merged before there was an archive has no such column.
    if put_aside := values.get("archived_at"):
        values["archived_at"] = datetime.fromisoformat(put_aside)
    if table is ContactRow and values.get("email"):
        values["email_key"] = email_key(values["email"])
    return values
