"""Our fields as a vendor's and back, and whether two values are the same one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from crm_sync.documents.canonical import Json
from crm_sync.documents.catalogue import real_schema
from crm_sync.proposals import ObjectName
from crm_sync.remote.mapping import MappingFile, Plain, Target
from crm_sync.remote.ports import FieldInfo
from crm_sync.remote.transforms import Untranslatable, back, there

Values = Mapping[str, Any]
"""By the vendor's names; None is empty."""
CLOSED = frozenset({"won", "lost"})
_HOLE = re.compile(r"\{([^{}]*)\}")
_IGNORING_CASE = frozenset(
    {("contact", "email"), ("company", "domain"), ("contact", "country"), ("company", "country")}
)


class Translator:
    """A mapping at work. Pure: values in, values out."""

    def __init__(self, file: MappingFile) -> None:
        self.file = file
        self.version = file.version

    # -- what there is ---------------------------------------------------------------------------------------

    def has(self, record: ObjectName, name: str) -> bool:
        return name in self.file.record(record).fields

    def skips(self, record: ObjectName, name: str) -> bool:
        return name in self.file.record(record).skip

    def ours(self, record: ObjectName) -> tuple[str, ...]:
        """Every field of ours that is mapped."""
        return tuple(self.file.record(record).fields)

    def wanted(self, record: ObjectName) -> tuple[str, ...]:
        """Every field of theirs that we look at."""
        mapping = self.file.record(record)
        names = [target.to for name in mapping.fields for target in mapping.targets(name)]
        return tuple(dict.fromkeys([*names, *mapping.defaults]))

    def lookup(self, record: ObjectName, name: str, value: Json) -> tuple[str, Any] | None:
        """The field of theirs to search by, and what for; None when the mapping lacks it."""
        targets = self.file.record(record).targets(name)
        return (targets[0].to, there(targets[0], value)) if targets else None

    def new_fields(self, record: ObjectName) -> tuple[FieldInfo, ...]:
        """The fields of our own that the vendor has to be given first."""
        mapping = self.file.record(record)
        targets = [target for name in mapping.fields for target in mapping.targets(name)]
        return tuple(_new_field(target) for target in targets if target.create is not None)

    # -- there and back --------------------------------------------------------------------------------------

    def there(self, record: ObjectName, name: str, value: Json) -> dict[str, Any]:
        """What to write for a value of ours; a part that comes out empty empties its field. Raises Untranslatable."""
        targets = self.file.record(record).targets(name)
        found = {target.to: there(target, value) if value is not None else None for target in targets}
        return {to: self.emptied(record, to) if part is None else part for to, part in found.items()}

    def back(self, record: ObjectName, name: str, held: Values) -> Json:
        """Our value of what the vendor holds; None when empty, or without a counterpart."""
        mapping = self.file.record(record)
        targets = mapping.targets(name)
        parts: list[Json] = []
        for target in targets:
            raw = held.get(target.to)
            is_filled_in = len(targets) > 1 and raw is not None and raw == mapping.defaults.get(target.to)
            parts.append(None if is_filled_in or raw in (None, "", []) else _back(target, raw))
        if _is_split(targets):
            return " ".join(str(part).strip() for part in parts if part) or None
        return _typed(record, name, next((part for part in parts if part is not None), None))

    def fields(self, record: ObjectName, held: Values) -> dict[str, Json]:
        """Every mapped field of ours that has a value."""
        filled = [name for name in self.ours(record) if not self.is_empty(record, name, held)]
        found = {name: self.back(record, name, held) for name in filled}
        return {name: value for name, value in found.items() if value is not None}

    # -- what the vendor needs -------------------------------------------------------------------------------

    def defaults(self, record: ObjectName, given: Values, known: Mapping[str, Json]) -> dict[str, Any]:
        """What to fill in where `given` has nothing; `known` are our values by `object.name` for the holes."""
        found: dict[str, Any] = {}
        for name, choice in self.file.record(record).defaults.items():
            if given.get(name) in (None, ""):
                filled = _filled(choice, known)
                found |= {name: filled} if filled is not None else {}
        return found

    def better(
        self, record: ObjectName, name: str, filled: Values, known: Mapping[str, Json]
    ) -> dict[str, Any] | None:
        """What to fill in by now instead of the fixed text that was `filled` in: a default that stands before it."""
        targets = self.file.record(record).targets(name)
        options = self.file.record(record).defaults.get(targets[0].to) if len(targets) == 1 else None
        if not isinstance(options, tuple) or (stands := filled.get(targets[0].to)) not in options:
            return None
        value = _filled(options[: options.index(stands)], known)
        return None if value is None else {targets[0].to: value}

    def emptied(self, record: ObjectName, to: str) -> Any:
        """What stands in a field of theirs that is emptied: None, or the default of one that can not be empty."""
        choice = self.file.record(record).defaults.get(to)
        return None if choice is None else _filled(choice, {})

    # -- comparing -------------------------------------------------------------------------------------------

    def alike(self, record: ObjectName, name: str, one: Values, other: Values) -> bool:
        """Whether two states of the fields that `name` is kept in are the same, however they are spelled."""
        mapping = self.file.record(record)
        return all(
            self._plain(record, name, target, one) == self._plain(record, name, target, other)
            for target in mapping.targets(name)
        )

    def is_empty(self, record: ObjectName, name: str, held: Values) -> bool:
        """Whether nothing stands there, or only what was filled in because something had to."""
        return self.alike(record, name, held, {})

    def part(self, record: ObjectName, name: str, held: Values) -> dict[str, Any]:
        """Of a record's values those that `name` is kept in, empty ones as None."""
        return {target.to: held.get(target.to) for target in self.file.record(record).targets(name)}

    def is_closed(self, deal: Values) -> bool:
        """Whether a deal is won or lost."""
        return self.back("deal", "stage", deal) in CLOSED

    def _plain(self, record: ObjectName, name: str, target: Target, values: Values) -> object:
        plain = _plain(record, name, values.get(target.to))
        default = self.file.record(record).defaults.get(target.to)
        if target.values or default is None:
            return plain
        choices = default if isinstance(default, tuple) else (default,)
        # What was only filled in because something had to stand there counts as nothing.
        return None if plain in [_plain(record, name, each) for each in choices] else plain


