"""Where what the built-in CRM holds came from: the conversations, the updates with their words, and people's hands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit, rows
from crm_sync.comparing.tables import DuplicateRow
from crm_sync.documents.canonical import Json
from crm_sync.providers import builtin_records
from crm_sync.providers.builtin_matching import COMPANY
from crm_sync.providers.builtin_records import PERSON, UPDATE, RecordRow
from crm_sync.tables import LinkRow, UpdateRow
from crm_sync.values import PendingUpdate

SETTLED = ("delivered", "undone")


@dataclass(frozen=True, slots=True)
class Written:
    """Who wrote a field last: a person, or an update with the visitor's (redacted) words."""

    person: str = ""
    update: str = ""
    quote: str = ""
    how: str = ""


def fields_of(row: RecordRow, record: str) -> dict[str, Json]:
    """Every field of a contact, company or deal that has a value, custom ones included."""
    return builtin_records.filled(row, record)


def value_of(row: RecordRow, name: str) -> Json:
    """The value of a field; None when it is empty."""
    return builtin_records.current(row, name)


def tied_by(row: RecordRow) -> str:
    """The person who said which company a contact belongs to; empty when nobody did."""
    writer = row.writers.get(COMPANY, "")
    return writer.removeprefix(PERSON) if writer.startswith(PERSON) else ""


async def writers(session: AsyncSession, site: str, record: str, row: RecordRow) -> dict[str, Written]:
    """By field name; what was merged in or is older than our memory has no entry."""
    by_key = {writer.removeprefix(UPDATE) for writer in row.writers.values() if writer.startswith(UPDATE)}
    found: dict[str, UpdateRow] = {}
    if by_key:
        query = select(UpdateRow).where(UpdateRow.site == site, UpdateRow.idempotency_key.in_(by_key))
        found = {each.idempotency_key: each for each in await session.scalars(query)}
    told: dict[str, Written] = {}
    for name, writer in row.writers.items():
        if writer.startswith(PERSON):
            told[name] = Written(person=writer.removeprefix(PERSON))
        elif update := found.get(writer.removeprefix(UPDATE)):
            told[name] = _told(update, record, name)
    return told


async def conversations_of(session: AsyncSession, site: str, contacts: Sequence[str]) -> list[str]:
    """The conversations that turned out to be with these contacts."""
    query = select(LinkRow.conversation).where(LinkRow.site == site, LinkRow.contact_id.in_(set(contacts)))
    return list(await session.scalars(query)) if contacts else []


async def contact_of(session: AsyncSession, site: str, conversation: str) -> str | None:
    """The contact that a conversation turned out to be with."""
    found: str | None = await session.scalar(
        select(LinkRow.contact_id).where(LinkRow.site == site, LinkRow.conversation == conversation)
    )
    return found


async def updates_of(
    session: AsyncSession, site: str, conversations: Sequence[str], limit: int = 50
) -> list[PendingUpdate]:
    """What these conversations wrote, the latest first."""
    if not conversations:
        return []
    query = select(UpdateRow).where(
        UpdateRow.site == site, UpdateRow.conversation.in_(set(conversations)), UpdateRow.status.in_(SETTLED)
    )
    found = await session.scalars(
        query.order_by(UpdateRow.created_at.desc(), UpdateRow.id.desc()).limit(limit)
    )
    return [rows.pending(row) for row in found]


async def twins_of(session: AsyncSession, site: str, record_id: str) -> list[tuple[str, str]]:
    """Records that may be the same as this one: the other's id and the open pair's, the surest first."""
    query = select(DuplicateRow).where(
        DuplicateRow.site == site,
        DuplicateRow.state == "open",
        or_(DuplicateRow.first_id == record_id, DuplicateRow.second_id == record_id),
    )
    found = await session.scalars(query.order_by(DuplicateRow.score.desc()))
    return [(row.second_id if row.first_id == record_id else row.first_id, row.id) for row in found]


async def by_people(session: AsyncSession, site: str, record_id: str) -> list[dict[str, Any]]:
    """What people did to a record by hand, the latest first; names of fields, never values."""
    found = [entry async for entry in audit.entries(session, site, update_id=record_id)]
    return [{**entry, "when": datetime.fromisoformat(entry["at"])} for entry in found[::-1]]


def _told(update: UpdateRow, record: str, name: str) -> Written:
    try:
        fields = json.loads(update.document).get("fields", [])
    except (ValueError, AttributeError):
        fields = []
    for field in fields:
        if (field.get("object"), field.get("name")) == (record, name):
            words = next((each.get("quote") for each in field.get("evidence", ()) if each.get("quote")), "")
            return Written(update=update.id, quote=str(words or ""), how=str(field.get("how", "")))
    return Written(update=update.id)
