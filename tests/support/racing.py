"""Runs actors through gates, one step at a time in an order that a seed decides, so that a race can be run again."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.desk import Desk
from server.hub import Turnstile

Actor = Callable[[Desk], Awaitable[object]]


class Gate:
    """Where an actor stops until it is its turn; between two gates nobody else moves."""

    def __init__(self) -> None:
        self.arrived = asyncio.Event()
        self._go = asyncio.Event()

    async def wait(self) -> None:
        self.arrived.set()
        await self._go.wait()
        self._go.clear()

    def open(self) -> None:
        self.arrived.clear()
        self._go.set()


@dataclass
class _GatedSessions:
    """Sessions that are opened behind a gate: the last moment before a transaction."""

    sessions: async_sessionmaker[AsyncSession]
    gate: Gate

    def __call__(self) -> Any:
        return self._open()

    @asynccontextmanager
    async def _open(self) -> AsyncIterator[AsyncSession]:
        await self.gate.wait()
        async with self.sessions() as session:
            yield session


def process_of(desk: Desk, gate: Gate) -> Desk:
    """The desk as another process has it: with a turnstile of its own, and a gate before each piece of work."""

    class GatedDesk(Desk):
        async def in_thread(self, work: Any, *args: Any, **kwargs: Any) -> Any:
            await gate.wait()
            return await Desk.in_thread(self, work, *args, **kwargs)

    fields = {name: getattr(desk, name) for name in desk.__dataclass_fields__}
    writers: Any = _GatedSessions(desk.writers, gate)
    return replace(GatedDesk(**fields), turnstile=Turnstile(), writers=writers)


async def race(desk: Desk, actors: list[Actor], seed: int) -> list[object]:
    """What each actor came to, an exception included, when a seeded choice says who moves next."""
    chance = random.Random(seed)
    gates = [Gate() for _ in actors]
    tasks = [
        asyncio.ensure_future(actor(process_of(desk, gate)))
        for actor, gate in zip(actors, gates, strict=True)
    ]
    running = list(range(len(actors)))
    while running:
        for each in list(running):
            await _stopped(tasks[each], gates[each])
            if tasks[each].done():
                running.remove(each)
        if running:
            gates[chance.choice(running)].open()
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def _stopped(task: asyncio.Future[Any], gate: Gate) -> None:
    """Until the actor stands at its gate or has ended."""
    arrived = asyncio.ensure_future(gate.arrived.wait())
    await asyncio.wait({task, arrived}, return_when=asyncio.FIRST_COMPLETED)
    arrived.cancel()
