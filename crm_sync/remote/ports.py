"""What the engine asks of a vendor's API. Names and values of fields are the vendor's own; the mapping translates.

Every call may raise ProviderBusy (try again, with what the vendor said about when), ProviderDenied (the key or the
account as a whole was refused) or ProviderRefused (this request, in the vendor's words). No call is ever repeated by
an adapter itself after it may have had an effect: the engine repeats, with the same key.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from crm_sync.proposals import ObjectName

EntryKind = Literal["note", "meeting", "task"]
FieldType = Literal[
    "string",
    "text",
    "integer",
    "number",
    "boolean",
    "date",
    "datetime",
    "choice",
    "choices",
    "email",
    "phone",
    "url",
]


@dataclass(frozen=True, slots=True)
class Held:
    """A record as the CRM holds it: `values` by the vendor's field names, empty ones left out."""

    id: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """The id of a record or entry, and whether this very call made it."""

    id: str
    created: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """Something for the timeline of a contact, written once per `key`."""

    kind: EntryKind
    key: str
    """At most 64 characters; whoever looks for it later finds the entry by it."""
    subject: str
    body: str
    at: datetime
    url: str | None = None
    end: datetime | None = None
    """Of a meeting; `at` is its start then."""
    due: datetime | None = None
    """Of a task."""
    priority: Literal["low", "normal", "high"] = "normal"
    cancelled: bool = False
    """Of a meeting that was called off."""


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field as the vendor's own metadata describes it."""

    name: str
    label: str
    type: FieldType
    writable: bool = True
    required: bool = False
    """Without it no record can be made."""
    unique: bool = False
    max_length: int | None = None
    options: tuple[str, ...] = ()
    """Of a choice: the values that are taken."""


class Records(Protocol):
    """Contacts, companies and deals, one by one."""

    async def find(
        self, record: ObjectName, name: str, value: Any, wanted: Collection[str]
    ) -> tuple[Held, ...]:
        """Records whose field `name` is `value`, oldest first, at most 10. What was written a moment ago is among them
        where the vendor has any way to read it at once; where it has none, the adapter's docstring says how late."""
        ...

    async def read(self, record: ObjectName, id: str, wanted: Collection[str]) -> Held | None:  # noqa: A002
        """One record with the `wanted` fields; None when it is gone."""
        ...

    async def create(self, record: ObjectName, values: Mapping[str, Any], *, key: str) -> Made:
        """Make a record that carries `key` (at most 64 characters) as its external id, or return the one that already
        carries it, or the one that the vendor says is the same (a taken e-mail address)."""
        ...

    async def change(self, record: ObjectName, id: str, values: Mapping[str, Any]) -> None:  # noqa: A002
        """Set fields; None empties one."""
        ...

    async def remove(self, record: ObjectName, id: str) -> None:  # noqa: A002
        """Archive or delete a record that we made; one that is gone already is no error."""
        ...

    async def has_history(self, record: ObjectName, id: str) -> bool:  # noqa: A002
        """Whether anything hangs on the record beside companies and deals: notes, mails, calls, meetings, tasks,
        tickets, whoever wrote them. A record that we made is removed on undo only when nothing does; when the vendor
        can not be asked, True."""
        ...


class Ties(Protocol):
    """What belongs to a contact."""

    async def tied(self, contact: str, record: ObjectName, wanted: Collection[str]) -> tuple[Held, ...]:
        """The contact's companies or deals, newest first."""
        ...

    async def tie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        """Tie a company or deal to a contact; twice is once."""
        ...

    async def untie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        """Take the tie back; one that is gone is no error."""
        ...


class Timeline(Protocol):
    """Notes, meetings and tasks."""

    async def enter(self, entry: Entry, *, contact: str, company: str | None, deal: str | None) -> Made:
        """Write the entry, or return the one that carries its key already."""
        ...

    async def revise(self, id: str, entry: Entry) -> None:  # noqa: A002
        """Bring an entry to what `entry` says, as when a meeting moved."""
        ...

    async def take_out(self, kind: EntryKind, id: str) -> None:  # noqa: A002
        """Remove an entry that we wrote; one that is gone already is no error."""
        ...


class Metadata(Protocol):
    """What the account looks like, for checks before anything is written."""

    async def whoami(self) -> str:
        """The account that the key belongs to, in words for the operator; raises ProviderDenied when it is refused."""
        ...

    async def fields(self, record: ObjectName) -> tuple[FieldInfo, ...]:
        """Every field of a record."""
        ...

    async def prepare(self, record: ObjectName, wanted: Sequence[FieldInfo]) -> tuple[str, ...]:
        """Make the custom fields that are not there yet, and the field that carries the key; returns the names of those
        it made. A vendor or a key that can not make fields raises ProviderRefused and says which to make by hand."""
        ...


class Backend(Records, Ties, Timeline, Metadata, Protocol):
    """A vendor's API behind our words.

    One whose `change` empties a field before it writes it says so in `empties_first`, as pairs of record and field.
    """

    name: str
    longest_call_s: float
    """No call takes longer, with all the requests that it makes: the lease on a record outlasts it."""
