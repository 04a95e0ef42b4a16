"""Finds or makes the records that an update is about, and keeps account of what was touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.comparing.mailboxes import work_domain
from crm_sync.documents.canonical import Json
from crm_sync.errors import ProviderRefused
from crm_sync.providers.builtin_records import UPDATE, RecordRow, current, email_key, person_who_typed, write
from crm_sync.tables import CompanyRow, ContactRow, DealRow, LinkRow
from crm_sync.values import Change, Effect, Order, RecordName, RecordRef

LINK = "@conversation"
COMPANY = "@company"


async def find_contact(session: AsyncSession, site: str, by: str, match: str) -> ContactRow | None:
    """The contact with this e-mail address, id or conversation."""
    query = select(ContactRow).where(ContactRow.site == site)
    if by == "email":
        query = query.where(ContactRow.email_key == email_key(match))
    elif by == "external_id":
        query = query.where(ContactRow.id == match)
    else:
        linked = select(LinkRow.contact_id).where(LinkRow.site == site, LinkRow.conversation == match)
        query = query.where(ContactRow.id == linked.scalar_subquery())
    found: ContactRow | None = await session.scalar(query)
    return found


async def find_company(session: AsyncSession, site: str, domain: str) -> CompanyRow | None:
    """The company of this domain."""
    query = select(CompanyRow).where(CompanyRow.site == site, CompanyRow.domain == domain)
    found: CompanyRow | None = await session.scalar(query)
    return found


async def open_deal(session: AsyncSession, contact: ContactRow) -> DealRow | None:
    """The contact's newest deal that is neither won nor lost."""
    found: DealRow | None = await session.scalar(
        select(DealRow)
        .where(DealRow.site == contact.site, DealRow.contact_id == contact.id)
        .where(DealRow.stage.is_(None) | DealRow.stage.not_in(("won", "lost")), DealRow.archived_at.is_(None))
        .order_by(DealRow.created_at.desc(), DealRow.id.desc())
        .limit(1)
    )
    return found


class Matcher:
    """One update's way through the tables. Records are matched exactly; a doubt becomes a note, never a merge."""

    def __init__(
        self,
        session: AsyncSession,
        site: str,
        *,
        key: str,
        now: datetime,
        new_id: Callable[[], str],
    ) -> None:
        self._session = session
        self._site = site
        self._origin = UPDATE + key
        self._now = now
        self._new_id = new_id
        self.records: list[RecordRef] = []
        self.changes: list[Change] = []
        self.notes: list[str] = []

    def effect(self) -> Effect:
        """What was touched."""
        return Effect(tuple(self.records), tuple(self.changes), tuple(self.notes))

    def change(self, row: RecordRow, name: str, value: Json) -> None:
        """Set a field and keep account of it."""
        before, writer = current(row, name), row.writers.get(name)
        self.changes.append(Change(self.name_of(row), row.id, name, before, value, writer))
        write(row, name, value, self._origin)

    @staticmethod
    def name_of(row: RecordRow) -> RecordName:
        if isinstance(row, ContactRow):
            return "contact"
        return "company" if isinstance(row, CompanyRow) else "deal"

    async def contact(self, order: Order) -> ContactRow:
        """The contact of an update: by address first, then by conversation, else a new one."""
        if order.by == "external_id":
            found = await self._find("external_id", order.match)
            if found is None:
                raise ProviderRefused(
                    f"There is no contact {order.match!r} on this site; it may have been removed."
                )
            self.records.append(RecordRef("contact", found.id))
            return found
        address = _address(order)
        by_address = await self._find("email", address) if address else None
        by_talk = await self._find("conversation", order.conversation)
        if by_address and by_talk and by_address.id != by_talk.id:
            self.notes.append(f"Possible duplicate: contact {by_talk.id} came from the same conversation.")
        found = by_address or by_talk
        if found is None:
            found = ContactRow(id=self._new_id(), company_id=None, **self._fresh())
            self._session.add(found)
            self.records.append(RecordRef("contact", found.id, created=True))
        else:
            self.records.append(RecordRef("contact", found.id))
        if address and found.email_key != email_key(address) and not person_who_typed(found, "email"):
            self.change(found, "email", address)
        await self._link(order.conversation, found.id)
        return found

    async def company(self, order: Order, contact: ContactRow) -> CompanyRow | None:
        """The company of an update: by domain first, then the contact's own, else a new one if there is cause."""
        writes = {wish.name: wish.value for wish in order.writes if wish.object == "company"}
        domain = writes.get("domain") or work_domain(_address(order))
        own = await self._company(CompanyRow.id == contact.company_id) if contact.company_id else None
        found = (await self._company(CompanyRow.domain == domain) if domain else None) or own
        if found is None and not writes and not domain:
            return None
        if found is None:
            found = CompanyRow(id=self._new_id(), **self._fresh())
            self._session.add(found)
            self.records.append(RecordRef("company", found.id, created=True))
        else:
            self.records.append(RecordRef("company", found.id))
        if domain and found.domain is None and not person_who_typed(found, "domain"):
            self.change(found, "domain", domain)
        if contact.company_id != found.id and (person := person_who_typed(contact, COMPANY)):
            self.notes.append(f"Kept contact.company: {person} chose it.")
        elif contact.company_id != found.id:
            self.changes.append(Change("contact", contact.id, COMPANY, contact.company_id, found.id))
            contact.company_id = found.id
        return found

    async def deal(self, contact: ContactRow) -> DealRow:
        """The contact's open deal, else a new one."""
        found = await open_deal(self._session, contact)
        if found is None:
            found = DealRow(id=self._new_id(), contact_id=contact.id, **self._fresh())
            self._session.add(found)
            self.records.append(RecordRef("deal", found.id, created=True))
        else:
            self.records.append(RecordRef("deal", found.id))
        return found

    async def _find(self, by: str, match: str) -> ContactRow | None:
        return await find_contact(self._session, self._site, by, match)

    async def _company(self, condition: object) -> CompanyRow | None:
        query = select(CompanyRow).where(CompanyRow.site == self._site, condition)  # type: ignore[arg-type]
        found: CompanyRow | None = await self._session.scalar(query)
        return found

    async def _link(self, conversation: str, contact_id: str) -> None:
        link = await self._session.get(LinkRow, (self._site, conversation))
        before = link.contact_id if link else None
        if before == contact_id:
            return
        self.changes.append(Change("contact", conversation, LINK, before, contact_id))
        if link:
            link.contact_id = contact_id
        else:
            self._session.add(LinkRow(site=self._site, conversation=conversation, contact_id=contact_id))

    def _fresh(self) -> dict[str, object]:
        return {
            "site": self._site,
            "origin": self._origin,
            "created_at": self._now,
            "updated_at": self._now,
            "custom": {},
            "writers": {},
        }


def _address(order: Order) -> str | None:
    if order.by == "email":
        return order.match
    said = [wish.value for wish in order.writes if (wish.object, wish.name) == ("contact", "email")]
    return said[-1] if said else None
