"""Holds a mapping against the vendor's own metadata: what would fail, before anything is written."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from crm_sync.documents.catalogue import CUSTOM, real_schema, value_schemas
from crm_sync.errors import ProviderDenied
from crm_sync.proposals import ObjectName
from crm_sync.remote.mapping import (
    RECORD_NAMES,
    Date,
    DateTime,
    MappingFile,
    Scale,
    Target,
    Transform,
    Truncate,
)
from crm_sync.remote.ports import FieldInfo, Metadata

Shape = Literal["text", "integer", "number", "boolean", "list", "date", "datetime"]
_TAKES: Mapping[str, frozenset[str]] = {
    "string": frozenset({"text", "integer", "number", "boolean", "date", "datetime"}),
    "text": frozenset({"text", "integer", "number", "boolean", "date", "datetime"}),
    "email": frozenset({"text"}),
    "phone": frozenset({"text"}),
    "url": frozenset({"text"}),
    "integer": frozenset({"integer"}),
    "number": frozenset({"integer", "number"}),
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date"}),
    "datetime": frozenset({"datetime"}),
    "choice": frozenset({"text", "integer", "number", "boolean"}),
    "choices": frozenset({"text", "list"}),
}
_FIXES: Mapping[str, str] = {
    "date": "add the transform {date: ...}",
    "datetime": "add the transform {datetime: ...}",
    "choices": "map to a field of another type",
    "integer": "map to a field that takes fractions",
}


_CODES = frozenset({"language", "time_zone", "country", "currency"})
"""Fields whose values are codes: a list of the vendor's holds the common ones."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that would fail at the vendor, and what to do about it."""

    record: ObjectName
    field: str
    """Of ours; empty when it is about theirs alone."""
    to: str
    problem: str
    fix: str
    is_sure: bool = True
    """False: it would fail for some values only, and those are refused in the vendor's words."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `left_out` are fields of ours that nothing is done with: a choice, no mistake."""

    account: str
    findings: tuple[Finding, ...]
    left_out: tuple[str, ...]
    fields: int
    """How many fields of theirs are written."""

    @property
    def ok(self) -> bool:
        return not any(each.is_sure for each in self.findings)


async def check(backend: Metadata, mapping: MappingFile) -> Checked:
    """Read the account and its fields; a refused key is the only finding then."""
    try:
        account = await backend.whoami()
    except ProviderDenied as denied:
        fix = "put a key that works into the keys file, with the rights that docs/crm-providers.md names"
        return Checked("", (Finding("contact", "", "", f"the key is refused: {denied}", fix),), (), 0)
    findings: list[Finding] = []
    count = 0
    for record in RECORD_NAMES:
        known = {each.name: each for each in await backend.fields(record)}
        findings += _of_record(record, mapping, known)
        count += len(list(_targets(record, mapping)))
    return Checked(account, tuple(findings), tuple(_left_out(mapping)), count)


def _of_record(record: ObjectName, mapping: MappingFile, known: Mapping[str, FieldInfo]) -> Iterator[Finding]:
    for name, target in _targets(record, mapping):
        info = known.get(target.to)
        if info is None:
            yield _missing(record, name, target, known)
        elif not info.writable:
            fix = "map to another field, or give the key the right to write it"
            yield Finding(record, name, target.to, "is read-only for this key", fix)
        else:
            yield from _misfits(record, name, target, info)
    defaults = mapping.record(record).defaults
    for to, given in defaults.items():
        if to not in known:
            fix = f"write a field that {mapping.provider} has"
            yield Finding(record, "", to, "has a default and does not exist", fix)
        elif known[to].options:
            yield from _odd_options(
                record, "", to, known[to], given if isinstance(given, tuple) else (given,)
            )
    for to, info in known.items():
        if info.required and info.writable and to not in defaults:
            fix = f"add a default for {to} under {record}.defaults"
            yield Finding(record, "", to, "is required, and an update may have no value for it", fix)


def _missing(record: ObjectName, name: str, target: Target, known: Mapping[str, FieldInfo]) -> Finding:
    near = difflib.get_close_matches(target.to, list(known), n=1)
    if target.create is not None:
        return Finding(
            record, name, target.to, "does not exist yet", "run `frontdesk crm prepare`, which makes it"
        )
    fix = f"did you mean {near[0]}?" if near else "correct its name, or let `create` make it"
    return Finding(record, name, target.to, "does not exist", fix)


