"""Messages whose reading is in doubt: noted with the turn, settled by a person, examples of the next training."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.store.tables import Conversation, Doubt

Why = Literal["unsure", "rated", "misread", "chosen", "corrected"]
"""`misread`: a rep rejected what was learned from it, because the words do not say that."""
NONE_OF_THESE = "none_of_these"
"""The label of a message that no intent should claim."""
MOST_WAITING = 500
"""Of a site; the oldest make room. Nobody works through more, and the newest are about what is asked now."""
KEPT_FOR = timedelta(days=400)
_WEIGHT: Mapping[str, int] = {"unsure": 0, "rated": 1, "misread": 2, "chosen": 3, "corrected": 4}
_GUESSES = 5
_LONGEST = 400
"""Characters; a catalogue's example may have no more."""


async def note(
    session: AsyncSession,
    site: str,
    conversation: str,
    message: str,
    text: str,
    language: str,
    guesses: Mapping[str, float],
    why: Why,
    id: str,  # noqa: A002
    now: datetime,
    label: str | None = None,
    by: str | None = None,
) -> bool:
    """File a message for review in the caller's transaction; whether it waits there now.

    One row a message: a stronger reason replaces a weaker one. `label` is what somebody said that it means, `by` who:
    it waits with the message until a person who may change what the assistant knows agrees. Nothing is filed of a
    visitor who allows the necessary only, and nothing that a person has settled is opened again, but by a correction.
    """
    if not text.strip() or len(text) > _LONGEST or not await _may_keep(session, site, conversation):
        return False
    row = await session.scalar(select(Doubt).where(Doubt.site == site, Doubt.message == message))
    if row is not None:
        is_stronger = _WEIGHT[why] > _WEIGHT[row.why]
        if row.status != "waiting" and why != "corrected":
            return False
        if is_stronger or why == row.why:
            row.why, row.label, row.by = why, label or row.label, by or row.by
            row.status, row.settled_at, row.at = "waiting", None, now
        return row.status == "waiting"
    likeliest = sorted(guesses.items(), key=lambda guess: -guess[1])[:_GUESSES]
    session.add(
        Doubt(
            id=id,
            site=site,
            conversation=conversation,
            message=message,
            text=text,
            language=language,
            guesses={name: round(chance, 4) for name, chance in likeliest},
            why=why,
            status="waiting",
            label=label,
            by=by,
            at=now,
            settled_at=None,
        )
    )
    await session.flush()
    await _make_room(session, site)
    return True


async def waiting(session: AsyncSession, site: str) -> Sequence[Doubt]:
    """What nobody has looked at: the strongest reasons first, then the newest."""
    found = await session.scalars(
        select(Doubt)
        .where(Doubt.site == site, Doubt.status == "waiting")
        .order_by(Doubt.at.desc(), Doubt.id.desc())
        .limit(MOST_WAITING)
    )
    return sorted(found, key=lambda row: -_WEIGHT.get(row.why, 0))


async def candidates(session: AsyncSession, sites: Collection[str]) -> Sequence[Doubt]:
    """What will join the next training, the last settled first."""
    found = await session.scalars(
        select(Doubt)
        .where(Doubt.site.in_(sites), Doubt.status == "candidate")
        .order_by(Doubt.settled_at.desc(), Doubt.id.desc())
    )
    return list(found)


async def some(session: AsyncSession, site: str, ids: Collection[str]) -> Sequence[Doubt]:
    """Those of these ids that the site has."""
    found = await session.scalars(
        select(Doubt).where(Doubt.site == site, Doubt.id.in_(ids)).order_by(Doubt.at.desc(), Doubt.id)
    )
    return list(found)


async def count_waiting(session: AsyncSession, site: str) -> int:
    """How many wait for a person."""
    wanted = select(func.count()).select_from(Doubt).where(Doubt.site == site, Doubt.status == "waiting")
    return int(await session.scalar(wanted) or 0)


def settle(rows: Sequence[Doubt], label: str | None, *, by: str, now: datetime) -> None:
    """Label them as examples, or dismiss them when there is no label."""
    for row in rows:
        row.status, row.by, row.settled_at = ("candidate" if label else "dismissed"), by, now
        row.label = label or row.label


def reopen(rows: Sequence[Doubt]) -> None:
    """As if nobody had looked at them."""
    for row in rows:
        row.status, row.settled_at = "waiting", None
        if row.why not in {"chosen", "corrected"}:
            row.label = row.by = None


async def forget(session: AsyncSession, site: str, conversation: str) -> None:
    """The visitor took back what allowed to keep them, or the conversation is deleted."""
    await session.execute(delete(Doubt).where(Doubt.site == site, Doubt.conversation == conversation))


async def forget_message(session: AsyncSession, site: str, message: str) -> None:
    """The message is deleted, and with it what was to be learned from it."""
    await session.execute(delete(Doubt).where(Doubt.site == site, Doubt.message == message))


async def forget_rated(session: AsyncSession, site: str, message: str) -> None:
    """A thumb down was taken back that nobody has looked at."""
    await session.execute(
        delete(Doubt).where(
            Doubt.site == site, Doubt.message == message, Doubt.why == "rated", Doubt.status == "waiting"
        )
    )


async def forget_old(session: AsyncSession, site: str, now: datetime) -> None:
    """What is too old, and what has lost its conversation."""
    there = select(Conversation.id).where(Conversation.site == site)
    await session.execute(
        delete(Doubt).where(
            Doubt.site == site, (Doubt.at < now - KEPT_FOR) | Doubt.conversation.not_in(there)
        )
    )


async def _may_keep(session: AsyncSession, site: str, conversation: str) -> bool:
    """Answering needs no training: the necessary does not cover it."""
    consent = await session.scalar(
        select(Conversation.consent).where(Conversation.id == conversation, Conversation.site == site)
    )
    return consent is not None and consent != "necessary"


async def _make_room(session: AsyncSession, site: str) -> None:
    too_many = (
        select(Doubt.id)
        .where(Doubt.site == site, Doubt.status == "waiting")
        .order_by(Doubt.at.desc(), Doubt.id.desc())
        .offset(MOST_WAITING)
    )
    old = list(await session.scalars(too_many))
    if old:
        await session.execute(delete(Doubt).where(Doubt.id.in_(old)))
