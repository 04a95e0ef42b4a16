"""What visitors did on host pages: kept with their conversation, and only as long as that may be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.store import touches
from server.store.event_tables import HostEvent

Value = str | bool | float
MOST = 200
"""Of one conversation; a page that tells more than this tells nobody anything."""


@dataclass(frozen=True, slots=True)
class Did:
    """Something that a visitor did on a host page."""

    name: str
    properties: Mapping[str, Value]
    at: datetime

    def __str__(self) -> str:
        """As a rep reads it: `report_opened (kind weekly, rows 12)`."""
        told = ", ".join(f"{name} {_plain(value)}" for name, value in self.properties.items())
        return f"{self.name} ({told})" if told else self.name


async def keep(
    session: AsyncSession,
    site: str,
    conversation: str,
    *,
    new_id: str,
    told_as: str,
    name: str,
    properties: Mapping[str, Value],
    now: datetime,
) -> None:
    """Write it down in the caller's transaction, once however often it comes, and no more than may be."""
    mine = HostEvent.site == site, HostEvent.conversation == conversation
    if await session.scalar(select(HostEvent.id).where(*mine, HostEvent.told_as == told_as)):
        return
    if (await session.scalar(select(func.count()).where(*mine)) or 0) >= MOST:
        return
    session.add(
        HostEvent(
            id=new_id,
            site=site,
            conversation=conversation,
            told_as=told_as,
            name=name,
            properties=dict(properties),
            at=now,
        )
    )


async def latest(session: AsyncSession, site: str, conversation: str, most: int) -> tuple[Did, ...]:
    """What they did last, the oldest of it first."""
    mine = select(HostEvent).where(HostEvent.site == site, HostEvent.conversation == conversation)
    rows = list(await session.scalars(mine.order_by(HostEvent.at.desc(), HostEvent.id.desc()).limit(most)))
    return tuple(Did(row.name, row.properties, row.at) for row in reversed(rows))


async def forget(session: AsyncSession, site: str, conversation: str) -> None:
    """An erased conversation leaves none, nor one of which nothing may be kept any more."""
    await session.execute(
        delete(HostEvent).where(HostEvent.site == site, HostEvent.conversation == conversation)
    )


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """What was done long ago."""
    await session.execute(
        delete(HostEvent).where(HostEvent.site == site, HostEvent.at < now - touches.KEPT_FOR)
    )


def _plain(value: Value) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case float() | int():
            return f"{value:g}"
        case _:
            return value
