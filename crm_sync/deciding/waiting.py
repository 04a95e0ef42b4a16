"""Who has to look at what waits, until when, and who stands in for them: the rows behind `deadlines`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit, rows
from crm_sync.deciding.deadlines import delegate_of, stands_in_for
from crm_sync.deciding.tables import DelegateRow, WaitingRow
from crm_sync.deciding.verdicts import After, Delegation, Waiting
from crm_sync.errors import CrmError, MoveRefused
from crm_sync.tables import UpdateRow
from crm_sync.values import PendingUpdate


class DelegationRefused(CrmError):
    """Nobody can stand in like that."""

    code = "crm.delegation_refused"


async def enter(
    session: AsyncSession, waits: PendingUpdate, *, owner: str | None, due_at: datetime | None, after: After
) -> None:
    """From now on somebody has to look at this update."""
    await rows.insert_new(
        session,
        WaitingRow,
        site=waits.site,
        update_id=waits.id,
        conversation=waits.conversation,
        owner=owner[:200] if owner else None,
        due_at=due_at,
        after=after,
    )


async def leave(session: AsyncSession, site: str, ids: Sequence[str]) -> None:
    """Nobody has to look at these any more."""
    await session.execute(
        delete(WaitingRow)
        .where(WaitingRow.site == site, WaitingRow.update_id.in_(ids))
        .execution_options(synchronize_session=False)
    )


async def assign(
    session: AsyncSession, found: PendingUpdate, *, to: str | None, by: str, now: datetime
) -> Waiting:
    """Give an update that waits to somebody, or back to everybody; raises MoveRefused when it does not wait."""
    if found.status != "awaiting_approval":
        raise MoveRefused(found.id, found.status, "assigned")
    await audit.hold(session, found.site)
    await enter(session, found, owner=None, due_at=None, after="wait")
    await session.execute(
        update(WaitingRow)
        .where(WaitingRow.site == found.site, WaitingRow.update_id == found.id)
        .values(owner=to, assigned_by=by, escalated_to=None)
        .execution_options(synchronize_session=False)
    )
    await rows.record(session, found, was=found.status, who=by, at=now, detail={"assigned": to})
    return (await of(session, found.site, [found.id]))[0]


async def of(session: AsyncSession, site: str, ids: Sequence[str]) -> list[Waiting]:
    """Whose these are and until when; those that do not wait are left out."""
    return await _read(session, WaitingRow.site == site, WaitingRow.update_id.in_(ids), limit=len(ids))


async def waiting_for(
    session: AsyncSession, site: str, login: str | None, *, now: datetime, limit: int
) -> list[Waiting]:
    """What a person has to look at, the most overdue first: their own, what escalated to them, and what belongs to whom
    they stand in for. None: what is nobody's."""
    if login is None:
        mine = and_(WaitingRow.owner.is_(None), WaitingRow.escalated_to.is_(None))
    else:
        people = stands_in_for(await delegations(session, site, now=now), login, now)
        mine = or_(WaitingRow.owner.in_((login, *people)), WaitingRow.escalated_to == login)
    return await _read(session, WaitingRow.site == site, mine, limit=limit)


async def overdue(session: AsyncSession, site: str, *, now: datetime, limit: int) -> list[Waiting]:
    """What became overdue and was not dealt with yet."""
    late = WaitingRow.due_at <= now
    return await _read(session, WaitingRow.site == site, WaitingRow.overdue_at.is_(None), late, limit=limit)


async def after_of(session: AsyncSession, site: str, update_id: str) -> After:
    """What the policy wants done with an update that is overdue."""
    found = await session.get(WaitingRow, (site, update_id))
    return found.after if found is not None else "wait"  # type: ignore[return-value]  # only `enter` writes it


async def escalate(session: AsyncSession, late: Waiting, *, now: datetime, who: str) -> Waiting:
    """Mark it as overdue and give it to whoever stands in for its owner."""
    known = await delegations(session, late.update.site, now=now)
    to = delegate_of(known, late.owner, now) if late.owner else None
    await audit.hold(session, late.update.site)
    await session.execute(
        update(WaitingRow)
        .where(WaitingRow.site == late.update.site, WaitingRow.update_id == late.update.id)
        .values(overdue_at=now, escalated_to=to)
        .execution_options(synchronize_session=False)
    )
    detail = {"overdue": True, "escalated_to": to}
    await rows.record(session, late.update, was=late.update.status, who=who, at=now, detail=detail)
    return (await of(session, late.update.site, [late.update.id]))[0]


async def delegate(session: AsyncSession, site: str, named: Delegation) -> None:
    """Let somebody stand in for somebody."""
    if named.person == named.delegate:
        raise DelegationRefused(f"{named.person!r} can not stand in for themselves; name somebody else.")
    if named.until <= max(named.since, named.named_at):
        raise DelegationRefused("That time is over before it begins; give an end that is still to come.")
    detail = {
        "person": named.person, "delegate": named.delegate,
        "since": named.since.isoformat(), "until": named.until.isoformat(),
    }  # fmt: skip
    await audit.append(
        session,
        site=site,
        at=named.named_at,
        who=named.named_by,
        act="delegated",
        update_id="",
        detail=detail,
    )
    session.add(
        DelegateRow(
            id=named.id, site=site, person=named.person, delegate=named.delegate, since=named.since,
            until=named.until, named_by=named.named_by, named_at=named.named_at,
        )
    )  # fmt: skip
    await session.flush()


async def end_delegation(
    session: AsyncSession,
    site: str,
    id: str,  # noqa: A002
    *,
    by: str,
    now: datetime,
) -> None:
    """Nobody stands in any more; one that is over already is no error."""
    ended = await session.execute(
        update(DelegateRow)
        .where(DelegateRow.site == site, DelegateRow.id == id, DelegateRow.until > now)
        .values(until=now)
        .returning(DelegateRow.person, DelegateRow.delegate)
        .execution_options(synchronize_session=False)
    )
    if (one := ended.first()) is not None:
        detail = {"person": one.person, "delegate": one.delegate}
        await audit.append(
            session, site=site, at=now, who=by, act="delegation_ended", update_id="", detail=detail
        )


async def delegations(session: AsyncSession, site: str, *, now: datetime) -> list[Delegation]:
    """Who stands in for whom now and later."""
    found = await session.scalars(
        select(DelegateRow)
        .where(DelegateRow.site == site, DelegateRow.until > now)
        .order_by(DelegateRow.since, DelegateRow.id)
    )
    return [
        Delegation(row.id, row.person, row.delegate, row.since, row.until, row.named_by, row.named_at)
        for row in found
    ]


async def _read(session: AsyncSession, *conditions: object, limit: int) -> list[Waiting]:
    joined = and_(UpdateRow.site == WaitingRow.site, UpdateRow.id == WaitingRow.update_id)
    found = await session.execute(
        select(WaitingRow, UpdateRow)
        .join(UpdateRow, joined)
        .where(UpdateRow.status == "awaiting_approval", *conditions)  # type: ignore[arg-type]
        .order_by(WaitingRow.overdue_at.is_(None), WaitingRow.due_at, UpdateRow.created_at, UpdateRow.id)
        .limit(limit)
        .execution_options(populate_existing=True)
    )
    return [
        Waiting(
            rows.pending(row),
            waits.owner,
            waits.due_at,
            waits.overdue_at,
            waits.escalated_to,
            waits.assigned_by,
        )
        for waits, row in found.tuples()
    ]
