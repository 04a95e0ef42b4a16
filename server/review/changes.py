"""A CRM update as a rep reads it: what changes, from which words, how sure, how urgent. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import ValidationError

from crm_sync.deciding.queue import Queued
from crm_sync.deciding.reopening import may_reopen
from crm_sync.documents.models import CrmUpdate, Evidence, FieldChange
from crm_sync.errors import ProviderRefused
from crm_sync.values import CrmRecord, PendingUpdate, Status
from server.placeholders import PLACEHOLDER
from server.review.urgency import Press, Reason, reasons
from server.review.words import label, plain

HEADINGS: dict[str, str] = {
    "contact.qualified": "Learned about a lead",
    "contact.enriched": "Looked up about a lead",
    "meeting.booked": "Meeting booked",
    "meeting.moved": "Meeting moved",
    "meeting.cancelled": "Meeting cancelled",
    "trial.started": "Trial started",
    "trial.verified": "Trial verified",
    "trial.changed": "Trial changed",
    "cart.filled": "Cart filled",
    "handoff.requested": "Asked for a person",
    "handoff.finished": "Hand-over finished",
    "followup.scheduled": "Follow-up scheduled",
    "followup.sent": "Follow-up sent",
    "followup.stopped": "Follow-up stopped",
    "consent.changed": "Consent changed",
    "conversation.closed": "Conversation closed",
}

STATUS_WORDS: dict[Status, str] = {
    "pending": "On its way",
    "awaiting_approval": "Waiting for you",
    "approved": "Approved, on its way",
    "delivering": "Being delivered",
    "retrying": "Will be tried again",
    "delivered": "In the CRM",
    "needs_review": "Not in the CRM yet",
    "rejected": "Rejected",
    "quarantined": "Not valid, held back",
    "unchanged": "Nothing new to write",
    "undone": "Undone",
}

TABS: tuple[tuple[str, str, tuple[Status, ...]], ...] = (
    ("waiting", "Waiting", ("awaiting_approval",)),
    ("trouble", "Trouble", ("needs_review", "quarantined")),
    ("moving", "Moving", ("pending", "approved", "delivering", "retrying")),
    ("done", "Done", ("delivered",)),
    ("closed", "Closed", ("rejected", "undone", "unchanged")),
)
"""The inbox's tabs: key, name, and the states that stand there."""

OPEN: tuple[Status, ...] = ("awaiting_approval", "needs_review", "quarantined")
"""A person has to decide."""

REJECT_REASONS: tuple[tuple[str, str], ...] = (
    ("misread", "Misread: they meant something else"),
    ("wrong_person", "Not about them"),
    ("not_useful", "Not worth keeping"),
    ("test", "A test, not a lead"),
)
"""Code and words of why something is rejected; a reason of one's own is `other`."""

HOW_WORDS = {
    "said": "said",
    "chosen": "chosen from the offered replies",
    "page_view": "from pages visited",
    "enriched": "looked up",
    "scored": "worked out by the score",
    "edited": "edited by a person",
}


def _tells_news(kind: str) -> bool:
    """Whether something happened, beyond values that were learned: then the row begins with what."""
    return not kind.startswith("contact.")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One update, ready to be shown. `update` is None when the document does not fit its schema."""

    row: PendingUpdate
    update: CrmUpdate | None
    heading: str
    summary: str
    score: float | None

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def is_news(self) -> bool:
        return _tells_news(self.row.kind)

    @property
    def status_words(self) -> str:
        if self.row.status == "needs_review" and self.row.last_error:
            return "Could not be sent" if self.is_unsent else "The CRM refused it"
        return STATUS_WORDS[self.row.status]

    @property
    def is_unsent(self) -> bool:
        """Whether it did not get there: the CRM, if it was asked at all, did not say no to it."""
        error = self.row.last_error or ""
        return self.row.status == "needs_review" and not error.startswith(ProviderRefused.code)

    @property
    def sealed(self) -> tuple[str, ...]:
        """The placeholders that it writes, each once: what an approval sends without anybody having seen it."""
        if self.update is None:
            return ()
        told = " ".join(str(change.value) for change in self.update.fields)
        return tuple(dict.fromkeys(found.group() for found in PLACEHOLDER.finditer(told)))

    @property
    def can_approve(self) -> bool:
        return self.row.status in ("awaiting_approval", "needs_review")

    @property
    def can_reject(self) -> bool:
        return self.row.status in OPEN

    @property
    def can_undo(self) -> bool:
        return self.row.status == "delivered"

    @property
    def can_withdraw(self) -> bool:
        """Decided, but the CRM has not heard of it yet."""
        return self.row.status in ("pending", "approved", "retrying")

    def can_reopen(self, login: str) -> bool:
        """Whether this person's decision can still be taken back, so that it waits again."""
        return may_reopen(self.row, login)

    @property
    def edits(self) -> tuple[FieldChange, ...]:
        """The fields that a rep may correct: sealed values can not be, because nobody sees them here."""
        if self.update is None or not self.can_approve:
            return ()
        return tuple(
            change
            for change in self.update.fields
            if not PLACEHOLDER.search(editable(change.value)) and change.how != "scored"
        )

    @property
    def is_open(self) -> bool:
        return self.can_reject

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """Every quote of the update, in the order of its fields."""
        if self.update is None:
            return ()
        return tuple(proof for change in self.update.fields for proof in change.evidence)

    @property
    def marks(self) -> dict[str, tuple[tuple[int, int], ...]]:
        """Which stretches of which message to highlight: every quote, in the order of the text."""
        found: dict[str, set[tuple[int, int]]] = {}
        for proof in self.evidence:
            if proof.message_id is not None and proof.end > proof.start:
                found.setdefault(proof.message_id, set()).add((proof.start, proof.end))
        return {message: tuple(sorted(stretches)) for message, stretches in found.items()}


