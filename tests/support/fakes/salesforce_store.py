"""What a Salesforce org keeps, and what it lets nobody save."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from tests.support.fakes.salesforce_objects import PREFIXES, Column, DuplicateRule, objects
from tests.support.fakes.salesforce_soql import Row

Json: TypeAlias = dict[str, Any]
Told: TypeAlias = tuple[int, Any]
KINDS = {
    "Text": "string",
    "LongTextArea": "textarea",
    "Number": "double",
    "Checkbox": "boolean",
    "Picklist": "picklist",
    "MultiselectPicklist": "multipicklist",
}


class Wrong(Exception):
    """An answer that is an error: a status and one `{message, errorCode, fields}`."""

    def __init__(self, status: int, code: str, message: str, *fields: str, **more: Any) -> None:
        super().__init__(message)
        self.told: Told = (status, [{**more, "message": message, "errorCode": code, "fields": list(fields)}])


@dataclass
class Validation:
    """A validation rule of the org: the message when `broken`."""

    sobject: str
    field_name: str
    message: str
    broken: Callable[[Row], bool] = field(default=lambda _row: True)


class Store:
    """Records, the rules that hold for them, and who may see what."""

    def start(self, run_as: str) -> None:
        """A new org."""
        self.run_as = run_as
        self.users = {run_as: True}
        self.objects = objects()
        self.rows: dict[str, dict[str, Json]] = {name: {} for name in self.objects}
        self.deleted: set[str] = set()
        self.rules = [DuplicateRule("Contact", ("Email",), "Standard_Contact_Duplicate_Rule")]
        self.validations: list[Validation] = []
        self.read_only: set[tuple[str, str]] = set()
        self.closed: set[str] = set()
        self.may_customise = True
        self.header = ""
        self._count = 0

    def put(self, sobject: str, **values: Any) -> str:
        """A record that somebody made in Salesforce's own screens."""
        return str(self._store(sobject, values)["Id"])

    def add_key(self, *sobjects: str) -> None:
        """The field that an operator made by hand."""
        for sobject in sobjects:
            name = "Frontdesk_Key__c"
            self.objects[sobject][name] = Column(
                name, "string", 64, "Frontdesk key", unique=True, external=True, custom=True
            )

    def create(self, sobject: str, body: Json) -> str:
        self.check(sobject, body, None)
        made = str(self._store(sobject, body)["Id"])
        if sobject in {"FieldPermissions", "PermissionSetAssignment"}:
            self._grant()
        return made

    def _grant(self) -> None:
        mine = {
            each["PermissionSetId"]
            for each in self.rows["PermissionSetAssignment"].values()
            if each["AssigneeId"] == self.run_as
        }
        for each in self.rows["FieldPermissions"].values():
            if each["ParentId"] in mine and each["PermissionsRead"]:
                sobject, _, name = each["Field"].partition(".")
                self.objects[sobject][name].hidden = False

    def custom_field(self, body: Json) -> Told:
        place, _, name = body["FullName"].partition(".")
        told = body["Metadata"]
        if not self.may_customise:
            raise Wrong(
                403, "INSUFFICIENT_ACCESS", "You do not have the level of access necessary to perform this."
            )
        values = told.get("valueSet", {}).get("valueSetDefinition", {}).get("value", ())
        for sobject in ("Task", "Event") if place == "Activity" else (place,):
            if name in self.objects[sobject]:
                why = f"There is already a field named {name.removesuffix('__c')} on {place}."
                raise Wrong(400, "DUPLICATE_DEVELOPER_NAME", why, "FullName")
            self.objects[sobject][name] = Column(
                name,
                KINDS.get(told["type"], told["type"].lower()),
                told.get("length", 0),
                told["label"],
                unique=told.get("unique", False),
                external=told.get("externalId", False),
                options=tuple(value["fullName"] for value in values),
                custom=True,
                hidden=True,
            )
        return 201, {
            "id": f"00N{self.number():012d}AAA",
            "success": True,
            "errors": [],
            "warnings": [],
            "infos": [],
        }

    # -- records ---------------------------------------------------------------------------------------------

    def columns(self, sobject: str) -> dict[str, Column]:
        if sobject not in self.objects or sobject in self.closed:
            raise Wrong(400, "INVALID_TYPE", f"sObject type '{sobject}' is not supported.")
        return {name: each for name, each in self.objects[sobject].items() if not each.hidden}

    def described(self, sobject: str, column: Column) -> Json:
        told = column.described()
        return told | (
            {"createable": False, "updateable": False} if (sobject, column.name) in self.read_only else {}
        )

    def row(self, sobject: str, own: str) -> Json:
        self.columns(sobject)
        own = next((each for each in self.rows[sobject] if each[:15] == own[:15]), own)
        if own in self.deleted:
            raise Wrong(404, "ENTITY_IS_DELETED", "entity is deleted")
        if own not in self.rows[sobject]:
            raise Wrong(
                404, "NOT_FOUND", f"Provided external ID field does not exist or is not accessible: {own}"
            )
        return self.rows[sobject][own]

    def shown(self, sobject: str, row: Row, names: Any) -> Json:
        columns = self.columns(sobject)
        for name in names:
            if name not in columns:
                raise Wrong(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")
        where = f"/services/data/v62.0/sobjects/{sobject}/{row['Id']}"
        return {"attributes": {"type": sobject, "url": where}} | {name: row.get(name) for name in names}

    def _store(self, sobject: str, values: Mapping[str, Any]) -> Json:
        number = self.number()
        own = _long_id(f"{PREFIXES[sobject]}Q{number:011d}")
        row: Json = {"Id": own, "CreatedDate": self.now(), "OwnerId": self.run_as, **values}
        if sobject == "Task":
            row = {"Status": "Not Started", "Priority": "Normal", **row}
        self.complete(sobject, row)
        self.rows[sobject][own] = row
        return row

    def delete(self, sobject: str, own: str) -> None:
        """Into the recycle bin; an account takes its contacts and opportunities along."""
        del self.rows[sobject][own]
        self.deleted.add(own)
        for kind in ("Contact", "Opportunity") if sobject == "Account" else ():
            for other in [each for each, row in self.rows[kind].items() if row.get("AccountId") == own]:
                self.delete(kind, other)

    @staticmethod
    def complete(sobject: str, row: Json) -> None:
        if sobject == "Contact":
            row["Name"] = " ".join(filter(None, (row.get("FirstName"), row.get("LastName"))))
        if sobject == "Opportunity":
            stage = str(row.get("StageName", ""))
            row.update(IsClosed=stage.startswith("Closed"), IsWon=stage == "Closed Won")

    def check(self, sobject: str, body: Json, row: Json | None) -> None:
        columns = self.columns(sobject)
        for name, value in body.items():
            if name not in columns:
                raise Wrong(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")
            self._check_value(sobject, columns[name], value)
        after = {**(row or {}), **body}
        free = {"Status", "Priority"}
        lacking = [
            name
            for name, each in columns.items()
            if each.required and name not in free and not after.get(name)
        ]
        if lacking:
            told = f"Required fields are missing: [{', '.join(lacking)}]"
            raise Wrong(400, "REQUIRED_FIELD_MISSING", told, *lacking)
        for each in self.validations:
            if each.sobject == sobject and each.broken(after):
                raise Wrong(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", each.message, each.field_name)
        others = {own: other for own, other in self.rows[sobject].items() if row is None or own != row["Id"]}
        self._check_rules(sobject, after, others)
        for name, column in columns.items():
            for own, other in others.items() if column.unique and body.get(name) else ():
                if str(other.get(name)).lower() == str(body[name]).lower():
                    told = f"duplicate value found: {name} duplicates value on record with id: {own}"
                    raise Wrong(400, "DUPLICATE_VALUE", told)

    def _check_value(self, sobject: str, column: Column, value: Any) -> None:
        name = column.name
        if not column.writable or (sobject, name) in self.read_only:
            told = (
                f"Unable to create/update fields: {name}. Please check the security settings of this field and verify "
                "that it is read/write for your profile or permission set."
            )
            raise Wrong(400, "INVALID_FIELD_FOR_INSERT_UPDATE", told, name)
        if (
            isinstance(value, str)
            and column.type != "reference"
            and column.length
            and len(value) > column.length
        ):
            told = f"{column.label or name}: data value too large: {value} (max length={column.length})"
            raise Wrong(400, "STRING_TOO_LONG", told, name)
        if column.type == "email" and value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
            raise Wrong(400, "INVALID_EMAIL_ADDRESS", f"{name}: invalid email address: {value}", name)
        if column.type in {"int", "double", "currency"} and isinstance(value, str):
            told = f"Cannot deserialize instance of {column.type} from VALUE_STRING value {value}"
            raise Wrong(400, "JSON_PARSER_ERROR", told)
        if name == "OwnerId" and value and not self.users.get(value, False):
            told = "operation performed with inactive user"
            raise Wrong(
                400, "INACTIVE_OWNER_OR_USER", f"{told} [{value}] as owner of {sobject.lower()}", name
            )
        links = {"WhoId", "WhatId", "AccountId", "ContactId", "OpportunityId"}
        if name in links and value and not any(value in rows for rows in self.rows.values()):
            raise Wrong(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", name)

    def _check_rules(self, sobject: str, row: Row, others: Mapping[str, Row]) -> None:
        for rule in self.rules:
            if rule.sobject != sobject or ("allowSave=true" in self.header and rule.allow_save):
                continue
            looked = {sobject: others} | {name: self.rows[name] for name in rule.against}
            found = [
                (kind, own)
                for kind, rows in looked.items()
                for own, other in rows.items()
                if all(
                    row.get(name) and str(row[name]).lower() == str(other.get(name)).lower()
                    for name in rule.fields
                )
            ]
            if found:
                told = "You're creating a duplicate record. We recommend you use an existing record instead."
                raise Wrong(400, "DUPLICATES_DETECTED", told, duplicateResut=_result(rule, found, told))

    def number(self) -> int:
        self._count += 1
        return self._count

    def now(self) -> str:
        at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC) + timedelta(seconds=self._count)
        return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _result(rule: DuplicateRule, found: list[tuple[str, str]], told: str) -> Json:
    return {
        "allowSave": rule.allow_save,
        "duplicateRule": rule.name,
        "duplicateRuleEntityType": rule.sobject,
        "errorMessage": told,
        "matchResults": [
            {
                "entityType": kind,
                "errors": [],
                "matchEngine": "FuzzyMatchEngine",
                "matchRecords": [
                    {
                        "additionalInformation": [],
                        "fieldDiffs": [],
                        "matchConfidence": 100.0,
                        "record": {"attributes": {"type": kind, "url": f"/services/data/{own}"}, "Id": own},
                    }
                    for of, own in found
                    if of == kind
                ],
                "rule": "Standard_Contact_Match_Rule_v1_1",
                "size": sum(of == kind for of, _ in found),
                "success": True,
            }
            for kind in dict.fromkeys(kind for kind, _ in found)
        ],
    }


def _long_id(short: str) -> str:
    """The 18 characters of an id of 15: three more that say which are capitals."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    groups = (short[at : at + 5] for at in (0, 5, 10))
    return short + "".join(
        letters[sum(mark.isupper() << at for at, mark in enumerate(group))] for group in groups
    )
