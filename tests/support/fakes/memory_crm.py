"""A CRM that is a few dictionaries: the plainest `Backend`, and what the others' suites are written against."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_sync.errors import ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.remote.ports import Entry, EntryKind, FieldInfo, Held, Made
from tests.support.fakes.served import Fault, Faults

STANDARD: Mapping[ObjectName, tuple[FieldInfo, ...]] = {
    "contact": (
        FieldInfo("Mail", "E-mail", "email", unique=True, max_length=80),
        FieldInfo("First", "First name", "string", max_length=200),
        FieldInfo("Last", "Last name", "string", required=True, max_length=200),
        FieldInfo("Phone", "Phone", "phone", max_length=40),
        FieldInfo("Title", "Title", "string", max_length=128),
        FieldInfo("Country", "Country", "string"),
        FieldInfo("Phase", "Phase", "choice", options=("Visitor", "Lead", "Qualified", "Customer")),
        FieldInfo("OwnerId", "Owner", "string"),
        FieldInfo("CreatedAt", "Created", "datetime", writable=False),
    ),
    "company": (
        FieldInfo("Name", "Name", "string", required=True),
        FieldInfo("Domain", "Domain", "string"),
        FieldInfo("Industry", "Industry", "string"),
        FieldInfo("Staff", "Staff", "integer"),
    ),
    "deal": (
        FieldInfo("Name", "Name", "string", required=True, max_length=120),
        FieldInfo("Stage", "Stage", "choice", required=True, options=("Open", "Talking", "Won", "Lost")),
        FieldInfo("Amount", "Amount", "number"),
        FieldInfo("Seats", "Seats", "integer"),
    ),
}


@dataclass
class MemoryCrm:
    """Holds everything; `faults` strike by the name of the call, such as `create/contact`."""

    name: str = "memory"
    longest_call_s: float = 60.0
    faults: Faults = field(default_factory=Faults)
    records: dict[ObjectName, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {"contact": {}, "company": {}, "deal": {}}
    )
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    ties: list[tuple[str, ObjectName, str]] = field(default_factory=list)
    """Contact, record and id, oldest first."""
    entries: dict[str, tuple[str, Entry]] = field(default_factory=dict)
    """By id: the contact and the entry."""
    custom: dict[ObjectName, list[FieldInfo]] = field(
        default_factory=lambda: {"contact": [], "company": [], "deal": []}
    )
    made: int = 0
    one_company: bool = False
    """Whether another company takes the place of the one that a contact has, as at some vendors."""

    # -- records ---------------------------------------------------------------------------------------------

    async def find(
        self, record: ObjectName, name: str, value: Any, wanted: Collection[str]
    ) -> tuple[Held, ...]:
        self._before(f"find/{record}")
        found = [
            self._held(record, id_, wanted)
            for id_, values in self.records[record].items()
            if _plain(values.get(name)) == _plain(value)
        ]
        self._after(f"find/{record}")
        return tuple(found[:10])

    async def read(self, record: ObjectName, id: str, wanted: Collection[str]) -> Held | None:  # noqa: A002
        self._before(f"read/{record}")
        held = self._held(record, id, wanted) if id in self.records[record] else None
        self._after(f"read/{record}")
        return held

    async def create(self, record: ObjectName, values: Mapping[str, Any], *, key: str) -> Made:
        self._before(f"create/{record}")
        known = self.keys.get((record, key)) or self._same_address(record, values)
        if known is None:
            kept = {name: value for name, value in values.items() if value is not None}
            self._check(record, kept)
            if lacking := [
                each.name for each in self._all(record) if each.required and each.name not in kept
            ]:
                raise ProviderRefused(f"The {record} needs {', '.join(lacking)}.")
            self.made += 1
            known = f"{record[0]}{self.made}"
            self.records[record][known] = kept
            self.keys[record, key] = known
            made = Made(known, created=True)
        else:
            made = Made(known, created=False)
        self._after(f"create/{record}")
        return made

    async def change(self, record: ObjectName, id: str, values: Mapping[str, Any]) -> None:  # noqa: A002
        self._before(f"change/{record}")
        if id not in self.records[record]:
            raise ProviderRefused(f"There is no {record} {id!r}.")
        self._check(record, values)
        for name, value in values.items():
            if value is None:
                self.records[record][id].pop(name, None)
            else:
                self.records[record][id][name] = value
        self._after(f"change/{record}")

    async def remove(self, record: ObjectName, id: str) -> None:  # noqa: A002
        self._before(f"remove/{record}")
        self.records[record].pop(id, None)
        self.keys = {key: known for key, known in self.keys.items() if known != id}
        self.ties = [tie for tie in self.ties if id not in tie]
        self._after(f"remove/{record}")

    async def has_history(self, record: ObjectName, id: str) -> bool:  # noqa: A002
        self._before(f"history/{record}")
        return record == "contact" and any(contact == id for contact, _ in self.entries.values())

    # -- ties ------------------------------------------------------------------------------------------------

    async def tied(self, contact: str, record: ObjectName, wanted: Collection[str]) -> tuple[Held, ...]:
        self._before(f"tied/{record}")
        return tuple(
            self._held(record, id_, wanted)
            for who, what, id_ in reversed(self.ties)
            if (who, what) == (contact, record)
        )

    async def tie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        self._before(f"tie/{record}")
        if self.one_company and record == "company":
            self.ties = [tie for tie in self.ties if tie[:2] != (contact, record)]
        if (contact, record, id) not in self.ties:
            self.ties.append((contact, record, id))
        self._after(f"tie/{record}")

    async def untie(self, contact: str, record: ObjectName, id: str) -> None:  # noqa: A002
        self._before(f"untie/{record}")
        self.ties = [tie for tie in self.ties if tie != (contact, record, id)]
        self._after(f"untie/{record}")

    # -- timeline --------------------------------------------------------------------------------------------

    async def enter(self, entry: Entry, *, contact: str, company: str | None, deal: str | None) -> Made:
        self._before(f"enter/{entry.kind}")
        known = next((id_ for id_, (_, old) in self.entries.items() if old.key == entry.key), None)
        created = known is None
        if known is None:
            self.made += 1
            known = f"e{self.made}"
            self.entries[known] = (contact, entry)
        self._after(f"enter/{entry.kind}")
        return Made(known, created)

    async def revise(self, id: str, entry: Entry) -> None:  # noqa: A002
        self._before(f"revise/{entry.kind}")
        if id not in self.entries:
            raise ProviderRefused(f"There is no {entry.kind} {id!r}.")
        self.entries[id] = (self.entries[id][0], entry)
        self._after(f"revise/{entry.kind}")

    async def take_out(self, kind: EntryKind, id: str) -> None:  # noqa: A002
        self._before(f"take_out/{kind}")
        self.entries.pop(id, None)
        self._after(f"take_out/{kind}")

    # -- metadata --------------------------------------------------------------------------------------------

    async def whoami(self) -> str:
        self._before("whoami")
        return "a CRM in memory"

    async def fields(self, record: ObjectName) -> tuple[FieldInfo, ...]:
        self._before(f"fields/{record}")
        return tuple(self._all(record))

    async def prepare(self, record: ObjectName, wanted: Sequence[FieldInfo]) -> tuple[str, ...]:
        self._before(f"prepare/{record}")
        there = {each.name for each in self._all(record)}
        missing = [each for each in wanted if each.name not in there]
        self.custom[record] += missing
        return tuple(each.name for each in missing)

    # -- behind the scenes -----------------------------------------------------------------------------------

    def edit(self, record: ObjectName, id_: str, name: str, value: Any) -> None:
        """Somebody types a value."""
        if value is None:
            self.records[record][id_].pop(name, None)
        else:
            self.records[record][id_][name] = value

    def _all(self, record: ObjectName) -> list[FieldInfo]:
        return [*STANDARD[record], *self.custom[record]]

    def _held(self, record: ObjectName, id_: str, wanted: Collection[str]) -> Held:
        values = self.records[record][id_]
        return Held(id_, {name: values[name] for name in wanted if name in values})

    def _same_address(self, record: ObjectName, values: Mapping[str, Any]) -> str | None:
        address = _plain(values.get("Mail"))
        if record != "contact" or not address:
            return None
        held = self.records["contact"].items()
        return next((id_ for id_, old in held if _plain(old.get("Mail")) == address), None)

    def _check(self, record: ObjectName, values: Mapping[str, Any]) -> None:
        known = {each.name: each for each in self._all(record)}
        for name, value in values.items():
            if name not in known or not known[name].writable:
                raise ProviderRefused(f"Property {name!r} does not exist or is read-only.")
            if value is None and known[name].required:
                raise ProviderRefused(f"Property {name!r} must not be empty.")
            if value is not None and known[name].options and value not in known[name].options:
                raise ProviderRefused(f"{value!r} is no option of {name!r}.")

    def _before(self, call: str) -> None:
        self.faults.asked.append(("CALL", call))
        for fault in self.faults.waiting:
            if not fault.after and fault.strikes("CALL", call):
                raise _error(fault)

    def _after(self, call: str) -> None:
        for fault in self.faults.waiting:
            if fault.after and fault.strikes("CALL", call):
                raise _error(fault)


def _error(fault: Fault) -> Exception:
    said = f"answered {fault.status}"
    if fault.status == 401:
        return ProviderDenied(said)
    if fault.status == 429 or fault.status >= 500:
        pause = fault.headers.get("retry-after")
        return ProviderBusy(said, retry_after_s=float(pause) if pause else None)
    return ProviderRefused(said)


def _plain(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
