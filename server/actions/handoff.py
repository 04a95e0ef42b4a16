"""Hand-overs: a person is asked for, is told what they need to know, takes over, and closes it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, cast

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from server.actions import outbox
from server.actions.people_tables import HandoffStepRow
from server.actions.tables import HandoffRow, insert_missing
from server.actions.values import EffectRequest, Handoff, HandoffRequest, HandoffStep, Presence
from server.errors import Conflict, NotFound

State = Literal["asked", "nobody", "joined", "closed"]
Act = Literal["joined", "transferred", "assigned", "handed_back", "nobody_came"]
WAIT = timedelta(minutes=5)


async def request(
    session: AsyncSession,
    wish: HandoffRequest,
    *,
    presence: Presence,
    now: datetime,
    id: str,  # noqa: A002
    wait: timedelta = WAIT,
) -> Handoff:
    """Ask for a person in the caller's transaction; a conversation that waits already keeps its place.

    With somebody there the state is `asked`; with nobody it is `nobody`, a task whose mail waits for them. Whoever
    waits longer than `wait` is told so. Asking again brings the summary and address up to date, and tells those who
    are there by now.
    """
    open_key = _open_key(wish.site, wish.conversation)
    somebody = presence.somebody
    fresh = {
        "id": id,
        "site": wish.site,
        "conversation": wish.conversation,
        "open_key": open_key,
        "state": "asked" if somebody else "nobody",
        "reason": wish.reason,
        "summary": wish.summary,
        "email": wish.email,
        "person": None,
        "assigned": wish.assigned,
        "score": wish.score,
        "joined_at": None,
        "created_at": now,
        "updated_at": now,
    }
    await insert_missing(session, HandoffRow, [fresh])
    row = await _open_row(session, wish.site, wish.conversation)
    is_new_reason = row.id != id and wish.reason not in row.reason
    is_address_new = row.id != id and bool(wish.email) and not row.email
    if row.id != id:
        row.email = wish.email or row.email
        row.summary = wish.summary
        row.reason = f"{row.reason}; {wish.reason}" if is_new_reason else row.reason
        row.state = "asked" if somebody and row.state == "nobody" else row.state
        row.assigned = row.assigned or wish.assigned
        row.score = wish.score if wish.score is not None else row.score
        row.updated_at = now
        await session.flush()
    # Whoever has joined reads along; a further wish, such as to have the data deleted, is told all the same.
    if row.state != "joined" or is_new_reason:
        await _notify(session, row, now, brings="address" if is_address_new else "")
    if row.state == "asked":
        await _look_again(session, row, now=now, at=now + wait)
    return _handoff(row)


async def join(session: AsyncSession, site: str, conversation: str, person: str, *, now: datetime) -> Handoff:
    """A person takes the conversation over; raises `Conflict` when a colleague has it."""
    row = await _open_row(session, site, conversation)
    if row.state == "joined" and row.person != person:
        raise Conflict(f"{row.person!r} has this conversation already; ask them to hand it back first.")
    row.state, row.person, row.updated_at = "joined", person, now
    row.joined_at = row.joined_at or now
    await session.flush()
    return _handoff(row)


async def transfer(session: AsyncSession, site: str, conversation: str, to: str, *, now: datetime) -> Handoff:
    """It is meant for `to` from now on; where somebody has joined, `to` has it in their place."""
    row = await _open_row(session, site, conversation)
    row.assigned, row.updated_at = to, now
    if row.state == "joined":
        row.person = to
    await session.flush()
    return _handoff(row)


async def nobody_came(
    session: AsyncSession, site: str, conversation: str, *, now: datetime
) -> Handoff | None:
    """What was asked has become a task; None when somebody came meanwhile, or it was closed."""
    try:
        row = await _open_row(session, site, conversation)
    except NotFound:
        return None
    if row.state != "asked":
        return None
    row.state, row.updated_at = "nobody", now
    await session.flush()
    await _notify(session, row, now)
    return _handoff(row)


async def close(session: AsyncSession, site: str, conversation: str, *, now: datetime) -> Handoff:
    """Hand the conversation back, or call the task done."""
    row = await _open_row(session, site, conversation)
    row.state, row.open_key, row.updated_at = "closed", None, now
    await session.flush()
    return _handoff(row)


async def note_step(
    session: AsyncSession,
    site: str,
    conversation: str,
    act: Act,
    *,
    now: datetime,
    by: str | None = None,
    to: str | None = None,
    note: str = "",
) -> None:
    """Write down what happened, in the caller's transaction; `note` is redacted."""
    session.add(
        HandoffStepRow(
            id=str(uuid7()), site=site, conversation=conversation, act=act, by=by, to=to, note=note, at=now
        )
    )
    await session.flush()


