"""What an order would write where: the real way through matching and writing, with a vendor that only answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crm_sync.documents.canonical import Json
from crm_sync.proposals import ObjectName
from crm_sync.remote.account import Account
from crm_sync.remote.journal import Journal, Step
from crm_sync.remote.leases import Lease
from crm_sync.remote.ports import Backend, Entry, Held, Made
from crm_sync.remote.work import Work
from crm_sync.remote.writing import Writer, entries_of
from crm_sync.values import Effect, Order

What = Literal["write", "same", "kept", "left out"]


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the order and what would become of it."""

    record: ObjectName
    name: str
    what: What
    to: str = ""
    """The vendor's fields."""
    before: Json = None
    after: Json = None


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen; nothing was written."""

    records: Mapping[ObjectName, str]
    """The vendor's ids; `new` for one that would be made."""
    cells: tuple[Cell, ...]
    entries: tuple[tuple[str, str], ...]
    """Kind and subject of what would stand in the timeline."""
    notes: tuple[str, ...]
    done: bool = False
    """It was written already; repeating it would change nothing."""


class Dry:
    """A vendor that is read and never written to; what would be made is remembered for as long as this lasts."""

    def __init__(self, backend: Backend) -> None:
        self.name = backend.name
        self._backend = backend
        self.new: dict[ObjectName, Held] = {}

    async def find(
        self, record: ObjectName, name: str, value: Any, wanted: Collection[str]
    ) -> tuple[Held, ...]:
        return await self._backend.find(record, name, value, wanted)

    async def read(self, record: ObjectName, id: str, wanted: Collection[str]) -> Held | None:  # noqa: A002
        return self.new[record] if _is_new(id) else await self._backend.read(record, id, wanted)

    async def create(self, record: ObjectName, values: Mapping[str, Any], *, key: str) -> Made:  # noqa: ARG002
        self.new[record] = Held(f"new:{record}", dict(values))
        return Made(f"new:{record}", created=True)

    async def tied(self, contact: str, record: ObjectName, wanted: Collection[str]) -> tuple[Held, ...]:
        return () if _is_new(contact) else await self._backend.tied(contact, record, wanted)

    async def enter(self, entry: Entry, **_on: Any) -> Made:
        return Made(f"new:{entry.kind}", created=True)

    async def change(self, *_args: Any) -> None: ...

    async def tie(self, *_args: Any) -> None: ...

    async def revise(self, *_args: Any) -> None: ...


class _Alone(Lease):
    async def take(self, name: str) -> bool:  # noqa: ARG002
        return False


class _Blotter(Journal):
    """Writes nothing down."""

    async def save(self, *steps: Step) -> None: ...

    async def finish(self, effect: Effect) -> str:  # noqa: ARG002
        return ""

    async def reserve(self, record: ObjectName, record_key: str, filled: Mapping[str, Any]) -> bool:  # noqa: ARG002
        return True


async def preview(account: Account, order: Order, key: str) -> Preview:
    """Read the vendor as a delivery would; raises what a delivery would raise on the way."""
    stored = await account.memory.order(key)
    memory = account.memory
    dry = Account(Dry(account.backend), account.mapping, memory)  # type: ignore[arg-type]  # what writing asks of one
    lease = _Alone(memory.sessions, memory.clock, memory.site, memory.provider)
    journal = _Blotter(memory, key, order.conversation, lease, Work())
    await Writer(dry, journal, order).carry_out()
    work = journal.work
    return Preview(
        records={record: "new" if _is_new(part.id) else part.id for record, part in work.parts.items()},
        cells=tuple(_cell(dry, work, write.object, write.name, write.value) for write in order.writes),
        entries=tuple((entry.kind, entry.subject) for _, entry, _ in entries_of(order, key)),
        notes=tuple(work.notes),
        done=stored is not None and stored.effect is not None,
    )


def _cell(account: Account, work: Work, record: ObjectName, name: str, value: Json) -> Cell:
    if name == "owner" or not account.mapping.has(record, name):
        return Cell(record, name, "left out", after=value)
    to = ", ".join(target.to for target in account.mapping.file.record(record).targets(name))
    planned = work.parts[record].plan.get(name) if record in work.parts else None
    if planned is not None:
        return Cell(record, name, "write", to, planned.was, planned.value)
    said = f" {record}.{name}: "
    if any(note.startswith("Left out" + said) for note in work.notes):
        return Cell(record, name, "left out", to, after=value)
    kept = any(note.startswith("Kept" + said) for note in work.notes)
    return Cell(record, name, "kept" if kept else "same", to, after=value)


def _is_new(record_id: str) -> bool:
    return record_id.startswith("new:")
