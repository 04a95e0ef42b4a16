"""Durable delivery: thin DBOS workflows over the ledger, registered by importing this module (only wiring does)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS, SetEnqueueOptions

from crm_sync.ledger import Ledger

QUEUE = "crm-delivery"
SWEEP_SCHEDULE = "crm-sweep"
SWEEP_CRON = "*/15 * * * * *"
"""With seconds in front: every quarter of a minute."""
SWEEP_LIMIT = 200
KEPT = timedelta(hours=1)
"""How long a workflow that ended well can be looked at."""
MAX_WAIT_S = 30.0
"""A longer pause is left to the sweep, so that a queue's place is not held for an hour by a CRM that is away."""

_ledger: Ledger | None = None


def bind(ledger: Ledger | None) -> None:
    """Give the workflows their ledger, before DBOS is launched; None lets go of it."""
    global _ledger  # noqa: PLW0603  # DBOS registers plain functions, once per process
    _ledger = ledger


async def register(*, concurrency: int = 4, polling_s: float = 0.25, sweep_cron: str = SWEEP_CRON) -> None:
    """Declare queue and sweep; call once after `DBOS.launch()`."""
    await DBOS.register_queue_async(QUEUE, worker_concurrency=concurrency, polling_interval_sec=polling_s)
    await DBOS.apply_schedules_async(
        [{"schedule_name": SWEEP_SCHEDULE, "workflow_fn": sweep_scheduled, "schedule": sweep_cron}]
    )


async def enqueue(update_id: str) -> None:
    """Start delivering an update soon. Call it after the transaction that proposed it was committed; forgetting it,
    or dying before it, costs a few seconds until the sweep, never the update."""
    # A fresh workflow each time, but never two at once: a fixed workflow id would make a replayed update, or one whose
    # workflow failed, impossible to start again.
    with SetEnqueueOptions(deduplication_id=update_id, duplication_policy="return-existing"):
        await DBOS.enqueue_workflow_async(QUEUE, deliver_update, update_id)


async def sweep() -> int:
    """Enqueue what could be delivered and is not; returns how many. Wiring calls it once after `register`."""
    found = await _due()
    for update_id in found:
        await enqueue(update_id)
    return len(found)


async def tidy(completed_before: datetime) -> int:
    """Clear away workflows that ended well: the ledger knows what was delivered, and DBOS keeps every one for ever."""
    ended = await DBOS.list_workflows_async(
        name=["crm.deliver", "crm.sweep"],
        status="SUCCESS",
        completed_before=completed_before.isoformat(),
        limit=SWEEP_LIMIT,
        load_input=False,
        load_output=False,
    )
    if ended:
        await DBOS.delete_workflows_async([workflow.workflow_id for workflow in ended])
    return len(ended)


@DBOS.step(name="crm.attempt")
async def _attempt(update_id: str) -> dict[str, Any]:
    # A step cut off by a crash runs again: the ledger's lease and the provider's key make that harmless.
    now = datetime.now(UTC)
    done = asdict(await _bound().attempt(update_id, now=now))
    again = done.pop("next_attempt_at")
    return {**done, "wait_s": max((again - now).total_seconds(), 0.0) if again else None}


@DBOS.step(name="crm.due")
async def _due() -> list[str]:
    return await _bound().due(datetime.now(UTC), SWEEP_LIMIT)


@DBOS.workflow(name="crm.deliver")
async def deliver_update(update_id: str) -> str:
    """Deliver one update: try, wait as long as the ledger says, try again; then let the contact's next one go."""
    while True:
        done = await _attempt(update_id)
        wait_s: float | None = done["wait_s"]
        if done["status"] not in {"retrying", "delivering"} or wait_s is None or wait_s > MAX_WAIT_S:
            break
        await DBOS.sleep_async(wait_s)
    if done["follower"] is not None:
        await enqueue(done["follower"])
    return str(done["status"])


@DBOS.workflow(name="crm.sweep")
async def sweep_scheduled(scheduled: datetime, _context: Any) -> None:
    """What a crash between commit and enqueue left behind is found here; old workflows are cleared away."""
    await sweep()
    await tidy(scheduled - KEPT)


def _bound() -> Ledger:
    if _ledger is None:
        raise RuntimeError(
            "No ledger is bound: wiring calls crm_sync.workflows.bind(ledger) before DBOS.launch()."
        )
    return _ledger
