"""What a rep decides: approve one or many, correct and approve, reject with a reason, take back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit, rows
from crm_sync.deciding import lessons, waiting
from crm_sync.deciding.verdicts import REJECT_CODES, Decided, RejectCode
from crm_sync.delivering.states import check_move
from crm_sync.documents import mapping, versions
from crm_sync.documents.canonical import Json, canonical
from crm_sync.documents.catalogue import sealed_fields
from crm_sync.documents.validation import problem_of
from crm_sync.errors import EditRefused, MoveRefused, ReasonMissing, UpdateUnknown
from crm_sync.ports import Team
from crm_sync.proposals import ConsentLevel, Kind
from crm_sync.tables import UpdateRow
from crm_sync.values import Difference, PendingUpdate, UndoResult

_WAITS = ("awaiting_approval", "needs_review", "quarantined")
_QUEUED = ("pending", "awaiting_approval", "approved", "retrying", "needs_review")


async def approve(
    session: AsyncSession, found: PendingUpdate, *, by: str, now: datetime, edits: Mapping[str, Json] | None
) -> PendingUpdate:
    """Release an update that waits for a rep, or replay one that failed for good; `edits` are by `object.name`."""
    check_move(found.id, found.status, "approved")
    document = _corrected(found, edits) if edits else found.document
    moved = await rows.move(
        session,
        found,
        "approved",
        who=by,
        at=now,
        detail={"edited": sorted(edits)} if edits else None,
        document=canonical(document),
        **_released(by),
    )
    await waiting.leave(session, found.site, [found.id])
    if edits or found.status == "awaiting_approval":
        # Whoever sends a failed one again has judged the CRM and not the values.
        await lessons.note(session, [found], "approved", who=by, at=now, corrected=edits)
    return moved


async def approve_many(
    session: AsyncSession, site: str, ids: Sequence[str], *, by: str, now: datetime
) -> list[Decided]:
    """Release those of these updates that may be, in one transaction; says of each what became of it."""
    await audit.hold(session, site)
    mine = select(UpdateRow).where(UpdateRow.site == site, UpdateRow.id.in_(ids))
    there = {
        row.id: rows.pending(row)
        for row in await session.scalars(mine.execution_options(populate_existing=True))
    }
    released = await session.scalars(
        update(UpdateRow)
        .where(UpdateRow.site == site, UpdateRow.id.in_(ids))
        .where(UpdateRow.status.in_(("awaiting_approval", "needs_review")))
        .values(status="approved", **_released(by))
        .returning(UpdateRow.id)
        .execution_options(synchronize_session=False)
    )
    moved = set(released)
    found = [there[each] for each in dict.fromkeys(ids) if each in moved]
    now_stand = {
        each.id: replace(
            each, status="approved", decided_by=by, attempts=0, next_attempt_at=None, last_error=None
        )
        for each in found
    }
    await rows.record_many(session, [(each, now_stand[each.id]) for each in found], who=by, at=now)
    await waiting.leave(session, site, sorted(moved))
    judged = [each for each in found if each.status == "awaiting_approval"]
    await lessons.note(session, judged, "approved", who=by, at=now)
    return [
        Decided(each, now_stand[each]) if each in moved else _refused(each, there.get(each)) for each in ids
    ]


async def reject(
    session: AsyncSession,
    found: PendingUpdate,
    *,
    by: str,
    reason: str,
    now: datetime,
    code: RejectCode = "other",
) -> PendingUpdate:
    """Refuse an update for good; the reason is kept, and teaches what to propose."""
    check_reason(code, reason)
    moved = await _reject(session, found, by=by, reason=reason, now=now, code=code)
    # Of what the CRM would not take, the values need not be what was wrong.
    if found.status != "needs_review" or code != "other":
        await lessons.note(session, [found], "rejected", who=by, at=now, code=code, reason=reason)
    return moved


async def reject_many(
    session: AsyncSession,
    site: str,
    ids: Sequence[str],
    *,
    by: str,
    reason: str,
    now: datetime,
    code: RejectCode,
) -> list[Decided]:
    """Refuse those of these updates that may be, for one reason; says of each what became of it."""
    check_reason(code, reason)
    decided: list[Decided] = []
    for each in ids:
        try:
            found = await _waiting(session, site, each)
            moved = await reject(session, found, by=by, reason=reason, now=now, code=code)
        except (MoveRefused, UpdateUnknown) as why:
            decided.append(Decided(each, code=why.code, why=str(why)))
        else:
            decided.append(Decided(each, moved))
    return decided


async def _waiting(session: AsyncSession, site: str, update_id: str) -> PendingUpdate:
    found = await rows.load(session, site, update_id)
    # What a colleague released meanwhile is theirs to stop.
    if found.status not in _WAITS:
        raise MoveRefused(update_id, found.status, "rejected")
    return found


def check_reason(code: str, reason: str) -> None:
    """Raises ReasonMissing unless that teaches something."""
    if code not in REJECT_CODES:
        raise ReasonMissing(f"{code!r} is no reason; use one of {', '.join(REJECT_CODES)}.")
    if code == "other" and not reason.strip():
        raise ReasonMissing("Say in a few words why you reject it, or choose one of the reasons.")


async def escalate(session: AsyncSession, site: str, team: Team, *, now: datetime, limit: int) -> list[str]:
    """Deal with what nobody decided in time; returns what may leave now."""
    released: list[str] = []
    for late in await waiting.overdue(session, site, now=now, limit=limit):
        policy = f"policy:{late.update.document.get('policy_version')}"
        match await waiting.after_of(session, site, late.update.id):
            case "write":
                detail = {"overdue": True}
                await rows.move(
                    session, late.update, "approved", who=policy, at=now, detail=detail, **_released(policy)
                )
                await waiting.leave(session, site, [late.update.id])
                released.append(late.update.id)
            case "drop":
                await stop(session, late.update, by=policy, reason="nobody decided in time", now=now)
            case _:
                escalated = await waiting.escalate(session, late, now=now, who=policy)
                await team.overdue(session, escalated, now=now)
    return released


async def stop(
    session: AsyncSession, found: PendingUpdate, *, by: str, reason: str, now: datetime
) -> PendingUpdate:
    """Refuse an update without anybody having judged it: nothing is learned from it."""
    return await _reject(session, found, by=by, reason=reason, now=now, code=None)


async def _reject(
    session: AsyncSession, found: PendingUpdate, *, by: str, reason: str, now: datetime, code: str | None
) -> PendingUpdate:
    moved = await rows.move(
        session,
        found,
        "rejected",
        who=by,
        at=now,
        # The trail is for ever and a person's own words may name somebody: they stand in the row, which can be erased.
        detail={"code": code} if code else {"reason": reason},
        decided_by=by,
        decided_reason=reason,
        decided_code=code,
        next_attempt_at=None,
    )
    await waiting.leave(session, found.site, [found.id])
    return moved


async def withdraw(
    session: AsyncSession,
    site: str,
    conversation: str,
    *,
    by: str,
    now: datetime,
    kinds: Collection[Kind] | None = None,
    to: ConsentLevel = "necessary",
) -> list[str]:
    """A visitor allows only `to` from now on. Where that is the necessary, what was merely learned (`kinds`, or all)
    and has not left yet is stopped; whatever goes on, goes on under `to`."""
    await audit.hold(session, site)
    mine = select(UpdateRow).where(
        UpdateRow.site == site, UpdateRow.conversation == conversation, UpdateRow.status.in_(_QUEUED)
    )
    stopped: list[str] = []
    for each in [rows.pending(row) for row in await session.scalars(mine)]:
        # What a worker took in this very moment has left.
        with suppress(MoveRefused):
            if to == "necessary" and (kinds is None or each.kind in kinds):
                await stop(session, each, by=by, reason="consent withdrawn", now=now)
                stopped.append(each.id)
            else:
                await _carry(session, each, to, by=by, now=now)
    if to == "necessary":
        # What allowed to learn from their words is gone with it.
        await lessons.forget_conversation(session, site, conversation)
    return stopped


async def _carry(
    session: AsyncSession, found: PendingUpdate, to: ConsentLevel, *, by: str, now: datetime
) -> None:
    """Let an update that goes on say that it does so under `to`, and under nothing that was taken back."""
    document = versions.readable(found.document)
    if document is None or (lowered := mapping.lowered(document, to)) == document:
        return
    await rows.rewrite(session, found, lowered, who=by, at=now, detail={"consent": to})


async def settle_undo(
    session: AsyncSession,
    found: PendingUpdate,
    result: UndoResult,
    *,
    by: str,
    now: datetime,
    over: tuple[Difference, ...] = (),
) -> None:
    """Write down what undoing led to; `over` is what it was forced over."""
    if result.outcome == "undone":
        detail = {"over": _fields_of(over)} if over else None
        # Two people may press undo at once: the provider did it once, and the first to come here writes it down.
        with suppress(MoveRefused):
            await rows.move(session, found, "undone", who=by, at=now, detail=detail, decided_by=by)
            await lessons.note(session, [found], "undone", who=by, at=now)
        return
    await audit.hold(session, found.site)
    fields = _fields_of(result.differences)
    await rows.record(session, found, was=found.status, who=by, at=now, detail={"undo_refused": fields})


def _released(by: str) -> dict[str, Any]:
    """The columns of an update that may leave, again or for the first time."""
    return {"decided_by": by, "attempts": 0, "next_attempt_at": None, "last_error": None}


def _refused(update_id: str, found: PendingUpdate | None) -> Decided:
    why = MoveRefused(found.id, found.status, "approved") if found else UpdateUnknown(update_id)
    return Decided(update_id, code=why.code, why=str(why))


def _fields_of(differences: tuple[Difference, ...]) -> list[str]:
    return sorted(f"{difference.object}.{difference.field}" for difference in differences)


def _corrected(found: PendingUpdate, edits: Mapping[str, Json]) -> mapping.Document:
    there = {f"{change['object']}.{change['name']}" for change in found.document["fields"]}
    for name in edits:
        if name not in there:
            raise EditRefused(found.id, f"/{name}", "this update does not write that field")
        if tuple(name.split(".", 1)) in sealed_fields():
            raise EditRefused(
                found.id, f"/{name}", "personal values are sealed; reject it and edit the contact itself"
            )
    document = mapping.edited(found.document, edits)
    if problem := problem_of(document):
        raise EditRefused(found.id, problem.pointer, problem.reason)
    return document
