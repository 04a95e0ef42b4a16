"""The CRM update document, schema version 1: what is checked, stored, shown to reps, delivered and audited."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from crm_sync.documents.objects import Activity, Token
from crm_sync.proposals import ConsentLevel, How, Kind, ObjectName

SCHEMA_VERSION = 1

Identifier = Annotated[str, Field(min_length=1, max_length=128)]
FieldName = Annotated[str, Field(pattern=r"^(custom\.)?[a-z][a-z0-9_]{0,62}$")]
Value = str | int | float | bool | list[str]
PLACEHOLDERS = r"^\[[a-z]+_[0-9]+\]( \[[a-z]+_[0-9]+\])*$"
"""A personal value inside a document: one placeholder, or several such as a first and a last name."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Evidence(_Part):
    """The visitor's own words (redacted) or the page that a value came from."""

    message_id: Identifier | None = None
    page: Annotated[str, Field(max_length=2_048)] | None = None
    quote: Annotated[str, Field(max_length=2_000)]
    start: Annotated[int, Field(ge=0)] = 0
    end: Annotated[int, Field(ge=0)] = 0


class FieldChange(_Part):
    """One field with its value, what it replaces, and why we believe it."""

    object: ObjectName
    name: FieldName
    value: Value
    previous: Value | None = None
    how: How
    confidence: Annotated[float, Field(ge=0, le=1)]
    reasons: Annotated[list[Annotated[str, Field(max_length=120)]], Field(max_length=50)] = []
    evidence: Annotated[list[Evidence], Field(max_length=50)] = []
    consent: ConsentLevel
    """The consent under which this was obtained."""


class Match(_Part):
    """How the record is found: by e-mail (a placeholder), by the CRM's own id, or by conversation."""

    by: Literal["email", "external_id", "conversation"]
    value: Identifier


class Target(_Part):
    """The record that this update is about."""

    object: ObjectName
    match: Match


class Point(_Part):
    """One reason why the score is what it is."""

    code: Token
    points: Annotated[float, Field(ge=-1_000, le=1_000)]
    kind: Literal["fit", "intent"]
    because: Annotated[str, Field(max_length=500)]
    message_id: Identifier | None = None
    page: Annotated[str, Field(max_length=2_048)] | None = None


class Score(_Part):
    """The lead score with every point that made it."""

    fit: Annotated[float, Field(ge=-10_000, le=10_000)]
    intent: Annotated[float, Field(ge=-10_000, le=10_000)]
    total: Annotated[float, Field(ge=-10_000, le=10_000)]
    stage: Token
    points: Annotated[list[Point], Field(max_length=200)] = []


class Consent(_Part):
    """What the visitor allowed, and when they said so."""

    level: ConsentLevel
    at: datetime | None = None


_EXAMPLE: dict[str, Any] = {
    "schema_version": 1,
    "id": "0198c0de-0000-7000-8000-000000000002",
    "site": "demo",
    "kind": "contact.qualified",
    "idempotency_key": "0" * 64,
    "occurred_at": "2026-03-01T10:00:00+00:00",
    "conversation": "0198c0de-0000-7000-8000-000000000003",
    "turn": "0198c0de-0000-7000-8000-000000000004",
    "target": {"object": "contact", "match": {"by": "email", "value": "[email_1]"}},
    "fields": [
        {
            "object": "company",
            "name": "team_size",
            "value": 40,
            "previous": None,
            "how": "said",
            "confidence": 0.94,
            "reasons": ["fact.team_size"],
            "evidence": [
                {
                    "message_id": "m-00000001",
                    "page": None,
                    "quote": "we are 40 technicians",
                    "start": 0,
                    "end": 21,
                }
            ],
            "consent": "conversation",
        }
    ],
    "activity": None,
    "score": None,
    "consent": {"level": "conversation", "at": "2026-03-01T09:59:00+00:00"},
    "policy_version": "1",
}


class CrmUpdate(_Part):
    """Everything that one cause changes in the CRM. Personal values are placeholders until delivery."""

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]})

    schema_version: Literal[1]
    id: Identifier
    site: Identifier
    kind: Kind
    idempotency_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    occurred_at: datetime
    conversation: Identifier
    turn: Identifier | None
    target: Target
    fields: Annotated[list[FieldChange], Field(max_length=100)]
    activity: Activity | None
    score: Score | None
    consent: Consent
    policy_version: Annotated[str, Field(min_length=1, max_length=64)]
