"""Durable delivery: thin DBOS workflows over the ledger, registered by importing this module (only wiring does)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from dbos import DBOS, SetEnqueueOptions

from crm_sync.delivering.gates import PATIENCE
from crm_sync.ledger import Ledger

QUEUE = "crm-delivery"
"""Of every site without a queue of its own."""
SWEEP_SCHEDULE = "crm-sweep"
SWEEP_CRON = "*/15 * * * * *"
"""With seconds in front: every quarter of a minute."""
SWEEP_LIMIT = 200
"""So many of a site are started at once; whoever ends goes on with the next, so it is not the pace."""
KEPT = timedelta(hours=1)
"""How long a workflow that ended well can be looked at."""
_TIDIES = 10
"""Batches of SWEEP_LIMIT that one sweep clears away at most: more than end between two sweeps."""
MAX_WAIT_S = 5.0
"""A longer pause is left to the sweep, so that a queue's place is not held for an hour by a CRM that is away."""
_GOES_ON = 25
"""So many attempts a workflow makes, one update after the other, before it leaves the next one to a fresh one."""

_ledger: Ledger | None = None
_queues: dict[str, str] = {}


def bind(ledger: Ledger | None) -> None:
    """Give the workflows their ledger, before DBOS is launched; None lets go of it."""
    global _ledger  # noqa: PLW0603  # DBOS registers plain functions, once per process
    _ledger = ledger


async def register(
    places: Mapping[str, int] | None = None,
    *,
    concurrency: int = 4,
    polling_s: float = 0.25,
    sweep_cron: str = SWEEP_CRON,
) -> None:
    """Declare queues and sweep; call once after `DBOS.launch()`. `places` are the sites with a queue of their own, and
    how many of their updates go at once: one site's CRM that is slow or away takes no place of another's."""
    _queues.clear()
    await DBOS.register_queue_async(QUEUE, worker_concurrency=concurrency, polling_interval_sec=polling_s)
    for site, at_once in (places or {}).items():
        _queues[site] = f"{QUEUE}.{site}"
        await DBOS.register_queue_async(
            _queues[site], worker_concurrency=at_once, polling_interval_sec=polling_s
        )
    await DBOS.apply_schedules_async(
        [{"schedule_name": SWEEP_SCHEDULE, "workflow_fn": sweep_scheduled, "schedule": sweep_cron}]
    )


async def enqueue(update_id: str) -> None:
    """Start delivering an update soon. Call it after the transaction that proposed it was committed; forgetting it,
    or dying before it, costs a few seconds until the sweep, never the update."""
    site = await _bound().site_of(update_id) if _queues else None
    queue = _queues.get(site, QUEUE) if site is not None else QUEUE
    # A fresh workflow each time, but never two at once: a fixed workflow id would make a replayed update, or one whose
    # workflow failed, impossible to start again.
    with SetEnqueueOptions(deduplication_id=update_id, duplication_policy="return-existing"):
        await DBOS.enqueue_workflow_async(queue, deliver_update, update_id)


async def sweep() -> int:
    """Enqueue what could be delivered and is not; returns how many. Wiring calls it once after `register`."""
    found = await _due()
    for update_id in found:
        await enqueue(update_id)
    return len(found)


async def tidy(completed_before: datetime) -> int:
    """Clear away workflows that ended well: the ledger knows what was delivered, and DBOS keeps every one for ever."""
    cleared = 0
    for _ in range(_TIDIES):
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
        cleared += len(ended)
        if len(ended) < SWEEP_LIMIT:
            break
    return cleared


@DBOS.step(name="crm.attempt")
async def _attempt(update_id: str) -> dict[str, Any]:
    # A step cut off by a crash runs again: the ledger's lease and the provider's key make that harmless.
    ledger = _bound()
    wait_s = await ledger.place(update_id, now=datetime.now(UTC))
    if wait_s > PATIENCE.total_seconds():
        return {"status": "pending", "is_held": True, "follower": None, "wait_s": None}
    await asyncio.sleep(wait_s)
    now = datetime.now(UTC)
    done = asdict(await ledger.attempt(update_id, now=now))
    again = done.pop("next_attempt_at")
    return {**done, "wait_s": max((again - now).total_seconds(), 0.0) if again else None}


@DBOS.step(name="crm.due")
async def _due() -> list[str]:
    return await _bound().due(datetime.now(UTC), SWEEP_LIMIT)


@DBOS.workflow(name="crm.deliver")
async def deliver_update(update_id: str) -> str:
    """Deliver one update: try, wait as long as the ledger says, try again; then go on with what may go next."""
    following = update_id
    for _ in range(_GOES_ON):
        done = await _attempt(following)
        wait_s: float | None = done["wait_s"]
        if done["is_held"]:
            return str(done["status"])
        if done["follower"] is not None:
            # One that is put off comes up again when it is the oldest that may go.
            following = done["follower"]
        elif done["status"] in {"retrying", "delivering"} and wait_s is not None and wait_s <= MAX_WAIT_S:
            await DBOS.sleep_async(wait_s)
        else:
            return str(done["status"])
    await enqueue(following)
    return "goes on"


@DBOS.workflow(name="crm.sweep")
async def sweep_scheduled(scheduled: datetime, _context: Any) -> None:
    """What a crash between commit and enqueue left behind is found here; old workflows are cleared away."""
    await sweep()
    await tidy(scheduled - KEPT)


def _bound() -> Ledger:
    if _ledger is None:
        raise RuntimeError(
            "No ledger is bound: wiring calls crm_sync.delivering.workflows.bind(ledger) before DBOS.launch()."
        )
    return _ledger
