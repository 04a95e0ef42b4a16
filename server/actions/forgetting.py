"""What a conversation booked, ordered and asked for, and the letters about it, leave with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import holds
from server.actions.calendars import forgetting as calendars
from server.actions.follow_ups import forgetting as follow_ups
from server.actions.mime import mail_name
from server.actions.people_tables import HandoffStepRow, RouteRow
from server.actions.tables import (
    CartRow,
    EffectRow,
    HandoffRow,
    MailRow,
    MeetingCellRow,
    MeetingRow,
    TrialRow,
)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What somebody has to know of who deleted it."""

    meetings: tuple[str, ...]
    """Those that were still to come: whom with, and when. Nobody is told that they are off."""
    mails: tuple[str, ...]
    """Names of files in the outbox that held the letters."""


async def forget_conversation(
    session: AsyncSession, site: str, conversation: str, *, now: datetime
) -> Forgotten:
    """Delete it in the caller's transaction. What runs or was paid for stays, without whom it was for."""
    booked = list(
        await session.scalars(
            select(MeetingRow).where(MeetingRow.site == site, MeetingRow.conversation == conversation)
        )
    )
    await calendars.forget_events(session, site, conversation, now=now)
    await holds.let_go(session, site, conversation)
    ahead = [row for row in booked if row.state == "confirmed" and row.starts_at > now]
    held = [row.id for row in booked]
    cells = delete(MeetingCellRow).where(MeetingCellRow.site == site, MeetingCellRow.meeting.in_(held))
    await session.execute(cells)
    keys = list(
        await session.scalars(
            select(EffectRow.key).where(EffectRow.site == site, EffectRow.conversation == conversation)
        )
    )
    keys += await follow_ups.forget_conversation(session, site, conversation)
    await session.execute(delete(MailRow).where(MailRow.site == site, MailRow.key.in_(keys)))
    trials = update(TrialRow).where(TrialRow.site == site, TrialRow.conversation == conversation)
    await session.execute(
        trials.where(TrialRow.state == "verified").values(conversation="", email="", login_url="")
    )
    carts = update(CartRow).where(CartRow.site == site, CartRow.conversation == conversation)
    await session.execute(carts.where(CartRow.ordered_at.is_not(None)).values(conversation="", email=None))
    for table in (MeetingRow, TrialRow, CartRow, HandoffRow, HandoffStepRow, RouteRow, EffectRow):
        mine = delete(table).where(table.site == site, table.conversation == conversation)
        await session.execute(mine)
    return Forgotten(
        tuple(f"{row.rep}, {row.starts_at:%Y-%m-%d %H:%M} UTC" for row in ahead),
        tuple(f"{mail_name(site, key)}.eml" for key in keys),
    )


async def forget_words(
    session: AsyncSession, site: str, conversation: str, summary: str, *, now: datetime
) -> None:
    """What was taken along of the visitor's words: `summary` is the one without them."""
    await follow_ups.forget_words(session, site, conversation, now=now)
    asked = update(HandoffRow).where(HandoffRow.site == site, HandoffRow.conversation == conversation)
    await session.execute(asked.values(summary=summary))
    booked = update(MeetingRow).where(MeetingRow.site == site, MeetingRow.conversation == conversation)
    await session.execute(booked.values(topic=""))
    await calendars.rewrite_events(session, site, conversation, now=now)


async def used(session: AsyncSession, site: str, conversation: str) -> str:
    """The places of a conversation's actions that name a sealed detail, as one text."""
    words: list[str] = []
    for column, table in (
        (MeetingRow.email, MeetingRow), (MeetingRow.name, MeetingRow), (TrialRow.email, TrialRow),
        (CartRow.email, CartRow), (HandoffRow.email, HandoffRow), (HandoffStepRow.note, HandoffStepRow),
    ):  # fmt: skip
        mine = select(column).where(table.site == site, table.conversation == conversation)
        words += [str(each) for each in await session.scalars(mine) if each]
    return " ".join(words)
