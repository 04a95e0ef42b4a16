"""What the assistant learned and would like the CRM to know, before anybody checked it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Kind = Literal[
    "contact.qualified",
    "contact.enriched",
    "meeting.booked",
    "meeting.moved",
    "meeting.cancelled",
    "trial.started",
    "trial.verified",
    "trial.changed",
    "cart.filled",
    "handoff.requested",
    "handoff.finished",
    "followup.scheduled",
    "followup.sent",
    "followup.stopped",
    "consent.changed",
    "conversation.closed",
]
"""Every reason for which the CRM is told something."""

How = Literal["said", "chosen", "page_view", "enriched", "scored", "edited"]
"""How a value was obtained; `edited` is a reviewer's correction."""

ObjectName = Literal["contact", "company", "deal"]
ConsentLevel = Literal["necessary", "conversation", "remembered"]
PERSON = "person:"
"""What a proposal's `contact` begins with when it names a person, whichever conversation they are in."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """The visitor's own words (redacted) that a value came from; `start` and `end` count characters in the message."""

    quote: str
    message_id: str | None = None
    start: int = 0
    end: int = 0
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Learned:
    """One value for one field. Personal values are placeholders."""

    object: ObjectName
    name: str
    value: Any
    how: How
    confidence: float
    reasons: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """Which record this is about: by e-mail (a placeholder), by the CRM's own id, or by conversation."""

    by: Literal["email", "external_id", "conversation"]
    value: str
    object: ObjectName = "contact"


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as it stands now; `ref` is the booking's id."""

    ref: str
    start: datetime
    end: datetime
    zone: str
    state: Literal["confirmed", "moved", "cancelled"] = "confirmed"
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """Something that a rep should do."""

    title: str
    due: datetime | None = None
    priority: Literal["low", "normal", "high"] = "normal"


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened, for the timeline of the contact."""

    type: Literal["note", "chat", "meeting", "trial", "cart", "handoff", "followup", "consent"]
    subject: str
    body: str
    at: datetime
    url: str | None = None
    meeting: Meeting | None = None
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """One reason why the score is what it is."""

    code: str
    points: float
    kind: Literal["fit", "intent"]
    because: str
    message_id: str | None = None
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """The lead score with every point that made it."""

    fit: float
    intent: float
    total: float
    stage: str
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class Consent:
    """What the visitor allowed, and when they said so (None: never asked, the default holds)."""

    level: ConsentLevel
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """One thing that happened and everything that the CRM should know of it."""

    site: str
    kind: Kind
    cause: str
    """Id of what caused it (a turn, a booking, a trial): the same cause is written once."""
    occurred_at: datetime
    conversation: str
    turn: str | None
    target: Target
    consent: Consent
    learned: tuple[Learned, ...] = ()
    activity: Activity | None = None
    score: Score | None = None
    contact: str = ""
    """Updates with the same contact keep their order; empty means the conversation's. `PERSON` and a key of the person:
    all updates of the conversation go in that person's order from then on."""
    current: Mapping[str, Any] = field(default_factory=dict)
    """What the CRM holds now by `object.name`, from `Ledger.look`; unchanged values are not proposed again."""
    typed: frozenset[str] = frozenset()
    """`object.name` of what a person typed into the CRM last, from `Ledger.look`: suggested at most."""
    read_at: datetime | None = None
    """When `current` was read: what was delivered after it is newer."""
