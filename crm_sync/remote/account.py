"""One site's account at a vendor, for the length of one call: what everything that is done there needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm_sync.proposals import ObjectName
from crm_sync.remote.journal import Memory
from crm_sync.remote.ports import Backend, Held
from crm_sync.remote.translating import Translator


@dataclass(frozen=True, slots=True)
class Account:
    """The vendor, the mapping, and what we remember."""

    backend: Backend
    mapping: Translator
    memory: Memory

    def is_emptied(
        self, record: ObjectName, name: str, held: Mapping[str, Any], fields: Mapping[str, Any]
    ) -> bool:
        """Whether nothing stands in a field that this vendor empties on the way to a value: what was broken off there
        looks like somebody's doing and is ours to finish."""
        passes: frozenset[tuple[str, str]] = getattr(self.backend, "empties_first", frozenset())
        return any((record, each) in passes for each in fields) and self.mapping.is_empty(record, name, held)

    async def read(self, record: ObjectName, record_id: str) -> Held | None:
        """A record with every field that we look at."""
        return await self.backend.read(record, record_id, self.mapping.wanted(record))

    async def find(self, record: ObjectName, name: str, value: object) -> tuple[Held, ...]:
        """Records by a field of ours, oldest first; none when the mapping lacks it."""
        search = self.mapping.lookup(record, name, value)
        if search is None:
            return ()
        return await self.backend.find(record, *search, self.mapping.wanted(record))

    async def tied(self, contact_id: str, record: ObjectName) -> tuple[Held, ...]:
        """The contact's companies or deals, newest first."""
        return await self.backend.tied(contact_id, record, self.mapping.wanted(record))

    async def contact_of(self, conversation: str) -> Held | None:
        """The contact that a conversation turned out to be with; None when it is gone."""
        linked = await self.memory.linked(conversation)
        return await self.read("contact", linked) if linked else None