def _misfits(record: ObjectName, name: str, target: Target, info: FieldInfo) -> Iterator[Finding]:
    shape = shape_of(record, name, target)
    if shape not in _TAKES[info.type]:
        problem = f"takes {info.type}, and {record}.{name} is {shape}"
        yield Finding(
            record, name, target.to, problem, _FIXES.get(info.type, "map to a field of another type")
        )
    elif info.options:
        written = _written(record, name, target)
        if written is None:
            fix = "map its values, or map to a field that takes any text"
            is_sure = name not in _CODES
            yield Finding(record, name, target.to, "takes only values of its list", fix, is_sure)
        else:
            yield from _odd_options(record, name, target.to, info, written)
    # Cut short, these would be another's: one that is too long is refused, in the vendor's words.
    is_address = (record, name) in {("contact", "email"), ("contact", "phone"), ("company", "domain")}
    longest = None if is_address else _longest(record, name, target)
    if info.max_length is not None and longest is not None and longest > info.max_length:
        problem = f"holds {info.max_length} characters, and {record}.{name} may have {longest}"
        yield Finding(record, name, target.to, problem, f"add the transform {{truncate: {info.max_length}}}")


def _odd_options(
    record: ObjectName, name: str, to: str, info: FieldInfo, written: Iterable[Any]
) -> Iterator[Finding]:
    for value in dict.fromkeys(map(str, written)):
        if value not in info.options:
            near = difflib.get_close_matches(value, info.options, n=1)
            listed = ", ".join(info.options[:8]) + ("…" if len(info.options) > 8 else "")
            fix = f"did you mean {near[0]!r}?" if near else f"write one of {listed}"
            yield Finding(record, name, to, f"has no option {value!r}", fix)


_SHAPES: Mapping[str, Shape] = {
    "integer": "integer",
    "number": "number",
    "boolean": "boolean",
    "array": "list",
    "choices": "list",
}


def shape_of(record: ObjectName, name: str, target: Target) -> Shape:
    """What arrives at the vendor's field."""
    kind = str((real_schema(record, name) or {}).get("type", "text"))
    if name.startswith(CUSTOM) and target.create is not None:
        # A field of one's own is of the type that it was made with.
        kind = target.create.type
    shape: Shape = "text" if target.values else _SHAPES.get(kind, "text")
    for transform in target.transforms:
        shape = _shaped(transform)
    return shape


def _shaped(transform: Transform) -> Shape:
    match transform:
        case Date(date="%Y-%m-%d"):
            return "date"
        case DateTime():
            return "datetime"
        case Scale():
            return "number"
        case _:
            return "text"


def _written(record: ObjectName, name: str, target: Target) -> list[Any] | None:
    """Every value that can arrive there; None when it can be anything."""
    if target.values:
        return [theirs[0] if isinstance(theirs, tuple) else theirs for theirs in target.values.values()]
    schema = real_schema(record, name) or {}
    if "enum" in schema and not target.transforms:
        return list(schema["enum"])
    return None


def _longest(record: ObjectName, name: str, target: Target) -> int | None:
    schema = real_schema(record, name) or {}
    if target.values or schema.get("type") != "string" or "enum" in schema:
        return None
    cut = [each.truncate for each in target.transforms if isinstance(each, Truncate)]
    longest: int | None = schema.get("maxLength")
    if "country_name" in target.transforms:
        return cut[-1] if cut else 60
    return min([*cut, *([longest] if longest else [])], default=None)


def _left_out(mapping: MappingFile) -> Iterator[str]:
    for record, fields in value_schemas().items():
        part = mapping.record(record)  # type: ignore[arg-type]  # the catalogue's records are these
        yield from (
            f"{record}.{name}" for name in fields if name not in part.fields and name not in part.skip
        )


def _targets(record: ObjectName, mapping: MappingFile) -> Iterator[tuple[str, Target]]:
    part = mapping.record(record)
    for name in part.fields:
        for target in part.targets(name):
            yield name, target
