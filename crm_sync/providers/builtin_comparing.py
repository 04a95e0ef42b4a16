"""Says what became of a delivered update in the built-in CRM."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.comparing.values import DriftKind, Found
from crm_sync.providers.builtin_records import RECORD_TABLES, UPDATE, RecordRow, current, person_who_typed
from crm_sync.tables import ActivityRow, AppliedRow, TaskRow
from crm_sync.values import Change, Effect

_ENTRIES: dict[str, type[ActivityRow | TaskRow]] = {"activity": ActivityRow, "task": TaskRow}


async def compare(session: AsyncSession, site: str, effect: Effect, key: str) -> tuple[Found, ...]:
    """What it wrote and is not so any more; a field that a later update wrote is no drift."""
    rows = await _rows(session, site, effect)
    found = [one for change in effect.changes if (one := _of_field(change, rows, key))]
    gone = {
        (ref.object, ref.id) for ref in effect.records if ref.object in RECORD_TABLES and ref.id not in rows
    }
    merged = await _merged_into(session, site, {id_ for _, id_ in gone}) if gone else {}
    for name, id_ in sorted(gone):
        kind: DriftKind = "merged" if id_ in merged else "record_missing"
        found.append(Found(kind, name, id_, found=merged.get(id_)))
    return (*found, *await _entries(session, site, effect))


async def _rows(session: AsyncSession, site: str, effect: Effect) -> dict[str, RecordRow]:
    found: dict[str, RecordRow] = {}
    for name, table in RECORD_TABLES.items():
        ids = {ref.id for ref in effect.records if ref.object == name}
        ids |= {change.id for change in effect.changes if change.object == name and change.field[:1] != "@"}
        if ids:
            here = await session.scalars(select(table).where(table.site == site, table.id.in_(ids)))
            found |= {row.id: row for row in _typed(here)}
    return found


def _typed(rows: Iterable[object]) -> list[RecordRow]:
    return [row for row in rows if isinstance(row, RecordRow)]


def _of_field(change: Change, rows: dict[str, RecordRow], key: str) -> Found | None:
    row = rows.get(change.id)
    if row is None or change.field.startswith("@") or change.after is None:
        return None
    value = current(row, change.field)
    writer = row.writers.get(change.field)
    if value == change.after or (writer is not None and writer.startswith(UPDATE) and writer != UPDATE + key):
        return None
    by = person_who_typed(row, change.field)
    # Only the record as a whole knows when it was changed last.
    at = row.updated_at if by is not None and by == row.edited_by else None
    kind: DriftKind = "gone" if value is None else "changed"
    return Found(kind, change.object, change.id, change.field, change.after, value, by, at)


async def _merged_into(session: AsyncSession, site: str, gone: set[str]) -> dict[str, str]:
    """Where records that are gone went, when a person merged them."""
    told = await session.scalars(
        select(AppliedRow.effect).where(
            AppliedRow.site == site, AppliedRow.undone_at.is_(None), AppliedRow.effect.like('%"drop":%')
        )
    )
    merges = [json.loads(text) for text in told]
    return {each["drop"]: each["keep"] for each in merges if each.get("drop") in gone}


async def _entries(session: AsyncSession, site: str, effect: Effect) -> list[Found]:
    found = []
    for name, table in _ENTRIES.items():
        ids = {ref.id for ref in effect.records if ref.object == name}
        if ids:
            here = set(await session.scalars(select(table.id).where(table.site == site, table.id.in_(ids))))
            found += [
                Found("entry_missing", "activity" if name == "activity" else "task", id_)
                for id_ in sorted(ids - here)
            ]
    return found
