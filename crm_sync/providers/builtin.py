"""The built-in CRM: contacts, companies, deals, activities and tasks in our own tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

import uuid_utils
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.comparing.values import Found, Identity, MatchedObject, MergePreview, Seen
from crm_sync.documents.canonical import Json
from crm_sync.documents.validation import problem_of_value
from crm_sync.errors import EditRefused, ProviderBusy, ProviderRefused
from crm_sync.providers import builtin_comparing as comparing
from crm_sync.providers import builtin_merging as merging
from crm_sync.providers import builtin_reading as reading
from crm_sync.providers.builtin_matching import Matcher
from crm_sync.providers.builtin_records import (
    PERSON,
    RECORD_TABLES,
    UPDATE,
    RecordRow,
    current,
    person_who_typed,
    write,
)
from crm_sync.providers.builtin_undo import take_back
from crm_sync.rows import effect_of, effect_text, insert_new, newer_than
from crm_sync.tables import ActivityRow, AppliedRow, ContactRow, TaskRow
from crm_sync.values import CrmRecord, Difference, Effect, Order, RecordRef, Snapshot, UndoResult


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return str(uuid_utils.uuid7())


class BuiltinCrm:
    """Reads and writes the tables of `crm_sync.tables`; complete enough to run a small team on."""

    name = "builtin"

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        *,
        readers: async_sessionmaker[AsyncSession] | None = None,
        clock: Callable[[], datetime] = _now,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        """`readers` are sessions that only read, so that a look before a turn never waits for a writer."""
        self._sessions = sessions
        self._readers = readers or sessions
        self._clock = clock
        self._new_id = new_id

    async def apply(self, order: Order, key: str) -> Effect:
        """Write `order` in one transaction together with its key, so that a repeated one finds the key taken."""
        try:
            async with self._sessions() as session:
                is_first = await insert_new(
                    session, AppliedRow, site=order.site, key=key, effect="", applied_at=self._clock()
                )
                if not is_first:
                    stored = await session.scalar(
                        select(AppliedRow.effect).where(AppliedRow.site == order.site, AppliedRow.key == key)
                    )
                    return effect_of(stored)
                effect = await self._write(session, order, key)
                await session.execute(
                    update(AppliedRow)
                    .where(AppliedRow.site == order.site, AppliedRow.key == key)
                    .values(effect=effect_text(effect))
                )
                await session.commit()
                return effect
        except IntegrityError as clash:
            # Two updates made the same contact or company at once; the second finds it next time.
            raise ProviderBusy(
                "Somebody else made the same record a moment ago.", retry_after_s=0.1
            ) from clash

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        """Restore what `effect` replaced, unless a field was changed since in another way than was `seen`."""
        async with self._sessions() as session:
            result = await take_back(session, site, effect, key, self._clock(), seen=seen)
            await session.commit()
        return result

    async def read(self, site: str, by: str, match: str) -> Snapshot | None:
        """What is known of a contact, or of a company by its domain, personal values left out."""
        async with self._readers() as session:
            return await reading.snapshot(session, site, by, match)

    async def contact(self, site: str, contact_id: str) -> CrmRecord | None:
        """One contact with everything that hangs on it."""
        async with self._readers() as session:
            row = await session.scalar(
                select(ContactRow).where(ContactRow.site == site, ContactRow.id == contact_id)
            )
            return await reading.record(session, row) if row else None

    async def contacts(self, site: str, *, limit: int, after: str | None = None) -> list[CrmRecord]:
        """Contacts, last changed first."""
        async with self._readers() as session:
            rows = await reading.page_of_contacts(session, site, limit=limit, after=after)
            return [await reading.record(session, row) for row in rows]

    async def edit(
        self, site: str, record: str, record_id: str, fields: Mapping[str, Json], *, by: str
    ) -> None:
        """A person types values; None empties a field. The assistant will not overwrite these."""
        for name, value in fields.items():
            if value is not None and (problem := problem_of_value(record, name, value)):
                raise EditRefused(record_id, problem.pointer, problem.reason)
        async with self._sessions() as session:
            table = RECORD_TABLES[record]
            row: RecordRow | None = await session.scalar(
                select(table).where(table.site == site, table.id == record_id)
            )
            if row is None:
                raise ProviderRefused(
                    f"There is no {record} {record_id!r} on this site; it may have been removed."
                )
            for name, value in fields.items():
                write(row, name, value, PERSON + by)
            row.edited_by = by
            row.updated_at = self._clock()
            await session.commit()

    async def identities(self, site: str, record: MatchedObject, *, after: str, limit: int) -> list[Identity]:
        """Records as matching sees them, by id."""
        async with self._readers() as session:
            return await merging.identities(session, site, record, after=after, limit=limit)

    async def see(self, site: str, record: MatchedObject, ids: Collection[str]) -> dict[str, Seen]:
        """These records as they stand now."""
        async with self._readers() as session:
            return await merging.see(session, site, record, ids)

    async def preview_merge(
        self, site: str, record: MatchedObject, first: str, second: str, keep: str
    ) -> MergePreview | None:
        """What would win and what would move; the record that people worked on stays, else the older."""
        async with self._readers() as session:
            return await merging.preview(session, site, record, first, second, keep)

    async def merge(
        self,
        site: str,
        record: MatchedObject,
        keep: str,
        drop: str,
        take: Mapping[str, str],
        *,
        key: str,
        by: str,
    ) -> None:
        """Make two records one in one transaction together with the key, so that a repeated one finds it taken."""
        now = self._clock()
        async with self._sessions() as session:
            stale = delete(AppliedRow).where(
                AppliedRow.site == site, AppliedRow.key == key, AppliedRow.undone_at.is_not(None)
            )
            await session.execute(stale)
            if not await insert_new(session, AppliedRow, site=site, key=key, effect="", applied_at=now):
                return
            told = await merging.merge(session, site, record, keep, drop, take, key=key, by=by, now=now)
            mine = (AppliedRow.site == site, AppliedRow.key == key)
            await session.execute(update(AppliedRow).where(*mine).values(effect=told))
            await session.commit()

    async def unmerge(self, site: str, key: str, *, by: str) -> UndoResult:
        """Part them again, unless what the merge wrote was changed since."""
        async with self._sessions() as session:
            claimed = await session.execute(
                update(AppliedRow)
                .where(AppliedRow.site == site, AppliedRow.key == key, AppliedRow.undone_at.is_(None))
                .values(undone_at=self._clock())
                .returning(AppliedRow.effect)
                .execution_options(synchronize_session=False)
            )
            told = claimed.scalar()
            if told is None:
                return UndoResult("undone")
            result = await merging.unmerge(session, site, json.loads(told), key=key, by=by, now=self._clock())
            if result.outcome == "undone":
                await session.commit()
            return result

    async def compare(self, site: str, effect: Effect, key: str) -> tuple[Found, ...]:
        """What `effect` wrote and is not so any more, but for what a later update of ours wrote."""
        async with self._readers() as session:
            return await comparing.compare(session, site, effect, key)

    async def _write(self, session: AsyncSession, order: Order, key: str) -> Effect:
        matcher = Matcher(session, order.site, key=key, now=self._clock(), new_id=self._new_id)
        contact = await matcher.contact(order)
        targets: dict[str, RecordRow | None] = {"contact": contact, "company": None, "deal": None}
        targets["company"] = await matcher.company(order, contact)
        if any(wish.object == "deal" for wish in order.writes):
            targets["deal"] = await matcher.deal(contact)
        writers = {writer for row in targets.values() if row for writer in row.writers.values()}
        ours = {writer.removeprefix(UPDATE) for writer in writers if writer.startswith(UPDATE)}
        newer = await newer_than(session, order.site, key, ours)
        for wish in order.writes:
            row = targets[wish.object]
            assert row is not None
            row.archived_at = None  # A lead that comes back is in the lists again.
            self._set(matcher, row, wish.object, wish.name, wish.value, newer)
        if order.activity is not None:
            await self._happened(session, order, contact, key, matcher)
        contact.updated_at, contact.archived_at = self._clock(), None
        await session.flush()
        return matcher.effect()

    def _set(
        self,
        matcher: Matcher,
        row: RecordRow,
        record: str,
        name: str,
        value: Json,
        newer: Collection[str],
    ) -> None:
        if current(row, name) == value:
            return
        if row.writers.get(name, "").removeprefix(UPDATE) in newer:
            # Of another conversation of the same person: the ledger looks at those of one.
            matcher.notes.append(f"A newer update already wrote {record}.{name}.")
            return
        if person := person_who_typed(row, name):
            matcher.notes.append(f"Kept {record}.{name}: {person} typed it.")
            return
        matcher.change(row, name, value)
        row.updated_at = self._clock()

    async def _happened(
        self, session: AsyncSession, order: Order, contact: ContactRow, key: str, matcher: Matcher
    ) -> None:
        activity = dict(order.activity or {})
        shared: dict[str, Any] = {"site": order.site, "key": key, "contact_id": contact.id}
        row = ActivityRow(
            **shared,
            id=self._new_id(),
            type=activity["type"],
            subject=activity["subject"][:300],
            body=activity["body"],
            at=datetime.fromisoformat(activity["at"]),
            url=activity.get("url"),
            meeting=activity.get("meeting"),
            created_at=self._clock(),
        )
        session.add(row)
        matcher.records.append(RecordRef("activity", row.id, created=True))
        if task := activity.get("task"):
            due = task.get("due")
            todo = TaskRow(
                **shared,
                id=self._new_id(),
                title=task["title"][:300],
                due=datetime.fromisoformat(due) if due else None,
                priority=task.get("priority", "normal"),
                created_at=self._clock(),
            )
            session.add(todo)
            matcher.records.append(RecordRef("task", todo.id, created=True))
