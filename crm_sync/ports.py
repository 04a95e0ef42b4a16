"""What the ledger needs from outside: a CRM to write to, and somebody who opens seals."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol, runtime_checkable

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.deciding.verdicts import Waiting
from crm_sync.values import CrmRecord, Difference, Effect, Order, PendingUpdate, Snapshot, UndoResult


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
        """What is known of the contact found by `email`, `external_id` or `conversation`; by `domain`, of the company
        alone. The deal is the one that an update would write to. None when there is none."""
        ...

    async def contact(self, site: str, contact_id: str) -> CrmRecord | None:
        """One contact with company, deals, activities and tasks."""
        ...

    async def contacts(self, site: str, *, limit: int, after: str | None) -> list[CrmRecord]:
        """Contacts, last changed first; `after` is the id of the last one seen."""
        ...


class Team(Protocol):
    """The people around the ledger, who are another room's. Each call joins the transaction that it is given."""

    async def assigned(self, session: AsyncSession, site: str, conversation: str) -> str | None:
        """The login of the rep who has the conversation; None when nobody has."""
        ...

    def login(self, site: str, owner: str) -> str:
        """The login of whom the CRM calls `owner`; the same where it is nobody of ours."""
        ...

    async def misread(
        self, session: AsyncSession, rejected: PendingUpdate, *, by: str, now: datetime
    ) -> None:
        """A rep says that the words of this update were misread: they belong before whoever trains the assistant."""
        ...

    async def overdue(self, session: AsyncSession, late: Waiting, *, now: datetime) -> None:
        """Nobody decided in time: tell those who should know."""
        ...


class NoTeam:
    """For a ledger that stands alone: nobody has a conversation, and nobody is told."""

    async def assigned(self, session: AsyncSession, site: str, conversation: str) -> str | None:  # noqa: ARG002
        return None

    def login(self, site: str, owner: str) -> str:  # noqa: ARG002
        return owner

    async def misread(
        self, session: AsyncSession, rejected: PendingUpdate, *, by: str, now: datetime
    ) -> None: ...

    async def overdue(self, session: AsyncSession, late: Waiting, *, now: datetime) -> None: ...
