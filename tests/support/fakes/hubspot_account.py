"""An empty HubSpot account: its standard properties, deal pipelines and association types, as far as we touch them.

Property names, types and options: developers.hubspot.com, default properties of contacts, companies, deals, notes,
meetings and tasks; stages: the default deal pipeline; association types: `AssociationType` of hubspot-api-client 12.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_MOMENT = re.compile(r"\d+|\d{4}-\d\d-\d\d(T[\d:.]+Z)?")

STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
)
"""Lifecycle stages in their order; a record moves forward only, unless the stage is emptied first."""

TYPES = ("contacts", "companies", "deals", "notes", "meetings", "tasks")
TIES: dict[tuple[str, str], tuple[int, int]] = {
    ("contacts", "companies"): (279, 280),
    ("contacts", "deals"): (4, 3),
    ("companies", "deals"): (342, 341),
    ("contacts", "notes"): (201, 202),
    ("contacts", "meetings"): (199, 200),
    ("contacts", "tasks"): (203, 204),
    ("companies", "notes"): (189, 190),
    ("companies", "meetings"): (187, 188),
    ("companies", "tasks"): (191, 192),
    ("deals", "notes"): (213, 214),
    ("deals", "meetings"): (211, 212),
    ("deals", "tasks"): (215, 216),
}
"""Ids of the unlabelled association types, there and back."""
PRIMARY = {
    ("contacts", "companies"): 1,
    ("companies", "contacts"): 2,
    ("deals", "companies"): 5,
    ("companies", "deals"): 6,
}

PIPELINES: list[Json] = [
    {
        "id": "default",
        "label": "Sales Pipeline",
        "stages": {
            "appointmentscheduled": "Appointment Scheduled",
            "qualifiedtobuy": "Qualified To Buy",
            "presentationscheduled": "Presentation Scheduled",
            "decisionmakerboughtin": "Decision Maker Bought-In",
            "contractsent": "Contract Sent",
            "closedwon": "Closed Won",
            "closedlost": "Closed Lost",
        },
    },
    {"id": "7654321", "label": "Renewals", "stages": {"9000001": "Up for renewal", "9000002": "Closed Won"}},
]

_RANKS = ("LOW", "MEDIUM", "HIGH")
_OUTCOMES = ("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED")
_STANDARD: dict[str, dict[str, tuple[str, str] | tuple[str, str, tuple[str, ...]]]] = {
    "contacts": {
        "email": ("string", "text"),
        "firstname": ("string", "text"),
        "lastname": ("string", "text"),
        "phone": ("string", "phonenumber"),
        "jobtitle": ("string", "text"),
        "country": ("string", "text"),
        "hs_language": ("enumeration", "select", ("en", "de", "fr", "nl", "es", "it")),
        "hs_timezone": (
            "enumeration",
            "select",
            ("europe_slash_berlin", "europe_slash_dublin", "america_slash_new_york"),
        ),
        "lifecyclestage": ("enumeration", "radio", STAGES),
        "hs_lead_status": ("enumeration", "radio", ("NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "CONNECTED")),
        "hubspot_owner_id": ("enumeration", "select"),
    },
    "companies": {
        "name": ("string", "text"),
        "domain": ("string", "text"),
        "industry": (
            "enumeration",
            "select",
            ("COMPUTER_SOFTWARE", "CONSTRUCTION", "FACILITIES_SERVICES", "UTILITIES"),
        ),
        "numberofemployees": ("number", "number"),
        "country": ("string", "text"),
        "lifecyclestage": ("enumeration", "radio", STAGES),
        "hubspot_owner_id": ("enumeration", "select"),
    },
    "deals": {
        "dealname": ("string", "text"),
        "dealstage": ("enumeration", "radio"),
        "pipeline": ("enumeration", "select"),
        "amount": ("number", "number"),
        "closedate": ("datetime", "date"),
        "deal_currency_code": ("enumeration", "select", ("EUR", "USD", "GBP")),
        "description": ("string", "textarea"),
        "hubspot_owner_id": ("enumeration", "select"),
    },
    "notes": {"hs_timestamp": ("datetime", "date"), "hs_note_body": ("string", "html")},
    "meetings": {
        "hs_timestamp": ("datetime", "date"),
        "hs_meeting_title": ("string", "text"),
        "hs_meeting_body": ("string", "html"),
        "hs_meeting_start_time": ("datetime", "date"),
        "hs_meeting_end_time": ("datetime", "date"),
        "hs_meeting_external_url": ("string", "text"),
        "hs_meeting_outcome": ("enumeration", "select", _OUTCOMES),
    },
    "tasks": {
        "hs_timestamp": ("datetime", "date"),
        "hs_task_subject": ("string", "text"),
        "hs_task_body": ("string", "html"),
        "hs_task_priority": ("enumeration", "select", _RANKS),
        "hs_task_status": ("enumeration", "select", ("NOT_STARTED", "IN_PROGRESS", "COMPLETED")),
        "hs_task_type": ("enumeration", "select", ("TODO", "CALL", "EMAIL")),
    },
}
REQUIRED = {"deals": ("dealname", "dealstage"), "notes": ("hs_timestamp",), "meetings": ("hs_timestamp",)}
REQUIRED["tasks"] = ("hs_timestamp",)
LABELS = {"jobtitle": "Job Title", "numberofemployees": "Number of Employees", "dealname": "Deal Name"}


def standard_properties(plural: str) -> dict[str, Json]:
    """The definitions of an object's own properties, by name."""
    own = {
        name: definition(name, kind[0], kind[1], options=kind[2] if len(kind) > 2 else ())
        for name, kind in _STANDARD[plural].items()
    }
    for name, type_ in (
        ("hs_object_id", "number"),
        ("createdate", "datetime"),
        ("lastmodifieddate", "datetime"),
    ):
        own[name] = definition(name, type_, "date" if type_ == "datetime" else "number", fixed=True)
    return own


