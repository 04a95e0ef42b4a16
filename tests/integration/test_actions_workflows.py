"""Durable workflows over the outbox, with a real DBOS on SQLite and a process that is killed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from dbos import DBOS, WorkflowHandleAsync

from server.actions import outbox, workflows
from server.actions.ports import Clock, EffectHandler
from server.actions.values import Effect, EffectRequest
from tests.support.actions_world import World, a_world, berlin_slot, booked, durable, reopened

ROOT = Path(__file__).parents[2]


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def durable_work(world: World, clock: Clock, **handlers: EffectHandler) -> AsyncIterator[None]:
    """DBOS running over the world's outbox."""
    known = {**world.postroom().handlers(), **handlers}
    run = partial(outbox.run, world.sessions, known, clock=clock, lease=timedelta(seconds=1))
    workflows.bind(workflows.Bound(run, world.sessions, clock))
    DBOS(config=durable(world.folder))
    DBOS.launch()
    try:
        yield
    finally:
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=2)


async def result_of(workflow_id: str) -> str:
    handle: WorkflowHandleAsync[str] = await DBOS.retrieve_workflow_async(workflow_id)
    return await handle.get_result()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as made:
        yield made


async def due_effects(world: World) -> tuple[str, ...]:
    async with world.sessions() as session:
        return await outbox.due(session, now=now() + timedelta(hours=1))


async def test_started_effects_are_done_once_however_often_they_are_started(world: World) -> None:
    await booked(world, berlin_slot(14))
    effects = await due_effects(world)

    async with durable_work(world, world.clock):
        await workflows.start(effects)
        await workflows.start(effects)
        results = [await result_of(effect_id) for effect_id in effects]

    assert results == ["done", "done"]
    assert len(await world.mails()) == 2


async def test_a_failure_is_tried_again_after_a_durable_pause(world: World) -> None:
    attempts: list[int] = []

    async def succeeds_at_second(effect: Effect) -> None:
        attempts.append(effect.attempt)
        if effect.attempt == 1:
            raise ConnectionError

    async with world.sessions.begin() as session:
        request = EffectRequest("demo", "c-1", "note", {}, "n")
        effect_id = await outbox.enqueue(session, request, now=now())

    async with durable_work(world, now, note=succeeds_at_second):
        await workflows.start([effect_id])
        result = await result_of(effect_id)

    assert (result, attempts) == ("done", [1, 2])


async def test_the_sweep_starts_what_nobody_started(world: World) -> None:
    await booked(world, berlin_slot(14))
    later = world.clock() + workflows.GRACE

    async with durable_work(world, lambda: later):
        found = await workflows.sweep()
        for effect_id in await due_effects(world):
            await result_of(f"{effect_id}.{int(world.clock().timestamp())}")
        found_again = await workflows.sweep()

    assert (found, found_again) == (2, 0)
    assert len(await world.mails()) == 2


@pytest.mark.slow
async def test_a_killed_process_mails_nothing_twice_and_forgets_nothing(tmp_path: Path) -> None:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.support.dies_while_mailing", str(tmp_path)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert child.stdout is not None
    async with asyncio.timeout(60):
        assert await child.stdout.readline() == b"mailed\n"
    child.kill()
    await child.wait()

    async with reopened(tmp_path) as world:
        left_over = await due_effects(world)
        async with durable_work(world, now), asyncio.timeout(60):
            results = [await result_of(effect_id) for effect_id in left_over]

        mails = await world.mails()
    assert len(left_over) == 2
    assert results == ["done", "done"]
    assert sorted(mail.to for mail in mails) == ["ada@fernway.example", "visitor@lifts.example"]
