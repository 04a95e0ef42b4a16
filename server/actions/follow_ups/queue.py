"""The drafts that wait for a person: listed, edited, approved, rejected, snoozed, stopped; each of it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter
from sqlalchemy import func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.follow_ups import cadences
from server.actions.follow_ups.errors import Blocked, NoReason, NotOpen
from server.actions.follow_ups.tables import FollowUpRow
from server.actions.follow_ups.timing import next_allowed
from server.actions.follow_ups.values import OPEN, Content, FollowUp, State, Terms
from server.actions.tables import insert_missing
from server.actions.values import EffectRequest
from server.errors import NotFound

EFFECT = "follow_up_mail"
_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


async def put(session: AsyncSession, made: FollowUp, *, now: datetime) -> FollowUp:
    """Lay a draft into the queue; one that was stopped for a while makes room for it, any other stays."""
    row = _values(made, now)
    await insert_missing(session, FollowUpRow, [row])
    same = select(FollowUpRow).where(
        FollowUpRow.site == made.site, FollowUpRow.cadence == made.cadence, FollowUpRow.step == made.step
    )
    kept = (await session.execute(same.with_for_update())).scalar_one()
    if kept.id != made.id and kept.state == "stopped":
        approvals = _content(kept).approvals
        for name, value in row.items():
            if name not in {"id", "created_at"}:
                setattr(kept, name, value)
        kept.content = _dumped(replace(made.content, approvals=approvals))
        await session.flush()
    return _follow_up(kept)


async def load(session: AsyncSession, site: str, follow_up: str) -> FollowUp:
    """One of them; raises `NotFound`."""
    return _follow_up(await _row(session, site, follow_up, lock=False))


async def listed(
    session: AsyncSession, site: str, states: Sequence[State], *, now: datetime, limit: int = 100
) -> list[FollowUp]:
    """Those of some states: what waits by score and then age, what is settled the latest first."""
    found = select(FollowUpRow).where(FollowUpRow.site == site, FollowUpRow.state.in_(states))
    if "waiting" in states:
        awake = or_(FollowUpRow.hidden_until.is_(None), FollowUpRow.hidden_until <= now)
        found = found.where(awake).order_by(FollowUpRow.score.desc(), FollowUpRow.created_at, FollowUpRow.id)
    else:
        found = found.order_by(FollowUpRow.updated_at.desc(), FollowUpRow.id)
    return [_follow_up(row) for row in await session.scalars(found.limit(limit))]


async def snoozed(session: AsyncSession, site: str, *, now: datetime, limit: int = 100) -> list[FollowUp]:
    """What is to come back later, the next one first."""
    found = select(FollowUpRow).where(
        FollowUpRow.site == site, FollowUpRow.state == "waiting", FollowUpRow.hidden_until > now
    )
    return [
        _follow_up(row)
        for row in await session.scalars(found.order_by(FollowUpRow.hidden_until).limit(limit))
    ]


async def counts(session: AsyncSession, site: str, *, now: datetime) -> dict[str, int]:
    """How many there are of each state; those snoozed by themselves."""
    by_state = (
        select(FollowUpRow.state, func.count()).where(FollowUpRow.site == site).group_by(FollowUpRow.state)
    )
    found = dict((await session.execute(by_state)).tuples().all())
    asleep = await session.scalar(
        select(func.count()).where(
            FollowUpRow.site == site, FollowUpRow.state == "waiting", FollowUpRow.hidden_until > now
        )
    )
    found["snoozed"] = asleep or 0
    found["waiting"] = found.get("waiting", 0) - found["snoozed"]
    return found


async def edit(
    session: AsyncSession,
    site: str,
    follow_up: str,
    *,
    subject: str,
    body: str,
    content: Content,
    by: str,
    now: datetime,
) -> FollowUp:
    """Keep a rep's words with what the linter says of them."""
    row = await _open(session, site, follow_up)
    row.is_edited = row.is_edited or (subject, body) != (row.subject, row.body)
    row.subject, row.body, row.content = subject, body, _dumped(content)
    row.by, row.updated_at = by, now
    await session.flush()
    return _follow_up(row)


