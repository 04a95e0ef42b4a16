"""Who wants no follow-ups: kept as a hash, asked before every mail."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups import queue
from server.actions.follow_ups.tables import RefusalRow
from server.actions.tables import insert_missing

How = Literal["link", "one_click", "chat", "console"]


async def refuse(
    session: AsyncSession, site: str, *, person: str, conversation: str, how: How, now: datetime
) -> bool:
    """No more follow-ups from now on, in the caller's transaction; False when that was so already.

    `person` is the keyed hash of the address; without one the conversation itself is noted, so that an address that
    is given later is not written to either.
    """
    names = [f"person:{person}"] if person else []
    names += [f"conversation:{conversation}"] if conversation else []
    known = await _known(session, site, names)
    fresh = [{"site": site, "who": name, "how": how, "at": now} for name in names if name not in known]
    if fresh:
        await insert_missing(session, RefusalRow, fresh)
    await queue.end_all(session, site, person=person, conversation=conversation, why="unsubscribed", now=now)
    return bool(fresh)


async def has_refused(session: AsyncSession, site: str, *, person: str, conversation: str) -> bool:
    """Whether the person, or whoever is in this conversation, wants none."""
    names = [f"conversation:{conversation}", *([f"person:{person}"] if person else [])]
    return bool(await _known(session, site, names))


async def _known(session: AsyncSession, site: str, names: list[str]) -> set[str]:
    wanted = select(RefusalRow.who).where(RefusalRow.site == site, RefusalRow.who.in_(names))
    return set(await session.scalars(wanted))
