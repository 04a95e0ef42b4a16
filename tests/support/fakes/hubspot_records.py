"""What a HubSpot account holds and how it behaves: records with unique values, an index that lags, ties, properties."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from litestar import Response

from tests.support.fakes.hubspot_account import (
    PRIMARY,
    REQUIRED,
    STAGES,
    TIES,
    TYPES,
    Json,
    definition,
    problem,
    standard_properties,
)

PORTAL = 4242


class Said(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, category: str, message: str, **more: Any) -> None:
        super().__init__(message)
        headers = more.pop("headers", {})
        body = {
            "status": "error",
            "message": message,
            "correlationId": str(uuid4()),
            "category": category,
            **more,
        }
        self.response = Response(body, status_code=status, headers=headers)


@dataclass
class Kept:
    """A record, and how the index of the search saw it: what became visible when (None: gone)."""

    id: str
    values: dict[str, str]
    archived: bool = False
    seen: list[tuple[float, dict[str, str] | None]] = field(default_factory=list)


class HubSpotRecords:
    """The account. `now` is its own clock, moved by `later`."""

    def __init__(self, lag_s: float) -> None:
        self.lag_s = lag_s
        self.clear()

    # -- what tests do ---------------------------------------------------------------------------------------

    def clear(self) -> None:
        """An empty account."""
        self.now = 1_000_000.0
        self.page_size = 500
        self.allows_unique_on_activities = True
        self.kept: dict[str, dict[str, Kept]] = {plural: {} for plural in TYPES}
        self.ties: dict[tuple[str, str, str], dict[str, set[int]]] = {}
        self.defined = {plural: standard_properties(plural) for plural in TYPES}
        self.groups: dict[str, dict[str, str]] = {plural: {"information": "Information"} for plural in TYPES}
        self._next = 100

    def prepared(self) -> None:
        """As `prepare` left the account."""
        for plural in TYPES:
            self.groups[plural]["frontdesk"] = "Frontdesk"
            key = definition("frontdesk_key", "string", "text", hasUniqueValue=True, hubspotDefined=False)
            self.defined[plural]["frontdesk_key"] = key

    def later(self, seconds: float) -> None:
        self.now += seconds

    def living(self, plural: str) -> dict[str, dict[str, str]]:
        return {each.id: each.values for each in self.kept[plural].values() if not each.archived}

    def type_in(self, plural: str, id_: str, name: str, value: Any) -> None:
        """Somebody types a value in HubSpot's own screens, some time ago."""
        kept = self.kept[plural][id_]
        kept.values[name] = str(value)
        kept.seen.append((self.now - self.lag_s, dict(kept.values)))

    # -- objects ---------------------------------------------------------------------------------------------

    def _create(self, plural: str, body: Json) -> Json:
        values = self._valid(plural, body["properties"], {})
        missing = [name for name in REQUIRED.get(plural, ()) if not values.get(name)]
        if plural == "companies" and not (values.get("name") or values.get("domain")):
            missing = ["name", "domain"]
        if missing:
            told = f"Error creating {plural.upper()}. Some required properties were not set."
            raise Said(400, "VALIDATION_ERROR", told, context={"properties": missing})
        self._next += 1
        id_ = str(self._next)
        self._unique(plural, id_, values)
        ties = [
            (each["to"]["id"], kind["associationTypeId"])
            for each in body.get("associations", ())
            for kind in each["types"]
        ]
        found = [self._other_end(plural, to, type_id) for to, type_id in ties]
        stamp = _stamp(self.now)
        values.update(hs_object_id=id_, createdate=stamp, lastmodifieddate=stamp)
        kept = self.kept[plural][id_] = Kept(id_, values)
        self._indexed(kept)
        for other, to in found:
            self._tie(plural, id_, other, to)
        return _shown(kept, values)

    def _read(self, plural: str, id_: str, params: Any) -> Json:
        by = params.get("idProperty")
        kept = self._by(plural, by, id_) if by else self._living(plural, id_)
        answer = _shown(kept, params.getall("properties", []))
        if asked := params.getall("associations", []):
            ties = {other: self.ties.get((plural, kept.id, other), {}) for other in asked}
            answer["associations"] = {
                other: {"results": [{"id": to, "type": f"{plural}_to_{other}"} for to in found]}
                for other, found in ties.items()
                if found
            }
        return answer

    def _by(self, plural: str, name: str, value: str) -> Kept:
        known = self.defined[plural].get(name)
        if (plural, name) != ("contacts", "email") and not (known and known["hasUniqueValue"]):
            raise Said(400, "VALIDATION_ERROR", f"Property {name} is not a unique property of {plural}")
        for each in self.kept[plural].values():
            if not each.archived and each.values.get(name, "").lower() == value.lower():
                return each
        raise Said(404, "OBJECT_NOT_FOUND", "resource not found")

    def _change(self, plural: str, id_: str, body: Json) -> Json:
        kept = self._living(plural, id_)
        values = self._valid(plural, body["properties"], kept.values)
        self._unique(plural, id_, values)
        stands, stage = kept.values.get("lifecyclestage", ""), values.get("lifecyclestage", "")
        if stands and stage and STAGES.index(stage) < STAGES.index(stands):
            del values["lifecyclestage"]  # no error: it simply stays
        kept.values.update(values, lastmodifieddate=_stamp(self.now))
        self._indexed(kept)
        return _shown(kept, values)

    def _archive(self, plural: str, id_: str) -> None:
        kept = self.kept[plural].get(id_)
        if kept and not kept.archived:
            kept.archived = True
            kept.seen.append((self.now, None))
            for ends, found in self.ties.items():
                if ends[2] == plural:
                    found.pop(id_, None)

    def _search(self, plural: str, body: Json) -> Json:
        found = [each for each in self.kept[plural].values() if self._fits(each, body["filterGroups"])]
        for sort in body.get("sorts", ()):
            reverse = sort["direction"] == "DESCENDING"
            found.sort(key=lambda each: each.values[sort["propertyName"]], reverse=reverse)
        first, size = int(body.get("after") or 0), min(int(body.get("limit") or 10), 200)
        page: Json = {"total": len(found)}
        page["results"] = [
            _shown(each, body.get("properties", ()), self._visible(each)) for each in found[first:][:size]
        ]
        if first + size < len(found):
            page["paging"] = {"next": {"after": str(first + size)}}
        return page

    def _fits(self, kept: Kept, groups: list[Json]) -> bool:
        seen = self._visible(kept)
        return seen is not None and any(
            all(
                seen.get(each["propertyName"], "").lower() == each["value"].lower()
                for each in group["filters"]
            )
            for group in groups
        )

    def _visible(self, kept: Kept) -> dict[str, str] | None:
        past = [seen for at, seen in kept.seen if at + self.lag_s <= self.now]
        return past[-1] if past else None

    def _batch(self, plural: str, body: Json) -> Json:
        living = [self.kept[plural].get(each["id"]) for each in body["inputs"]]
        found = [_shown(each, body["properties"]) for each in living if each and not each.archived]
        stamp = _stamp(self.now)
        return {"status": "COMPLETE", "results": found, "startedAt": stamp, "completedAt": stamp}

    def _living(self, plural: str, id_: str) -> Kept:
        kept = self.kept[plural].get(id_)
        if kept is None or kept.archived:
            raise Said(404, "OBJECT_NOT_FOUND", "resource not found")
        return kept

    def _indexed(self, kept: Kept) -> None:
        kept.seen.append((self.now, dict(kept.values)))

    # -- ties ------------------------------------------------------------------------------------------------

    def _tie(self, plural: str, id_: str, other: str, to: str) -> Json:
        self._living(plural, id_), self._living(other, to)
        there, back = self._types(plural, other)
        for start, from_, end, until, type_id in (
            (plural, id_, other, to, there),
            (other, to, plural, id_, back),
        ):
            tied = self.ties.setdefault((start, from_, end), {})
            kinds = {type_id}
            # The first company of a record is its primary one.
            if end == "companies" and not tied and (start, end) in PRIMARY:
                kinds.add(PRIMARY[start, end])
            tied.setdefault(until, set()).update(kinds)
        spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": there}
        stamp = _stamp(self.now)
        results = [{"from": {"id": id_}, "to": {"id": to}, "associationSpec": spec}]
        return {"status": "COMPLETE", "results": results, "startedAt": stamp, "completedAt": stamp}

    def _untie(self, plural: str, id_: str, other: str, to: str) -> None:
        self.ties.get((plural, id_, other), {}).pop(to, None)
        self.ties.get((other, to, plural), {}).pop(id_, None)

    def _tied(self, plural: str, id_: str, other: str, params: Any) -> Json:
        self._living(plural, id_)
        every = list(self.ties.get((plural, id_, other), {}).items())
        first, size = int(params.get("after", "0")), min(int(params.get("limit", "500")), self.page_size)
        results = [
            {
                "toObjectId": int(to),
                "associationTypes": [
                    {"category": "HUBSPOT_DEFINED", "typeId": kind, "label": None} for kind in sorted(kinds)
                ],
            }
            for to, kinds in every[first : first + size]
        ]
        page: Json = {"results": results}
        if first + size < len(every):
            page["paging"] = {"next": {"after": str(first + size), "link": "?after"}}
        return page

    def _types(self, plural: str, other: str) -> tuple[int, int]:
        if (plural, other) in TIES:
            return TIES[plural, other]
        there, back = TIES[other, plural]
        return back, there

    def _other_end(self, plural: str, to: str, type_id: int) -> tuple[str, str]:
        for other in TYPES:
            known = (plural, other) in TIES or (other, plural) in TIES
            if known and self._types(plural, other)[0] == type_id and to in self.living(other):
                return other, to
        raise Said(400, "VALIDATION_ERROR", f"One or more associations are invalid: {type_id} to {to}")

    # -- properties ------------------------------------------------------------------------------------------

    def _definition(self, plural: str, name: str) -> Json:
        if name not in self.defined[plural]:
            raise Said(404, "OBJECT_NOT_FOUND", f"Property {name} does not exist")
        return self.defined[plural][name]

    def _define(self, plural: str, body: Json) -> Json:
        name = body["name"]
        if name in self.defined[plural]:
            told = f'A property named "{name}" already exists.'
            raise Said(409, "OBJECT_ALREADY_EXISTS", told, subCategory="Properties.PROPERTY_EXISTS")
        if body["groupName"] not in self.groups[plural]:
            raise Said(400, "VALIDATION_ERROR", f"Group {body['groupName']} does not exist")
        is_activity = plural not in {"contacts", "companies", "deals"}
        if body.get("hasUniqueValue") and is_activity and not self.allows_unique_on_activities:
            raise Said(400, "VALIDATION_ERROR", f"Unique properties are not supported for {plural}")
        if body["type"] == "enumeration" and not body.get("options"):
            raise Said(400, "VALIDATION_ERROR", "Enumeration properties need options")
        made = definition(name, body["type"], body["fieldType"], hubspotDefined=False)
        self.defined[plural][name] = {**made, **body}
        return self.defined[plural][name]

    def _new_group(self, plural: str, body: Json) -> Json:
        if body["name"] in self.groups[plural]:
            raise Said(409, "OBJECT_ALREADY_EXISTS", f"Group {body['name']} already exists")
        self.groups[plural][body["name"]] = body["label"]
        return group(body["name"], body["label"])

    # -- what is valid ---------------------------------------------------------------------------------------

    def _valid(self, plural: str, values: Json, stands: dict[str, str]) -> dict[str, str]:
        wrong = []
        for name, value in values.items():
            known = self.defined[plural].get(name)
            if known is None:
                wrong.append((name, "PROPERTY_DOESNT_EXIST", f'Property "{name}" does not exist'))
            elif known["modificationMetadata"]["readOnlyValue"]:
                wrong.append((name, "READ_ONLY_VALUE", f'"{name}" is a read only property'))
            elif value and (wrongly := problem(known, value, {**stands, **values})):
                wrong.append((name, *wrongly))
        if wrong:
            listed = [
                {
                    "isValid": False,
                    "message": told,
                    "error": code,
                    "name": name,
                    "localizedErrorMessage": told,
                }
                for name, code, told in wrong
            ]
            raise Said(400, "VALIDATION_ERROR", f"Property values were not valid: {json.dumps(listed)}")
        return {name: value.lower() if name == "email" else value for name, value in values.items()}

    def _unique(self, plural: str, id_: str, values: dict[str, str]) -> None:
        for name, value in values.items():
            if plural == "contacts" and name == "email" and value:
                for each in self.kept[plural].values():
                    if each.id != id_ and not each.archived and each.values.get("email") == value:
                        raise Said(409, "CONFLICT", f"Contact already exists. Existing ID: {each.id}")
            elif value and self.defined[plural][name]["hasUniqueValue"]:
                for each in self.kept[plural].values():
                    if each.id != id_ and each.values.get(name) == value:
                        of = f"objectTypeId=ObjectTypeId{{legacyObjectType={plural.upper()}}}"
                        told = f"portalId={PORTAL}, {of}, propertyName={name}, value={value}"
                        told = f"Cannot set PropertyValueCoordinates{{{told}}} on {id_}."
                        told += f" {each.id} already has that value."
                        raise Said(400, "VALIDATION_ERROR", told)


def group(name: str, label: str) -> Json:
    return {"name": name, "label": label, "displayOrder": -1, "archived": False}


def _shown(kept: Kept, names: Any, values: dict[str, str] | None = None) -> Json:
    held = kept.values if values is None else values
    wanted = {"hs_object_id", "createdate", "lastmodifieddate", *names}
    stamps = {"createdAt": held["createdate"], "updatedAt": held["lastmodifieddate"]}
    # What was asked for and is empty or unknown is null.
    return {
        "id": kept.id,
        "properties": {name: held.get(name) or None for name in wanted},
        **stamps,
        "archived": False,
    }


def _stamp(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
