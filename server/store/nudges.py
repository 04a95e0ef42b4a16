"""Messages that were shown unasked: kept with their reasons, counted, and marked with what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.dialogue.proactive import DAY, EVER, Past, Shown
from server.store import touches
from server.store.tables import Conversation, Nudge, Outcome, Touch
from server.store.touches import Who

Became = Literal["shown", "opened", "dismissed", "off"]
_LATEST = timedelta(days=1)
"""What is told of a message later than this after it was shown is told of none."""


async def past(session: AsyncSession, who: Who, now: datetime, *, site: bool) -> Past:
    """What this person got before, over tabs and devices; what anybody got today only where that is capped."""
    mine = await touches.touched(session, who, now - EVER, ("proactive",))
    closed = select(func.max(Nudge.became_at)).where(*_mine(who), Nudge.became == "dismissed")
    return Past(
        mine=tuple(Shown(one.key, one.at) for one in mine),
        site_today=await _site_today(session, who.site, now) if site else (),
        dismissed_at=await session.scalar(closed),
        off=await is_off(session, who),
    )


async def is_off(session: AsyncSession, who: Who) -> bool:
    """Whether this person wants no messages unasked."""
    refused = select(Nudge.id).where(*_mine(who), Nudge.became == "off").limit(1)
    return await session.scalar(refused) is not None


async def allow_again(session: AsyncSession, who: Who, now: datetime) -> None:
    """They may come again; the pause after a closed one holds."""
    again = update(Nudge).where(*_mine(who), Nudge.became == "off")
    await session.execute(again.values(became="dismissed", became_at=now))


async def shown_as(session: AsyncSession, who: Who, asked_as: str) -> str | None:
    """The rule that this very question was answered with before."""
    found = select(Nudge.rule).where(
        Nudge.site == who.site, Nudge.visitor == who.visitor, Nudge.asked_as == asked_as
    )
    rule: str | None = await session.scalar(found.limit(1))
    return rule


def keep(
    session: AsyncSession,
    who: Who,
    *,
    new_id: str,
    rule: str,
    asked_as: str,
    page: str,
    checks: dict[str, Any],
    version: str,
    now: datetime,
    became: Became = "shown",
) -> None:
    """Write down that it is shown, in the caller's transaction."""
    session.add(
        Nudge(
            id=new_id,
            site=who.site,
            visitor=who.visitor,
            person=who.person,
            conversation=who.conversation,
            rule=rule,
            asked_as=asked_as,
            page=page[:300],
            checks=checks,
            version=version,
            became=became,
            at=now,
            became_at=now,
        )
    )


async def latest(session: AsyncSession, who: Who, rule: str, now: datetime) -> Nudge | None:
    """The message of that rule that this person was shown last."""
    mine = select(Nudge).where(*_mine(who), Nudge.rule == rule, Nudge.at > now - _LATEST)
    return await session.scalar(mine.order_by(Nudge.at.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one message since some day; of those shown, some were neither opened nor closed."""

    rule: str
    shown: int
    opened: int
    dismissed: int
    off: int


async def tallies(session: AsyncSession, site: str, since: datetime) -> tuple[Tally, ...]:
    """Of each message that was shown, the one that was shown most often first."""
    rows = await session.execute(
        select(Nudge.rule, Nudge.became, func.count())
        .where(Nudge.site == site, Nudge.at >= since, Nudge.rule != "")
        .group_by(Nudge.rule, Nudge.became)
    )
    counts: dict[str, dict[str, int]] = {}
    for rule, became, count in rows:
        counts.setdefault(rule, {})[became] = count
    found = (
        Tally(rule, sum(by.values()), by.get("opened", 0), by.get("dismissed", 0), by.get("off", 0))
        for rule, by in counts.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.shown, one.rule)))


async def is_customer(session: AsyncSession, who: Who) -> bool:
    """Whether a conversation of this visitor was won."""
    won = (
        select(Outcome.id)
        .join(Conversation, Conversation.id == Outcome.conversation)
        .where(Outcome.site == who.site, Conversation.visitor == who.visitor, Outcome.kind == "won")
    )
    return await session.scalar(won.limit(1)) is not None


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """What was shown long ago; but that somebody wants none is obeyed for good."""
    old = delete(Nudge).where(Nudge.site == site, Nudge.at < now - touches.KEPT_FOR, Nudge.became != "off")
    await session.execute(old)


async def forget(session: AsyncSession, site: str, conversation: str) -> None:
    """An erased conversation leaves none."""
    await session.execute(delete(Nudge).where(Nudge.site == site, Nudge.conversation == conversation))


async def _site_today(session: AsyncSession, site: str, now: datetime) -> tuple[str, ...]:
    rows = await session.scalars(
        select(Touch.key).where(Touch.site == site, Touch.kind == "proactive", Touch.at > now - DAY)
    )
    return tuple(rows)


def _mine(who: Who) -> tuple[ColumnElement[bool], ...]:
    same = Nudge.visitor == who.visitor
    return (Nudge.site == who.site, or_(same, Nudge.person == who.person) if who.person else same)
