"""One spelling for every JSON document, so that equal documents have equal hashes."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import date
from typing import Any

_UNSTORABLE = re.compile("[\\x00\\ud800-\\udfff]")

Json = Any
"""A JSON value: None, bool, int, float, str, a list of them, or a dict of them by str."""


def canonical(value: Json) -> str:
    """Sorted keys, no spaces, ASCII only (a NUL stays an escape, which PostgreSQL text can hold)."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def digest(value: Json) -> str:
    """SHA-256 of the canonical spelling, in hexadecimal."""
    return hashlib.sha256(canonical(value).encode("ascii")).hexdigest()


def pointer(parts: list[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def foreign(value: object, at: list[str | int] | None = None) -> tuple[str, str] | None:
    """The first thing that JSON or a database can not hold, as (pointer, reason); None when all is well."""
    path = at or []
    if isinstance(value, str):
        return (pointer(path), "holds a character that can not be stored") if _unstorable(value) else None
    if value is None or isinstance(value, int):  # a bool is one
        return None
    if isinstance(value, float):
        return None if math.isfinite(value) else (pointer(path), "is not a finite number")
    if isinstance(value, (list, tuple)):  # a union is asked for three times as long
        items: list[tuple[str | int, object]] = list(enumerate(value))
    elif isinstance(value, (dict, Mapping)):
        if not all(isinstance(key, str) and not _unstorable(key) for key in value):
            return pointer(path), "has a key that is not plain text"
        items = list(value.items())
    else:
        return pointer(path), f"is of the type {type(value).__name__}, which JSON does not have"
    for key, item in items:
        if found := foreign(item, [*path, key]):
            return found
    return None


def _unstorable(text: str) -> bool:
    # PostgreSQL refuses NUL in text; a lone surrogate has no UTF-8.
    return _UNSTORABLE.search(text) is not None


def jsonable(value: object) -> Json:
    """Dataclasses, tuples and instants as JSON has them; what it does not have stays, for `foreign` to find."""
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (dict, Mapping)):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value) and not isinstance(value, type):
        # What `asdict` does, at a third of its time: it copies every value.
        return {name: jsonable(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def showable(value: object) -> Json:
    """`value` as JSON, whatever it is: what can not be stored becomes its `repr`, so that a person can see it."""
    if isinstance(value, Mapping):
        return {showable_text(key): showable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [showable(item) for item in value]
    return value if foreign(value) is None else repr(value)


def showable_text(value: object) -> str:
    """`value` as text that can be stored."""
    return value if isinstance(value, str) and foreign(value) is None else repr(value)
