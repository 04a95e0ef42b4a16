"""What people do in the built-in CRM: make, change, put aside and note. Every call joins the caller's transaction, is
held against the schemas, and leaves an entry in the audit trail that names fields and never a value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import audit
from crm_sync.comparing.mailboxes import work_domain
from crm_sync.documents.canonical import Json
from crm_sync.documents.validation import problem_of_value
from crm_sync.errors import CrmError, EditRefused
from crm_sync.providers.builtin_matching import COMPANY, find_company
from crm_sync.providers.builtin_records import (
    PERSON,
    RECORD_TABLES,
    RecordRow,
    current,
    email_key,
    write,
)
from crm_sync.tables import ActivityRow, CompanyRow, ContactRow, DealRow


class RecordUnknown(CrmError):
    """The built-in CRM has no such record at this site."""

    code = "crm.record_unknown"

    def __init__(self, record: str, record_id: str) -> None:
        super().__init__(f"There is no {record} {record_id!r} on this site; it may have been removed.")


class ChangedMeanwhile(CrmError):
    """Somebody else saved the record after the form was opened."""

    code = "crm.changed_meanwhile"


class AlreadyThere(CrmError):
    """Another record has the address or the domain that makes it the same one."""

    code = "crm.already_there"

    def __init__(self, record: str, other: str, name: str) -> None:
        super().__init__(f"Another {record} has this {name} already: open {other!r} and work there.")
        self.other = other
        self.name = name


async def find(session: AsyncSession, site: str, record: str, record_id: str) -> RecordRow:
    """The record; raises RecordUnknown."""
    table = RECORD_TABLES[record]
    row: RecordRow | None = await session.scalar(
        select(table).where(table.site == site, table.id == record_id)
    )
    if row is None:
        raise RecordUnknown(record, record_id)
    return row


async def create(
    session: AsyncSession,
    site: str,
    record: str,
    fields: Mapping[str, Json],
    *,
    id: str,  # noqa: A002
    by: str,
    now: datetime,
    contact: str = "",
) -> RecordRow:
    """A new contact, company or deal (of `contact`). Raises EditRefused and AlreadyThere."""
    _check(record, id, fields)
    await _unique(session, site, record, fields, id)
    shared: dict[str, Any] = {
        "id": id, "site": site, "origin": PERSON + by, "created_at": now, "updated_at": now, "edited_by": by,
        "custom": {}, "writers": {},
    }  # fmt: skip
    row: RecordRow
    if record == "deal":
        whose = await find(session, site, "contact", contact)
        row = DealRow(**shared, contact_id=whose.id)
    else:
        row = RECORD_TABLES[record](**shared)
    for name, value in fields.items():
        if value is not None:
            write(row, name, value, PERSON + by)
    session.add(row)
    await session.flush()
    await _told(session, row, record, "record_created", by, now, sorted(row.writers))
    return row


async def edit(
    session: AsyncSession,
    site: str,
    record: str,
    record_id: str,
    fields: Mapping[str, Json],
    *,
    by: str,
    now: datetime,
    seen: datetime | None = None,
) -> list[str]:
    """Write what differs and return its names; None empties a field. `seen` is when the form's record had changed
    last: raises ChangedMeanwhile when it is no longer that. Also EditRefused and AlreadyThere."""
    row = await find(session, site, record, record_id)
    if seen is not None and row.updated_at != seen:
        raise ChangedMeanwhile(f"The {record} was changed meanwhile; look at what stands there now.")
    changed = {name: value for name, value in fields.items() if current(row, name) != value}
    _check(record, record_id, changed)
    await _unique(session, site, record, changed, record_id)
    for name, value in changed.items():
        write(row, name, value, PERSON + by)
    if changed:
        row.edited_by, row.updated_at = by, now
        await session.flush()
        await _told(session, row, record, "record_edited", by, now, sorted(changed))
    return sorted(changed)


async def put_aside(
    session: AsyncSession, site: str, record: str, record_id: str, *, by: str, now: datetime, aside: bool
) -> None:
    """Archive a record, or take it back into the lists; twice is once. It is never deleted here."""
    row = await find(session, site, record, record_id)
    if (row.archived_at is not None) == aside:
        return
    row.archived_at, row.edited_by = now if aside else None, by
    await _told(session, row, record, "record_archived" if aside else "record_restored", by, now, [])


async def works_at(
    session: AsyncSession,
    site: str,
    contact: str,
    company: str,
    *,
    id: str,  # noqa: A002
    by: str,
    now: datetime,
) -> None:
    """Say which company a contact belongs to, by its name or domain; one that nobody knows is made as `id`, an empty
    one unties. The assistant does not tie them otherwise afterwards."""
    row = await find(session, site, "contact", contact)
    assert isinstance(row, ContactRow)
    words = " ".join(company.split())
    wanted = await _company_called(session, site, words) if words else None
    if words and wanted is None:
        is_domain = problem_of_value("company", "domain", words.casefold()) is None
        fields: dict[str, Json] = {"domain": words.casefold()} if is_domain else {"name": words}
        wanted = (await create(session, site, "company", fields, id=id, by=by, now=now)).id
    if wanted == row.company_id:
        return
    row.company_id = wanted
    row.writers = {**row.writers, COMPANY: PERSON + by}
    row.edited_by, row.updated_at = by, now
    await _told(session, row, "contact", "record_edited", by, now, ["company"])


async def note(
    session: AsyncSession,
    site: str,
    contact: str,
    subject: str,
    body: str,
    *,
    id: str,  # noqa: A002
    by: str,
    now: datetime,
) -> None:
    """Write something into a contact's timeline."""
    row = await find(session, site, "contact", contact)
    title, words = " ".join(subject.split()), body.strip()
    title = title or words.partition("\n")[0][:120]
    if not title or len(title) > 300 or len(words) > 8_000:
        raise EditRefused(contact, "/note", "a note needs words, at most 8,000 characters of them")
    entry = ActivityRow(
        id=id, site=site, key=f"{PERSON}{id}", contact_id=row.id, type="note", subject=title, body=words,
        at=now, url=None, meeting=None, created_at=now,
    )  # fmt: skip
    session.add(entry)
    await _told(session, row, "contact", "note_added", by, now, [])


