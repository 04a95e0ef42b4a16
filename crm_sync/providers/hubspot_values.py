"""HubSpot's properties in our words and back: types, values, deal stages by name, and what an entry becomes.

Everything travels as text: numbers as digits, choices joined with `;`, days as `YYYY-MM-DD` (midnight UTC), moments in
ISO with `Z` (developers.hubspot.com, "Property type and fieldType values").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from html import escape
from typing import Any

from crm_sync.proposals import ObjectName
from crm_sync.remote.ports import Entry, EntryKind, FieldInfo, FieldType

KEY = "frontdesk_key"
"""The unique property that carries our keys."""
GROUP, GROUP_LABEL = "frontdesk", "Frontdesk"
PLURALS: Mapping[ObjectName, str] = {"contact": "contacts", "company": "companies", "deal": "deals"}
KINDS: Mapping[EntryKind, str] = {"note": "notes", "meeting": "meetings", "task": "tasks"}
BODIES: Mapping[str, str] = {
    "notes": "hs_note_body",
    "meetings": "hs_meeting_body",
    "tasks": "hs_task_body",
}
ENTRY_TIES: Mapping[str, Mapping[ObjectName, int]] = {
    "notes": {"contact": 202, "company": 190, "deal": 214},
    "meetings": {"contact": 200, "company": 188, "deal": 212},
    "tasks": {"contact": 204, "company": 192, "deal": 216},
}
"""Ids of HubSpot's own association types, from the client's `AssociationType`."""

_REQUIRED: Mapping[ObjectName, frozenset[str]] = {
    "contact": frozenset(),
    "company": frozenset(),
    "deal": frozenset({"dealname", "dealstage"}),
}
_TEXT_LIMIT = 65_536
_WORD = re.compile("[a-z_]+")
_MADE_AS: Mapping[FieldType, tuple[str, str]] = {
    "string": ("string", "text"),
    "text": ("string", "textarea"),
    "integer": ("number", "number"),
    "number": ("number", "number"),
    "boolean": ("bool", "booleancheckbox"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "choice": ("enumeration", "select"),
    "choices": ("enumeration", "checkbox"),
    "email": ("string", "text"),
    "phone": ("string", "text"),
    "url": ("string", "text"),
}
_READ_AS: Mapping[str, FieldType] = {
    "number": "number",
    "bool": "boolean",
    "date": "date",
    "datetime": "datetime",
    "phone_number": "phone",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a deal pipeline, by the ids that HubSpot keeps and the names that people gave."""

    id: str
    label: str
    pipeline: str
    pipeline_label: str

    @property
    def name(self) -> str:
        """What it is called outside: HubSpot's own stages by ids that are words and the same in every language
        (`qualifiedtobuy`), those of an account by their labels, since their ids are numbers."""
        return self.id if _WORD.fullmatch(self.id) else self.label

    @property
    def pipeline_name(self) -> str:
        """The same for its pipeline."""
        return self.pipeline if _WORD.fullmatch(self.pipeline) else self.pipeline_label


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a record's properties."""

    fields: Mapping[str, FieldInfo]
    stages: tuple[Stage, ...] = field(default=())


