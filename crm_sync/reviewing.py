"""What a rep decides: approve, correct and approve, reject with a reason, take back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit, mapping, rows
from crm_sync.canonical import Json, canonical
from crm_sync.catalogue import sealed_fields
from crm_sync.errors import EditRefused, MoveRefused
from crm_sync.proposals import Kind
from crm_sync.states import check_move
from crm_sync.tables import UpdateRow
from crm_sync.validation import problem_of
from crm_sync.values import PendingUpdate, UndoResult


async def approve(
    session: AsyncSession, found: PendingUpdate, *, by: str, now: datetime, edits: Mapping[str, Json] | None
) -> PendingUpdate:
    """Release an update that waits for a rep, or replay one that failed for good; `edits` are by `object.name`."""
    check_move(found.id, found.status, "approved")
    document = _corrected(found, edits) if edits else found.document
    return await rows.move(
        session,
        found,
        "approved",
        who=by,
        at=now,
        detail={"edited": sorted(edits)} if edits else None,
        document=canonical(document),
        decided_by=by,
        attempts=0,
        next_attempt_at=None,
        last_error=None,
    )


async def reject(
    session: AsyncSession, found: PendingUpdate, *, by: str, reason: str, now: datetime
) -> PendingUpdate:
    """Refuse an update for good; the reason is kept."""
    return await rows.move(
        session,
        found,
        "rejected",
        who=by,
        at=now,
        detail={"reason": reason},
        decided_by=by,
        decided_reason=reason,
        next_attempt_at=None,
    )


async def withdraw(
    session: AsyncSession,
    site: str,
    conversation: str,
    *,
    by: str,
    now: datetime,
    kinds: Collection[Kind] | None = None,
) -> list[str]:
    """Stop what has not left yet of a conversation, as a withdrawn consent demands; all kinds, or these."""
    await audit.hold(session, site)
    waiting = select(UpdateRow).where(
        UpdateRow.site == site,
        UpdateRow.conversation == conversation,
        UpdateRow.status.in_(("pending", "awaiting_approval", "approved", "retrying", "needs_review")),
    )
    if kinds is not None:
        waiting = waiting.where(UpdateRow.kind.in_(kinds))
    queued = await session.scalars(waiting)
    stopped: list[str] = []
    for update in [rows.pending(row) for row in queued]:
        # What a worker took in this very moment has left.
        with suppress(MoveRefused):
            await reject(session, update, by=by, reason="consent withdrawn", now=now)
            stopped.append(update.id)
    return stopped


async def settle_undo(
    session: AsyncSession, found: PendingUpdate, result: UndoResult, *, by: str, now: datetime
) -> None:
    """Write down what undoing led to."""
    if result.outcome == "undone":
        # Two people may press undo at once: the provider did it once, and the first to come here writes it down.
        with suppress(MoveRefused):
            await rows.move(session, found, "undone", who=by, at=now, decided_by=by)
        return
    await audit.hold(session, found.site)
    fields = sorted(f"{difference.object}.{difference.field}" for difference in result.differences)
    await rows.record(session, found, was=found.status, who=by, at=now, detail={"undo_refused": fields})


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
