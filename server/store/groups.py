"""Who was drawn into which experiment: once, with what was in force, and kept when shares change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from server.dialogue.pilots import HOLDOUT, Group, group_of, is_in
from server.store.tables import Assignment, Conversation
from server.store.touches import KEPT_FOR


@dataclass(frozen=True, slots=True)
class Draw:
    """What is drawn for, and what with."""

    site: str
    salt: str
    holdout: float
    pilot: str
    """The pilot's key; empty when there is none."""
    share: float
    version: str
    """Of the playbook."""


async def place(session: AsyncSession, draw: Draw, who: str, now: datetime) -> Group:
    """The group of somebody, drawn now unless it was drawn before; in the caller's transaction."""
    held = await _drawn(session, draw, who, HOLDOUT, draw.holdout, now)
    tries = bool(draw.pilot) and await _drawn(session, draw, who, draw.pilot, draw.share, now)
    return group_of(holdout=held, pilot=tries)


async def place_conversation(
    session: AsyncSession, draw: Draw, visitor: str, conversation: str, now: datetime
) -> None:
    """Give a conversation that has just begun its group; where nothing is drawn for, nobody is drawn."""
    row = await session.get(Conversation, conversation)
    if row is None or row.head or not (draw.holdout or draw.pilot):
        return
    who = visitor if row.consent == "remembered" else conversation
    group = await place(session, draw, who, now)
    if group != row.state.get("group", ""):
        row.state = {**row.state, "group": group}


async def release(session: AsyncSession, site: str, who: str, now: datetime) -> None:
    """Take somebody out of the holdout who was shown something before we knew of them: they got something unasked."""
    row = await session.get(Assignment, (site, who, HOLDOUT))
    if row is not None:
        row.is_in, row.at = False, now


async def sizes(session: AsyncSession, site: str) -> dict[str, tuple[int, int]]:
    """How many take part in each experiment, and among how many they were drawn."""
    taking = func.sum(case((Assignment.is_in, 1), else_=0))
    rows = await session.execute(
        select(Assignment.experiment, taking, func.count())
        .where(Assignment.site == site)
        .group_by(Assignment.experiment)
    )
    return {experiment: (int(count or 0), total) for experiment, count, total in rows}


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """Draws of long ago; whoever comes back after that is drawn anew."""
    old = delete(Assignment).where(Assignment.site == site, Assignment.at < now - KEPT_FOR)
    await session.execute(old)


async def forget(session: AsyncSession, site: str, conversation: str) -> None:
    """Of an erased conversation, and of its visitor when it was their last one."""
    gone = [conversation]
    visitor = await session.scalar(
        select(Conversation.visitor).where(Conversation.site == site, Conversation.id == conversation)
    )
    if visitor is not None:
        others = select(Conversation.id).where(
            Conversation.site == site, Conversation.visitor == visitor, Conversation.id != conversation
        )
        if await session.scalar(others.limit(1)) is None:
            gone.append(visitor)
    await session.execute(delete(Assignment).where(Assignment.site == site, Assignment.who.in_(gone)))


async def _drawn(
    session: AsyncSession, draw: Draw, who: str, experiment: str, share: float, now: datetime
) -> bool:
    row = await session.get(Assignment, (draw.site, who, experiment))
    if row is not None:
        return row.is_in
    drawn = {
        "site": draw.site,
        "who": who,
        "experiment": experiment,
        "is_in": is_in(draw.salt, draw.site, who, experiment, share),
        "share": share,
        "version": draw.version,
        "at": now,
    }
    made = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    # Another tab that opens at this moment may be faster; then what it drew holds.
    await session.execute(made(Assignment).on_conflict_do_nothing(), [drawn])
    return (await session.get_one(Assignment, (draw.site, who, experiment))).is_in
