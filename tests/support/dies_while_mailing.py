"""A process that books, starts the mails as durable workflows, and hangs once a mail is out: for killing.

Called with the folder of its world; says "mailed" on stdout when it may be killed.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

from dbos import DBOS

from server.actions import booking, outbox, workflows
from server.actions.values import Effect
from tests.support.actions_world import CALENDAR, World, a_request, a_world, berlin_slot, durable, new_id

LEASE = timedelta(seconds=1)


async def book_and_hang(world: World) -> None:
    handlers = world.postroom().handlers()

    async def hangs_after_mailing(effect: Effect) -> None:
        await handlers[effect.kind](effect)
        sys.stdout.write("mailed\n")
        sys.stdout.flush()
        await asyncio.Event().wait()

    run = partial(
        outbox.run, world.sessions, {"meeting_mail": hangs_after_mailing}, clock=world.clock, lease=LEASE
    )
    workflows.bind(workflows.Bound(run, world.sessions, world.clock))
    DBOS(config=durable(world.folder))
    DBOS.launch()
    async with world.sessions.begin() as session:
        request = a_request(berlin_slot(14))
        await booking.book(session, request, CALENDAR, now=world.clock(), id=new_id())
    await workflows.start(outbox.take_queued(session))
    await asyncio.Event().wait()


async def main(folder: Path) -> None:
    async with a_world(folder) as world:
        await book_and_hang(world)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