def definition(
    name: str, type_: str, field_type: str, *, options: tuple[str, ...] = (), fixed: bool = False, **more: Any
) -> Json:
    """A property as the properties API describes it."""
    return {
        "name": name,
        "label": LABELS.get(name, name.removeprefix("hs_").replace("_", " ").title()),
        "type": type_,
        "fieldType": field_type,
        "description": "",
        "groupName": "information",
        "options": [
            {"label": each.title(), "value": each, "displayOrder": place, "hidden": False}
            for place, each in enumerate(options)
        ],
        "displayOrder": -1,
        "calculated": False,
        "externalOptions": name in {"dealstage", "pipeline", "hubspot_owner_id"},
        "hasUniqueValue": False,
        "hidden": False,
        "hubspotDefined": True,
        "modificationMetadata": {
            "archivable": True,
            "readOnlyDefinition": True,
            "readOnlyOptions": False,
            "readOnlyValue": fixed,
        },
        "formField": not fixed,
        "createdAt": "2019-08-06T02:41:08.029Z",
        "archived": False,
        **more,
    }


def pipelines() -> list[Json]:
    """The account's deal pipelines as the pipelines API tells them."""
    return [
        {
            "id": line["id"],
            "label": line["label"],
            "displayOrder": place,
            "archived": False,
            "createdAt": "1970-01-01T00:00:00Z",
            "updatedAt": "1970-01-01T00:00:00Z",
            "stages": [
                {
                    "id": id_,
                    "label": label,
                    "displayOrder": order,
                    "archived": False,
                    "metadata": {"isClosed": str(label.startswith("Closed")).lower(), "probability": "0.5"},
                    "createdAt": "1970-01-01T00:00:00Z",
                    "updatedAt": "1970-01-01T00:00:00Z",
                }
                for order, (id_, label) in enumerate(line["stages"].items())
            ],
        }
        for place, line in enumerate(PIPELINES)
    ]


def stage_ids(pipeline: str) -> tuple[str, ...]:
    return next((tuple(line["stages"]) for line in PIPELINES if line["id"] == pipeline), ())


def problem(known: Json, value: str, values: Json) -> tuple[str, str] | None:
    """Why a property does not take a value: HubSpot's code and words."""
    name, type_ = known["name"], known["type"]
    if name == "email" and not _ADDRESS.fullmatch(value):
        return "INVALID_EMAIL", f"Email address {value} is invalid"
    if type_ == "number" and not _NUMBER.fullmatch(value):
        return "INVALID_FLOAT", f"{value} was not a valid number."
    if type_ in {"date", "datetime"} and not _MOMENT.fullmatch(value):
        return "INVALID_DATE", f"{value} was not a valid long."
    allowed = [option["value"] for option in known["options"]]
    if name == "dealstage":
        allowed = list(stage_ids(values.get("pipeline") or "default"))
    parts = value.split(";") if known["fieldType"] == "checkbox" else [value]
    if type_ in {"enumeration", "bool"} and allowed and not set(parts) <= set(allowed):
        return "INVALID_OPTION", f"{value} was not one of the allowed options: [{', '.join(allowed)}]"
    return None
