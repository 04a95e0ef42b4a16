"""Takes proposals in: diffed, split by policy, validated, and saved in the caller's transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from crm_sync import audit, rows
from crm_sync.deciding import deadlines, waiting
from crm_sync.deciding.house_rules import HouseRules
from crm_sync.delivering.states import IN_FLIGHT
from crm_sync.documents import mapping, versions
from crm_sync.documents.canonical import showable_text
from crm_sync.documents.validation import Problem, problem_of
from crm_sync.ports import Team
from crm_sync.proposals import PERSON, Proposal
from crm_sync.tables import UpdateRow
from crm_sync.values import PendingUpdate, Status

ASSISTANT = "assistant"
LOOKED_BACK = 200
"""So many of a contact's updates say what the CRM holds: a contact of years costs no more than a new one."""

# Spelled once: to build a statement takes longer than to run it.
_UPDATES = cast("Table", UpdateRow.__table__)
_SAME_CAUSE = select(_UPDATES.c.id).where(
    _UPDATES.c.site == bindparam("of_site"), _UPDATES.c.idempotency_key == bindparam("of_key")
)
_OF_CONTACT = (
    select(_UPDATES.c.status, _UPDATES.c.document, _UPDATES.c.delivered_at)
    .where(
        _UPDATES.c.site == bindparam("of_site"),
        _UPDATES.c.contact_key == bindparam("of_contact"),
        # Placeholders count per conversation, and what another one told is not this one's to repeat.
        _UPDATES.c.conversation == bindparam("of_conversation"),
        _UPDATES.c.status.in_((*IN_FLIGHT, "delivered", "awaiting_approval")),
    )
    .order_by(_UPDATES.c.created_at.desc(), _UPDATES.c.id.desc())
    .limit(LOOKED_BACK)
)
_PLACED = (
    select(_UPDATES.c.contact_key)
    .where(
        _UPDATES.c.site == bindparam("of_site"),
        _UPDATES.c.conversation == bindparam("of_conversation"),
        _UPDATES.c.contact_key.startswith(PERSON),
    )
    .limit(1)
)
_PLACE = (
    update(_UPDATES)
    .where(
        _UPDATES.c.site == bindparam("of_site"),
        _UPDATES.c.conversation == bindparam("of_conversation"),
        _UPDATES.c.contact_key != bindparam("of_contact"),
    )
    .values(contact_key=bindparam("of_contact"))
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What the CRM will hold once everything in flight has arrived, and what a rep is being asked about."""

    values: Mapping[str, Any]
    waiting: Mapping[str, Any]


async def propose(
    session: AsyncSession,
    proposal: Proposal,
    rules: HouseRules,
    team: Team,
    *,
    now: datetime,
    update_id: str,
) -> PendingUpdate:
    """Save what `proposal` asks for; the same cause again returns the first row."""
    await audit.hold(session, proposal.site)
    target = {
        "object": proposal.target.object,
        "match": {"by": proposal.target.by, "value": proposal.target.value},
    }
    key = mapping.key_of(proposal.site, proposal.cause, proposal.kind, target)
    same_cause, contact, of_contact = await session.run_sync(_look, proposal, key)
    if same_cause is not None:
        return await rows.load(session, proposal.site, same_cause)
    proposal = replace(proposal, contact=contact)
    known = _known(proposal, of_contact)
    drafted = mapping.draft(
        proposal,
        update_id=update_id,
        # Derived, so that the caller passes one id and proposing stays repeatable.
        held_id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"urn:frontdesk:held:{update_id}")),
        known=known.values,
        waiting_already=known.waiting,
        policy=rules.policy,
    )
    detail = {"withheld": list(drafted.withheld)} if drafted.withheld else None
    if drafted.now is None and drafted.held is None:
        nothing = mapping.empty(proposal, update_id=update_id, policy=rules.policy)
        return await _save(session, proposal, nothing, "unchanged", now=now, detail=detail)
    held = drafted.held
    if drafted.now is None:
        assert held is not None
        waits = await _save(session, proposal, held, "awaiting_approval", now=now, detail=detail)
        await _await(session, proposal, waits, rules, team, now=now)
        return waits
    held_id = str(held["id"]) if held is not None else None
    saved = await _save(session, proposal, drafted.now, "pending", now=now, detail=detail, held=held_id)
    if held is not None and saved.held == held_id:
        waits = await _save(session, proposal, held, "awaiting_approval", now=now)
        await _await(session, proposal, waits, rules, team, now=now)
    return saved


async def _await(
    session: AsyncSession,
    proposal: Proposal,
    waits: PendingUpdate,
    rules: HouseRules,
    team: Team,
    *,
    now: datetime,
) -> None:
    """Say whose it is and until when they should decide."""
    if waits.status != "awaiting_approval":
        return
    assigned = await team.assigned(session, proposal.site, proposal.conversation)
    owner = assigned or deadlines.owner_of(proposal.current)
    await waiting.enter(
        session,
        waits,
        owner=team.login(proposal.site, owner) if owner else None,
        due_at=deadlines.due(now, rules.deadline),
        after=deadlines.after(rules.policy, waits.document["fields"], typed=proposal.typed),
    )


async def _save(
    session: AsyncSession,
    proposal: Proposal,
    document: mapping.Document,
    status: Status,
    *,
    now: datetime,
    detail: Any = None,
    held: str | None = None,
) -> PendingUpdate:
    problem: Problem | None = problem_of(document)
    if problem is not None:
        status, document = "quarantined", mapping.masked(document)
    saved = PendingUpdate(
        id=document["id"],
        site=proposal.site,
        conversation=proposal.conversation,
        contact=contact_key(proposal),
        # A refused document may carry anything here.
        kind=showable_text(document["kind"])[:64],
        idempotency_key=document["idempotency_key"],
        status=status,
        document=document,
        attempts=0,
        created_at=now,
        problem_pointer=problem.pointer[:400] if problem else None,
        last_error=problem.reason if problem else None,
        held=held,
    )
    if not await rows.insert_new(session, UpdateRow, **rows.columns(saved)):
        # Another transaction saved the same cause a moment ago; its row is the one.
        existing = await _by_key(session, proposal.site, saved.idempotency_key)
        assert existing is not None
        return existing
    await rows.record(session, saved, was=None, who=ASSISTANT, at=now, detail=detail)
    return saved


def contact_key(proposal: Proposal) -> str:
    """Updates that share this keep their order."""
    return proposal.contact[:160] or key_of_conversation(proposal.conversation)


def key_of_conversation(conversation: str) -> str:
    """What they share before their person is known."""
    return f"conversation:{conversation}"[:160]


async def _by_key(session: AsyncSession, site: str, key: str) -> PendingUpdate | None:
    found = await session.scalar(_SAME_CAUSE, {"of_site": site, "of_key": key})
    return await rows.load(session, site, found) if found is not None else None


def _look(session: Session, proposal: Proposal, key: str) -> tuple[str | None, str, Sequence[Any]]:
    """The update of the same cause; when there is none, in whose order it goes and what the conversation told of
    them, newest first."""
    # In one change to the driver's side, past the unit of work, which has nothing to do with it.
    connection = session.connection()
    contact = contact_key(proposal)
    found: str | None = connection.scalar(_SAME_CAUSE, {"of_site": proposal.site, "of_key": key})
    if found is not None:
        return found, contact, ()
    here = {"of_site": proposal.site, "of_conversation": proposal.conversation}
    if contact.startswith(PERSON):
        # What the conversation told before its person was known goes before this, and after what they said elsewhere.
        connection.execute(_PLACE, {**here, "of_contact": contact})
    elif not proposal.contact:
        contact = connection.scalar(_PLACED, here) or contact
    return None, contact, connection.execute(_OF_CONTACT, {**here, "of_contact": contact}).all()


def _known(proposal: Proposal, newest_first: Sequence[Any]) -> _Known:
    found = reversed(newest_first)
    delivered: list[versions.Document] = []
    in_flight: list[versions.Document] = []
    waiting: list[versions.Document] = []
    for status, text, delivered_at in found:
        if (document := versions.readable(json.loads(text))) is None:
            continue
        # What arrived after we looked is not in what we saw.
        is_newer = bool(proposal.read_at and delivered_at and delivered_at > proposal.read_at)
        if status == "delivered" and not is_newer:
            delivered.append(document)
        else:
            (waiting if status == "awaiting_approval" else in_flight).append(document)
    # What the CRM says itself is newer than what was delivered before, older than what is on its way.
    held_now = {**mapping.known_after({}, delivered), **proposal.current}
    return _Known(mapping.known_after(held_now, in_flight), mapping.known_after({}, waiting))
