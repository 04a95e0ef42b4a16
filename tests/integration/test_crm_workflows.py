"""Durable delivery on DBOS: enqueued after commit, swept up after a crash, tried again, in order."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS, DBOSConfig

from crm_sync import ProviderBusy
from crm_sync.delivering import workflows
from crm_sync.ports import CrmProvider
from crm_sync.values import Difference, Effect, Order, UndoResult
from tests.support.crm import SITE, Room, a_proposal, a_room, learned, sqlite_url


@dataclass
class Crm:
    """Remembers what arrived and when it was told to fail."""

    name: str = "test"
    failures: list[Exception] = field(default_factory=list)
    seats: list[Any] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    async def apply(self, order: Order, key: str) -> Effect:
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        if key not in self.seen:
            self.seen.add(key)
            self.seats.append(order.writes[0].value)
        return Effect(reference=key)

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        return UndoResult("undone")


def config(folder: Path) -> DBOSConfig:
    return {
        "name": "frontdesk-test",
        "system_database_url": f"sqlite:///{folder / 'dbos.db'}",
        "application_version": "test",
        "log_level": "ERROR",
        "scheduler_polling_interval_sec": 0.1,
        "notification_listener_polling_interval_sec": 0.05,
    }


@pytest.fixture
async def launched(tmp_path: Path) -> AsyncIterator[tuple[Room, Crm]]:
    crm = Crm()
    provider: CrmProvider = crm
    async with a_room(sqlite_url(tmp_path), provider=provider) as room:
        workflows.bind(room.ledger)
        DBOS(config=config(tmp_path))
        # Launched inside the loop, so that workflows run on it and may use the async engine.
        DBOS.launch()
        await workflows.register(polling_s=0.05, sweep_cron="* * * * * *")
        yield room, crm
        # In a thread: its own threads may be waiting for this loop.
        await asyncio.to_thread(DBOS.destroy)
        workflows.bind(None)


async def until(holds: Callable[[], Coroutine[Any, Any, bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():  # noqa: ASYNC110  # a database has no event to wait for
            await asyncio.sleep(0.02)


def standing(room: Room, *update_ids: str, at: str) -> Callable[[], Coroutine[Any, Any, bool]]:
    async def holds() -> bool:
        return all([(await room.ledger.update(SITE, update_id)).status == at for update_id in update_ids])

    return holds


async def test_an_enqueued_update_is_delivered(launched: tuple[Room, Crm]) -> None:
    room, crm = launched
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    await workflows.enqueue(update.id)

    await until(standing(room, update.id, at="delivered"))
    assert crm.seats == [10]


async def test_enqueueing_often_has_one_effect(launched: tuple[Room, Crm]) -> None:
    room, crm = launched
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    await asyncio.gather(*(workflows.enqueue(update.id) for _ in range(5)))
    await until(standing(room, update.id, at="delivered"))
    await workflows.enqueue(update.id)

    assert crm.seats == [10]


async def test_what_was_never_enqueued_is_swept_up_by_the_schedule(launched: tuple[Room, Crm]) -> None:
    room, crm = launched

    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    await until(standing(room, update.id, at="delivered"))
    assert crm.seats == [10]


async def test_updates_of_a_contact_arrive_in_order_whichever_is_enqueued_first(
    launched: tuple[Room, Crm],
) -> None:
    room, crm = launched
    made = [await room.propose(a_proposal(learned("deal.seats", n))) for n in (10, 20, 30)]

    for update in reversed(made):
        await workflows.enqueue(update.id)

    await until(standing(room, *(update.id for update in made), at="delivered"))
    assert crm.seats == [10, 20, 30]


async def test_a_busy_crm_is_tried_again_by_the_workflow(launched: tuple[Room, Crm]) -> None:
    room, crm = launched
    crm.failures = [ProviderBusy("503")]
    update = await room.propose(a_proposal(learned("deal.seats", 10)))

    await workflows.enqueue(update.id)

    await until(standing(room, update.id, at="delivered"))
    assert (await room.ledger.update(SITE, update.id)).attempts == 2


async def test_an_update_can_be_replayed_after_its_workflow_has_ended(launched: tuple[Room, Crm]) -> None:
    room, crm = launched
    update = await room.propose(a_proposal(learned("deal.budget", "10k", confidence=0.2)))
    await workflows.enqueue(update.id)
    await until(all_workflows_ended)

    await room.ledger.approve(SITE, update.id, by="rep", now=room.now)
    await workflows.enqueue(update.id)

    await until(standing(room, update.id, at="delivered"))
    assert crm.seats == ["10k"]


async def test_workflows_that_ended_well_are_cleared_away(launched: tuple[Room, Crm]) -> None:
    room, _ = launched
    update = await room.propose(a_proposal(learned("deal.seats", 10)))
    await workflows.enqueue(update.id)
    await until(standing(room, update.id, at="delivered"))
    await until(all_workflows_ended)

    kept = await workflows.tidy(datetime.now(UTC) - timedelta(hours=1))
    cleared = await workflows.tidy(datetime.now(UTC) + timedelta(hours=1))

    assert kept == 0
    assert cleared >= 1
    assert await DBOS.list_workflows_async(name="crm.deliver") == []


async def all_workflows_ended() -> bool:
    found = await DBOS.list_workflows_async(name="crm.deliver")
    return all(item.status == "SUCCESS" for item in found)


PROPOSE_AND_DIE = """
import asyncio, os, signal, sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tests.support.crm import a_note, a_proposal, a_room, learned, sqlite_url

async def main():
    async with a_room(sqlite_url(Path(sys.argv[1]))) as room:
        await room.propose(a_proposal(learned("deal.seats", 10), activity=a_note()))
        os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


async def test_an_update_whose_process_was_killed_after_commit_is_delivered_once(tmp_path: Path) -> None:
    died = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", textwrap.dedent(PROPOSE_AND_DIE), str(tmp_path)],
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert died.returncode == -signal.SIGKILL

    async with a_room(sqlite_url(tmp_path)) as room:
        workflows.bind(room.ledger)
        DBOS(config=config(tmp_path))
        DBOS.launch()
        await workflows.register(polling_s=0.05)
        found = await workflows.sweep()
        (update,) = await room.ledger.updates(SITE)
        await until(standing(room, update.id, at="delivered"))
        record = (await room.ledger.records(SITE))[0]
        await asyncio.to_thread(DBOS.destroy)
        workflows.bind(None)

    assert found == 1
    assert [view.fields["seats"] for view in record.deals] == [10]
    assert len(record.activities) == 1
