"""Runs a house: indexes in memory, durable workflows, sweeps and chores."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

from dbos import DBOS, DBOSConfig
from sqlalchemy import text

from crm_sync.deciding import lessons
from crm_sync.delivering import workflows as crm_workflows
from server.actions import forgetting as actions
from server.actions import outbox
from server.actions import workflows as effect_workflows
from server.desk import Desk
from server.following.rounds import Rounds
from server.settings import Settings
from server.store import closing, doubts, events, groups, helped, nudges, touches
from server.telemetry import log
from server.wiring import delivering
from server.wiring.comparing import by_night
from server.wiring.house import House
from server.wiring.meetings import check_zones, sweep_holds

_REFRESH_S = 3.0
_SWEEP_S = 15.0
_FORGET_S = 6 * 3600.0
_PLACE_S = 20.0
_DAY_S = 24 * 3600.0
_FOLLOW_S = 60.0
_NIGHT_S = 1800.0
_TAKE = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_LET_GO = text("SELECT pg_advisory_unlock(hashtextextended(:name, 0))")


@asynccontextmanager
async def running(house: House) -> AsyncIterator[None]:
    """Serve: indexes in memory, durable workflows launched, sweeps going; everything is put away at the end."""
    desk = house.desk
    await _refresh(desk)
    run = partial(outbox.run, desk.writers, house.handlers, clock=desk.clock)
    effect_workflows.bind(effect_workflows.Bound(run, desk.writers, desk.clock))
    crm_workflows.bind(desk.ledger)
    DBOS(config=_durable(house.settings))
    DBOS.launch()
    await crm_workflows.register(delivering.places_of(desk.playbooks))
    await crm_workflows.sweep()
    house.starter.running = True
    rounds = Rounds(desk, house.desk_of)
    chores = [
        # The first visitor does not wait for language models to load, and neither does the start.
        asyncio.create_task(desk.in_thread(desk.reader.warm)),
        asyncio.create_task(_every(_SWEEP_S, _sweep)),
        asyncio.create_task(_every(_SWEEP_S, partial(sweep_holds, desk))),
        asyncio.create_task(_every(_SWEEP_S, partial(_measure, desk))),
        asyncio.create_task(_every(_DAY_S, partial(alone, desk, "zones", partial(check_zones, desk)))),
        asyncio.create_task(_every(_REFRESH_S, partial(_refresh, desk))),
        asyncio.create_task(_every(_FOLLOW_S, partial(alone, desk, "follow-ups", rounds.go))),
        asyncio.create_task(_every(_PLACE_S, partial(_place_gaps, desk))),
        asyncio.create_task(_every(_FOLLOW_S, partial(alone, desk, "overdue", partial(_escalate, desk)))),
        asyncio.create_task(_every(_NIGHT_S, partial(alone, desk, "crm", partial(by_night, desk)))),
        asyncio.create_task(_every(_FORGET_S, partial(_forget_old, desk))),
    ]
    try:
        yield
    finally:
        for chore in chores:
            chore.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        house.starter.running = False
        await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=2)
        crm_workflows.bind(None)
        if desk.scribe is not None:
            await desk.scribe.close()
        await house.crms.aclose()
        desk.pool.shutdown(wait=True, cancel_futures=True)
        await house.engine.dispose()


async def _sweep() -> None:
    """Start the effects that a crash between commit and start left behind; deliveries have a schedule of their own."""
    await effect_workflows.sweep()


async def _escalate(desk: Desk) -> None:
    """CRM updates that nobody decided in time. A site whose round fails holds up no other."""
    for site in desk.playbooks.sites:
        try:
            await desk.starter.deliveries(await desk.ledger.escalate(site, now=desk.clock()))
        except Exception:  # noqa: BLE001  tried again with the next round
            log().exception("crm.not_escalated", site=site)


async def _measure(desk: Desk) -> None:
    await delivering.measure(desk.ledger, desk.playbooks, desk.clock())


async def _refresh(desk: Desk) -> None:
    """Notice documents that another process ingested. A site that can not be loaded holds up no other."""
    for site in desk.playbooks.sites:
        try:
            await desk.library.refresh(site)
        except Exception:  # noqa: BLE001  it keeps what it has and is tried again with the next round
            log().exception("site.not_loaded", site=site)


async def _place_gaps(desk: Desk) -> None:
    """So that whoever looks at the gaps finds them together and waits for nothing."""
    for site in desk.playbooks.sites:
        try:
            await desk.library.place_gaps(site)
        except Exception:  # noqa: BLE001  an embedder that is away holds up no other site
            log().exception("gaps.not_placed", site=site)


async def _forget_old(desk: Desk) -> None:
    """So that what visitors asked is not kept for ever."""
    for site in desk.playbooks.sites:
        try:
            await desk.library.forget_old(site, desk.clock())
            async with desk.writers() as session:
                now = desk.clock()
                for room in (doubts, touches, events, helped, nudges, closing, groups, actions, lessons):
                    await room.forget_old(session, site, now)
                await session.commit()
        except Exception:  # noqa: BLE001  tried again with the next round
            log().exception("knowledge.not_forgotten", site=site)


async def alone(desk: Desk, name: str, chore: Callable[[], Awaitable[None]]) -> None:
    """Do it unless another process is doing it right now; SQLite is for one process as it is.

    The lock is the connection's, so whoever dies or loses the database lets it go. No transaction is open meanwhile:
    comparing another company's CRM takes minutes, and for so long nothing could be vacuumed.
    """
    async with desk.readers() as session:
        if session.get_bind().dialect.name == "sqlite":
            await chore()
            return
        connection = await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        named = {"name": f"frontdesk chore:{name}"}
        if not await connection.scalar(_TAKE, named):
            return
        try:
            await chore()
        finally:
            await asyncio.shield(connection.execute(_LET_GO, named))


async def _every(seconds: float, chore: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await chore()
        except Exception:  # noqa: BLE001  a chore that fails is tried again; the log says what it was
            log().exception("chore.failed", chore=getattr(chore, "__name__", "refresh"))
        await asyncio.sleep(seconds)


def _durable(settings: Settings) -> DBOSConfig:
    return {
        "name": "frontdesk",
        "system_database_url": settings.workflow_database,
        "log_level": "WARNING",
        # The workflows' code changes rarely; what an older version began, a newer one may finish.
        "application_version": "1",
    }
