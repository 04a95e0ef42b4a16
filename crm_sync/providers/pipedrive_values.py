"""Values on their way to Pipedrive and back: custom fields by key, options by id, the primary address of several."""

from __future__ import annotations

import html
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from crm_sync.errors import ProviderRefused
from crm_sync.providers.pipedrive_fields import LOST, STAGE, WON, Column, Shape
from crm_sync.remote.ports import Entry

LISTS = {"email": "emails", "phone": "phones"}
MONEY: Mapping[str, Mapping[str, Any]] = {"value": {"value": 0}, "currency": {}}
"""What to write to empty a deal's amount: Pipedrive has 0 in the account's own currency where nobody said any."""
_NUMBERS = frozenset({"int", "double", "monetary"})


def outward(column: Column, value: Any) -> Any:
    """A value as the API takes it: v2 takes no text for a number, and an option only by its id."""
    name = column.info.name
    if not column.info.writable:
        raise ProviderRefused(f"Pipedrive's field {name!r} can not be written; give the mapping another.")
    if value is None or value in ("", []):
        return None
    if column.kind in ("enum", "set") and column.code != STAGE:
        given = value if isinstance(value, list | tuple) else [value]
        ids = [_option(column, each) for each in given]
        return ids if column.kind == "set" else ids[0]
    if column.kind in _NUMBERS or column.code == "probability":
        return _number(name, value)
    if column.kind == "address":
        return {"value": str(value)}
    return str(value)


def held(row: Mapping[str, Any], shape: Shape, wanted: Collection[str]) -> dict[str, Any]:
    """What a record holds, by the mapping's names; empty ones are left out."""
    found = {
        name: value_of(row, shape, column)
        for name in wanted
        if (column := shape.columns.get(name)) is not None
    }
    return {name: value for name, value in found.items() if value not in (None, "", [])}


def value_of(row: Mapping[str, Any], shape: Shape, column: Column) -> Any:
    """One value of a record."""
    if column.code in LISTS and not column.custom:
        return primary(row.get(LISTS[column.code]) or ())
    if column.code == STAGE:
        if row.get("status") in (WON, LOST):
            return row["status"]
        return next((stage.name for stage in shape.stages if stage.id == row.get(STAGE)), None)
    if column.code in MONEY and not column.custom and not row.get("value"):
        return None
    raw = (row.get("custom_fields") or {}).get(column.code) if column.custom else row.get(column.code)
    if isinstance(raw, Mapping):
        # Money, spans and addresses; what stands first is the value.
        raw = raw.get("value")
    if column.kind == "set":
        return [column.labels.get(str(each), str(each)) for each in raw or ()]
    if column.kind == "enum" and raw is not None:
        return column.labels.get(str(raw), str(raw))
    return raw


def every(row: Mapping[str, Any], shape: Shape, column: Column) -> list[str]:
    """All that a record may be found by in a field, in small letters: of several addresses each."""
    if column.code in LISTS and not column.custom:
        return [str(each.get("value") or "").casefold() for each in row.get(LISTS[column.code]) or ()]
    value = value_of(row, shape, column)
    return [] if value is None else [str(value).casefold()]


def primary(entries: Sequence[Mapping[str, Any]]) -> str | None:
    """The address that is marked, else the first."""
    marked = [each for each in entries if each.get("primary")] or list(entries)
    return str(marked[0]["value"]) if marked and marked[0].get("value") else None


def replaced(entries: Sequence[Mapping[str, Any]], value: str | None) -> list[dict[str, Any]]:
    """The addresses with `value` as the primary one; others that a rep added stay."""
    now = primary(entries)
    kept = [dict(each, primary=False) for each in entries if each.get("value")]
    if value is None:
        left = [each for each in kept if each["value"] != now]
        return [dict(each, primary=place == 0) for place, each in enumerate(left)]
    for each in kept:
        if str(each["value"]).casefold() == value.casefold():
            return [dict(other, primary=other is each) for other in kept]
    others = [each for each in kept if each["value"] != now]
    return [{"value": value, "primary": True, "label": "work"}, *others]


def marker(key: str) -> str:
    """What an entry's text carries to be known again: Pipedrive's notes and activities take no fields of ours."""
    return f"frontdesk:{key}"


def text_of(entry: Entry) -> str:
    """The text of an entry, as HTML, the marker in its last line."""
    lines = [f"<b>{html.escape(entry.subject)}</b>"] if entry.kind == "note" else []
    lines += [html.escape(line) for line in entry.body.splitlines()]
    if entry.url:
        address = html.escape(entry.url, quote=True)
        lines.append(f'<a href="{address}">{address}</a>')
    return "<br>".join([*lines, marker(entry.key)])


def activity_of(entry: Entry, priority: int | None) -> dict[str, Any]:
    """A meeting or a task, in UTC. A meeting that was called off is done and takes nobody's time."""
    at = (entry.due or entry.at if entry.kind == "task" else entry.at).astimezone(UTC)
    body: dict[str, Any] = {
        "subject": entry.subject[:255],
        "type": entry.kind,
        "note": text_of(entry),
        "due_date": f"{at:%Y-%m-%d}",
        "due_time": f"{at:%H:%M}",
    }
    if entry.kind == "meeting":
        if entry.end is not None:
            minutes = max(int((entry.end - entry.at).total_seconds() // 60), 0)
            body["duration"] = f"{minutes // 60:02}:{minutes % 60:02}"
        body |= {"busy": not entry.cancelled, "done": entry.cancelled}
    if priority is not None:
        body["priority"] = priority
    return body


def stamp(at: datetime) -> str:
    """An instant as v2 takes it in queries."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _option(column: Column, value: Any) -> Any:
    label = {True: "Yes", False: "No"}.get(value, value) if isinstance(value, bool) else value
    if (id_ := column.ids.get(str(label).casefold())) is None:
        named = ", ".join(column.info.options)
        raise ProviderRefused(
            f"Pipedrive's field {column.info.name!r} has no option {str(label)!r}; it has {named}. Add it there, or"
            " correct the mapping."
        )
    return id_


def _number(name: str, value: Any) -> int | float:
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ProviderRefused(
            f"Pipedrive's field {name!r} takes a number only; correct the mapping."
        ) from error
    return int(number) if number == number.to_integral_value() else float(number)