async def steps(session: AsyncSession, site: str, conversation: str) -> Sequence[HandoffStep]:
    """What happened to the hand-overs of a conversation, oldest first."""
    mine = select(HandoffStepRow).where(
        HandoffStepRow.site == site, HandoffStepRow.conversation == conversation
    )
    rows = await session.scalars(mine.order_by(HandoffStepRow.at, HandoffStepRow.id))
    return [HandoffStep(cast("Act", row.act), row.by, row.to, row.note, row.at) for row in rows]


async def open_of(session: AsyncSession, site: str, conversation: str) -> Handoff | None:
    """The hand-over that is open in a conversation, if one is."""
    mine = select(HandoffRow).where(
        HandoffRow.site == site, HandoffRow.open_key == _open_key(site, conversation)
    )
    row = (await session.execute(mine)).scalar_one_or_none()
    return _handoff(row) if row else None


async def how_many_wait(session: AsyncSession, site: str) -> int:
    """How many wait for a person."""
    found = select(func.count()).where(HandoffRow.site == site, HandoffRow.state.in_(("asked", "nobody")))
    return await session.scalar(found) or 0


async def waiting(session: AsyncSession, site: str, most: int | None = None) -> list[Handoff]:
    """Those who wait for a person, whoever waits longest first."""
    found = (
        select(HandoffRow)
        .where(HandoffRow.site == site, HandoffRow.state.in_(("asked", "nobody")))
        .order_by(HandoffRow.created_at, HandoffRow.id)
        .limit(most)
    )
    return [_handoff(row) for row in (await session.execute(found)).scalars()]


async def load(session: AsyncSession, site: str, handoff_id: str) -> Handoff:
    """One hand-over; raises `NotFound`."""
    wanted = select(HandoffRow).where(HandoffRow.site == site, HandoffRow.id == handoff_id)
    row = (await session.execute(wanted)).scalar_one_or_none()
    if row is None:
        raise NotFound(f"There is no hand-over {handoff_id!r} at site {site!r}.")
    return _handoff(row)


async def handoffs(session: AsyncSession, site: str, *, state: State | None = None) -> list[Handoff]:
    """The hand-overs of a site, those that wait longest first."""
    found = select(HandoffRow).where(HandoffRow.site == site).order_by(HandoffRow.created_at, HandoffRow.id)
    if state is not None:
        found = found.where(HandoffRow.state == state)
    return [_handoff(row) for row in (await session.execute(found)).scalars()]


def _open_key(site: str, conversation: str) -> str:
    return f"{site}/{conversation}"


async def _open_row(session: AsyncSession, site: str, conversation: str) -> HandoffRow:
    wanted = (
        select(HandoffRow)
        .where(HandoffRow.site == site, HandoffRow.open_key == _open_key(site, conversation))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    row = (await session.execute(wanted)).scalar_one_or_none()
    if row is None:
        raise NotFound(
            f"No hand-over is open in conversation {conversation!r}; it was closed or never asked for."
        )
    return row


def mark_of(wish: Handoff) -> str:
    """Changes with what there is to tell: the state, the reasons, and whether there is an address."""
    return mark(wish.state, wish.reason, wish.email)


def mark(state: str, reason: str, email: str | None) -> str:
    """The same of a row."""
    told = f"{state}/{reason}/{bool(email)}"
    return hashlib.sha256(told.encode()).hexdigest()[:16]


async def _look_again(session: AsyncSession, row: HandoffRow, *, now: datetime, at: datetime) -> None:
    """Whether somebody has come by then; asked for again after a while, it is looked at again."""
    effect = EffectRequest(
        site=row.site,
        conversation=row.conversation,
        kind="handoff_wait",
        payload={"handoff": row.id},
        key=f"handoff:{row.id}:wait:{int(at.timestamp()) // 60}",
    )
    await outbox.enqueue(session, effect, now=now, at=at)


async def _notify(session: AsyncSession, row: HandoffRow, now: datetime, brings: str = "") -> None:
    """One mail for each thing that there is to know, however often it is asked for; `brings` is what is new in it."""
    told = mark_of(_handoff(row))
    effect = EffectRequest(
        site=row.site,
        conversation=row.conversation,
        kind="handoff_mail",
        payload={"handoff": row.id, "mark": told, **({"brings": brings} if brings else {})},
        key=f"handoff:{row.id}:{told}",
    )
    await outbox.enqueue(session, effect, now=now)
    if row.email:
        receipt = EffectRequest(
            site=row.site,
            conversation=row.conversation,
            kind="handoff_receipt",
            payload={"handoff": row.id},
            key=f"handoff:{row.id}:receipt",
        )
        await outbox.enqueue(session, receipt, now=now)


def _handoff(row: HandoffRow) -> Handoff:
    return Handoff(
        id=row.id,
        site=row.site,
        conversation=row.conversation,
        state=cast("State", row.state),
        reason=row.reason,
        summary=row.summary,
        email=row.email,
        person=row.person,
        created_at=row.created_at,
        assigned=row.assigned,
        score=row.score,
    )
