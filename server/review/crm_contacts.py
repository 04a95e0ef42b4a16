"""Contacts and companies of the built-in CRM: the lists, and one of them with everything that hangs on it."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from crm_sync.by_hand import browsing, todo, tracing
from crm_sync.by_hand import editing as by_hand
from crm_sync.tables import ContactRow
from server.review.crm_shared import A_PAGE, AnyRequest, asked, choices, crm_page, elsewhere
from server.review.deps import Seat
from server.review.knowledge_desk import form_of
from server.review.pages import go
from server.review.roles import Role, needs
from server.store.tables import Conversation


@get("/crm", opt=needs(Role.REP))
async def contacts(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Everybody, the last changed first."""
    if away := elsewhere(seat):
        return away
    want = asked(request)
    async with seat.desk.readers() as session:
        found = await browsing.contacts(session, seat.site, want.look, after=want.after, limit=A_PAGE)
        companies = await browsing.companies_by_id(session, seat.site, [row.company_id for row in found.rows])
        owners = await browsing.owners(session, seat.site)
    return crm_page(
        seat, "crm_contacts.html", "crm", found=found, companies=companies, want=want, owners=owners,
        lifecycles=choices("contact", "lifecycle"),
    )  # fmt: skip


@get("/crm/{contact:str}", opt=needs(Role.REP))
async def contact(contact: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """One person with company, deals, tasks, what happened, and where each field came from."""
    if away := elsewhere(seat):
        return away
    site = seat.site
    async with seat.desk.readers() as session:
        row = await by_hand.find(session, site, "contact", contact)
        assert isinstance(row, ContactRow)
        company = (await browsing.companies_by_id(session, site, [row.company_id])).get(row.company_id or "")
        talks = await tracing.conversations_of(session, site, [contact])
        values: dict[str, Any] = {
            "row": row, "record": "contact", "fields": tracing.fields_of(row, "contact"), "company": company,
            "company_fields": tracing.fields_of(company, "company") if company else {},
            "writers": await tracing.writers(session, site, "contact", row),
            "company_writers": await tracing.writers(session, site, "company", company) if company else {},
            "tied_by": tracing.tied_by(row),
            "deals": await browsing.deals_of(session, site, [contact]),
            "activities": await browsing.activities_of(session, site, [contact]),
            "todo": await todo.tasks(session, site, "open", now=seat.now, contacts=[contact]),
            "done": await todo.tasks(session, site, "done", now=seat.now, contacts=[contact], limit=10),
            "talks": await _talks(session, site, talks),
            "updates": await tracing.updates_of(session, site, talks),
            "history": await tracing.by_people(session, site, contact),
            "twins": await _twins(session, site, contact),
        }  # fmt: skip
    return crm_page(seat, "crm_contact.html", "crm", **values)


@post("/crm/{contact:str}/note", opt=needs(Role.REP), status_code=200)
async def add_note(request: AnyRequest, contact: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Write something into the timeline."""
    fields = await form_of(request)
    async with seat.desk.writers() as session:
        await by_hand.note(
            session, seat.site, contact, fields.get("subject", ""), fields.get("body", ""),
            id=str(uuid7()), by=seat.person.login, now=seat.now,
        )  # fmt: skip
        await session.commit()
    return go(f"{seat.url}/crm/{contact}")


@get("/crm/companies", opt=needs(Role.REP))
async def companies(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The last changed first, or the largest."""
    if away := elsewhere(seat):
        return away
    want = asked(request)
    async with seat.desk.readers() as session:
        found = await browsing.companies(session, seat.site, want.look, after=want.after, limit=A_PAGE)
        owners = await browsing.owners(session, seat.site)
    return crm_page(seat, "crm_companies.html", "crm/companies", found=found, want=want, owners=owners)


@get("/crm/companies/{company:str}", opt=needs(Role.REP))
async def company(company: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """One company with its people, their deals and what happened with them."""
    if away := elsewhere(seat):
        return away
    site = seat.site
    async with seat.desk.readers() as session:
        row = await by_hand.find(session, site, "company", company)
        people = await browsing.people_at(session, site, company)
        ids = [person.id for person in people]
        values: dict[str, Any] = {
            "row": row, "record": "company", "fields": tracing.fields_of(row, "company"), "people": people,
            "names": {person.id: person.name or person.email or "Unnamed contact" for person in people},
            "writers": await tracing.writers(session, site, "company", row),
            "deals": await browsing.deals_of(session, site, ids),
            "activities": await browsing.activities_of(session, site, ids, limit=50),
            "history": await tracing.by_people(session, site, company),
            "twins": await _twins(session, site, company),
        }  # fmt: skip
    return crm_page(seat, "crm_company.html", "crm/companies", **values)


async def _talks(session: AsyncSession, site: str, ids: list[str]) -> list[Conversation]:
    mine = select(Conversation).where(Conversation.site == site, Conversation.id.in_(ids))
    return list(await session.scalars(mine.order_by(Conversation.updated_at.desc()).limit(50)))


async def _twins(session: AsyncSession, site: str, record_id: str) -> list[tuple[str, str]]:
    return await tracing.twins_of(session, site, record_id)
