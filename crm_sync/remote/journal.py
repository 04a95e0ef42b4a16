"""Our own memory of another company's CRM: saved before and after every step, in short transactions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.documents.canonical import canonical, jsonable
from crm_sync.proposals import ObjectName
from crm_sync.remote.leases import Lease
from crm_sync.remote.tables import (
    RemoteEntryRow,
    RemoteFieldRow,
    RemoteLinkRow,
    RemoteMadeRow,
    RemoteOrderRow,
)
from crm_sync.remote.work import Work, loaded, work_of, work_text
from crm_sync.rows import effect_text, insert_new, newer_than
from crm_sync.values import Effect


@dataclass(frozen=True, slots=True)
class Wrote:
    """What we wrote into a field last, and by which order."""

    key: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """An entry of ours as it stands now."""

    key: str
    kind: str
    id: str
    document: Mapping[str, Any]
    meeting_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """An order that was begun."""

    work: Work
    conversation: str
    effect: str | None
    undone: bool


Step = Callable[[AsyncSession, "Journal"], Awaitable[None]]
"""Something that is saved in the same transaction as the work."""


class Memory:
    """What we know of one site's account at one vendor."""

    def __init__(
        self,
        sessions: async_sessionmaker[AsyncSession],
        clock: Callable[[], datetime],
        site: str,
        provider: str,
    ) -> None:
        self.sessions, self.clock, self.site, self.provider = sessions, clock, site, provider

    def where(self, table: Any) -> tuple[Any, Any]:
        return (table.site == self.site, table.provider == self.provider)

    async def order(self, key: str) -> Stored | None:
        async with self.sessions() as session:
            row = await session.scalar(
                select(RemoteOrderRow).where(*self.where(RemoteOrderRow), RemoteOrderRow.key == key)
            )
            if row is None:
                return None
            return Stored(work_of(row.work), row.conversation, row.effect, row.undone_at is not None)

    async def linked(self, conversation: str) -> str | None:
        async with self.sessions() as session:
            return await session.scalar(
                select(RemoteLinkRow.contact_id).where(
                    *self.where(RemoteLinkRow), RemoteLinkRow.conversation == conversation
                )
            )

    async def wrote(self, record: ObjectName, record_id: str) -> dict[str, Wrote]:
        """By field, what we wrote into a record last."""
        async with self.sessions() as session:
            rows = await session.scalars(
                select(RemoteFieldRow).where(
                    *self.where(RemoteFieldRow),
                    RemoteFieldRow.record == record,
                    RemoteFieldRow.record_id == record_id,
                )
            )
            return {row.name: Wrote(row.key, loaded(row.wrote)) for row in rows}

    async def newer_than(self, key: str, others: Collection[str]) -> frozenset[str]:
        """Those of these orders that were proposed after the one of `key`."""
        async with self.sessions() as session:
            return await newer_than(session, self.site, key, others)

    async def meeting(self, ref: str) -> Kept | None:
        """The entry of a meeting."""
        return await self._entry(RemoteEntryRow.meeting_ref == ref)

    async def entry(self, key: str) -> Kept | None:
        return await self._entry(RemoteEntryRow.key == key)

    async def entries(self, contact_id: str) -> list[tuple[Kept, datetime]]:
        """Every entry of ours in a contact's timeline, newest first."""
        async with self.sessions() as session:
            rows = await session.scalars(
                select(RemoteEntryRow)
                .where(*self.where(RemoteEntryRow), RemoteEntryRow.contact_id == contact_id)
                .order_by(RemoteEntryRow.written_at.desc(), RemoteEntryRow.key)
            )
            return [(_kept(row), row.written_at) for row in rows]

    async def filled_in(self, record: ObjectName, record_id: str) -> Mapping[str, Any] | None:
        """What was only filled in when we made a record; None when we did not make it."""
        async with self.sessions() as session:
            text = await session.scalar(
                select(RemoteMadeRow.defaults).where(
                    *self.where(RemoteMadeRow),
                    RemoteMadeRow.record == record,
                    RemoteMadeRow.record_id == record_id,
                )
            )
            return loaded(text) if text is not None else None

    async def others_on(self, contact_id: str, key: str) -> bool:
        """Whether another order of ours still stands on a contact."""
        async with self.sessions() as session:
            count = await session.scalar(
                select(func.count())
                .select_from(RemoteOrderRow)
                .where(
                    *self.where(RemoteOrderRow),
                    RemoteOrderRow.contact_id == contact_id,
                    RemoteOrderRow.key != key,
                    RemoteOrderRow.undone_at.is_(None),
                )
            )
            return bool(count)

    async def _entry(self, condition: Any) -> Kept | None:
        async with self.sessions() as session:
            row = await session.scalar(
                select(RemoteEntryRow).where(*self.where(RemoteEntryRow), condition).limit(1)
            )
            return _kept(row) if row else None


class Journal:
    """One attempt's pen: every save is a transaction that also renews the lease."""

    def __init__(self, memory: Memory, key: str, conversation: str, held: Lease, work: Work) -> None:
        self.memory, self.key, self.conversation, self.lease, self.work = (
            memory,
            key,
            conversation,
            held,
            work,
        )

    async def save(self, *steps: Step) -> None:
        """How far it got, with what changes beside it."""
        memory = self.memory
        async with memory.sessions() as session:
            await self.lease.renew(session)
            await insert_new(
                session,
                RemoteOrderRow,
                **self.theirs(),
                key=self.key,
                conversation=self.conversation,
                work="",
                started_at=memory.clock(),
            )
            contact = self.work.parts.get("contact")
            await self._set(session, work=work_text(self.work), contact_id=contact.id if contact else None)
            for step in steps:
                await step(session, self)
            await session.commit()

    async def finish(self, effect: Effect) -> str:
        """It is done; returns the effect as it is stored."""
        text = effect_text(effect)
        async with self.memory.sessions() as session:
            await self.lease.renew(session)
            await self._set(session, work=work_text(self.work), effect=text, applied_at=self.memory.clock())
            await session.commit()
        return text

    async def undone(self) -> None:
        """It is taken back."""
        async with self.memory.sessions() as session:
            await self.lease.renew(session)
            await self._set(session, work=work_text(self.work), undone_at=self.memory.clock())
            await session.commit()

    async def reserve(self, record: ObjectName, record_key: str, filled: Mapping[str, Any]) -> bool:
        """Save that a record is about to be made; says whether it is this order that makes it."""
        await self.save()
        memory = self.memory
        async with memory.sessions() as session:
            await insert_new(
                session,
                RemoteMadeRow,
                **self.theirs(),
                record=record,
                record_key=record_key,
                order_key=self.key,
                defaults=canonical(jsonable(filled)),
                made_at=memory.clock(),
            )
            maker = await session.scalar(
                select(RemoteMadeRow.order_key).where(
                    *memory.where(RemoteMadeRow),
                    RemoteMadeRow.record == record,
                    RemoteMadeRow.record_key == record_key,
                )
            )
            await session.commit()
        return maker == self.key

    async def _set(self, session: AsyncSession, **values: Any) -> None:
        await session.execute(
            update(RemoteOrderRow)
            .where(*self.memory.where(RemoteOrderRow), RemoteOrderRow.key == self.key)
            .values(**values)
            .execution_options(synchronize_session=False)
        )

    def theirs(self) -> dict[str, Any]:
        return {"site": self.memory.site, "provider": self.memory.provider}


def _kept(row: RemoteEntryRow) -> Kept:
    return Kept(row.key, row.kind, row.entry_id, loaded(row.document), row.meeting_ref)
