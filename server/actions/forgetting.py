"""What a conversation booked, ordered and asked for, and the letters about it, leave with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import activations, handoff, holds
from server.actions.calendars import forgetting as calendars
from server.actions.follow_ups import cadences
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
from server.striking import struck_text, struck_values

KEPT_FOR = timedelta(days=400)
"""Of what is done."""


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
    trials = update(TrialRow).where(TrialRow.site == site, TrialRow.conversation == conversation)
    await session.execute(
        trials.where(TrialRow.state == "verified").values(conversation="", email="", login_url="")
    )
    carts = update(CartRow).where(CartRow.site == site, CartRow.conversation == conversation)
    await session.execute(carts.where(CartRow.ordered_at.is_not(None)).values(conversation="", email=None))
    for table in (MeetingRow, TrialRow, CartRow, HandoffRow, HandoffStepRow, RouteRow, EffectRow):
        mine = delete(table).where(table.site == site, table.conversation == conversation)
        await session.execute(mine)
    # After the effects: a letter on its way holds its effect until it is kept, or finds it gone.
    await session.execute(delete(MailRow).where(MailRow.site == site, MailRow.key.in_(keys)))
    return Forgotten(
        tuple(f"{row.rep}, {row.starts_at:%Y-%m-%d %H:%M} UTC" for row in ahead),
        tuple(f"{mail_name(site, key)}.eml" for key in keys),
    )


async def forget_words(
    session: AsyncSession, site: str, conversation: str, summary: str, *, now: datetime, words: str = ""
) -> None:
    """What was taken along of the visitor's words: `summary` is the one without them.

    What our people wrote stays but for the places that quote the `words`.
    """
    await follow_ups.forget_words(session, site, conversation, words, now=now)
    asked = select(HandoffRow).where(HandoffRow.site == site, HandoffRow.conversation == conversation)
    marks: dict[str, str] = {}
    for row in await session.scalars(asked.execution_options(populate_existing=True)):
        before = handoff.mark(row.state, row.reason, row.email)
        row.summary = summary
        row.reason = "; ".join(struck_text(each, words) for each in row.reason.split("; "))
        marks[before] = handoff.mark(row.state, row.reason, row.email)
    steps = select(HandoffStepRow).where(
        HandoffStepRow.site == site, HandoffStepRow.conversation == conversation
    )
    for step in await session.scalars(steps):
        step.note = struck_text(step.note, words)
    effects = select(EffectRow).where(EffectRow.site == site, EffectRow.conversation == conversation)
    for effect in await session.scalars(effects):
        struck = struck_values(effect.payload, words)
        # A letter that waits is about the reason as it now reads; else it would take itself for an old one.
        if "mark" in struck:
            struck["mark"] = marks.get(struck["mark"], struck["mark"])
        effect.payload = struck
    booked = update(MeetingRow).where(MeetingRow.site == site, MeetingRow.conversation == conversation)
    await session.execute(booked.values(topic=""))
    await calendars.rewrite_events(session, site, conversation, now=now)


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """What is done and stands in nobody's way: effects, cadences and ids of webhooks.

    A done effect is what keeps the same thing from being done twice. Every window in which one could be asked for
    again is shorter: a meeting lies 90 days ahead at most, a trial runs for 365, a webhook is repeated for days. One
    whose letter is kept stays, because deleting a conversation finds its letters by it.
    """
    before = now - KEPT_FOR
    letters = select(MailRow.key).where(MailRow.site == site)
    await session.execute(
        delete(EffectRow).where(
            EffectRow.site == site,
            EffectRow.status.in_(("done", "failed")),
            EffectRow.updated_at < before,
            EffectRow.key.not_in(letters),
        )
    )
    await cadences.forget_old(session, site, before)
    await activations.forget_old(session, site, now)


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
