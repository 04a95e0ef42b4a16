"""Which of our fields are which of a vendor's: the file's shape, held to a published schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, field_validator

from crm_sync.documents.catalogue import CUSTOM, real_schema
from crm_sync.proposals import ObjectName
from crm_sync.remote.ports import FieldType

Plain = str | int | float | bool
Loc = tuple[str | int, ...]
VENDOR_NAME = r"^[A-Za-z0-9_][A-Za-z0-9_.:-]{0,99}$"
OUR_NAME = r"^([a-z][a-z_]*|custom\.[a-z][a-z0-9_]{0,62})$"
RECORD_NAMES: tuple[ObjectName, ...] = ("contact", "company", "deal")
_HOLE = re.compile(r"\{([^{}]*)\}")

VendorName = Annotated[str, Field(pattern=VENDOR_NAME)]
OurName = Annotated[str, Field(pattern=OUR_NAME)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Join(_Part):
    """A list as one text."""

    join: Annotated[str, Field(min_length=1, max_length=8)]


class Date(_Part):
    """A day, written as this format says (such as `%d.%m.%Y`)."""

    date: Annotated[str, Field(min_length=2, max_length=40)]


class DateTime(_Part):
    """An instant in UTC, written as this format says; `epoch_ms` counts milliseconds."""

    datetime: Annotated[str, Field(min_length=2, max_length=40)]


class Scale(_Part):
    """A number times this."""

    scale: Annotated[float, Field(gt=0)]


class Truncate(_Part):
    """At most so many characters."""

    truncate: Annotated[int, Field(ge=1, le=100_000)]


class Template(_Part):
    """Text around the value, which stands at `{value}`."""

    template: Annotated[str, Field(min_length=7, max_length=300)]

    @field_validator("template")
    @classmethod
    def _has_one_hole(cls, text: str) -> str:
        if _HOLE.findall(text) != ["value"]:
            raise ValueError(f"{text!r} must hold {{value}} once and no other braces")
        return text


Word = Literal["lower", "upper", "title", "trim", "first_word", "rest", "country_name"]
"""`first_word` and `rest` split a name in two; `country_name` turns a code such as DE into the English name."""


def _which(value: object) -> str | None:
    """Which transform somebody meant, so that a mistake in it is told as one in it."""
    if isinstance(value, str):
        return "word"
    if isinstance(value, _Part):
        return next(iter(type(value).model_fields))
    return str(next(iter(value), "")) if isinstance(value, Mapping) else None


Transform = Annotated[
    Annotated[Word, Tag("word")]
    | Annotated[Join, Tag("join")]
    | Annotated[Date, Tag("date")]
    | Annotated[DateTime, Tag("datetime")]
    | Annotated[Scale, Tag("scale")]
    | Annotated[Truncate, Tag("truncate")]
    | Annotated[Template, Tag("template")],
    Discriminator(_which),
]


class NewField(_Part):
    """A field of our own that `frontdesk crm prepare` makes at the vendor."""

    type: FieldType
    label: Annotated[str, Field(min_length=1, max_length=80)]
    options: tuple[str, ...] = ()
    """Of a choice; left out: the values of the enumeration."""


class Target(_Part):
    """One field of the vendor's."""

    to: VendorName
    transforms: tuple[Transform, ...] = ()
    """Applied in this order on the way there, and undone in the opposite order on the way back."""
    values: dict[str, Plain | tuple[Plain, ...]] = {}
    """An enumeration, ours to theirs. Of several the first is written, and all of them are read."""
    create: NewField | None = None
    """Set: this field is ours, and `prepare` makes it."""


FieldSpec = Annotated[
    VendorName | Target | Annotated[tuple[Target, ...], Field(min_length=2)],
    Field(union_mode="left_to_right"),
]
"""A field's name alone, a field with what happens on the way, or several fields that share one value of ours."""


