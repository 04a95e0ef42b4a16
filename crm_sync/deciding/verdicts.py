"""The nouns of deciding: why something is rejected, what became of many, who waits for what, what it teaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from crm_sync.values import PendingUpdate

RejectCode = Literal["misread", "wrong_person", "not_useful", "test", "other"]
"""`misread`: the words do not say that. `wrong_person`: they do, and of somebody else. `not_useful`: true, and nobody
needs it. `test`: no real visitor. `other`: with words of one's own."""

REJECT_CODES: tuple[RejectCode, ...] = get_args(RejectCode)

Became = Literal["approved", "edited", "rejected", "undone", "reopened"]
"""`reopened`: whoever decided took it back at once, so that it counts as undecided."""
After = Literal["wait", "write", "drop"]
"""What happens to an update that nobody decided in time."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one update of many: released or rejected as was asked, or why not."""

    id: str
    update: PendingUpdate | None = None
    """As it stands now; None when nothing was done to it."""
    code: str = ""
    """Of the error, such as `crm.move_refused`; empty when it was done."""
    why: str = ""

    @property
    def is_done(self) -> bool:
        return self.update is not None


@dataclass(frozen=True, slots=True)
class Waiting:
    """An update that waits, with whose it is and until when."""

    update: PendingUpdate
    owner: str | None
    due_at: datetime | None
    overdue_at: datetime | None = None
    escalated_to: str | None = None
    assigned_by: str | None = None

    @property
    def is_overdue(self) -> bool:
        return self.overdue_at is not None


@dataclass(frozen=True, slots=True)
class Delegation:
    """`delegate` stands in for `person` from `since` until `until`."""

    id: str
    person: str
    delegate: str
    since: datetime
    until: datetime
    named_by: str
    named_at: datetime


@dataclass(frozen=True, slots=True)
class Lesson:
    """What became of one proposed value when a person looked at it; evidence redacted."""

    id: str
    at: datetime
    who: str
    update: str
    conversation: str
    kind: str
    became: Became
    field: str
    how: str
    confidence: float
    proposed: Any
    corrected: Any
    code: RejectCode | None
    reason: str
    evidence: tuple[Mapping[str, Any], ...]
    policy_version: str


@dataclass(frozen=True, slots=True)
class Precision:
    """How often one field, obtained in one way, was right when a person looked; the last decision on each counts."""

    field: str
    how: str
    approved: int = 0
    edited: int = 0
    rejected: int = 0
    undone: int = 0

    @property
    def looked_at(self) -> int:
        return self.approved + self.edited + self.rejected + self.undone

    @property
    def precision(self) -> float:
        """The share that stayed as it was proposed."""
        return self.approved / self.looked_at if self.looked_at else 0.0


@dataclass(frozen=True, slots=True)
class LessonsSummary:
    """What decisions say about the policy: by field and way, the most looked at first, and why things were rejected."""

    fields: tuple[Precision, ...]
    codes: Mapping[str, int]
    """Rejected updates by reason code."""
