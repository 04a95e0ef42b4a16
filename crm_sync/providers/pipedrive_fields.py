"""Pipedrive's fields: names for keys of 40 characters, options for their ids, stages, and the fields that we make."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crm_sync.errors import ProviderRefused
from crm_sync.proposals import ObjectName
from crm_sync.providers.pipedrive_calls import Calls, Forbidden
from crm_sync.remote.ports import FieldInfo, FieldType

KEY = "frontdesk_key"
KEY_FIELD = FieldInfo(KEY, "Frontdesk key", "string")
PATHS: Mapping[ObjectName, str] = {"contact": "persons", "company": "organizations", "deal": "deals"}
FIELDS: Mapping[str, str] = {
    "contact": "personFields",
    "company": "organizationFields",
    "deal": "dealFields",
    "activity": "activityFields",
}
STAGE, WON, LOST = "stage_id", "won", "lost"
ROOT: Mapping[ObjectName, frozenset[str]] = {
    "contact": frozenset({"name", "email", "phone"}),
    "company": frozenset({"name", "address"}),
    "deal": frozenset(
        {"title", "value", "currency", STAGE, "probability", "expected_close_date", "lost_reason"}
    ),
}
"""Pipedrive's own fields that we write. `email` and `phone` are ours for the primary one of `emails` and `phones`."""
_NEEDED: Mapping[ObjectName, str] = {"contact": "name", "company": "name", "deal": "title"}
_ALIASES = {"emails": "email", "phones": "phone"}
_READS: Mapping[str, FieldType] = {
    "varchar": "string",
    "varchar_auto": "string",
    "varchar_options": "string",
    "text": "text",
    "int": "integer",
    "double": "number",
    "monetary": "number",
    "boolean": "boolean",
    "date": "date",
    "enum": "choice",
    "set": "choices",
    "phone": "phone",
}
_MAKES: Mapping[FieldType, str] = {
    "string": "varchar",
    "email": "varchar",
    "url": "varchar",
    "text": "text",
    "integer": "double",
    "number": "double",
    "boolean": "enum",
    "date": "date",
    "datetime": "varchar",
    "choice": "enum",
    "choices": "set",
    "phone": "phone",
}
_PLAIN = frozenset({"varchar", "varchar_auto", "text", "double", "date", "enum", "set", "phone", "address"})
"""Types of custom fields that we write."""
SEARCHED = frozenset({"address", "varchar", "text", "varchar_auto", "double", "monetary", "phone"})
"""Types of custom fields that Pipedrive's search looks into."""
_KEEP_S = 600.0
_NAMED = re.compile(r"\(([a-z][a-z0-9_]*)\)$")


@dataclass(frozen=True, slots=True)
class Column:
    """A field with its key at Pipedrive."""

    code: str
    kind: str
    custom: bool
    info: FieldInfo
    ids: Mapping[str, Any] = field(default_factory=dict)
    """Of a choice: the id of each option by its label in small letters."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The label by its id, as text."""


