"""How far an order got: everything that a repeated attempt and an undo have to know, as one JSON document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from crm_sync.documents.canonical import Json, canonical, digest, jsonable
from crm_sync.proposals import ObjectName
from crm_sync.remote.ports import Entry
from crm_sync.remote.translating import Values
from crm_sync.values import Change, Effect, RecordRef

LINK = "@conversation"
COMPANY = "@company"
_ORDER: tuple[ObjectName, ...] = ("contact", "company", "deal")


@dataclass(slots=True)
class Planned:
    """One field of ours that is being written: what is wanted, and what stood there before anything was."""

    value: Json
    wanted: dict[str, Any]
    was: Json = None
    before: dict[str, Any] = field(default_factory=dict)
    last_key: str | None = None
    """Which order of ours had written it before, and what: undoing gives the field back to it."""
    last_wrote: dict[str, Any] | None = None


@dataclass(slots=True)
class Part:
    """One record of the order."""

    id: str = ""
    made: bool = False
    """Whether this order made it."""
    key: str = ""
    """The key that it is being made with; set before the vendor is asked."""
    values: dict[str, Any] = field(default_factory=dict)
    """What it is made with."""
    filled: dict[str, Any] = field(default_factory=dict)
    """Of these, what was only filled in."""
    plan: dict[str, Planned] = field(default_factory=dict)


@dataclass(slots=True)
class Noted:
    """One entry of the timeline; `prior` is what it said before this order revised it."""

    kind: str
    key: str
    id: str = ""
    prior: dict[str, Any] | None = None


@dataclass(slots=True)
class Work:
    """The whole of it."""

    parts: dict[ObjectName, Part] = field(default_factory=dict)
    linked: list[str | None] | None = None
    """The contact that the conversation was linked to before, once it was linked anew."""
    tied: list[str | None] | None = None
    """The company that the contact belonged to before, once it was tied to another."""
    entries: dict[str, Noted] = field(default_factory=dict)
    """The activity and the task."""
    notes: list[str] = field(default_factory=list)
    undoing: dict[str, dict[str, dict[str, Any]]] | None = None
    """What stood in the fields when undoing began, by record and field."""

    def note(self, text: str) -> None:
        """Said once, however often an attempt is repeated."""
        if text not in self.notes:
            self.notes.append(text)

    def effect(self, conversation: str) -> Effect:
        """What the order did."""
        parts = sorted(self.parts.items(), key=lambda item: _ORDER.index(item[0]))
        contact = self.parts["contact"].id
        company = self.parts["company"].id if "company" in self.parts else None
        changes = [
            Change(record, part.id, name, each.was, each.value, each.last_key)
            for record, part in parts
            for name, each in sorted(part.plan.items())
        ]
        if self.linked is not None:
            changes.append(Change("contact", conversation, LINK, self.linked[0], contact))
        if self.tied is not None:
            changes.append(Change("contact", contact, COMPANY, self.tied[0], company))
        records = [RecordRef(record, part.id, part.made) for record, part in parts]
        records += [
            RecordRef("task" if which == "task" else "activity", noted.id, created=noted.prior is None)
            for which, noted in sorted(self.entries.items())
        ]
        return Effect(tuple(records), tuple(changes), tuple(self.notes))


def work_text(work: Work) -> str:
    """As it is stored."""
    return canonical(
        jsonable(
            {
                "parts": {record: _part_json(part) for record, part in work.parts.items()},
                "linked": work.linked,
                "tied": work.tied,
                "entries": {which: _plain(noted) for which, noted in work.entries.items()},
                "notes": work.notes,
                "undoing": work.undoing,
            }
        )
    )


def work_of(text: str) -> Work:
    """As it was."""
    data = json.loads(text) if text else {}
    parts: dict[ObjectName, Part] = {}
    for record in _ORDER:
        if raw := data.get("parts", {}).get(record):
            plan = {name: Planned(**each) for name, each in raw.pop("plan").items()}
            parts[record] = Part(**raw, plan=plan)
    return Work(
        parts=parts,
        linked=data.get("linked"),
        tied=data.get("tied"),
        entries={which: Noted(**each) for which, each in data.get("entries", {}).items()},
        notes=list(data.get("notes", ())),
        undoing=data.get("undoing"),
    )


def entry_json(entry: Entry) -> dict[str, Any]:
    """An entry as it is stored."""
    return {name: jsonable(getattr(entry, name)) for name in Entry.__slots__}


def entry_of(data: Mapping[str, Any]) -> Entry:
    """An entry as it was."""
    instants = {
        name: datetime.fromisoformat(data[name]) if data.get(name) else None for name in ("at", "end", "due")
    }
    return Entry(**{**data, **instants})


def key_of(*parts: str) -> str:
    """A key of 64 characters that stands for what something is."""
    return digest(list(parts))


def loaded(text: str) -> Values:
    """Values as they are stored."""
    found: dict[str, Any] = json.loads(text)
    return found


def _part_json(part: Part) -> dict[str, Any]:
    return {**_plain(part), "plan": {name: _plain(each) for name, each in part.plan.items()}}


def _plain(value: Any) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__slots__}