def _check(record: str, record_id: str, fields: Mapping[str, Json]) -> None:
    for name, value in fields.items():
        if value is not None and (problem := problem_of_value(record, name, value)):
            raise EditRefused(record_id, problem.pointer, problem.reason)


async def _unique(
    session: AsyncSession, site: str, record: str, fields: Mapping[str, Json], record_id: str
) -> None:
    address, domain = fields.get("email"), fields.get("domain")
    if record == "contact" and isinstance(address, str):
        same = select(ContactRow.id).where(
            ContactRow.site == site, ContactRow.email_key == email_key(address)
        )
        if (other := await session.scalar(same)) not in (None, record_id):
            raise AlreadyThere("contact", str(other), "e-mail address")
    if record == "company" and isinstance(domain, str):
        same = select(CompanyRow.id).where(CompanyRow.site == site, CompanyRow.domain == domain)
        if (other := await session.scalar(same)) not in (None, record_id):
            raise AlreadyThere("company", str(other), "domain")


async def _company_called(session: AsyncSession, site: str, words: str) -> str | None:
    found = await find_company(session, site, words.casefold())
    if found is None:
        named = select(CompanyRow).where(CompanyRow.site == site, CompanyRow.name == words)
        found = await session.scalar(named.order_by(CompanyRow.updated_at.desc()).limit(1))
    return found.id if found else None


async def company_of_address(session: AsyncSession, site: str, address: str) -> str | None:
    """The company whose domain an address has; None for a private mailbox, or when nobody knows it."""
    domain = work_domain(address)
    found = await find_company(session, site, domain) if domain else None
    return found.id if found else None


async def _told(
    session: AsyncSession, row: RecordRow, record: str, act: str, by: str, now: datetime, names: list[str]
) -> None:
    await audit.append(
        session, site=row.site, at=now, who=by, act=act, update_id=row.id,
        detail={"object": record, "fields": names},
    )  # fmt: skip
