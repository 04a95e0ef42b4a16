"""The outbox: what must happen is saved with its cause, taken on a lease, done, and settled once."""

from __future__ import annotations

from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from server.actions.errors import NoUseTrying, TryLater, UnknownEffect
from server.actions.ports import Clock, EffectHandler
from server.actions.tables import EffectRow, insert_missing
from server.actions.values import Effect, EffectRequest

LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 10
_QUEUED_HERE = "frontdesk.effects"
AT_WORK: ContextVar[str] = ContextVar("the effect that is being done", default="")
"""Its id, for whoever has to know whether it still stands at the moment at which it shows."""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended. `again_at` is set when it has to be run again: after a failure or a lapsed lease."""

    status: Literal["done", "failed", "waiting", "gone"]
    again_at: datetime | None = None


async def enqueue(
    session: AsyncSession, request: EffectRequest, *, now: datetime, at: datetime | None = None
) -> str:
    """Save an effect in the caller's transaction and return its id; the same key is the same effect.

    With `at`, it is done then and no sooner; the sweep starts it.
    """
    row_id = str(uuid7())
    row = {
        "id": row_id,
        "site": request.site,
        "conversation": request.conversation,
        "kind": request.kind,
        "payload": dict(request.payload),
        "key": request.key,
        "status": "queued",
        "attempts": 0,
        "next_attempt_at": at or now,
        "last_error": None,
        "created_at": now,
        "updated_at": now,
    }
    await insert_missing(session, EffectRow, [row])
    stands = select(EffectRow.id).where(EffectRow.site == request.site, EffectRow.key == request.key)
    effect_id = (await session.execute(stands)).scalar_one()
    if effect_id == row_id and (at is None or at <= now):
        session.info.setdefault(_QUEUED_HERE, []).append(effect_id)
    return effect_id


async def withdraw(session: AsyncSession, site: str, kind: str, prefix: str) -> None:
    """Take back the effects of a kind whose keys begin so and which nobody has begun, in the caller's transaction."""
    mine = delete(EffectRow).where(
        EffectRow.site == site,
        EffectRow.kind == kind,
        EffectRow.key.startswith(prefix, autoescape=True),
        EffectRow.status == "queued",
        EffectRow.attempts == 0,
    )
    await session.execute(mine.execution_options(synchronize_session=False))


def take_queued(session: AsyncSession) -> tuple[str, ...]:
    """The effects saved in this session since the last call: start them once it has committed."""
    return tuple(session.info.pop(_QUEUED_HERE, ()))


async def is_withdrawn(session: AsyncSession) -> bool:
    """Whether the effect that is being done was deleted meanwhile, as erasing does; locks it where it stands."""
    if not (effect_id := AT_WORK.get()):
        return False
    stands = select(EffectRow.id).where(EffectRow.id == effect_id).with_for_update()
    return await session.scalar(stands) is None


async def due(session: AsyncSession, *, now: datetime, limit: int = 100) -> tuple[str, ...]:
    """Effects of every site that should be running and are not: what a crash or an outage left behind."""
    waiting = (
        select(EffectRow.id)
        .where(EffectRow.status.in_(("queued", "running")), EffectRow.next_attempt_at <= now)
        .order_by(EffectRow.next_attempt_at)
        .limit(limit)
    )
    return tuple((await session.execute(waiting)).scalars())


async def run(
    sessions: async_sessionmaker[AsyncSession],
    handlers: Mapping[str, EffectHandler],
    effect_id: str,
    *,
    clock: Clock,
    lease: timedelta = LEASE,
) -> RunOutcome:
    """Do one effect: claim it, let its handler work outside any transaction, settle it.

    Safe to call at any time and from several processes: a live lease is respected, a lapsed one taken over,
    and only the holder of the latest claim settles. The handler sees the effect's key and must be idempotent
    by it, because a crash between its work and the settling runs it again.
    """
    claimed = await _claim(sessions, effect_id, now=clock(), lease=lease)
    if isinstance(claimed, RunOutcome):
        return claimed
    at_work = AT_WORK.set(claimed.id)
    try:
        await _handler(handlers, claimed.kind)(claimed)
    except Exception as failure:  # noqa: BLE001  whatever it raises is a failed attempt
        may_compensate = compensation_of(claimed.kind) in handlers
        return await _failed(sessions, claimed, failure, now=clock(), may_compensate=may_compensate)
    finally:
        AT_WORK.reset(at_work)
    await _settle(sessions, claimed, now=clock(), status="done")
    return RunOutcome("done")