def _new_field(target: Target) -> FieldInfo:
    made = target.create
    assert made is not None
    listed = [
        each
        for theirs in target.values.values()
        for each in (theirs if isinstance(theirs, tuple) else (theirs,))
    ]
    options = made.options or tuple(dict.fromkeys(map(str, listed)))
    return FieldInfo(target.to, made.label, made.type, options=options)


def _is_split(targets: tuple[Target, ...]) -> bool:
    return len(targets) > 1 and any("first_word" in target.transforms for target in targets)


def _back(target: Target, raw: Any) -> Json:
    try:
        return back(target, raw)
    except (Untranslatable, ValueError):
        return None


def _typed(record: ObjectName, name: str, value: Json) -> Json:
    """Vendors answer with text for numbers; ours have types."""
    kind = (real_schema(record, name) or {}).get("type")
    if value is None or kind not in ("integer", "number"):
        return str(value) if kind == "string" and value is not None else value
    number = _decimal(value)
    if number is None:
        return None
    return int(number) if kind == "integer" or number == number.to_integral_value() else float(number)


def _plain(record: str, name: str, value: Any) -> object:
    if value is None or value in ("", []):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return tuple(sorted(map(str, value)))
    text = " ".join(str(value).split())
    if name == "phone":
        return re.sub(r"[^0-9a-z+]", "", text.casefold()) or text
    if (record, name) in _IGNORING_CASE:
        return text.casefold()
    number = _decimal(text)
    return number if number is not None else text.lower() if text in ("True", "False") else text


def _decimal(value: Any) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _filled(choice: Plain | tuple[Plain, ...], known: Mapping[str, Json]) -> Any:
    """The first text whose holes can be filled."""
    for option in choice if isinstance(choice, tuple) else (choice,):
        if not isinstance(option, str):
            return option
        if all(known.get(hole) is not None for hole in _HOLE.findall(option)):
            return _HOLE.sub(lambda found: str(known[found[1]]), option)
    return None
