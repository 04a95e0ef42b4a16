"""The fields that an update may write, read off the record models: their schemas, and which ones are personal."""

from __future__ import annotations

from functools import cache
from typing import Any

from crm_sync.documents.canonical import canonical
from crm_sync.documents.models import PLACEHOLDERS
from crm_sync.documents.objects import RECORDS

CUSTOM = "custom."
_CUSTOM_VALUE: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": 2_000},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "string", "maxLength": 300}, "maxItems": 50},
    ]
}


@cache
def value_schemas() -> dict[str, dict[str, dict[str, Any]]]:
    """The JSON Schema of every field's real value, by object and field name."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for record, model in RECORDS.items():
        properties = model.model_json_schema()["properties"]
        found[record] = {
            name: _without_null(schema) for name, schema in properties.items() if name != "custom"
        }
    return found


@cache
def sealed_fields() -> frozenset[tuple[str, str]]:
    """The personal fields: (object, name)."""
    return frozenset(
        (record, name)
        for record, fields in value_schemas().items()
        for name, schema in fields.items()
        if schema.get("x-sealed")
    )


def document_schema(record: str, name: str) -> dict[str, Any]:
    """The schema of a field's value inside an update document, where personal values are placeholders."""
    if (record, name) in sealed_fields():
        return {"type": "string", "pattern": PLACEHOLDERS, "maxLength": 200, "x-sealed": True}
    return value_schemas()[record][name]


def real_schema(record: str, name: str) -> dict[str, Any] | None:
    """The schema that a delivered value must meet; None when there is no such field."""
    if name.startswith(CUSTOM):
        return _CUSTOM_VALUE
    return value_schemas()[record].get(name)


def field_rules() -> list[dict[str, Any]]:
    """The part of the update's schema that ties a field's value to its object and name."""
    rules: list[dict[str, Any]] = []
    for record, fields in value_schemas().items():
        names = {"anyOf": [{"enum": sorted(fields)}, {"pattern": r"^custom\.[a-z]"}]}
        # Fields of one shape share a rule: the validator runs through all of them for every field.
        shapes: dict[str, list[str]] = {}
        for name in sorted(fields):
            shapes.setdefault(canonical(document_schema(record, name)), []).append(name)
        values = [
            {
                "if": {"properties": {"name": {"enum": alike}}},
                "then": {"properties": {"value": document_schema(record, alike[0])}},
            }
            for alike in shapes.values()
        ]
        custom = {
            "if": {"properties": {"name": {"pattern": r"^custom\."}}},
            "then": {"properties": {"value": _CUSTOM_VALUE}},
        }
        rules.append(
            {
                "if": {"properties": {"object": {"const": record}}, "required": ["object"]},
                "then": {"properties": {"name": names}, "allOf": [*values, custom]},
            }
        )
    return rules


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    if len(options) != 1:
        raise ValueError(f"A field's schema has {len(options)} shapes, it must have one: {schema!r}")
    return {key: value for key, value in options[0].items() if key != "title"}