def sheet(row: PendingUpdate) -> Sheet:
    """Read an update for showing; a document that does not fit is shown raw."""
    try:
        update: CrmUpdate | None = CrmUpdate.model_validate(dict(row.document))
    except ValidationError:
        update = None
    score = update.score.total if update and update.score else None
    return Sheet(
        row=row,
        update=update,
        heading=HEADINGS.get(row.kind, label(row.kind)),
        summary=_summary(update),
        score=score,
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the queue."""

    row: Queued
    reasons: tuple[Reason, ...]
    place: Literal["alone", "first", "next"] = "alone"
    """Where it stands among the rows of its conversation."""
    who: str = ""
    """Name and company that the CRM knows, for who may see them."""

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def is_news(self) -> bool:
        return _tells_news(self.row.kind)

    @property
    def heading(self) -> str:
        return HEADINGS.get(self.row.kind, label(self.row.kind))

    @property
    def status_words(self) -> str:
        return STATUS_WORDS[self.row.status]

    @property
    def is_open(self) -> bool:
        return self.row.status in OPEN


def lines(
    rows: Iterable[Queued], now: datetime, press: Mapping[str, Press], names: Mapping[str, str] | None = None
) -> tuple[Line, ...]:
    """Rows with the reasons why they stand where they do, those of one conversation tied together."""
    found: list[Line] = []
    before = ""
    for row in rows:
        is_next = row.conversation == before and row.together > 1
        place: Literal["alone", "first", "next"] = (
            "next" if is_next else "first" if row.together > 1 else "alone"
        )
        found.append(Line(row, reasons(row, now, press), place, (names or {}).get(row.conversation, "")))
        before = row.conversation
    return tuple(found)


def _summary(update: CrmUpdate | None) -> str:
    """The line of the queue: the values first, because they are what is decided on."""
    if update is None:
        return "does not fit the schema"
    # What a rep would judge first; the score has its own column, and consent is rarely the news.
    told = [field for field in update.fields if field.how != "scored" and field.name != "consent_level"]
    if told:
        words = ", ".join(f"{label(field.name).lower()} {plain(field.value)}" for field in told[:3])
        return words[:1].upper() + words[1:]
    if any(field.how == "scored" for field in update.fields):
        return "Lead score"
    if update.fields:
        return "Consent"
    if update.activity is None:
        return "No fields"
    # The heading says the subject of most activities already; then the body is the news.
    is_said = update.activity.subject == HEADINGS.get(update.kind)
    return update.activity.body[:160] if is_said and update.activity.body else update.activity.subject


EDIT = "edit."
"""Prefix of form fields that correct a value: `edit.company.team_size`."""


def read_edits(shown: Sheet, form: Mapping[str, str]) -> dict[str, Any]:
    """The corrections in a form, by `object.name`: only values that differ, in the type of the value they replace."""
    edits: dict[str, Any] = {}
    for change in shown.update.fields if shown.update else ():
        name = f"{change.object}.{change.name}"
        typed = form.get(EDIT + name)
        if typed is None or typed.strip() == editable(change.value):
            continue
        edits[name] = _typed_like(change.value, typed.strip())
    return edits


def editable(value: Any) -> str:
    """A value as it stands in an input."""
    if isinstance(value, list):
        return ", ".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _typed_like(old: Any, typed: str) -> Any:
    """`typed` in the type of `old`; left as text when it does not fit, so that the schema says what is wrong."""
    try:
        match old:
            case bool():
                return {"true": True, "yes": True, "false": False, "no": False}[typed.lower()]
            case int():
                return int(typed)
            case float():
                return float(typed)
            case list():
                return [part.strip() for part in typed.split(",") if part.strip()]
            case _:
                return typed
    except (KeyError, ValueError):
        return typed


def decided_line(row: PendingUpdate) -> str:
    """Who decided and why, as one sentence; empty when nobody did."""
    if not row.decided_by:
        return ""
    verb = STATUS_WORDS[row.status] if row.status in ("rejected", "undone") else "Approved"
    why = row.decided_reason or dict(REJECT_REASONS).get(row.decided_code or "", "")
    return f"{verb} by {row.decided_by}{f': {why}' if why else ''}"


def stands_otherwise(shown: Sheet, record: CrmRecord | None) -> dict[str, Any]:
    """What the CRM holds by now, by `object.name`, where that is neither what the update found nor what it writes."""
    if shown.update is None or record is None or not shown.can_approve:
        return {}
    held: dict[str, Mapping[str, Any]] = {"contact": record.contact.fields}
    if record.company is not None:
        held["company"] = record.company.fields
    if len(record.deals) == 1:
        held["deal"] = record.deals[0].fields
    found: dict[str, Any] = {}
    for change in shown.update.fields:
        now = held.get(change.object, {}).get(change.name)
        is_sealed = PLACEHOLDER.search(str(change.value))
        if now is not None and not is_sealed and now not in (change.previous, change.value):
            found[f"{change.object}.{change.name}"] = now
    return found


@dataclass(frozen=True, slots=True)
class Settled:
    """When something happened to an update, for its history line."""

    words: str
    at: datetime | None


def history(row: PendingUpdate) -> tuple[Settled, ...]:
    """The steps that an update took, as far as its row tells."""
    steps = [Settled("proposed", row.created_at)]
    if row.attempts:
        tries = "once" if row.attempts == 1 else f"{row.attempts} times"
        steps.append(Settled(f"sent {tries}", None))
    if row.delivered_at is not None:
        steps.append(Settled("delivered", row.delivered_at))
    if row.next_attempt_at is not None and row.status == "retrying":
        steps.append(Settled("next attempt", row.next_attempt_at))
    return tuple(steps)
