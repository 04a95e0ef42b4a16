"""From a proposal to the update document: previous values filled in, unchanged fields dropped, policy applied. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from crm_sync.deciding.policy import Policy
from crm_sync.documents.canonical import Json, digest, jsonable, showable
from crm_sync.documents.catalogue import sealed_fields
from crm_sync.documents.models import PLACEHOLDERS, SCHEMA_VERSION
from crm_sync.proposals import ConsentLevel, Learned, Proposal

Document = dict[str, Any]
_LEVELS: tuple[ConsentLevel, ...] = get_args(ConsentLevel)
"""Each allows what the ones before it do."""
_STRUCK = "(struck out: it was not sealed)"
Known = Mapping[str, Any]
"""What the CRM holds or will hold, by `object.name`; personal values as placeholders."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal as documents: what is written now, what waits for a rep, and what the policy forbids."""

    now: Document | None
    held: Document | None
    withheld: tuple[str, ...]
    """`object.name` of fields that are never written."""


def key_of(site: str, cause: str, kind: str, target: Mapping[str, Any], part: str = "") -> str:
    """The idempotency key: the same cause never writes twice to the same target."""
    return digest(showable([site, cause, kind, target, *([part] if part else [])]))


def draft(
    proposal: Proposal, *, update_id: str, held_id: str, known: Known, waiting_already: Known, policy: Policy
) -> Draft:
    """The documents that `proposal` asks for. Whether they are valid is for the schema to say.

    `waiting_already` is what a rep has been asked about: the same value is not asked for twice.
    """
    changes = [
        change for change in _changes(proposal, known) if not _is_same(change["value"], change["previous"])
    ]
    tiers = [(change, policy.tier(change, typed=proposal.typed)) for change in changes]
    written = [change for change, tier in tiers if tier == "write"]
    waiting = [
        change
        for change, tier in tiers
        if tier == "approve" and not _is_same(change["value"], waiting_already.get(_name(change)))
    ]
    withheld = tuple(_name(change) for change, tier in tiers if tier == "never")
    now = held = None
    if written or proposal.activity is not None:
        now = _document(proposal, update_id, written, policy, part="")
        now["activity"] = jsonable(proposal.activity)
    if waiting:
        # When nothing is written now, the part that waits is the update itself.
        held = _document(proposal, held_id if now else update_id, waiting, policy, part="held" if now else "")
    return Draft(now, held, withheld)


def empty(proposal: Proposal, *, update_id: str, policy: Policy) -> Document:
    """The document of a proposal that brings nothing new; kept so that the same cause is not weighed again."""
    return _document(proposal, update_id, [], policy, part="")


def known_after(known: Known, documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`known` once these documents, oldest first, are written."""
    result = dict(known)
    for document in documents:
        for change in document.get("fields", ()):
            result[_name(change)] = change["value"]
    return result


def edited(document: Mapping[str, Any], edits: Mapping[str, Json]) -> Document:
    """The document with a reviewer's values for `object.name`; unknown names are left to the caller to refuse."""
    correction = {"how": "edited", "confidence": 1.0, "reasons": ["edited"]}
    fields = [
        {**change, **correction, "value": edits[_name(change)]}
        if _name(change) in edits and edits[_name(change)] != change["value"]
        else change
        for change in document["fields"]
    ]
    return {**document, "fields": fields}


def lowered(document: Mapping[str, Any], to: ConsentLevel) -> Document:
    """The document with nothing in it carried by more than `to`."""
    more = _LEVELS[_LEVELS.index(to) + 1 :]
    fields = [
        {**change, "consent": to} if change["consent"] in more else change for change in document["fields"]
    ]
    consent = document["consent"]
    return {
        **document,
        "fields": fields,
        "consent": {**consent, "level": to} if consent["level"] in more else consent,
    }


def masked(document: Mapping[str, Any]) -> Document:
    """A refused document for keeping: what JSON can not hold is spelled out, personal values in the open struck out."""
    fields = [{**change, "value": _STRUCK} if _is_open(change) else change for change in document["fields"]]
    target = document["target"]
    match = target["match"]
    if match["by"] == "email" and not _is_sealed(match["value"]):
        target = {**target, "match": {**match, "value": _STRUCK}}
    shown: Document = showable({**document, "fields": fields, "target": target})
    return shown


def _is_open(change: Mapping[str, Any]) -> bool:
    is_personal = (str(change["object"]), str(change["name"])) in sealed_fields()
    return is_personal and not _is_sealed(change["value"])


def _is_sealed(value: object) -> bool:
    return re.match(PLACEHOLDERS, str(value)) is not None


def _changes(proposal: Proposal, known: Known) -> list[dict[str, Any]]:
    learned = {f"{item.object}.{item.name}": item for item in (*proposal.learned, *_derived(proposal))}
    return [
        {
            **jsonable(item),
            "previous": jsonable(known.get(f"{item.object}.{item.name}")),
            "consent": proposal.consent.level,
        }
        for item in learned.values()
    ]


def _derived(proposal: Proposal) -> tuple[Learned, ...]:
    """What follows from the proposal itself: the score, and the consent when the visitor gave one."""
    found: list[Learned] = []
    if score := proposal.score:
        reasons = tuple(dict.fromkeys(point.code for point in score.points))[:50]
        for name, value in (
            ("lead_score", score.total),
            ("lead_fit", score.fit),
            ("lead_intent", score.intent),
            ("lead_stage", score.stage),
        ):
            found.append(Learned("contact", name, value, "scored", 1.0, reasons))
    if proposal.consent.at is not None:
        found.append(
            Learned("contact", "consent_level", proposal.consent.level, "chosen", 1.0, ("consent.given",))
        )
    return tuple(found)


def _is_same(value: Json, other: Json) -> bool:
    # In Python True == 1; in a CRM they are not the same answer.
    return value is not None and isinstance(value, bool) == isinstance(other, bool) and bool(value == other)


def _name(change: Mapping[str, Any]) -> str:
    return f"{change['object']}.{change['name']}"


def _document(
    proposal: Proposal, update_id: str, fields: list[dict[str, Any]], policy: Policy, *, part: str
) -> Document:
    target = {
        "object": proposal.target.object,
        "match": {"by": proposal.target.by, "value": proposal.target.value},
    }
    document: Document = {
        "schema_version": SCHEMA_VERSION,
        "id": update_id,
        "site": proposal.site,
        "kind": proposal.kind,
        "idempotency_key": key_of(proposal.site, proposal.cause, proposal.kind, target, part),
        "occurred_at": jsonable(proposal.occurred_at),
        "conversation": proposal.conversation,
        "turn": proposal.turn,
        "target": target,
        "fields": fields,
        "activity": None,
        "score": jsonable(proposal.score),
        "consent": jsonable(proposal.consent),
        "policy_version": policy.version,
    }
    return document
