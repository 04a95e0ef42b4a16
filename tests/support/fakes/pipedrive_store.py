"""What a Pipedrive account holds, and takes: strict bodies, ids of options, marks of deletion, a search that lags."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from litestar import Response

Row = dict[str, Any]
PLURALS = ("persons", "organizations", "deals")
FIELDS = {
    "personFields": "persons",
    "organizationFields": "organizations",
    "dealFields": "deals",
    "activityFields": "activities",
}
STAGES = ("Qualified", "Contact Made", "Demo Scheduled", "Proposal Made", "Negotiations Started")
_TAKES = {
    "persons": {"name", "owner_id", "org_id", "emails", "phones", "visible_to", "label_ids", "custom_fields"},
    "organizations": {"name", "owner_id", "visible_to", "label_ids", "address", "custom_fields"},
    "deals": {
        "title",
        "owner_id",
        "person_id",
        "org_id",
        "pipeline_id",
        "stage_id",
        "value",
        "currency",
        "status",
        "probability",
        "lost_reason",
        "expected_close_date",
        "custom_fields",
    },
    "activities": {
        "subject",
        "type",
        "owner_id",
        "deal_id",
        "org_id",
        "due_date",
        "due_time",
        "duration",
        "busy",
        "done",
        "note",
        "priority",
        "participants",
        "public_description",
    },
}
_SEARCHED = {"varchar", "text", "varchar_auto", "double", "phone", "address"}
MORE = "Please check developers.pipedrive.com for more information about Pipedrive API."


class Said(Exception):
    """What the account answers instead of what was asked for."""

    def __init__(
        self, status: int, error: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        body = {"success": False, "error": error, "error_info": MORE, "data": None, **more}
        self.response = Response(body, status_code=status, headers=dict(headers or {}))


@dataclass
class Kept:
    """A row, and as what the search knew it at which time."""

    row: Row
    versions: list[tuple[float, Row]] = field(default_factory=list)


class PipedriveStore:
    """One company account."""

    def __init__(self, lag_s: float) -> None:
        self.lag_s = lag_s
        self.clear()

    def clear(self) -> None:
        self.now = datetime(2026, 3, 2, 10, tzinfo=UTC).timestamp()
        self.rows: dict[str, dict[int, Kept]] = {plural: {} for plural in (*PLURALS, "activities", "notes")}
        self.fields: dict[str, list[Row]] = {path: _built_in(path) for path in FIELDS}
        self.stages: list[Row] = [
            {"id": place, "name": name, "pipeline_id": 1, "order_nr": place, "is_deleted": False}
            for place, name in enumerate(STAGES, 1)
        ]
        self._next = 0

    # -- behind its back -------------------------------------------------------------------------------------

    def later(self, seconds: float) -> None:
        self.now += seconds

    def living(self, plural: str) -> dict[str, Row]:
        return {
            str(id_): kept.row
            for id_, kept in self.rows[plural].items()
            if not kept.row.get("is_deleted") and kept.row.get("active_flag", True)
        }

    def code_of(self, plural: str, name: str) -> str:
        """The key of the custom field that our mapping calls so."""
        path = next(path for path, of in FIELDS.items() if of == plural)
        return next(
            str(row["field_code"])
            for row in self.fields[path]
            if row["is_custom_field"] and f"({name})" in str(row.get("description"))
        )

    def store(self, plural: str, id_: int, **changed: Any) -> None:
        """Somebody changes a record in Pipedrive's own screens."""
        self._write(plural, self.rows[plural][id_], changed)

    # -- records ---------------------------------------------------------------------------------------------

    def create(self, plural: str, body: Row) -> Row:
        self._check(plural, body)
        needed = {"persons": "name", "organizations": "name", "deals": "title"}.get(plural)
        if needed and not body.get(needed):
            raise Said(400, f"Field '{needed}' is required")
        self._next += 1
        row: Row = {"id": self._next, "is_deleted": False, "add_time": self._stamp(), "owner_id": 1}
        if plural in PLURALS:
            row["custom_fields"] = {}
        if plural == "persons":
            row |= {"emails": [], "phones": [], "org_id": None}
        if plural == "deals":
            row |= {"status": "open", "stage_id": 1, "pipeline_id": 1, "person_id": None, "org_id": None}
            row |= {"value": 0, "currency": "EUR"}
        kept = self.rows[plural][self._next] = Kept(row)
        self._write(plural, kept, body)
        return kept.row

    def read(self, plural: str, id_: int) -> Row:
        kept = self.rows[plural].get(id_)
        if kept is None:
            raise Said(404, f"{plural.removesuffix('s').capitalize()} not found")
        return kept.row

    def change(self, plural: str, id_: int, body: Row) -> Row:
        row = self.read(plural, id_)
        if row.get("is_deleted"):
            raise Said(404, f"{plural.removesuffix('s').capitalize()} not found")
        self._check(plural, body)
        self._write(plural, self.rows[plural][id_], body)
        return row

    def delete(self, plural: str, id_: int) -> Row:
        if self.read(plural, id_).get("is_deleted"):
            raise Said(404, f"{plural.removesuffix('s').capitalize()} not found")
        self._write(plural, self.rows[plural][id_], {"is_deleted": True})
        return {"id": id_}

    def listed(self, plural: str, query: Mapping[str, str]) -> Row:
        rows = [kept.row for kept in self.rows[plural].values() if not kept.row["is_deleted"]]
        if ids := query.get("ids"):
            asked = ids.split(",")
            if len(asked) > 100:
                raise Said(400, "ids: at most 100 are allowed")
            rows = [row for row in rows if str(row["id"]) in asked]
        for name in ("person_id", "org_id", "deal_id"):
            if name in query:
                rows = [row for row in rows if str(row.get(name)) == query[name]]
        if since := query.get("updated_since"):
            rows = [row for row in rows if row["update_time"] >= since]
        by, down = query.get("sort_by", "id"), query.get("sort_direction") == "desc"
        rows.sort(key=lambda row: (row[by], row["id"]), reverse=down)
        return self.page(rows, query)

    def page(self, rows: list[Any], query: Mapping[str, str]) -> Row:
        limit = int(query.get("limit", 100))
        if limit > 500:
            raise Said(400, "limit must be less than or equal to 500")
        start = int(base64.b64decode(query["cursor"])) if "cursor" in query else 0
        after = base64.b64encode(str(start + limit).encode()).decode() if start + limit < len(rows) else None
        return {"data": rows[start : start + limit], "additional_data": {"next_cursor": after}}

    def search(self, plural: str, query: Mapping[str, str]) -> Row:
        term = query.get("term", "")
        exact = query.get("exact_match") == "true"
        if len(term) < (1 if exact else 2):
            raise Said(400, "term must be at least 2 characters long")
        found = []
        for kept in self.rows[plural].values():
            known = [row for at, row in kept.versions if at <= self.now - self.lag_s]
            if not known or known[-1]["is_deleted"]:
                continue
            texts = self._texts(plural, known[-1], query.get("fields", "name"))
            if any(term.casefold() == text.casefold() for text in texts):
                found.append({"result_score": 0.5, "item": {"id": known[-1]["id"], "type": plural[:-1]}})
        page = self.page(found, query)
        return {"data": {"items": page["data"]}, "additional_data": page["additional_data"]}

    def _texts(self, plural: str, row: Row, fields: str) -> list[str]:
        path = next(path for path, of in FIELDS.items() if of == plural)
        kinds = {each["field_code"]: each["field_type"] for each in self.fields[path]}
        texts: list[str] = []
        for name in fields.split(","):
            if name in ("email", "phone"):
                texts += [str(each["value"]) for each in row.get(f"{name}s", ())]
            elif name == "custom_fields":
                texts += [str(v) for code, v in row["custom_fields"].items() if kinds.get(code) in _SEARCHED]
            elif name in ("name", "title", "address"):
                texts.append(str(row.get(name, "")))
            else:
                raise Said(400, f"fields: '{name}' is not allowed")
        return texts

    # -- fields ----------------------------------------------------------------------------------------------

    def make_field(self, path: str, body: Row) -> Row:
        if unknown := set(body) - {"field_name", "field_type", "options", "description"}:
            raise Said(400, f"{min(unknown)} is not allowed")
        if body["field_type"] in ("enum", "set") and not body.get("options"):
            raise Said(400, "options are required for enum and set fields")
        self._next += 1
        options = [
            {"id": self._next * 100 + place, "label": each["label"]}
            for place, each in enumerate(body.get("options", ()))
        ]
        code = hashlib.sha1(f"{path}{self._next}".encode(), usedforsecurity=False).hexdigest()
        made = {**_field(body["field_name"], code, body["field_type"]), "options": options or None}
        made |= {"is_custom_field": True, "description": body.get("description")}
        self.fields[path].append(made)
        return made

    # -- what it takes ---------------------------------------------------------------------------------------

    def _check(self, plural: str, body: Row) -> None:
        if plural == "activities" and "person_id" in body:
            told = "'person_id' is a read-only field. Add a primary participant to set 'person_id' instead."
            raise Said(400, told, code="ERR_BAD_REQUEST")
        if unknown := set(body) - _TAKES[plural]:
            raise Said(400, f"Validation failed: {min(unknown)}: is not allowed")
        for name in ("org_id", "person_id", "deal_id", "stage_id", "value", "probability", "priority"):
            if body.get(name) is not None and not isinstance(body[name], int | float):
                raise Said(400, f"Validation failed: {name}: Expected number, received string")
        for name in ("name", "title", "value", "currency", "stage_id", "status"):
            if name in body and body[name] is None:
                raise Said(400, f"Validation failed: {name}: Expected a value, received null")
        if "stage_id" in body and body["stage_id"] not in [stage["id"] for stage in self.stages]:
            raise Said(400, "Validation failed: stage_id: not found")
        path = next(path for path, of in FIELDS.items() if of == plural)
        known = {each["field_code"]: each for each in self.fields[path] if each["is_custom_field"]}
        for code, value in (body.get("custom_fields") or {}).items():
            if code not in known:
                raise Said(400, f"Validation failed: custom_fields: {code}: is not allowed")
            if value is not None:
                _check_value(known[code], value)

    def _write(self, plural: str, kept: Kept, body: Row) -> None:
        row = kept.row
        custom = {**row.get("custom_fields", {}), **(body.get("custom_fields") or {})}
        row |= {name: value for name, value in body.items() if name != "custom_fields"}
        if plural in PLURALS:
            row["custom_fields"] = {code: value for code, value in custom.items() if value is not None}
        if "stage_id" in body:
            row["pipeline_id"] = next(s["pipeline_id"] for s in self.stages if s["id"] == body["stage_id"])
        if participants := body.get("participants"):
            row["person_id"] = next(each["person_id"] for each in participants if each.get("primary"))
        row["update_time"] = self._stamp()
        kept.versions.append((self.now, {**row, "custom_fields": dict(row.get("custom_fields", {}))}))

    def _stamp(self) -> str:
        return f"{datetime.fromtimestamp(self.now, UTC):%Y-%m-%dT%H:%M:%SZ}"


