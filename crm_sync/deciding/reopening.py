"""Takes a decision back before the CRM has heard of it: the update waits again, as if nobody had decided."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import rows
from crm_sync.deciding import lessons, waiting
from crm_sync.deciding.deadlines import due
from crm_sync.delivering.states import BACK
from crm_sync.errors import MoveRefused
from crm_sync.tables import AuditRow
from crm_sync.values import PendingUpdate, Status

WITHDRAWN = "consent withdrawn"


def may_reopen(found: PendingUpdate, by: str) -> bool:
    """Whether `by` may take the decision back: their own, of something that still says what it said."""
    says = bool(found.document.get("fields") or found.document.get("activity"))
    is_own = found.decided_by == by and found.decided_reason != WITHDRAWN
    return found.status in BACK and is_own and says


async def reopen(
    session: AsyncSession,
    found: PendingUpdate,
    *,
    by: str,
    now: datetime,
    deadline: timedelta | None = None,
) -> PendingUpdate:
    """Let it stand where it stood before `by` decided. What a visitor or a rule stopped stays stopped.

    It has until its first deadline, and nothing is done with it by itself then: a person has looked at it.
    Corrections that were approved with it stay in it. Raises MoveRefused.
    """
    before = await _before(session, found)
    if before is None or not may_reopen(found, by):
        raise MoveRefused(found.id, f"{found.status} by {found.decided_by or 'nobody'}", "undecided again")
    reopened = await rows.move(
        session, found, before, who=by, at=now, detail={"reopened": True}, is_back=True,
        decided_by=None, decided_reason=None, decided_code=None, next_attempt_at=None,
    )  # fmt: skip
    if before == "awaiting_approval":
        await waiting.enter(session, reopened, owner=by, due_at=due(found.created_at, deadline), after="wait")
        await lessons.note(session, [reopened], "reopened", who=by, at=now)
    return reopened


async def _before(session: AsyncSession, found: PendingUpdate) -> Status | None:
    """Where it stood when it was decided: the audit trail remembers."""
    last = await session.scalar(
        select(AuditRow.detail)
        .where(AuditRow.site == found.site, AuditRow.update_id == found.id, AuditRow.act == found.status)
        .order_by(AuditRow.n.desc())
        .limit(1)
    )
    was = json.loads(last).get("was") if last else None
    return was if was in BACK.get(found.status, ()) else None
