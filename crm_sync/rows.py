"""Reading and moving rows of the ledger."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Executable, Table, inspect, literal, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit
from crm_sync.deciding import gist
from crm_sync.delivering.states import BACK, check_move
from crm_sync.documents.canonical import Json, canonical, digest, jsonable
from crm_sync.errors import MoveRefused, UpdateUnknown
from crm_sync.tables import Base, UpdateRow
from crm_sync.values import Change, Effect, PendingUpdate, RecordRef, Status


async def insert_new(session: AsyncSession, table: type[Base], **values: Any) -> bool:
    """Insert unless a row with the same key is there; says which."""
    statement, names = _insertion(session.get_bind().dialect.name, table)
    done = await session.execute(statement, {names[name]: value for name, value in values.items()})
    return done.first() is not None


@cache
def _insertion(dialect: str, table: type[Base]) -> tuple[Executable, Mapping[str, str]]:
    """Spelled once, as to build it takes longer than to run it; and the column of each attribute."""
    build = postgresql.insert if dialect == "postgresql" else sqlite.insert
    columns = {prop.key: prop.columns[0].key for prop in inspect(table).column_attrs}
    insertion = build(cast("Table", table.__table__)).on_conflict_do_nothing().returning(literal(1))
    return insertion, columns


async def load(session: AsyncSession, site: str, update_id: str) -> PendingUpdate:
    """The update; raises UpdateUnknown."""
    row = await session.scalar(
        select(UpdateRow)
        .where(UpdateRow.site == site, UpdateRow.id == update_id)
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise UpdateUnknown(update_id)
    return pending(row)


async def move(
    session: AsyncSession,
    found: PendingUpdate,
    status: Status,
    *,
    who: str,
    at: datetime,
    detail: Json = None,
    is_back: bool = False,
    **values: Any,
) -> PendingUpdate:
    """Move `found` to `status` and write the audit entry; raises MoveRefused when it is not where it was.
    `is_back`: the caller made sure that it stood there before."""
    if not is_back or status not in BACK.get(found.status, ()):
        check_move(found.id, found.status, status)
    await audit.hold(session, found.site)
    if "document" in values:
        values |= gist.columns(found.kind, json.loads(values["document"]))
    done = await session.execute(
        update(UpdateRow)
        .where(
            UpdateRow.site == found.site,
            UpdateRow.id == found.id,
            UpdateRow.status == found.status,
            UpdateRow.attempts == found.attempts,
        )
        .values(status=status, **values)
        .returning(UpdateRow.id)
        .execution_options(synchronize_session=False)
    )
    if done.first() is None:
        raise MoveRefused(found.id, "no longer " + found.status, status)
    moved = await load(session, found.site, found.id)
    await record(session, moved, was=found.status, who=who, at=at, detail=detail)
    return moved


async def rewrite(
    session: AsyncSession,
    found: PendingUpdate,
    document: Mapping[str, Any],
    *,
    who: str,
    at: datetime,
    detail: Json,
) -> None:
    """Give `found` another document where it stands, with an audit entry; raises MoveRefused when it has gone on."""
    await audit.hold(session, found.site)
    done = await session.execute(
        update(UpdateRow)
        .where(UpdateRow.site == found.site, UpdateRow.id == found.id, UpdateRow.status == found.status)
        .values(document=canonical(document), **gist.columns(found.kind, document))
        .returning(UpdateRow.id)
        .execution_options(synchronize_session=False)
    )
    if done.first() is None:
        raise MoveRefused(found.id, "no longer " + found.status, "changed")
    await record(session, replace(found, document=document), was=found.status, who=who, at=at, detail=detail)


async def record(
    session: AsyncSession,
    moved: PendingUpdate,
    *,
    was: Status | None,
    who: str,
    at: datetime,
    detail: Json = None,
) -> None:
    """The audit entry of a move: it names the document by hash and the policy, never a value."""
    await audit.append(
        session,
        site=moved.site,
        at=at,
        who=who,
        act=moved.status,
        update_id=moved.id,
        detail=_entry(moved, was=was, more=detail),
    )


async def record_many(
    session: AsyncSession, moves: Sequence[tuple[PendingUpdate, PendingUpdate]], *, who: str, at: datetime
) -> None:
    """The audit entries of moves that somebody made at once on one site: where each stood, and where it stands."""
    if not moves:
        return
    acts = [(moved.status, moved.id, _entry(moved, was=found.status, more=None)) for found, moved in moves]
    await audit.append_many(session, site=moves[0][1].site, at=at, who=who, acts=acts)


def _entry(moved: PendingUpdate, *, was: Status | None, more: Json) -> Json:
    fields = moved.document.get("fields", ())
    return {
        "was": was,
        "kind": moved.kind,
        "document": digest(moved.document),
        "fields": [f"{change.get('object')}.{change.get('name')}" for change in fields],
        "evidence": sorted(
            {
                str(words["message_id"])
                for change in fields
                for words in change.get("evidence", ())
                if words.get("message_id")
            }
        ),
        "policy": moved.document.get("policy_version"),
        "more": more,
    }


def pending(row: UpdateRow) -> PendingUpdate:
    """The row as a value."""
    return PendingUpdate(
        id=row.id,
        site=row.site,
        conversation=row.conversation,
        contact=row.contact_key,
        kind=row.kind,
        idempotency_key=row.idempotency_key,
        status=row.status,  # type: ignore[arg-type]  # only `move` and `propose` write it
        document=json.loads(row.document),
        attempts=row.attempts,
        created_at=row.created_at,
        next_attempt_at=row.next_attempt_at,
        delivered_at=row.delivered_at,
        decided_by=row.decided_by,
        decided_reason=row.decided_reason,
        decided_code=row.decided_code,
        last_error=row.last_error,
        problem_pointer=row.problem_pointer,
        effect=json.loads(row.effect) if row.effect else None,
        held=row.held,
    )


def columns(update: PendingUpdate) -> dict[str, Any]:
    """The columns of a new update."""
    return {
        "id": update.id,
        "site": update.site,
        "conversation": update.conversation,
        "contact_key": update.contact,
        "kind": update.kind,
        "idempotency_key": update.idempotency_key,
        "document": canonical(update.document),
        "status": update.status,
        "attempts": update.attempts,
        "created_at": update.created_at,
        "problem_pointer": update.problem_pointer,
        "last_error": update.last_error,
        "held": update.held,
        **gist.columns(update.kind, update.document),
    }


def is_older(than: PendingUpdate) -> ColumnElement[bool]:
    """The condition for updates before this one."""
    return tuple_(UpdateRow.created_at, UpdateRow.id) < tuple_(than.created_at, than.id)


async def newer_than(session: AsyncSession, site: str, key: str, others: Collection[str]) -> frozenset[str]:
    """Those of these keys whose updates were proposed after the one of `key`, whatever conversation they are of."""
    found = await session.execute(
        select(UpdateRow.idempotency_key, UpdateRow.created_at, UpdateRow.id).where(
            UpdateRow.site == site, UpdateRow.idempotency_key.in_({key, *others})
        )
    )
    places = {known: (created_at, id_) for known, created_at, id_ in found.tuples()}
    if key not in places:
        return frozenset()
    return frozenset(known for known, place in places.items() if place > places[key])


def effect_text(effect: Effect) -> str:
    """An effect as it is stored."""
    return canonical(jsonable(asdict(effect)))


def effect_of(stored: Any) -> Effect:
    """An effect as it was; takes the stored text or its decoded form."""
    data = json.loads(stored) if isinstance(stored, str) else stored
    return Effect(
        records=tuple(RecordRef(**item) for item in data["records"]),
        changes=tuple(Change(**item) for item in data["changes"]),
        notes=tuple(data["notes"]),
        reference=data["reference"],
    )
