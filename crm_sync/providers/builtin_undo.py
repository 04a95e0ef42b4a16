"""Takes an update back out of the built-in CRM, or says who changed what since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.providers.builtin_matching import COMPANY, LINK
from crm_sync.providers.builtin_records import (
    RECORD_TABLES,
    UPDATE,
    RecordRow,
    current,
    email_key,
    filled,
    write,
)
from crm_sync.tables import ActivityRow, AppliedRow, CompanyRow, ContactRow, DealRow, LinkRow, TaskRow
from crm_sync.values import Change, Difference, Effect, UndoResult, token_of


async def take_back(
    session: AsyncSession,
    site: str,
    effect: Effect,
    key: str,
    now: datetime,
    *,
    seen: tuple[Difference, ...] | None = None,
) -> UndoResult:
    """Restore the prior state in the caller's transaction; twice is the same as once."""
    claimed = await session.execute(
        update(AppliedRow)
        .where(AppliedRow.site == site, AppliedRow.key == key, AppliedRow.undone_at.is_(None))
        .values(undone_at=now)
        .returning(AppliedRow.key)
        .execution_options(synchronize_session=False)
    )
    if claimed.first() is None:
        return UndoResult("undone")
    differences = await _differences(session, site, effect, key)
    if differences and (seen is None or token_of(seen) != token_of(differences)):
        await session.rollback()
        return UndoResult("changed_since", differences)
    for change in reversed(effect.changes):
        # What belongs to another record by now can not be given back, whoever wants it.
        if not (differences and await _taken(session, site, change)):
            await _restore(session, site, change, now)
    for table, name in ((TaskRow, "task"), (ActivityRow, "activity")):
        ids = [ref.id for ref in effect.records if ref.object == name]
        await session.execute(delete(table).where(table.site == site, table.id.in_(ids)))
    await session.flush()
    if differences:
        # Somebody else's updates are on these records: empty or not, those can be taken back as well.
        return UndoResult("undone")
    # A contact comes last: it is hollow only when nothing hangs on it.
    for name in ("deal", "company", "contact"):
        for record_id in {ref.id for ref in effect.records if ref.object == name}:
            await _remove_if_hollow(session, site, name, record_id)
    return UndoResult("undone")


async def _differences(session: AsyncSession, site: str, effect: Effect, key: str) -> tuple[Difference, ...]:
    found: list[Difference] = []
    for change in effect.changes:
        if change.field.startswith("@"):
            continue
        row = await _row(session, site, change.object, change.id)
        value = current(row, change.field) if row else None
        # The same value may stand there again from another hand: then the field is theirs.
        is_ours = row is not None and row.writers.get(change.field) == UPDATE + key
        if not is_ours or value != change.after or await _taken(session, site, change):
            found.append(
                Difference(change.object, change.id, change.field, change.after, value, change.before)
            )
    tasks = [ref.id for ref in effect.records if ref.object == "task"]
    done = await session.scalars(select(TaskRow).where(TaskRow.site == site, TaskRow.id.in_(tasks)))
    found += [
        Difference("task", row.id, "done_at", None, row.done_at.isoformat(), None)
        for row in done
        if row.done_at
    ]
    return tuple(found)


async def _taken(session: AsyncSession, site: str, change: Change) -> bool:
    """Whether the address or domain to go back to belongs to another record by now."""
    if change.before is None:
        return False
    if (change.object, change.field) == ("contact", "email"):
        other = select(ContactRow.id).where(
            ContactRow.site == site,
            ContactRow.email_key == email_key(change.before),
            ContactRow.id != change.id,
        )
    elif (change.object, change.field) == ("company", "domain"):
        other = select(CompanyRow.id).where(
            CompanyRow.site == site, CompanyRow.domain == change.before, CompanyRow.id != change.id
        )
    else:
        return False
    return await session.scalar(other) is not None


async def _restore(session: AsyncSession, site: str, change: Change, now: datetime) -> None:
    if change.field in (LINK, COMPANY):
        # A tie to nothing before stays while there is something at its other end: newer updates rely on it.
        if change.before is not None:
            await _tie_back(session, site, change)
        return
    row = await _row(session, site, change.object, change.id)
    if row is None:
        # Somebody removed the record; the rep has seen it and wants the rest taken back.
        return
    write(row, change.field, change.before, change.writer_before)
    row.updated_at = now


async def _tie_back(session: AsyncSession, site: str, change: Change) -> None:
    if change.field == LINK:
        link = await session.get(LinkRow, (site, change.id))
        if link is not None and link.contact_id == change.after:
            link.contact_id = change.before
        return
    contact = await session.scalar(
        select(ContactRow).where(ContactRow.site == site, ContactRow.id == change.id)
    )
    if contact is not None and contact.company_id == change.after:
        contact.company_id = change.before


async def _remove_if_hollow(session: AsyncSession, site: str, name: str, record_id: str) -> None:
    """A record that we made, that no person touched, and in which nothing is left."""
    row = await _row(session, site, name, record_id)
    if row is None or not row.origin.startswith(UPDATE) or row.edited_by or filled(row, name):
        return
    if isinstance(row, ContactRow):
        if row.company_id is not None or await _has_history(session, row):
            return
        await session.execute(delete(LinkRow).where(LinkRow.site == site, LinkRow.contact_id == row.id))
    if isinstance(row, CompanyRow):
        untie = update(ContactRow).where(ContactRow.site == site, ContactRow.company_id == row.id)
        await session.execute(untie.values(company_id=None))
    await session.delete(row)
    await session.flush()


async def _has_history(session: AsyncSession, contact: ContactRow) -> bool:
    for table in (DealRow, ActivityRow, TaskRow):
        here = select(table.id).where(table.site == contact.site, table.contact_id == contact.id).limit(1)
        if await session.scalar(here) is not None:
            return True
    return False


async def _row(session: AsyncSession, site: str, name: str, record_id: str) -> RecordRow | None:
    table = RECORD_TABLES[name]
    found: RecordRow | None = await session.scalar(
        select(table).where(table.site == site, table.id == record_id)
    )
    return found
