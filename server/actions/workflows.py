"""Durable workflows over the outbox; imported by wiring only, because DBOS registers what it finds on import."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from dbos import DBOS, SetWorkflowID
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions import outbox
from server.actions.outbox import RunOutcome
from server.actions.ports import Clock

GRACE = timedelta(seconds=30)
"""How long past its time an effect must be before the sweep takes it for forgotten."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What the workflows of this process work with."""

    run: Callable[[str], Awaitable[RunOutcome]]
    sessions: async_sessionmaker[AsyncSession]
    clock: Clock


class _Holder:
    """DBOS wants functions of a module; this is where they find what wiring built."""

    bound: Bound | None = None


def bind(bound: Bound) -> None:
    """Give the workflows their parts; call it before `DBOS.launch()`, which may run recovered ones at once."""
    _Holder.bound = bound


def _bound() -> Bound:
    if _Holder.bound is None:
        raise RuntimeError(
            "effect workflows have nothing to work with; call workflows.bind() before launching DBOS"
        )
    return _Holder.bound


@DBOS.step(name="frontdesk.effect.run")
async def run_step(effect_id: str) -> tuple[str, float | None]:
    """One attempt; a crash in it repeats it, which the outbox expects."""
    bound = _bound()
    outcome = await bound.run(effect_id)
    if outcome.again_at is None:
        return outcome.status, None
    return outcome.status, max((outcome.again_at - bound.clock()).total_seconds(), 0.1)


@DBOS.workflow(name="frontdesk.effect")
async def effect_workflow(effect_id: str) -> str:
    """Attempts until the effect is settled, sleeping durably in between."""
    while True:
        status, pause_s = await run_step(effect_id)
        if pause_s is None:
            return status
        await DBOS.sleep_async(pause_s)


async def start(effect_ids: Iterable[str]) -> None:
    """Start the workflows of effects whose transaction has committed; starting twice is starting once."""
    for effect_id in effect_ids:
        with SetWorkflowID(effect_id):
            await DBOS.start_workflow_async(effect_workflow, effect_id)


async def sweep() -> int:
    """Start what a crash between commit and start, or a change of workflow code, left behind; says how many.

    A left-over may still own a workflow that this version of the code does not recover, so the sweep starts
    another under its own id, one a sweep; the lease in the outbox keeps the two apart.
    """
    bound = _bound()
    late = bound.clock() - GRACE
    async with bound.sessions() as session:
        forgotten = await outbox.due(session, now=late)
    for effect_id in forgotten:
        with SetWorkflowID(f"{effect_id}.{int(late.timestamp())}"):
            await DBOS.start_workflow_async(effect_workflow, effect_id)
    return len(forgotten)
