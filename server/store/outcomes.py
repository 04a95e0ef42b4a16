"""What became of leads: marked by people and by other systems, and what a score learns from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from server.errors import FrontdeskError, NotFound
from server.store.deeds import note_deed
from server.store.tables import Conversation, Outcome

Kind = Literal["meeting_held", "meeting_missed", "trial_activated", "won", "lost"]
KINDS: tuple[Kind, ...] = get_args(Kind)
WORDS: dict[Kind, str] = {
    "meeting_held": "Came to the meeting",
    "meeting_missed": "Missed the meeting",
    "trial_activated": "Runs the trial",
    "won": "Won",
    "lost": "Lost",
}
_OPPOSITES: dict[Kind, Kind] = {
    "meeting_held": "meeting_missed",
    "meeting_missed": "meeting_held",
    "won": "lost",
    "lost": "won",
}
Marked = Literal["created", "changed", "unchanged"]


async def mark(
    session: AsyncSession,
    site: str,
    conversation: str,
    kind: str,
    *,
    by: str,
    now: datetime,
    at: datetime | None = None,
) -> Marked:
    """Keep what became of a conversation, in the caller's transaction; marked again it changes nothing.

    Of two that exclude each other (held and missed, won and lost) the later one stands. Raises `NotFound`.
    """
    wanted = _kind(kind)
    await _lock(session, site, conversation)
    held = {row.kind: row for row in await of(session, site, conversation)}
    if wanted in held:
        return "unchanged"
    replaced = held.get(_OPPOSITES.get(wanted, wanted))
    if replaced is not None:
        await session.delete(replaced)
        await session.flush()
    session.add(
        Outcome(id=str(uuid7()), site=site, conversation=conversation, kind=wanted, by=by[:100], at=at or now)
    )
    await note_deed(session, site, by=by, act="outcome_marked", thing=f"{wanted} {conversation}", now=now)
    return "changed" if replaced is not None else "created"


async def unmark(
    session: AsyncSession, site: str, conversation: str, kind: str, *, by: str, now: datetime
) -> bool:
    """Take a wrong mark back, in the caller's transaction; whether it was there."""
    wanted = _kind(kind)
    gone = delete(Outcome).where(
        Outcome.site == site, Outcome.conversation == conversation, Outcome.kind == wanted
    )
    found = (await session.execute(gone.returning(Outcome.id))).scalar_one_or_none()
    if found is None:
        return False
    await note_deed(session, site, by=by, act="outcome_withdrawn", thing=f"{wanted} {conversation}", now=now)
    return True


async def of(session: AsyncSession, site: str, conversation: str) -> Sequence[Outcome]:
    """What became of a conversation, the oldest first."""
    mine = select(Outcome).where(Outcome.site == site, Outcome.conversation == conversation)
    return list(await session.scalars(mine.order_by(Outcome.at, Outcome.id)))


async def of_all(
    session: AsyncSession, site: str, among: Collection[str] | None = None
) -> dict[str, list[Outcome]]:
    """Every outcome of a site, or of these of its conversations, by conversation."""
    mine = select(Outcome).where(Outcome.site == site)
    if among is not None:
        mine = mine.where(Outcome.conversation.in_(among))
    found: dict[str, list[Outcome]] = {}
    for row in await session.scalars(mine.order_by(Outcome.at, Outcome.id)):
        found.setdefault(row.conversation, []).append(row)
    return found


async def forget(session: AsyncSession, site: str, conversation: str) -> None:
    """Let go of them with their conversation, in the transaction that deletes it."""
    await session.execute(delete(Outcome).where(Outcome.site == site, Outcome.conversation == conversation))


def came_of(kinds: Sequence[str]) -> bool | None:
    """Whether something came of a lead; None when nothing is known.

    Won and lost are the last word; else a meeting that was held, or a trial that runs, outweighs one that was missed.
    """
    for kind, came in (("won", True), ("lost", False), ("trial_activated", True), ("meeting_held", True)):
        if kind in kinds:
            return came
    return False if "meeting_missed" in kinds else None


def _kind(kind: str) -> Kind:
    found = next((known for known in KINDS if known == kind), None)
    if found is None:
        raise FrontdeskError(
            f"there is no outcome {kind!r}; use one of {', '.join(KINDS)}", code="unknown_outcome", status=422
        )
    return found


async def _lock(session: AsyncSession, site: str, conversation: str) -> None:
    """Two who mark the same conversation go one after the other."""
    row = await session.get(Conversation, conversation, with_for_update=True)
    if row is None or row.site != site:
        raise NotFound(
            f"there is no conversation {conversation!r} at site {site!r}; it may have been deleted"
        )