async def approve(
    session: AsyncSession, site: str, follow_up: str, *, terms: Terms, by: str, now: datetime
) -> FollowUp:
    """Let it go at the next hour that suits the reader; raises `Blocked` while the linter objects."""
    row = await _open(session, site, follow_up)
    made = _follow_up(row)
    if made.blocks:
        first = next(finding for finding in made.findings if finding.blocks)
        raise Blocked(f"“{first.said[:80]}” can not go out: {first.fix}")
    row.content = _dumped(replace(made.content, approvals=made.content.approvals + 1))
    row.state, row.by, row.updated_at, row.hidden_until = "approved", by, now, None
    row.due_at = next_allowed(terms, now, made.content.zone)
    await session.flush()
    await send_at(session, _follow_up(row), row.due_at, now=now)
    return _follow_up(row)


async def send_at(
    session: AsyncSession, made: FollowUp, at: datetime, *, now: datetime, again: int = 0
) -> None:
    """Leave the effect that mails it; each approval has its own, the mail itself has one key for good."""
    suffix = f":{again}" if again else ""
    request = EffectRequest(
        site=made.site,
        conversation=made.conversation,
        kind=EFFECT,
        payload={"follow_up": made.id, "again": again},
        key=f"{made.mail_key}:{made.content.approvals}{suffix}",
    )
    await outbox.enqueue(session, request, now=now, at=at)


async def reject(
    session: AsyncSession, site: str, follow_up: str, *, by: str, reason: str, now: datetime
) -> FollowUp:
    """Never send it; its cadence ends."""
    if not reason.strip():
        raise NoReason("say in a few words why you reject it; the reason is kept with it")
    row = await _open(session, site, follow_up)
    row.state, row.by, row.why, row.updated_at, row.settled_at = "rejected", by, reason[:500], now, now
    await cadences.end(session, site, row.cadence, why="rejected", now=now)
    await session.flush()
    return _follow_up(row)


async def snooze(
    session: AsyncSession, site: str, follow_up: str, *, until: datetime, by: str, now: datetime
) -> FollowUp:
    """Out of sight until then."""
    row = await _open(session, site, follow_up)
    row.hidden_until, row.by, row.updated_at = until, by, now
    await session.flush()
    return _follow_up(row)


async def taken(session: AsyncSession, site: str, follow_up: str) -> FollowUp | None:
    """The follow-up locked for sending; None when there is nothing to send any more."""
    wanted = (
        select(FollowUpRow).where(FollowUpRow.site == site, FollowUpRow.id == follow_up).with_for_update()
    )
    row = (await session.execute(wanted.execution_options(populate_existing=True))).scalar_one_or_none()
    return _follow_up(row) if row is not None and row.state in ("approved", "sending") else None


async def mark(
    session: AsyncSession,
    made: FollowUp,
    state: State,
    *,
    now: datetime,
    why: str = "",
    content: Content | None = None,
) -> None:
    """Note how far it is; a settled one keeps when."""
    row = await _row(session, made.site, made.id)
    row.state, row.updated_at = state, now
    row.why = why or row.why
    if content is not None:
        row.content = _dumped(content)
    if state not in OPEN:
        row.settled_at = now
    await session.flush()


async def postpone(session: AsyncSession, made: FollowUp, at: datetime, *, again: int, now: datetime) -> None:
    """It has to wait: another effect at another time takes its place."""
    row = await _row(session, made.site, made.id)
    row.due_at, row.updated_at = at, now
    await session.flush()
    await send_at(session, made, at, now=now, again=again)


async def stop_open(
    session: AsyncSession,
    site: str,
    *,
    why: str,
    now: datetime,
    cadence: str = "",
    person: str = "",
    conversation: str = "",
) -> int:
    """Take back what did not go out yet; says how many. A mail on its way can not be called back."""
    mine = [
        column == value
        for column, value in (
            (FollowUpRow.cadence, cadence), (FollowUpRow.person, person), (FollowUpRow.conversation, conversation),
        )
        if value
    ]  # fmt: skip
    done = await session.execute(
        update(FollowUpRow)
        .where(FollowUpRow.site == site, FollowUpRow.state.in_(("waiting", "approved")), or_(*mine))
        .values(state="stopped", why=why, settled_at=now, updated_at=now, hidden_until=None)
        .execution_options(synchronize_session="fetch")
    )
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result is a CursorResult


