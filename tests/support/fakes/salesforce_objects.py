"""The objects of a new Salesforce org as its describe tells them, as far as a CRM of ours meets them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PREFIXES = {
    "Account": "001",
    "Contact": "003",
    "Opportunity": "006",
    "OpportunityContactRole": "00K",
    "Task": "00T",
    "Event": "00U",
    "Case": "500",
    "ContentDocumentLink": "06A",
    "Organization": "00D",
    "PermissionSet": "0PS",
    "PermissionSetAssignment": "0Pa",
    "FieldPermissions": "01k",
}


@dataclass
class Column:
    """One field."""

    name: str
    type: str = "string"
    length: int = 0
    label: str = ""
    writable: bool = True
    required: bool = False
    unique: bool = False
    external: bool = False
    options: tuple[str, ...] = ()
    custom: bool = False
    hidden: bool = False
    """Nobody may see it, until a permission set says so."""

    def described(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label or self.name,
            "type": self.type,
            "length": self.length,
            "createable": self.writable,
            "updateable": self.writable,
            "nillable": not self.required,
            "defaultedOnCreate": self.type == "boolean" or self.name in {"OwnerId", "Status", "Priority"},
            "externalId": self.external,
            "unique": self.unique,
            "custom": self.custom,
            "restrictedPicklist": False,
            "picklistValues": [
                {"active": True, "defaultValue": False, "label": value, "validFor": None, "value": value}
                for value in self.options
            ],
        }


def text(name: str, length: int = 255, **more: Any) -> Column:
    return Column(name, length=length, **more)


def fixed(name: str, kind: str = "datetime") -> Column:
    return Column(name, kind, writable=False)


def link(name: str) -> Column:
    return Column(name, "reference", 18)


def _common() -> list[Column]:
    return [
        Column("Id", "id", 18, writable=False),
        fixed("CreatedDate"),
        fixed("LastModifiedDate"),
        link("OwnerId"),
    ]


def _activity(*own: Column) -> list[Column]:
    return [
        *_common(),
        Column("Subject", "combobox", 255, options=("Call", "Email", "Other")),
        Column("Description", "textarea", 32_000),
        link("WhoId"),
        link("WhatId"),
        *own,
    ]


STAGES = (
    "Prospecting",
    "Qualification",
    "Needs Analysis",
    "Value Proposition",
    "Proposal/Price Quote",
    "Closed Won",
    "Closed Lost",
)


def objects() -> dict[str, dict[str, Column]]:
    """Every object, its fields by name."""
    plain: dict[str, list[Column]] = {
        "Contact": [
            *_common(),
            text("FirstName", 40),
            text("LastName", 80, required=True),
            Column("Name", "string", 121, writable=False),
            Column("Email", "email", 80),
            Column("Phone", "phone", 40),
            text("Title", 128),
            text("Department", 80),
            Column("LeadSource", "picklist", 255, options=("Web", "Phone Inquiry", "Other")),
            text("MailingCountry", 80),
            Column("Description", "textarea", 32_000),
            link("AccountId"),
        ],
        "Account": [
            *_common(),
            text("Name", 255, required=True),
            Column("Website", "url", 255),
            Column("Industry", "picklist", 255, options=("Construction", "Technology", "Other")),
            Column("NumberOfEmployees", "int"),
            text("BillingCountry", 80),
            Column("Phone", "phone", 40),
            Column("Description", "textarea", 32_000),
        ],
        "Opportunity": [
            *_common(),
            text("Name", 120, required=True),
            Column("StageName", "picklist", 255, required=True, options=STAGES),
            Column("CloseDate", "date", required=True),
            Column("Amount", "currency"),
            Column("Description", "textarea", 32_000),
            text("NextStep", 255),
            Column("LeadSource", "picklist", 255, options=("Web", "Phone Inquiry", "Other")),
            link("AccountId"),
            fixed("IsClosed", "boolean"),
            fixed("IsWon", "boolean"),
        ],
        "OpportunityContactRole": [
            *_common(),
            link("OpportunityId"),
            link("ContactId"),
            Column("IsPrimary", "boolean"),
        ],
        "Task": _activity(
            Column(
                "Status", "picklist", 255, required=True, options=("Not Started", "In Progress", "Completed")
            ),
            Column("Priority", "picklist", 255, required=True, options=("High", "Normal", "Low")),
            Column("ActivityDate", "date"),
        ),
        "Event": _activity(
            Column("StartDateTime", "datetime"),
            Column("EndDateTime", "datetime"),
            Column("ShowAs", "picklist", 40, options=("Busy", "OutOfOffice", "Free")),
            text("Location", 255),
        ),
        "Case": [*_common(), link("ContactId"), link("AccountId")],
        "ContentDocumentLink": [*_common(), link("LinkedEntityId")],
        "Organization": [*_common(), text("Name", 80), Column("IsSandbox", "boolean")],
        "PermissionSet": [*_common(), text("Name", 80), text("Label", 80)],
        "PermissionSetAssignment": [*_common(), link("AssigneeId"), link("PermissionSetId")],
        "FieldPermissions": [
            *_common(),
            link("ParentId"),
            text("SobjectType"),
            text("Field"),
            Column("PermissionsRead", "boolean"),
            Column("PermissionsEdit", "boolean"),
        ],
    }
    return {name: {each.name: each for each in columns} for name, columns in plain.items()}


@dataclass
class DuplicateRule:
    """A rule that compares some fields with those of what is there; without `allow_save` it blocks."""

    sobject: str
    fields: tuple[str, ...]
    name: str
    allow_save: bool = True
    against: tuple[str, ...] = field(default=())
    """Objects beside its own that it looks at, as the standard rule for contacts looks at leads."""
