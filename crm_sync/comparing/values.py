"""What comparing finds: records that may be one, what a merge would keep, and drift between ledger and CRM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from crm_sync.values import RecordName

DuplicateState = Literal["open", "same", "different"]
MatchedObject = Literal["contact", "company"]
Side = Literal["first", "second"]
How = Literal["exact", "normalised", "fuzzy", "against"]
DriftKind = Literal["gone", "changed", "record_missing", "merged", "entry_missing"]
"""`gone`: the field is empty now. `entry_missing`: a note, meeting or task that we wrote is not there any more."""
DriftState = Literal["open", "seen"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One rule that speaks for two records being one, or against it, without a value."""

    rule: str
    """Such as `email`, `phone`, `name`, `domain`."""
    how: How
    points: float
    said: str
    """In words, for the rep."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A record as matching sees it: what tells who somebody is. Real values, which stay in memory."""

    object: MatchedObject
    id: str
    name: str = ""
    email: str = ""
    phone: str = ""
    domain: str = ""
    """Of a company; of a contact, its company's."""
    company: str = ""
    """Of a contact: the company's name."""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """One of the two records as the CRM holds it now; no fields when it is gone or could not be read."""

    id: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two records that may be one."""

    id: str
    site: str
    object: MatchedObject
    first: Seen
    second: Seen
    score: float
    """From 0 to 1."""
    reasons: tuple[Reason, ...]
    state: DuplicateState
    found_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    is_merged: bool = False
    """Whether `same` merged them, which can be undone; else they are only marked: the CRM merges on its own screens."""


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field of a merge: both values, which one wins, and why."""

    name: str
    first: Any
    second: Any
    wins: Side
    because: str


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What merging two records would leave; nothing is written by looking."""

    object: MatchedObject
    keeps: str
    """Id of the record that stays."""
    drops: str
    fields: tuple[FieldChoice, ...]
    moves: Mapping[str, int]
    """How many deals, activities, tasks, contacts and conversations move over, by name."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a delivered update wrote and that stands differently now."""

    kind: DriftKind
    object: RecordName
    record: str
    field: str = ""
    wrote: Any = None
    found: Any = None
    by: str | None = None
    """Who changed it, where the CRM tells; None: not known, or it was another update of ours (then it is no drift)."""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Drift:
    """One line of the drift report. Personal values are left out of `wrote` and `found`."""

    id: str
    site: str
    update: str
    conversation: str
    kind: DriftKind
    object: RecordName
    record: str
    field: str
    wrote: Any
    found: Any
    by: str | None
    at: datetime | None
    noticed_at: datetime
    state: DriftState
    seen_by: str | None = None


@dataclass(frozen=True, slots=True)
class Reconciled:
    """How one round of comparing went; `is_done` is False when its time or number ran out before its end."""

    compared: int
    drifted: int
    failed: int
    is_done: bool
    began_at: datetime
    since: datetime
    until: datetime | None = None
    """Deliveries up to here were compared."""
    last: str | None = None
    """The update that was compared last."""
    ended_at: datetime | None = None
