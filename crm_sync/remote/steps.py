"""What is saved beside an order's work, in the same transaction: what we wrote, made, linked and entered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.documents.canonical import canonical, jsonable
from crm_sync.proposals import ObjectName
from crm_sync.remote.journal import Journal, Step
from crm_sync.remote.ports import Entry
from crm_sync.remote.tables import RemoteEntryRow, RemoteFieldRow, RemoteLinkRow, RemoteMadeRow
from crm_sync.remote.work import entry_json


def wrote(
    record: ObjectName, record_id: str, name: str, values: Mapping[str, Any], key: str | None = None
) -> Step:
    """We wrote these values into a field; `key` names another order than the one at work."""

    async def step(session: AsyncSession, journal: Journal) -> None:
        await forgot(record, record_id, name)(session, journal)
        session.add(
            RemoteFieldRow(
                **journal.theirs(),
                record=record,
                record_id=record_id,
                name=name,
                key=key or journal.key,
                wrote=canonical(jsonable(values)),
            )
        )

    return step


def forgot(record: ObjectName, record_id: str, name: str | None = None) -> Step:
    """What stands in a field, or in a whole record, is no longer ours."""

    async def step(session: AsyncSession, journal: Journal) -> None:
        field = (RemoteFieldRow.name == name,) if name is not None else ()
        await session.execute(
            delete(RemoteFieldRow).where(
                *journal.memory.where(RemoteFieldRow),
                RemoteFieldRow.record == record,
                RemoteFieldRow.record_id == record_id,
                *field,
            )
        )

    return step


def made(record: ObjectName, record_key: str, record_id: str, filled: Mapping[str, Any]) -> Step:
    """This order made the record."""

    async def step(session: AsyncSession, journal: Journal) -> None:
        await session.execute(
            update(RemoteMadeRow)
            .where(
                *journal.memory.where(RemoteMadeRow),
                RemoteMadeRow.record == record,
                RemoteMadeRow.record_key == record_key,
            )
            .values(record_id=record_id, order_key=journal.key, defaults=canonical(jsonable(filled)))
            .execution_options(synchronize_session=False)
        )

    return step


def not_made(record: ObjectName, record_key: str) -> Step:
    """It was there already: what this order reserved is let go."""

    async def step(session: AsyncSession, journal: Journal) -> None:
        await session.execute(
            delete(RemoteMadeRow).where(
                *journal.memory.where(RemoteMadeRow),
                RemoteMadeRow.record == record,
                RemoteMadeRow.record_key == record_key,
                RemoteMadeRow.order_key == journal.key,
            )
        )

    return step


def removed(record: ObjectName, record_id: str) -> Step:
    """A record that we made is gone again, with everything that we knew of it."""

    async def step(session: AsyncSession, journal: Journal) -> None:
        memory = journal.memory
        await session.execute(
            delete(RemoteMadeRow).where(
                *memory.where(RemoteMadeRow),
                RemoteMadeRow.record == record,
                RemoteMadeRow.record_id == record_id,
            )
        )
        await forgot(record, record_id)(session, journal)
        if record == "contact":
            await session.execute(
                delete(RemoteLinkRow).where(
                    *memory.where(RemoteLinkRow), RemoteLinkRow.contact_id == record_id
                )
            )

    return step


def linked(conversation: str, contact_id: str | None, *, only_from: str | None = None) -> Step:
    """The conversation is with this contact; `only_from`: unless it was linked to another meanwhile."""

    async def step(session: AsyncSession, journal: Journal) -> None:
        memory = journal.memory
        row = await session.scalar(
            select(RemoteLinkRow).where(
                *memory.where(RemoteLinkRow), RemoteLinkRow.conversation == conversation
            )
        )
        if row is not None and only_from not in (None, row.contact_id):
            return
        if contact_id is None:
            if row is not None:
                await session.delete(row)
        elif row is None:
            session.add(
                RemoteLinkRow(
                    **journal.theirs(),
                    conversation=conversation,
                    contact_id=contact_id,
                )
            )
        else:
            row.contact_id = contact_id

    return step


def entered(entry: Entry, entry_id: str, contact_id: str, meeting_ref: str | None) -> Step:
    """An entry stands in the timeline, as it is now."""

    async def step(session: AsyncSession, journal: Journal) -> None:
        await taken_out(entry.key)(session, journal)
        session.add(
            RemoteEntryRow(
                **journal.theirs(),
                key=entry.key,
                kind=entry.kind,
                entry_id=entry_id,
                contact_id=contact_id,
                conversation=journal.conversation,
                meeting_ref=meeting_ref,
                document=canonical(entry_json(entry)),
                written_at=journal.memory.clock(),
            )
        )

    return step


def taken_out(key: str) -> Step:
    """An entry is gone."""

    async def step(session: AsyncSession, journal: Journal) -> None:
        await session.execute(
            delete(RemoteEntryRow).where(*journal.memory.where(RemoteEntryRow), RemoteEntryRow.key == key)
        )

    return step
