"""The nouns of the ledger: updates and their states, effects, records, and what undoing finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from crm_sync.documents.canonical import canonical, digest, jsonable, showable
from crm_sync.proposals import ObjectName

Status = Literal[
    "pending",
    "awaiting_approval",
    "approved",
    "delivering",
    "retrying",
    "delivered",
    "needs_review",
    "rejected",
    "quarantined",
    "unchanged",
    "undone",
]
"""Where an update stands. `unchanged`: there was nothing new to write. `needs_review`: the dead-letter list."""

RecordName = Literal["contact", "company", "deal", "activity", "task"]


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """One row of the ledger. `document` is the update as validated, or as refused when quarantined."""

    id: str
    site: str
    conversation: str
    contact: str
    kind: str
    idempotency_key: str
    status: Status
    document: Mapping[str, Any]
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    decided_by: str | None = None
    decided_reason: str | None = None
    decided_code: str | None = None
    """Of a rejection: one of `RejectCode`."""
    last_error: str | None = None
    problem_pointer: str | None = None
    effect: Mapping[str, Any] | None = None
    held: str | None = None
    """Id of the part of the same update that waits for a rep, when there is one."""

    @property
    def is_due(self) -> bool:
        """Whether a delivery should be started for it."""
        return self.status in {"pending", "approved", "retrying"}


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one record as an update found and left it. Real values: this belongs to the CRM."""

    object: RecordName
    id: str
    field: str
    before: Any
    after: Any
    writer_before: str | None = None
    """Who had written `before`, where the CRM knows: undoing gives the field back to them."""


@dataclass(frozen=True, slots=True)
class RecordRef:
    """A record of the CRM by the CRM's own id; `created` when the update made it."""

    object: RecordName
    id: str
    created: bool = False


@dataclass(frozen=True, slots=True)
class Effect:
    """What applying an update did, in enough detail to undo it."""

    records: tuple[RecordRef, ...] = ()
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    """For the rep, such as a possible duplicate."""
    reference: str | None = None
    """The provider's own word for it, such as a message id."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that is no longer what the update wrote."""

    object: str
    id: str
    field: str
    wrote: Any
    found: Any
    before: Any


@dataclass(frozen=True, slots=True)
class UndoResult:
    """`undone`, or `changed_since` with what somebody else did to the same fields (nothing was written then)."""

    outcome: Literal["undone", "changed_since"]
    differences: tuple[Difference, ...] = ()

    @property
    def token(self) -> str:
        """Stands for exactly these differences: whoever undoes all the same says by it what they have seen."""
        return token_of(self.differences)


def token_of(differences: Iterable[Difference]) -> str:
    """The same for the same differences, in whatever order they were found."""
    told = [
        showable([each.object, each.id, each.field, *map(jsonable, (each.wrote, each.found, each.before))])
        for each in differences
    ]
    return digest(sorted(told, key=canonical))


@dataclass(frozen=True, slots=True)
class Write:
    """A field to set, unsealed and checked."""

    object: ObjectName
    name: str
    value: Any


@dataclass(frozen=True, slots=True)
class Order:
    """An update ready to leave: real values, and `document` unsealed for providers that send it whole."""

    site: str
    kind: str
    conversation: str
    by: Literal["email", "external_id", "conversation"]
    match: str
    writes: tuple[Write, ...]
    activity: Mapping[str, Any] | None
    document: Mapping[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class RecordView:
    """A record as the CRM holds it; `fields` by field name, empty ones left out."""

    object: RecordName
    id: str
    fields: Mapping[str, Any]
    created_at: datetime
    updated_at: datetime
    edited_by: str | None = None


@dataclass(frozen=True, slots=True)
class CrmRecord:
    """Everything the CRM holds about one contact."""

    contact: RecordView
    company: RecordView | None = None
    deals: tuple[RecordView, ...] = ()
    activities: tuple[RecordView, ...] = ()
    tasks: tuple[RecordView, ...] = ()
    updates: tuple[str, ...] = ()
    """Ids of the ledger's updates that changed it, oldest first; filled by `Ledger.record`."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the CRM knows of a contact, without personal values: fields by `object.name`, and which are filled."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    personal: frozenset[str] = frozenset()
    """Names of personal fields that the CRM has, such as `contact.phone`: no need to ask."""
    typed: frozenset[str] = frozenset()
    """`object.name` of what a person set last, to a value or to nothing: never overwritten, only suggested."""
    records: Mapping[str, str] = field(default_factory=dict)
    """The CRM's ids of the records that were read, by object; a company alone when only the domain was known."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """Whether the chain holds; `broken_at` is the number of the first entry that does not fit."""

    intact: bool
    entries: int
    broken_at: int | None = None
    reason: str = ""