@dataclass(frozen=True, slots=True)
class Stage:
    id: int
    name: str
    pipeline: int


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record looks like: fields by our names for them, and of deals the stages in their order."""

    columns: Mapping[str, Column]
    stages: tuple[Stage, ...] = ()


class Metadata:
    """Read once in ten minutes, and again when a name is not among what was read."""

    def __init__(self, calls: Calls, clock: Callable[[], float]) -> None:
        self._calls, self._clock = calls, clock
        self._shapes: dict[str, tuple[float, Shape]] = {}

    async def shape(self, record: str, *, fresh: bool = False) -> Shape:
        kept = self._shapes.get(record)
        if kept is not None and not fresh and self._clock() - kept[0] < _KEEP_S:
            return kept[1]
        rows = [
            row
            async for row in self._calls.pages(f"read the fields of a {record}", f"v2/{FIELDS[record]}", {})
        ]
        stages: tuple[Stage, ...] = ()
        if record == "deal":
            read = [row async for row in self._calls.pages("read the stages", "v2/stages", {})]
            read.sort(key=lambda row: (row["pipeline_id"], row.get("order_nr") or 0, row["id"]))
            stages = tuple(
                Stage(row["id"], row["name"], row["pipeline_id"]) for row in read if not row.get("is_deleted")
            )
        shape = Shape(_columns(record, rows, stages), stages)
        self._shapes[record] = (self._clock(), shape)
        return shape

    async def column(self, record: ObjectName, name: str) -> Column:
        """The field of that name; refused when there is none, or none that we write."""
        for fresh in (False, True):
            if column := (await self.shape(record, fresh=fresh)).columns.get(name):
                return column
        raise ProviderRefused(
            f"Pipedrive has no field {name!r} on {PATHS[record]}; correct the mapping, or run `frontdesk crm prepare`,"
            " which makes fields of ours."
        )

    async def prepare(self, record: ObjectName, wanted: Sequence[FieldInfo]) -> tuple[str, ...]:
        """Make what is not there; without the right to, say what to make by hand."""
        known = (await self.shape(record, fresh=True)).columns
        missing = [each for each in (KEY_FIELD, *wanted) if each.name not in known]
        made: list[str] = []
        for place, each in enumerate(missing):
            try:
                await self._calls.ask(
                    f"make the field {each.label!r}", "POST", f"v2/{FIELDS[record]}", body=to_make(each)
                )
            except Forbidden as forbidden:
                by_hand = "; ".join(_by_hand(left) for left in missing[place:])
                raise ProviderRefused(
                    f"The API token's user may not make fields. Let an admin make these on {PATHS[record]} (company"
                    f" settings, Data fields), then go on: {by_hand}. {forbidden}"
                ) from forbidden
            made.append(each.name)
        self._shapes.pop(record, None)
        return tuple(made)


def slug(name: str) -> str:
    """A field's name as a mapping writes it."""
    return re.sub(r"[^a-z0-9]+", "_", name.casefold()).strip("_")


def _columns(record: str, rows: Sequence[Mapping[str, Any]], stages: Sequence[Stage]) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    for row in sorted(rows, key=lambda row: bool(row.get("is_custom_field"))):
        code = _ALIASES.get(str(row["field_code"]), str(row["field_code"]))
        custom = bool(row.get("is_custom_field"))
        name = code
        if custom:
            named = _NAMED.search(str(row.get("description") or ""))
            name = named[1] if named else slug(str(row["field_name"]))
            if not name or name in columns:
                name = code  # two of one name: only the key tells which
        columns[name] = _column(record, name, code, row, stages)
    return columns


def _column(record: str, name: str, code: str, row: Mapping[str, Any], stages: Sequence[Stage]) -> Column:
    kind, options = str(row["field_type"]), row.get("options") or ()
    custom = bool(row.get("is_custom_field"))
    labels = tuple(dict.fromkeys(str(option["label"]) for option in options))
    root = ROOT.get(record, frozenset())  # type: ignore[call-overload]  # activities have none
    writable = kind in _PLAIN if custom else code in root
    reads = _READS.get(kind, "string")
    if (record, code) == ("deal", STAGE):
        reads, labels = "choice", (*dict.fromkeys(stage.name for stage in stages), WON, LOST)
    elif reads not in ("choice", "choices"):
        labels = ()
    info = FieldInfo(
        name,
        str(row["field_name"]),
        "email" if (record, code) == ("contact", "email") else reads,
        writable=writable,
        required=_NEEDED.get(record) == code,  # type: ignore[call-overload]
        max_length=255 if kind in ("varchar", "varchar_auto") else None,
        options=labels,
    )
    ids = {str(option["label"]).casefold(): option["id"] for option in options}
    return Column(
        code, kind, custom, info, ids, {str(option["id"]): str(option["label"]) for option in options}
    )


def to_make(wanted: FieldInfo) -> dict[str, Any]:
    """The body that makes a field."""
    body: dict[str, Any] = {
        "field_name": wanted.label,
        "field_type": _MAKES[wanted.type],
        # By this we know it again, whatever somebody calls it later.
        "description": f"Written by Frontdesk ({wanted.name})",
    }
    options = wanted.options or (("Yes", "No") if wanted.type == "boolean" else ())
    if options:
        body["options"] = [{"label": option} for option in options]
    return body


def _by_hand(wanted: FieldInfo) -> str:
    options = f" with {', '.join(wanted.options)}" if wanted.options else ""
    kind = {"varchar": "text", "text": "large text", "double": "numerical", "enum": "single option"}
    name = wanted.name.replace("_", " ").capitalize()
    return f"{name!r} ({wanted.name}, {kind.get(_MAKES[wanted.type], _MAKES[wanted.type])}{options})"
