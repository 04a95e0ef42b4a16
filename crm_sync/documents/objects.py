"""The records of a CRM as we know them; their JSON Schemas are published, and a field exists only if it stands here."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_sync.proposals import ConsentLevel

Text = Annotated[str, Field(min_length=1, max_length=300)]
LongText = Annotated[str, Field(min_length=1, max_length=8_000)]
Token = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z][a-z0-9_.-]*$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
SEALED = {"x-sealed": True}
"""Marks personal fields: inside an update document they hold placeholders, never the value."""

Custom = dict[
    Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$")],
    str | int | float | bool | list[str],
]


def _examples(*examples: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": list(examples)})


class Contact(BaseModel):
    """A person. Every field may be unknown."""

    model_config = _examples(
        {
            "email": "ada@example.com",
            "name": "Ada",
            "job_title": "Operations lead",
            "lead_score": 55,
            "custom": {},
        }
    )

    email: Annotated[str, Field(max_length=254, json_schema_extra={"format": "email", **SEALED})] | None = (
        None
    )
    name: Annotated[str, Field(min_length=1, max_length=200, json_schema_extra=SEALED)] | None = None
    phone: Annotated[str, Field(min_length=3, max_length=40, json_schema_extra=SEALED)] | None = None
    job_title: Text | None = None
    language: Annotated[str, Field(max_length=35)] | None = None
    time_zone: Annotated[str, Field(max_length=64)] | None = None
    country: Country | None = None
    lead_score: Annotated[float, Field(ge=-10_000, le=10_000)] | None = None
    lead_fit: Annotated[float, Field(ge=-10_000, le=10_000)] | None = None
    lead_intent: Annotated[float, Field(ge=-10_000, le=10_000)] | None = None
    lead_stage: Token | None = None
    lifecycle: Literal["visitor", "lead", "qualified", "opportunity", "customer"] | None = None
    consent_level: Literal["necessary", "conversation", "remembered"] | None = None
    owner: Text | None = None
    custom: Custom = {}


class Company(BaseModel):
    """A company; its domain identifies it."""

    model_config = _examples(
        {"name": "Example Lifts", "domain": "example.com", "team_size": 40, "custom": {}}
    )

    name: Text | None = None
    domain: Annotated[str, Field(max_length=253, pattern=r"^[a-z0-9.-]+\.[a-z0-9-]{2,}$")] | None = None
    industry: Text | None = None
    team_size: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    country: Country | None = None
    owner: Text | None = None
    custom: Custom = {}


class Deal(BaseModel):
    """A chance to sell: one open deal per contact."""

    model_config = _examples({"name": "Team for 40 seats", "stage": "qualified", "plan": "Team", "seats": 40})

    name: Text | None = None
    stage: Literal["new", "qualified", "meeting", "trial", "proposal", "won", "lost"] | None = None
    plan: Text | None = None
    seats: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    period: Literal["month", "year"] | None = None
    amount: Annotated[float, Field(ge=0, le=1_000_000_000)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    use_case: LongText | None = None
    timeline: Text | None = None
    current_tool: Text | None = None
    budget: Text | None = None
    owner: Text | None = None
    custom: Custom = {}


class Meeting(BaseModel):
    """A meeting as it stands now; `ref` is the booking's id."""

    model_config = _examples(
        {
            "ref": "0198c0de-0000-7000-8000-000000000001",
            "start": "2026-03-03T13:00:00+00:00",
            "end": "2026-03-03T13:30:00+00:00",
            "zone": "Europe/Berlin",
            "state": "confirmed",
            "url": None,
        }
    )

    ref: Text
    start: datetime
    end: datetime
    zone: Annotated[str, Field(min_length=1, max_length=64)]
    state: Literal["confirmed", "moved", "cancelled"]
    url: Annotated[str, Field(max_length=2_048)] | None = None


class Task(BaseModel):
    """Something that a rep should do."""

    model_config = _examples(
        {"title": "Call back about SSO", "due": "2026-03-02T09:00:00+00:00", "priority": "high"}
    )

    title: Text
    due: datetime | None = None
    priority: Literal["low", "normal", "high"] = "normal"


class Activity(BaseModel):
    """One entry in the timeline of a contact, written once; it may carry a meeting or a task."""

    model_config = _examples(
        {
            "type": "note",
            "subject": "Asked about SSO",
            "body": "Wants SAML before the pilot.",
            "at": "2026-03-01T10:00:00+00:00",
            "url": None,
            "meeting": None,
            "task": {"title": "Send the SAML guide", "due": None, "priority": "normal"},
        }
    )

    type: Literal["note", "chat", "meeting", "trial", "cart", "handoff", "followup", "consent"]
    subject: Text
    body: Annotated[str, Field(max_length=8_000)]
    at: datetime
    url: Annotated[str, Field(max_length=2_048)] | None = None
    meeting: Meeting | None = None
    task: Task | None = None


class Consent(BaseModel):
    """What a visitor allows, and since when; `previous` is what they allowed before, None: they were never asked."""

    model_config = _examples(
        {"level": "conversation", "previous": "necessary", "at": "2026-03-01T09:59:00+00:00"},
        {"level": "necessary", "previous": "conversation", "at": "2026-03-04T08:00:00+00:00"},
        {"level": "necessary", "previous": None, "at": None},
    )

    level: ConsentLevel
    previous: ConsentLevel | None = None
    at: datetime | None = None
    """When they said so; None: they never did, and the site's default holds."""


class LifecycleChange(BaseModel):
    """A contact or a deal moved on: from which step to which, and on which grounds."""

    model_config = _examples(
        {
            "object": "contact",
            "field": "lifecycle",
            "previous": "lead",
            "value": "qualified",
            "at": "2026-03-01T10:00:00+00:00",
            "reasons": ["team_20_plus", "asked_price"],
            "evidence": ["m-00000001"],
        },
        {
            "object": "deal",
            "field": "stage",
            "previous": None,
            "value": "meeting",
            "at": "2026-03-01T10:05:00+00:00",
            "reasons": ["meeting.booked"],
            "evidence": [],
        },
    )

    object: Literal["contact", "deal"]
    field: Literal["lifecycle", "stage"]
    previous: Token | None
    value: Token
    at: datetime
    reasons: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=50)] = []
    evidence: Annotated[list[Annotated[str, Field(min_length=1, max_length=128)]], Field(max_length=50)] = []
    """Ids of the messages that it follows from."""


RECORDS: dict[str, type[BaseModel]] = {"contact": Contact, "company": Company, "deal": Deal}
"""What a field of an update can belong to."""

DOCUMENTS: dict[str, type[BaseModel]] = {
    **RECORDS,
    "activity": Activity,
    "meeting": Meeting,
    "task": Task,
    "consent": Consent,
    "lifecycle-change": LifecycleChange,
}
"""Every object with a published schema of its own."""