async def end_all(
    session: AsyncSession, site: str, *, person: str, conversation: str, why: str, now: datetime
) -> None:
    """Nothing more to this person, or about this conversation."""
    if person or conversation:
        await cadences.end_all(session, site, person=person, conversation=conversation, why=why, now=now)
        await stop_open(session, site, why=why, now=now, person=person, conversation=conversation)


async def expire(session: AsyncSession, site: str, *, older_than: timedelta, now: datetime) -> int:
    """Drop what nobody decided on in time: by then it would be odd to get it."""
    old = select(FollowUpRow).where(
        FollowUpRow.site == site, FollowUpRow.state == "waiting", FollowUpRow.created_at < now - older_than
    )
    rows = list(await session.scalars(old))
    for row in rows:
        row.state, row.why, row.settled_at, row.updated_at = "stopped", "expired", now, now
        await cadences.end(session, site, row.cadence, why="expired", now=now)
    await session.flush()
    return len(rows)


async def thread(session: AsyncSession, site: str, person: str) -> list[FollowUp]:
    """What this person got so far, oldest first: one person has one thread."""
    sent = select(FollowUpRow).where(
        FollowUpRow.site == site, FollowUpRow.person == person, FollowUpRow.state == "sent"
    )
    return [
        _follow_up(row)
        for row in await session.scalars(sent.order_by(FollowUpRow.settled_at, FollowUpRow.id))
    ]


async def open_of(session: AsyncSession, site: str, person: str) -> list[FollowUp]:
    """What this person may still get."""
    mine = select(FollowUpRow).where(
        FollowUpRow.site == site, FollowUpRow.person == person, FollowUpRow.state.in_(OPEN)
    )
    return [_follow_up(row) for row in await session.scalars(mine)]


async def of_conversation(session: AsyncSession, site: str, conversation: str) -> list[FollowUp]:
    """Everything that was drafted about it, oldest first."""
    mine = select(FollowUpRow).where(FollowUpRow.site == site, FollowUpRow.conversation == conversation)
    return [_follow_up(row) for row in await session.scalars(mine.order_by(FollowUpRow.created_at))]


async def _row(session: AsyncSession, site: str, follow_up: str, *, lock: bool = True) -> FollowUpRow:
    wanted = select(FollowUpRow).where(FollowUpRow.site == site, FollowUpRow.id == follow_up)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    row = (await session.execute(wanted)).scalar_one_or_none()
    if row is None:
        raise NotFound(f"there is no follow-up {follow_up!r} here; it was erased with its conversation")
    return row


async def _open(session: AsyncSession, site: str, follow_up: str) -> FollowUpRow:
    row = await _row(session, site, follow_up)
    if row.state != "waiting":
        raise NotOpen(f"this follow-up is {row.state} already; reload the page to see how it stands")
    return row


def _content(row: FollowUpRow) -> Content:
    return _CONTENT.validate_python(row.content)


def _dumped(content: Content) -> dict[str, object]:
    dumped: dict[str, object] = _CONTENT.dump_python(content, mode="json")
    return dumped


_COLUMNS = (
    "id", "site", "conversation", "cadence", "person", "email", "rule", "step", "language", "state", "why", "subject",
    "body", "score", "is_edited", "by", "tokens", "due_at", "hidden_until", "created_at", "settled_at",
)  # fmt: skip


def _values(made: FollowUp, now: datetime) -> dict[str, object]:
    kept = {name: getattr(made, name) for name in _COLUMNS}
    return kept | {"content": _dumped(made.content), "updated_at": now}


def _follow_up(row: FollowUpRow) -> FollowUp:
    return FollowUp(content=_content(row), **{name: getattr(row, name) for name in _COLUMNS})
