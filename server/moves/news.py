"""What the CRM is told after a turn: every fact with the words that told it, the score with its points."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from crm_sync.documents.catalogue import real_schema
from crm_sync.proposals import (
    PERSON,
    Activity,
    Consent,
    Evidence,
    How,
    Kind,
    Learned,
    ObjectName,
    Point,
    Proposal,
    Target,
)
from crm_sync.proposals import Score as CrmScore
from intents.score import Score
from server.dialogue.values import Known, State
from server.moves.scene import Happened
from server.store.conversations import Talk

_FIELDS: dict[str, tuple[ObjectName, str]] = {
    "email": ("contact", "email"),
    "person": ("contact", "name"),
    "phone": ("contact", "phone"),
    "role": ("contact", "job_title"),
    "company": ("company", "name"),
    "team_size": ("company", "team_size"),
    "industry": ("company", "industry"),
    "current_tool": ("deal", "current_tool"),
    "timeline": ("deal", "timeline"),
    "plan": ("deal", "plan"),
    "seats": ("deal", "seats"),
    "billing_period": ("deal", "period"),
    "budget": ("deal", "budget"),
}
"""Where a fact stands in the CRM."""
_OF_TODAY = frozenset({"said", "chosen", "signed_in"})
"""What this conversation told: the CRM has the rest already."""
_HOW: dict[str, How] = {"chosen": "chosen", "signed_in": "enriched"}
"""How the CRM is told that a fact was obtained; else the visitor said it."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Who is told about, as things stand now."""

    talk: Talk
    state: State
    score: Score
    now: datetime
    turn: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    """Where the playbook sends facts, as `object.name`; the others go where they always do."""
    person: str = ""
    """The keyed hash of their address; empty: as the conversation's updates have it already."""

    def field_of(self, fact: str) -> tuple[ObjectName, str] | None:
        record, _, name = self.fields.get(fact, "").partition(".")
        return (cast("ObjectName", record), name) if name else _FIELDS.get(fact)


def facts_in(held: Container[str], fields: Mapping[str, str]) -> frozenset[str]:
    """The facts whose field of the CRM, as `object.name`, is among those that it holds."""
    usual = {fact: f"{record}.{name}" for fact, (record, name) in _FIELDS.items()}
    return frozenset(fact for fact, place in {**usual, **fields}.items() if place in held)


def of_turn(telling: Telling, learned: Sequence[Known], happened: Sequence[Happened]) -> list[Proposal]:
    """One proposal for each thing that happened; or one for what was learned, if the consent covers it.

    Under `necessary` consent a fact alone is kept in the conversation: only what the visitor asked for (a meeting,
    a trial, a cart, a person) takes it to the CRM, because that can not be done without.
    """
    if happened:
        return [of(telling, news) for news in happened]
    if telling.talk.consent == "necessary" or not any(telling.field_of(fact.name) for fact in learned):
        return []
    return [_proposal(telling, "contact.qualified", telling.turn or "", None)]


def of(telling: Telling, news: Happened) -> Proposal:
    """The proposal that tells one happening."""
    return _proposal(telling, news.kind, news.cause, news.activity)


def _proposal(telling: Telling, kind: Kind, cause: str, activity: Activity | None) -> Proposal:
    email = telling.state.known("email")
    talk = telling.talk
    return Proposal(
        site=talk.site,
        kind=kind,
        cause=cause,
        occurred_at=telling.now,
        conversation=talk.id,
        turn=telling.turn,
        target=Target("email", str(email.value)) if email else Target("conversation", talk.id),
        consent=Consent(talk.consent),
        learned=_learned(telling),
        activity=activity,
        score=_score(telling.score),
        # One visitor's updates keep their order, over all of their conversations once the address is known.
        contact=telling.person and f"{PERSON}{telling.person}",
    )


def _learned(telling: Telling) -> tuple[Learned, ...]:
    """The fact that holds of each name, as a field; the ledger drops what the CRM has already."""
    latest = {fact.name: fact for fact in telling.state.facts if fact.how in _OF_TODAY}
    found = ((fact, telling.field_of(fact.name)) for fact in latest.values())
    return tuple(learned for fact, place in found if place and (learned := _field(fact, *place)) is not None)


def _field(fact: Known, record: ObjectName, name: str) -> Learned | None:
    words = fact.evidence.quote if fact.evidence else ""
    is_usual = _FIELDS.get(fact.name) == (record, name)
    value = plain(fact.name, fact.value, words) if is_usual else _as_field(record, name, fact.value, words)
    if value is None:
        return None
    how = _HOW.get(fact.how, "said")
    evidence: tuple[Evidence, ...] = ()
    if fact.evidence is not None:
        evidence = (
            Evidence(fact.evidence.quote, fact.evidence.message_id, fact.evidence.start, fact.evidence.end),
        )
    return Learned(record, name, value, how, fact.confidence, (f"fact.{fact.name}",), evidence)


def plain(name: str, value: Any, words: str) -> Any:
    """The value as the CRM's field wants it: whole numbers for counts, text elsewhere; None when it has none.

    What was read into parts, such as a budget or a date to be ready by, is told in the visitor's own words.
    """
    if name in {"team_size", "seats"}:
        try:
            count = int(float(str(value)))
        except ValueError:
            return None
        return count if count >= 1 else None
    told = words if isinstance(value, dict) else str(value or "")
    return told[:300] or None


def _as_field(record: ObjectName, name: str, value: Any, words: str) -> Any:
    """The value as the field wants it that the playbook chose: a number where it takes one, text elsewhere."""
    schema = real_schema(record, name) or {}
    kinds = {schema.get("type"), *(one.get("type") for one in schema.get("anyOf", ()))}
    if isinstance(value, int | float) and kinds & {"integer", "number"}:
        return value
    return (words if isinstance(value, dict) else str(value or ""))[:300] or None


def _score(score: Score) -> CrmScore:
    points = tuple(
        Point(point.code, point.points, point.kind, point.because, point.message_id, point.page)
        for point in score.points
    )
    return CrmScore(score.fit, score.intent, score.total, score.stage, points)
