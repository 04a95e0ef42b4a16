"""The closed set of things that may happen to a value on its way to a vendor's field, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from crm_sync.documents.canonical import Json
from crm_sync.remote.mapping import (
    Date,
    DateTime,
    Join,
    Plain,
    Scale,
    Target,
    Template,
    Transform,
    Truncate,
)

EPOCH_MS = "epoch_ms"


class Untranslatable(ValueError):
    """A value has no counterpart on the other side; the message says why, without the value when it may be personal."""


def there(target: Target, value: Json) -> Json:
    """Our value as the vendor's field takes it; None when nothing of it belongs into this field."""
    if target.values:
        value = _listed(target, value)
    for transform in target.transforms:
        if value is None:
            return None
        value = _there(transform, value)
    return None if value in ("", []) else value


def back(target: Target, value: Json) -> Json:
    """The vendor's value as ours; None when it has no counterpart."""
    for transform in reversed(target.transforms):
        if value is None:
            return None
        value = _back(transform, value)
    if target.values and value is not None:
        return _unlisted(target, value)
    return value


def country_name(code: str) -> str:
    """The English name of a country."""
    name = _countries().get(code.upper())
    if name is None:
        raise Untranslatable(f"{code!r} is no country code")
    return name


def country_code(name: str) -> str | None:
    """The code of a country by its English name, or of a code itself."""
    plain = name.strip()
    return plain.upper() if plain.upper() in _countries() else _codes().get(plain.casefold())


def _there(transform: Transform, value: Json) -> Json:
    match transform:
        case "lower" | "upper" | "title" | "trim" | "first_word" | "rest":
            return _worded(transform, str(value))
        case "country_name":
            return country_name(str(value))
        case Join(join=mark):
            return mark.join(map(str, value)) if isinstance(value, list | tuple) else value
        case Date(date=form):
            return _day(value).strftime(form)
        case DateTime(datetime=form):
            at = _instant(value)
            return int(at.timestamp() * 1000) if form == EPOCH_MS else at.strftime(form)
        case Scale(scale=factor):
            return _plain_number(_number(value) * Decimal(str(factor)))
        case Truncate(truncate=most):
            return str(value)[:most].rstrip()
        case Template(template=text):
            return text.replace("{value}", str(value))


def _worded(word: str, text: str) -> str:
    match word:
        case "lower":
            return text.lower()
        case "upper":
            return text.upper()
        case "title":
            return text.title()
        case "trim":
            return " ".join(text.split())
        case "first_word":
            return text.strip().partition(" ")[0]
        case _:
            return text.strip().partition(" ")[2].strip()


def _back(transform: Transform, value: Json) -> Json:
    match transform:
        case "country_name":
            return country_code(str(value))
        case Join(join=mark):
            return [part.strip() for part in str(value).split(mark) if part.strip()]
        case Date(date=form):
            return _parsed(str(value), form, lambda at: at.date().isoformat())
        case DateTime(datetime=form) if form == EPOCH_MS:
            return datetime.fromtimestamp(float(value) / 1000, UTC).isoformat()
        case DateTime(datetime=form):
            return _parsed(
                str(value), form, lambda at: (at if at.tzinfo else at.replace(tzinfo=UTC)).isoformat()
            )
        case Scale(scale=factor):
            return _plain_number(_number(value) / Decimal(str(factor)))
        case Template(template=text):
            before, _, after = text.partition("{value}")
            found = re.fullmatch(re.escape(before) + "(.*)" + re.escape(after), str(value), re.DOTALL)
            return found[1] if found else value
        case _:
            return value


def _parsed(text: str, form: str, shown: Any) -> str | None:
    try:
        return str(shown(datetime.strptime(text, form)))  # noqa: DTZ007  the format may name the zone
    except ValueError:
        return None


def _listed(target: Target, value: Json) -> Json:
    if isinstance(value, list | tuple):
        return [_listed(target, item) for item in value]
    found = target.values.get(_key(value))
    if found is None:
        raise Untranslatable(f"the enumeration of {target.to} has no counterpart of {_key(value)!r}")
    return found[0] if isinstance(found, tuple) else found


def _unlisted(target: Target, value: Json) -> Json:
    if isinstance(value, list | tuple):
        return [one for one in (_unlisted(target, item) for item in value) if one is not None]
    for ours, theirs in target.values.items():
        if _key(value) in {_key(each) for each in _each(theirs)}:
            return ours
    return None


def _each(theirs: Plain | tuple[Plain, ...]) -> Iterable[Plain]:
    return theirs if isinstance(theirs, tuple) else (theirs,)


def _key(value: Json) -> str:
    """A value as a key of an enumeration: YAML's true and the API's "true" are one."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Json) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation as error:
        raise Untranslatable("is no number") from error


def _plain_number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


def _instant(value: Json) -> datetime:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise Untranslatable("is no date") from error
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _day(value: Json) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise Untranslatable("is no date") from error


@cache
def _countries() -> dict[str, str]:
    from babel import Locale

    names = Locale("en").territories
    return {code: str(name) for code, name in names.items() if len(code) == 2 and code.isalpha()}


@cache
def _codes() -> dict[str, str]:
    return {name.casefold(): code for code, name in _countries().items()}