def compensation_of(kind: str) -> str:
    """The kind of the effect that is left in the place of one that was given up, when it has a handler."""
    return f"{kind}.failed"


def _handler(handlers: Mapping[str, EffectHandler], kind: str) -> EffectHandler:
    if kind not in handlers:
        raise UnknownEffect(f"no handler for effects of kind {kind!r}; register one in wiring")
    return handlers[kind]


async def _claim(
    sessions: async_sessionmaker[AsyncSession], effect_id: str, *, now: datetime, lease: timedelta
) -> Effect | RunOutcome:
    async with sessions.begin() as session:
        row = await session.get(EffectRow, effect_id)
        if row is None:
            return RunOutcome("gone")
        if row.status in {"done", "failed"}:
            return RunOutcome("done" if row.status == "done" else "failed")
        if row.next_attempt_at > now:
            return RunOutcome("waiting", again_at=row.next_attempt_at)
        seen = row.attempts
        # The attempt number fences: of two who read the same row, one finds it changed.
        taken = await session.execute(
            update(EffectRow)
            .where(EffectRow.id == effect_id, EffectRow.attempts == seen, EffectRow.next_attempt_at <= now)
            .values(status="running", attempts=seen + 1, next_attempt_at=now + lease, updated_at=now)
            .execution_options(synchronize_session=False)
            .returning(EffectRow.id)
        )
        if taken.scalar_one_or_none() is None:
            return RunOutcome("waiting", again_at=now + lease)
        return Effect(row.id, row.site, row.conversation, row.kind, row.payload, row.key, seen + 1)


async def _failed(
    sessions: async_sessionmaker[AsyncSession],
    effect: Effect,
    failure: Exception,
    *,
    now: datetime,
    may_compensate: bool,
) -> RunOutcome:
    # The kind of failure, not its words: an SMTP refusal, for one, quotes the address that it refuses.
    reason = f"{type(failure).__name__} (code {getattr(failure, 'code', 'none')!r})"
    if isinstance(failure, UnknownEffect | NoUseTrying) or effect.attempt >= MAX_ATTEMPTS:
        await _settle(sessions, effect, now=now, status="failed", error=reason, may_compensate=may_compensate)
        return RunOutcome("failed")
    # 2 s, 4 s, 8 s … at most an hour: long enough for a mail server's lunch break.
    pause = min(timedelta(seconds=2**effect.attempt), timedelta(hours=1))
    again_at = now + (max(failure.after, pause) if isinstance(failure, TryLater) else pause)
    await _settle(sessions, effect, now=now, status="queued", error=reason, again_at=again_at)
    return RunOutcome("waiting", again_at=again_at)


async def _settle(
    sessions: async_sessionmaker[AsyncSession],
    effect: Effect,
    *,
    now: datetime,
    status: str,
    error: str | None = None,
    again_at: datetime | None = None,
    may_compensate: bool = False,
) -> None:
    async with sessions.begin() as session:
        settled = await session.execute(
            update(EffectRow)
            .where(
                EffectRow.site == effect.site, EffectRow.id == effect.id, EffectRow.attempts == effect.attempt
            )
            .values(status=status, last_error=error, next_attempt_at=again_at or now, updated_at=now)
            .returning(EffectRow.id)
        )
        if settled.scalar_one_or_none() is None or not may_compensate:
            return
        # In the same transaction: what was given up is compensated, whatever dies in between.
        instead = EffectRequest(
            site=effect.site,
            conversation=effect.conversation,
            kind=compensation_of(effect.kind),
            payload={**effect.payload, "why": error or ""},
            key=f"{effect.key}:failed",
        )
        await enqueue(session, instead, now=now)
