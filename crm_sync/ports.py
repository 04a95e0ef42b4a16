"""What the ledger needs from outside: a CRM to write to, and somebody who opens seals."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from crm_sync.values import CrmRecord, Difference, Effect, Order, Snapshot, UndoResult


class Unseal(Protocol):
    """Gives back the real text of a redacted one."""

    async def __call__(self, site: str, conversation: str, text: str) -> str:
        """`text` with every placeholder replaced; raises Unsealable when the vault no longer holds one."""
        ...


class CrmProvider(Protocol):
    """A CRM that takes updates. Raises ProviderBusy (try again) or ProviderRefused (a person has to look)."""

    name: str

    async def apply(self, order: Order, key: str) -> Effect:
        """Write `order`. The same key again changes nothing and returns the first effect."""
        ...

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        """Restore what `effect` replaced, unless one of its fields was changed since; then write nothing.

        `seen` are the differences that a person was shown and wants written over: exactly these, and the prior state
        is restored all the same; any other, and nothing is written and the new ones are returned.
        """
        ...


@runtime_checkable
class ReadableCrm(Protocol):
    """A CRM that can also be read."""

    async def read(self, site: str, by: str, match: str) -> Snapshot | None:
        """What is known of the contact found by `email`, `external_id` or `conversation`."""
        ...

    async def contact(self, site: str, contact_id: str) -> CrmRecord | None:
        """One contact with company, deals, activities and tasks."""
        ...

    async def contacts(self, site: str, *, limit: int, after: str | None) -> list[CrmRecord]:
        """Contacts, last changed first; `after` is the id of the last one seen."""
        ...
