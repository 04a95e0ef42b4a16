"""Reads the built-in CRM for the console and for the assistant."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.comparing.mailboxes import work_domain
from crm_sync.documents.catalogue import sealed_fields
from crm_sync.providers.builtin_matching import find_company, find_contact, open_deal
from crm_sync.providers.builtin_records import RecordRow, filled, person_who_typed
from crm_sync.tables import ActivityRow, CompanyRow, ContactRow, DealRow, TaskRow
from crm_sync.values import CrmRecord, RecordName, RecordView, Snapshot


async def record(session: AsyncSession, contact: ContactRow) -> CrmRecord:
    """A contact with everything that hangs on it; activities newest first."""
    company = await _company(session, contact)
    activities = await session.scalars(
        select(ActivityRow)
        .where(ActivityRow.site == contact.site, ActivityRow.contact_id == contact.id)
        .order_by(ActivityRow.at.desc(), ActivityRow.id.desc())
    )
    tasks = await session.scalars(
        select(TaskRow)
        .where(TaskRow.site == contact.site, TaskRow.contact_id == contact.id)
        .order_by(TaskRow.created_at.desc(), TaskRow.id.desc())
    )
    return CrmRecord(
        contact=_view(contact, "contact"),
        company=_view(company, "company") if company else None,
        deals=tuple(_view(deal, "deal") for deal in await _deals(session, contact)),
        activities=tuple(_activity(row) for row in activities),
        tasks=tuple(_task(row) for row in tasks),
    )


async def snapshot(session: AsyncSession, site: str, by: str, match: str) -> Snapshot | None:
    """What an update would find: the contact with its company and its open deal; by `domain` the company alone."""
    if by == "domain":
        company = await find_company(session, site, match)
        return _snapshot([("company", company)]) if company else None
    contact = await find_contact(session, site, by, match)
    if contact is None:
        return None
    # An update takes the company of the address before the one that the contact has.
    domain = work_domain(match) if by == "email" else None
    by_domain = await find_company(session, site, domain) if domain else None
    return _snapshot(
        [
            ("contact", contact),
            ("company", by_domain or await _company(session, contact)),
            ("deal", await open_deal(session, contact)),
        ]
    )


def _snapshot(found: Sequence[tuple[str, RecordRow | None]]) -> Snapshot:
    rows = [(name, row) for name, row in found if row is not None]
    fields = {(name, field): value for name, row in rows for field, value in filled(row, name).items()}
    sealed = sealed_fields()
    return Snapshot(
        fields={
            f"{name}.{field}": value for (name, field), value in fields.items() if (name, field) not in sealed
        },
        personal=frozenset(f"{name}.{field}" for name, field in fields if (name, field) in sealed),
        typed=frozenset(
            f"{name}.{field}" for name, row in rows for field in row.writers if person_who_typed(row, field)
        ),
        records={name: row.id for name, row in rows},
    )


async def page_of_contacts(
    session: AsyncSession, site: str, *, limit: int, after: str | None
) -> list[ContactRow]:
    """Contacts, last changed first."""
    order = tuple_(ContactRow.updated_at, ContactRow.id)
    query = select(ContactRow).where(ContactRow.site == site)
    if after is not None:
        seen = await session.scalar(select(ContactRow).where(ContactRow.site == site, ContactRow.id == after))
        if seen is not None:
            query = query.where(order < tuple_(seen.updated_at, seen.id))
    found = await session.scalars(
        query.order_by(ContactRow.updated_at.desc(), ContactRow.id.desc()).limit(limit)
    )
    return list(found)


async def _company(session: AsyncSession, contact: ContactRow) -> CompanyRow | None:
    if contact.company_id is None:
        return None
    found: CompanyRow | None = await session.scalar(
        select(CompanyRow).where(CompanyRow.site == contact.site, CompanyRow.id == contact.company_id)
    )
    return found


async def _deals(session: AsyncSession, contact: ContactRow) -> list[DealRow]:
    found = await session.scalars(
        select(DealRow)
        .where(DealRow.site == contact.site, DealRow.contact_id == contact.id)
        .order_by(DealRow.created_at.desc(), DealRow.id.desc())
    )
    return list(found)


def _view(row: RecordRow, name: RecordName) -> RecordView:
    return RecordView(name, row.id, filled(row, name), row.created_at, row.updated_at, row.edited_by)


def _activity(row: ActivityRow) -> RecordView:
    fields = {"type": row.type, "subject": row.subject, "body": row.body, "at": row.at, "url": row.url}
    fields["meeting"] = row.meeting
    kept = {name: value for name, value in fields.items() if value is not None}
    return RecordView("activity", row.id, kept, row.created_at, row.created_at)


def _task(row: TaskRow) -> RecordView:
    fields = {"title": row.title, "due": row.due, "priority": row.priority, "done_at": row.done_at}
    kept = {name: value for name, value in fields.items() if value is not None}
    return RecordView("task", row.id, kept, row.created_at, row.created_at)