class RecordMapping(_Part):
    """One record: contact, company or deal."""

    fields: dict[OurName, FieldSpec] = {}
    skip: tuple[OurName, ...] = ()
    """Fields of ours that this CRM is not told."""
    defaults: dict[VendorName, Plain | Annotated[tuple[Plain, ...], Field(min_length=1)]] = {}
    """What the vendor needs to make a record and an update may lack. Text may hold `{company.domain}` and the like;
    of several the first one whose holes can be filled is taken."""

    def targets(self, name: str) -> tuple[Target, ...]:
        """Where a field of ours goes; none when it is not mapped."""
        spec = self.fields.get(name)
        if spec is None:
            return ()
        if isinstance(spec, str):
            return (Target(to=spec),)
        return (spec,) if isinstance(spec, Target) else spec


class MappingFile(_Part):
    """A field mapping. Fields that stand neither under `fields` nor under `skip` are left out, with a note."""

    version: Annotated[str, Field(min_length=1, max_length=64)]
    """Your name for this state of the file; it stands in the notes of what was left out."""
    provider: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    contact: RecordMapping = RecordMapping()
    company: RecordMapping = RecordMapping()
    deal: RecordMapping = RecordMapping()

    def record(self, name: ObjectName) -> RecordMapping:
        found: RecordMapping = getattr(self, name)
        return found

    def amiss(self) -> Iterator[tuple[Loc, str]]:
        """What the shape alone does not show, with its place and the fix."""
        for record in RECORD_NAMES:
            yield from _unknown_names(record, self.record(record))
            yield from _told_twice(record, self.record(record))
            yield from _odd_values(record, self.record(record))
            yield from _odd_defaults(record, self.record(record))


def _unknown_names(record: ObjectName, mapping: RecordMapping) -> Iterator[tuple[Loc, str]]:
    import difflib

    from crm_sync.documents.catalogue import value_schemas

    known = list(value_schemas()[record])
    for part, names in (("fields", list(mapping.fields)), ("skip", list(mapping.skip))):
        for place, name in enumerate(names):
            where: Loc = (record, part, name if part == "fields" else place)
            if real_schema(record, name) is None:
                near = difflib.get_close_matches(name, known, n=1)
                fix = (
                    f"did you mean {near[0]!r}?" if near else f"write {CUSTOM}{name} for a field of your own"
                )
                yield where, f"a {record} of ours has no field {name!r}; {fix}"
            elif part == "skip" and name in mapping.fields:
                yield where, f"{name!r} stands under fields as well; remove it from one of them"
            elif part == "fields" and name == "owner":
                yield where, "an owner is never written; move it to skip"


def _told_twice(record: ObjectName, mapping: RecordMapping) -> Iterator[tuple[Loc, str]]:
    seen: dict[str, str] = {}
    for name in mapping.fields:
        for target in mapping.targets(name):
            if target.to in seen:
                yield (
                    (record, "fields", name),
                    f"{target.to!r} belongs to {seen[target.to]!r} already; give each field of theirs to one of ours",
                )
            seen[target.to] = name


def _odd_values(record: ObjectName, mapping: RecordMapping) -> Iterator[tuple[Loc, str]]:
    for name in mapping.fields:
        schema: dict[str, Any] = real_schema(record, name) or {}
        ours = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
        for target in mapping.targets(name):
            for value in target.values if ours else ():
                if value not in ours:  # type: ignore[operator]  # ours is a list here
                    listed = ", ".join(map(str, ours or ()))
                    yield (
                        (record, "fields", name, "values", value),
                        f"{record}.{name} is never {value!r}; write one of {listed}",
                    )


def _odd_defaults(record: ObjectName, mapping: RecordMapping) -> Iterator[tuple[Loc, str]]:
    for name, given in mapping.defaults.items():
        for value in given if isinstance(given, tuple) else (given,):
            for hole in _HOLE.findall(value) if isinstance(value, str) else ():
                other, _, field = hole.partition(".")
                if other not in RECORD_NAMES or real_schema(other, field) is None:
                    yield (
                        (record, "defaults", name),
                        f"{{{hole}}} is no field of ours; write it like {{company.domain}}",
                    )