def sent(value: Any) -> str:
    """A value as HubSpot takes it; None empties."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ";".join(sent(each) for each in value)
    return str(value)


def held(values: Mapping[str, Any], shape: Shape, wanted: Iterable[str]) -> dict[str, Any]:
    """The wanted values as what they are; empty ones are left out."""
    names = frozenset(wanted)
    return {
        name: _typed(name, str(value), shape)
        for name, value in values.items()
        if name in names and value not in (None, "")
    }


def _typed(name: str, value: str, shape: Shape) -> Any:
    known = shape.fields.get(name)
    if known is None:
        return value
    if shape.stages and name in {"dealstage", "pipeline"}:
        return _named(name, value, shape.stages)
    if known.type == "boolean":
        return value == "true"
    if known.type == "choices":
        return value.split(";")
    if known.type == "number":
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() else number
    return value


def _named(name: str, value: str, stages: Sequence[Stage]) -> str:
    for stage in stages:
        if name == "dealstage" and stage.id == value:
            return stage.name
        if name == "pipeline" and stage.pipeline == value:
            return stage.pipeline_name
    return value


def stage_for(stages: Sequence[Stage], wanted: str | None, pipeline: str | None) -> Stage | None:
    """The stage of that name or id (None: any) in the pipeline of that name or id (None: the first that has one)."""
    fitting = [each for each in stages if wanted is None or _is(wanted, each.id, each.label)]
    if pipeline:
        fitting = [each for each in fitting if _is(pipeline, each.pipeline, each.pipeline_label)]
    return fitting[0] if fitting else None


def _is(wanted: str, id_: str, label: str) -> bool:
    return wanted == id_ or wanted.casefold() == label.casefold()


def stages_of(pipelines: Iterable[Any]) -> tuple[Stage, ...]:
    """Every open stage in the order in which people see them."""
    ordered = sorted(pipelines, key=lambda each: (each.display_order or 0, each.label))
    return tuple(
        Stage(stage.id, stage.label, pipeline.id, pipeline.label)
        for pipeline in ordered
        if not pipeline.archived
        for stage in sorted(pipeline.stages, key=lambda each: each.display_order or 0)
        if not stage.archived
    )


def described(record: ObjectName, said: Any, stages: Sequence[Stage]) -> FieldInfo:
    """One property of HubSpot's metadata in our words."""
    fixed = said.modification_metadata is not None and bool(said.modification_metadata.read_only_value)
    type_ = _type(said.name, said.type, said.field_type)
    options = tuple(option.value for option in said.options or () if not option.hidden)
    if record == "deal" and stages:
        # HubSpot keeps these options with the pipelines.
        names = {
            "dealstage": [each.name for each in stages],
            "pipeline": [each.pipeline_name for each in stages],
        }
        options = tuple(dict.fromkeys(names.get(said.name, options)))
    return FieldInfo(
        name=said.name,
        label=said.label,
        type=type_,
        writable=not fixed and not said.calculated,
        required=said.name in _REQUIRED[record],
        unique=bool(said.has_unique_value) or (record == "contact" and said.name == "email"),
        max_length=_TEXT_LIMIT if said.type == "string" else None,
        options=options if type_ in {"choice", "choices"} else (),
    )


def _type(name: str, type_: str, field_type: str) -> FieldType:
    if type_ == "enumeration":
        kinds: Mapping[str, FieldType] = {"checkbox": "choices", "booleancheckbox": "boolean"}
        return kinds.get(field_type, "choice")
    if type_ == "string":
        return "email" if name == "email" else "text" if field_type in {"textarea", "html"} else "string"
    return _READ_AS.get(type_, "string")


def to_make(wanted: FieldInfo, *, unique: bool = False) -> dict[str, Any]:
    """The body that makes a property."""
    type_, field_type = _MADE_AS[wanted.type]
    body: dict[str, Any] = {
        "name": wanted.name,
        "label": wanted.label,
        "groupName": GROUP,
        "type": type_,
        "fieldType": field_type,
    }
    options = [(option, option) for option in wanted.options]
    if type_ == "bool":
        options = [("Yes", "true"), ("No", "false")]
    if options:
        body["options"] = [
            {"label": label, "value": value, "displayOrder": place, "hidden": False}
            for place, (label, value) in enumerate(options)
        ]
    if unique or wanted.unique:
        body["hasUniqueValue"] = True
    return body


def marker(key: str) -> str:
    """What stands in the text of an entry where no property can carry its key."""
    return f"Frontdesk reference {key}"


def entered(entry: Entry, *, revised: bool = False, marked: bool = False) -> dict[str, str]:
    """The properties of an entry; a revision leaves alone what a rep may have ticked off since."""
    body = _html(entry, marked=marked)
    match entry.kind:
        case "note":
            title = f"<p><strong>{escape(entry.subject)}</strong></p>"
            return {"hs_timestamp": sent(entry.at), "hs_note_body": title + body}
        case "meeting":
            fields = {
                "hs_timestamp": sent(entry.at),
                "hs_meeting_title": entry.subject,
                "hs_meeting_body": body,
                "hs_meeting_start_time": sent(entry.at),
                "hs_meeting_end_time": sent(entry.end or entry.at),
            }
            if entry.url:
                fields["hs_meeting_external_url"] = entry.url
            if entry.cancelled:
                fields["hs_meeting_outcome"] = "CANCELED"
            elif not revised:
                fields["hs_meeting_outcome"] = "SCHEDULED"
            return fields
        case "task":
            fields = {
                "hs_timestamp": sent(entry.due or entry.at),
                "hs_task_subject": entry.subject,
                "hs_task_body": body,
                "hs_task_priority": {"low": "LOW", "normal": "MEDIUM", "high": "HIGH"}[entry.priority],
                "hs_task_type": "TODO",
            }
            return fields if revised else {**fields, "hs_task_status": "NOT_STARTED"}


def _html(entry: Entry, *, marked: bool) -> str:
    parts = [escape(entry.body).replace("\n", "<br>")] if entry.body else []
    if entry.url and entry.kind != "meeting":
        parts.append(f'<a href="{escape(entry.url)}">{escape(entry.url)}</a>')
    if marked:
        parts.append(marker(entry.key))
    return "".join(f"<p>{part}</p>" for part in parts)[:_TEXT_LIMIT]
