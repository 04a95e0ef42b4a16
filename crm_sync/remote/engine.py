"""Writes to another company's CRM: what is the same for all of them; a vendor's own words stay behind `Backend`."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.comparing.values import Found, Seen
from crm_sync.errors import ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.remote import reading
from crm_sync.remote.account import Account
from crm_sync.remote.comparing import compared
from crm_sync.remote.fencing import fenced
from crm_sync.remote.journal import Journal, Memory
from crm_sync.remote.leases import Lease, lasting, lease
from crm_sync.remote.mapping import MappingFile
from crm_sync.remote.ports import Backend
from crm_sync.remote.translating import Translator
from crm_sync.remote.undoing import Undoer
from crm_sync.remote.work import Work
from crm_sync.remote.writing import Writer
from crm_sync.rows import effect_of
from crm_sync.values import CrmRecord, Difference, Effect, Order, Snapshot, UndoResult


def _now() -> datetime:
    return datetime.now(UTC)


class RemoteCrm:
    """Exactly one effect per key, whatever is interrupted or answered twice; nobody's typing is written over."""

    def __init__(
        self,
        backend: Backend,
        mapping: MappingFile,
        sessions: async_sessionmaker[AsyncSession],
        *,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        self.name = backend.name
        self.backend = backend
        self.mapping = Translator(mapping)
        self._sessions = sessions
        self._clock = clock

    async def apply(self, order: Order, key: str) -> Effect:
        """Write `order`. The same key again, at once or later, changes nothing and returns the first effect."""
        async with self._lease(order.site, key) as held:
            account = self.account(order.site, held)
            stored = await account.memory.order(key)
            if stored is not None and stored.effect is not None:
                return effect_of(stored.effect)
            journal = Journal(
                account.memory, key, order.conversation, held, stored.work if stored else Work()
            )
            effect = await Writer(account, journal, order).carry_out()
            return effect_of(await journal.finish(effect))

    async def undo(
        self,
        site: str,
        effect: Effect,
        key: str,
        *,
        seen: tuple[Difference, ...] | None = None,
    ) -> UndoResult:
        """Restore what the order replaced, unless a field was changed since in another way than was `seen`.
        What stood there comes from our journal, which has it in the vendor's own values."""
        async with self._lease(site, key) as held:
            account = self.account(site, held)
            stored = await account.memory.order(key)
            if stored is None and (effect.records or effect.changes):
                raise ProviderRefused(
                    f"{self.name} was not told this update by us: take it back by hand, where it was written."
                )
            if stored is None or stored.effect is None or stored.undone:
                return UndoResult("undone")
            journal = Journal(account.memory, key, stored.conversation, held, stored.work)
            return await Undoer(account, journal).take_back(seen)

    async def read(self, site: str, by: str, match: str) -> Snapshot | None:
        """What is known of a contact, personal values left out; by `domain` of a company alone."""
        return await reading.snapshot(self.account(site), by, match)

    async def contact(self, site: str, contact_id: str) -> CrmRecord | None:
        """One contact with company, deals, and what we wrote into its timeline."""
        account = self.account(site)
        held = await account.read("contact", contact_id)
        return await reading.record(account, held, self._clock()) if held else None

    async def contacts(self, site: str, *, limit: int, after: str | None = None) -> list[CrmRecord]:  # noqa: ARG002
        """None: lists of contacts are looked at in the vendor's own screens."""
        return []

    async def see(self, site: str, record: ObjectName, ids: Collection[str]) -> dict[str, Seen]:
        """These records as they stand now, for a person who compares two; those that are gone are left out."""
        account = self.account(site)
        found = {each: await account.read(record, each) for each in ids}
        return {
            id_: Seen(id_, self.mapping.fields(record, held.values)) for id_, held in found.items() if held
        }

    async def compare(self, site: str, effect: Effect, key: str) -> tuple[Found, ...]:  # noqa: ARG002  as in undo
        """What an order wrote and what is not so any more; reads only."""
        account = self.account(site)
        stored = await account.memory.order(key)
        if stored is None or stored.effect is None or stored.undone:
            return ()
        return await compared(account, stored.work, key)

    def account(self, site: str, held: Lease | None = None) -> Account:
        """The vendor as one site sees it; who writes does it under a lease."""
        backend = fenced(self.backend, held) if held else self.backend
        return Account(backend, self.mapping, Memory(self._sessions, self._clock, site, self.name))

    def _lease(self, site: str, key: str) -> AbstractAsyncContextManager[Lease]:
        lasts = lasting(self.backend.longest_call_s)
        return lease(self._sessions, self._clock, site, self.name, f"key:{key}", lasts)
