"""How far the mails about a conversation are: begun once, one at a time, paused, resumed, ended."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups.tables import CadenceRow, FollowUpRow
from server.actions.follow_ups.values import Cadence, CadenceState
from server.actions.tables import insert_missing

_AT_ONCE = 1_000


async def begin(session: AsyncSession, fresh: Cadence, *, now: datetime) -> Cadence:
    """Begin it unless this conversation, as it stands, has one; an earlier one of the same person gives way."""
    row = {
        "id": fresh.id, "site": fresh.site, "conversation": fresh.conversation, "person": fresh.person,
        "rule": fresh.rule, "step": fresh.step, "state": fresh.state, "why": fresh.why, "next_at": fresh.next_at,
        "head": fresh.head, "created_at": now, "updated_at": now,
    }  # fmt: skip
    await insert_missing(session, CadenceRow, [row])
    same = select(CadenceRow).where(
        CadenceRow.site == fresh.site,
        CadenceRow.conversation == fresh.conversation,
        CadenceRow.head == fresh.head,
    )
    return _cadence((await session.execute(same)).scalar_one())


async def due(session: AsyncSession, site: str, *, now: datetime, limit: int = 50) -> list[Cadence]:
    """Those whose next mail is to be drafted."""
    wanted = select(CadenceRow).where(
        CadenceRow.site == site, CadenceRow.state == "active", CadenceRow.next_at <= now
    )
    return [_cadence(row) for row in await session.scalars(wanted.order_by(CadenceRow.next_at).limit(limit))]


async def waiting(session: AsyncSession, site: str, *, after: str = "", limit: int = 500) -> list[Cadence]:
    """Those that are paused or wait for a draft to be decided on, by id: what happens meanwhile moves them.

    Whoever goes on `after` the last one reaches each of them, however many there are.
    """
    wanted = select(CadenceRow).where(
        CadenceRow.site == site,
        CadenceRow.id > after,
        or_(
            CadenceRow.state == "paused",
            and_(CadenceRow.state == "active", CadenceRow.next_at.is_(None)),
        ),
    )
    return [_cadence(row) for row in await session.scalars(wanted.order_by(CadenceRow.id).limit(limit))]


async def load(session: AsyncSession, site: str, cadence: str) -> Cadence | None:
    row = await session.get(CadenceRow, cadence, populate_existing=True)
    return _cadence(row) if row is not None and row.site == site else None


async def known(session: AsyncSession, site: str, conversations: list[str]) -> dict[str, int]:
    """The latest point at which each of these conversations was looked at."""
    found: dict[str, int] = {}
    # In parts: a busy site has more of them than a statement may have parameters.
    for start in range(0, len(conversations), _AT_ONCE):
        wanted = select(CadenceRow.conversation, CadenceRow.head).where(
            CadenceRow.site == site, CadenceRow.conversation.in_(conversations[start : start + _AT_ONCE])
        )
        for conversation, head in (await session.execute(wanted)).tuples():
            found[conversation] = max(head, found.get(conversation, -1))
    return found


async def conversations_of(session: AsyncSession, site: str, person: str) -> list[str]:
    """Every conversation of this person that was ever followed up."""
    wanted = select(CadenceRow.conversation).where(CadenceRow.site == site, CadenceRow.person == person)
    return list(dict.fromkeys(await session.scalars(wanted)))


async def set_state(
    session: AsyncSession,
    site: str,
    cadence: str,
    state: CadenceState,
    *,
    why: str,
    now: datetime,
    next_at: datetime | None = None,
    step: int | None = None,
) -> bool:
    """Move it, unless it has ended; whether it was moved."""
    values: dict[str, str | int | datetime | None] = {
        "state": state,
        "why": why[:200],
        "next_at": next_at,
        "updated_at": now,
    }
    if step is not None:
        values["step"] = step
    done = await session.execute(
        update(CadenceRow)
        .where(CadenceRow.site == site, CadenceRow.id == cadence, CadenceRow.state != "ended")
        .values(**values)
        .execution_options(synchronize_session="fetch")
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


async def end(session: AsyncSession, site: str, cadence: str, *, why: str, now: datetime) -> bool:
    return await set_state(session, site, cadence, "ended", why=why, now=now)


async def end_all(
    session: AsyncSession,
    site: str,
    *,
    why: str,
    now: datetime,
    person: str = "",
    conversation: str = "",
    but: str = "",
) -> None:
    """Those of a person, or about a conversation; `but` is the one that goes on."""
    mine = [
        column == value
        for column, value in ((CadenceRow.person, person), (CadenceRow.conversation, conversation))
        if value
    ]
    await session.execute(
        update(CadenceRow)
        .where(CadenceRow.site == site, CadenceRow.state != "ended", CadenceRow.id != but, or_(*mine))
        .values(state="ended", why=why[:200], next_at=None, updated_at=now)
        .execution_options(synchronize_session="fetch")
    )


async def forget_old(session: AsyncSession, site: str, before: datetime) -> None:
    """Those that ended before then, but not while a draft of theirs is kept: its thread and page name it."""
    named = select(FollowUpRow.cadence).where(FollowUpRow.site == site)
    await session.execute(
        delete(CadenceRow).where(
            CadenceRow.site == site,
            CadenceRow.state == "ended",
            CadenceRow.updated_at < before,
            CadenceRow.id.not_in(named),
        )
    )


def _cadence(row: CadenceRow) -> Cadence:
    state = cast("CadenceState", row.state)
    return Cadence(
        row.id,
        row.site,
        row.conversation,
        row.person,
        row.rule,
        row.step,
        state,
        row.why,
        row.next_at,
        row.head,
    )