def _check_value(known: Row, value: Any) -> None:
    code, kind = known["field_code"], known["field_type"]
    ids = [option["id"] for option in known["options"] or ()]
    checks: dict[str, Callable[[], bool]] = {
        "enum": lambda: value in ids,
        "set": lambda: isinstance(value, list) and bool(value) and all(each in ids for each in value),
        "double": lambda: isinstance(value, int | float),
        "varchar": lambda: isinstance(value, str) and len(value) <= 255,
    }
    fits = checks.get(kind, lambda: isinstance(value, str))
    if not fits():
        raise Said(400, f"Validation failed: custom_fields: {code}: Invalid value '{value}'")


def _field(name: str, code: str, kind: str) -> Row:
    return {
        "field_name": name,
        "field_code": code,
        "field_type": kind,
        "description": None,
        "options": None,
        "subfields": None,
        "is_custom_field": False,
        "is_optional_response_field": False,
    }


def _built_in(path: str) -> list[Row]:
    shared = [_field("ID", "id", "int"), _field("Owner", "owner_id", "user")]
    own = {
        "personFields": [
            _field("Name", "name", "varchar"),
            _field("Email", "emails", "varchar"),
            _field("Phone", "phones", "phone"),
            _field("Organization", "org_id", "org"),
        ],
        "organizationFields": [_field("Name", "name", "varchar"), _field("Address", "address", "address")],
        "dealFields": [
            _field("Title", "title", "varchar"),
            _field("Value", "value", "monetary"),
            _field("Currency", "currency", "varchar"),
            _field("Stage", "stage_id", "stage"),
            _field("Status", "status", "status"),
            _field("Expected close date", "expected_close_date", "date"),
        ],
        "activityFields": [_field("Subject", "subject", "varchar"), _field("Priority", "priority", "enum")],
    }[path]
    if path == "activityFields":
        own[-1]["options"] = [{"id": 263, "label": "High"}, {"id": 264, "label": "Low"}]
    return [*shared, *own]
