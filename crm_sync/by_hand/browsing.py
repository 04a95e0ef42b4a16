"""Looks through the built-in CRM as a person does: by page, by words, by whose it is. Every call joins a session."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from crm_sync.tables import ActivityRow, CompanyRow, ContactRow, DealRow, LinkRow

STAGES = ("new", "qualified", "meeting", "trial", "proposal", "won", "lost")
OPEN_STAGES = STAGES[:5]
NOBODY = "-"
"""In place of an owner: what belongs to nobody."""

R = TypeVar("R", ContactRow, CompanyRow, DealRow, ActivityRow)


@dataclass(frozen=True, slots=True)
class Look:
    """What somebody wants to see; empty wishes narrow nothing."""

    words: str = ""
    owner: str = ""
    stage: str = ""
    lifecycle: str = ""
    type: str = ""
    is_archived: bool = False
    sort: str = "changed"


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """Rows in order; `after` is where the next page begins, None on the last."""

    rows: tuple[R, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Lane:
    """One stage of the board: how many, worth how much by currency, and the worthiest of them."""

    stage: str
    count: int
    totals: tuple[tuple[str, float], ...]
    deals: tuple[DealRow, ...]


async def contacts(
    session: AsyncSession, site: str, look: Look, *, after: str | None = None, limit: int = 50
) -> Page[ContactRow]:
    """Contacts by name, address or company, the last changed first, or the best scored."""
    query = select(ContactRow).where(*_mine(ContactRow, site, look))
    if look.lifecycle:
        query = query.where(ContactRow.lifecycle == look.lifecycle)
    if like := _like(look.words):
        at = select(CompanyRow.id).where(
            CompanyRow.site == site, _says(like, CompanyRow.name, CompanyRow.domain)
        )
        said = _says(like, ContactRow.name, ContactRow.email, ContactRow.job_title)
        query = query.where(or_(said, ContactRow.company_id.in_(at)))
    order: Any = ContactRow.updated_at
    if look.sort == "score":
        order = func.coalesce(ContactRow.lead_score, -1_000_000.0)
    return await _page(session, query, ContactRow, order, site, after, limit)


async def companies(
    session: AsyncSession, site: str, look: Look, *, after: str | None = None, limit: int = 50
) -> Page[CompanyRow]:
    """Companies by name or domain, the last changed first, or the largest."""
    query = select(CompanyRow).where(*_mine(CompanyRow, site, look))
    if like := _like(look.words):
        query = query.where(_says(like, CompanyRow.name, CompanyRow.domain, CompanyRow.industry))
    order: Any = CompanyRow.updated_at
    if look.sort == "size":
        order = func.coalesce(CompanyRow.team_size, 0)
    return await _page(session, query, CompanyRow, order, site, after, limit)


async def deals(
    session: AsyncSession, site: str, look: Look, *, after: str | None = None, limit: int = 50
) -> Page[DealRow]:
    """Deals by their name, plan or contact, the last changed first, or the largest."""
    order: Any = DealRow.updated_at
    if look.sort == "amount":
        order = func.coalesce(DealRow.amount, 0.0)
    return await _page(session, _deals(site, look), DealRow, order, site, after, limit)


async def board(session: AsyncSession, site: str, look: Look, *, each: int = 25) -> tuple[Lane, ...]:
    """Every stage in order; a deal without one counts as new."""
    mine = _deals(site, look).subquery()
    stage = func.coalesce(mine.c.stage, STAGES[0])
    counted = select(stage, mine.c.currency, func.count(), func.sum(mine.c.amount)).group_by(
        stage, mine.c.currency
    )
    counts: dict[str, int] = {}
    totals: dict[str, list[tuple[str, float]]] = {}
    for name, currency, count, total in (await session.execute(counted)).tuples():
        counts[name] = counts.get(name, 0) + count
        if total:
            totals.setdefault(name, []).append((currency or "", float(total)))
    lanes = []
    for name in STAGES:
        here = _deals(site, look).where(func.coalesce(DealRow.stage, STAGES[0]) == name)
        worth = func.coalesce(DealRow.amount, 0.0)
        found = await session.scalars(here.order_by(worth.desc(), DealRow.updated_at.desc()).limit(each))
        money = tuple(sorted(totals.get(name, ()), key=lambda one: -one[1]))
        lanes.append(Lane(name, counts.get(name, 0), money, tuple(found)))
    return tuple(lanes)


async def activities(
    session: AsyncSession, site: str, look: Look, *, after: str | None = None, limit: int = 50
) -> Page[ActivityRow]:
    """What happened with anybody, the latest first."""
    query = select(ActivityRow).where(ActivityRow.site == site)
    if look.type:
        query = query.where(ActivityRow.type == look.type)
    if like := _like(look.words):
        query = query.where(_says(like, ActivityRow.subject, ActivityRow.body))
    return await _page(session, query, ActivityRow, ActivityRow.at, site, after, limit)


async def owners(session: AsyncSession, site: str) -> list[str]:
    """Everybody to whom something belongs."""
    named = [
        select(table.owner).where(table.site == site, table.owner.is_not(None))
        for table in (ContactRow, CompanyRow, DealRow)
    ]
    found = await session.scalars(named[0].union(*named[1:]))
    return sorted(owner for owner in found if owner)


async def contacts_by_id(session: AsyncSession, site: str, ids: Sequence[str]) -> dict[str, ContactRow]:
    """These contacts, archived ones too."""
    query = select(ContactRow).where(ContactRow.site == site, ContactRow.id.in_(set(ids)))
    return {row.id: row for row in await session.scalars(query)} if ids else {}


async def companies_by_id(
    session: AsyncSession, site: str, ids: Sequence[str | None]
) -> dict[str, CompanyRow]:
    """These companies, archived ones too."""
    wanted = {one for one in ids if one}
    query = select(CompanyRow).where(CompanyRow.site == site, CompanyRow.id.in_(wanted))
    return {row.id: row for row in await session.scalars(query)} if wanted else {}


async def names_of(session: AsyncSession, site: str, conversations: Collection[str]) -> dict[str, str]:
    """Whom these conversations turned out to be with, by conversation: name or address, and the company."""
    if not conversations:
        return {}
    of_contact = (ContactRow.site == LinkRow.site) & (ContactRow.id == LinkRow.contact_id)
    of_company = (CompanyRow.site == ContactRow.site) & (CompanyRow.id == ContactRow.company_id)
    query = (
        select(
            LinkRow.conversation,
            func.coalesce(ContactRow.name, ContactRow.email),
            func.coalesce(CompanyRow.name, CompanyRow.domain),
        )
        .join(ContactRow, of_contact)
        .outerjoin(CompanyRow, of_company)
        .where(LinkRow.site == site, LinkRow.conversation.in_(set(conversations)))
    )
    found = (await session.execute(query)).tuples()
    said = {talk: ", ".join(part for part in (person, company) if part) for talk, person, company in found}
    return {talk: words for talk, words in said.items() if words}


async def people_at(session: AsyncSession, site: str, company: str, limit: int = 200) -> list[ContactRow]:
    """Who works at a company, the last changed first."""
    query = select(ContactRow).where(
        ContactRow.site == site, ContactRow.company_id == company, ContactRow.archived_at.is_(None)
    )
    return list(await session.scalars(query.order_by(ContactRow.updated_at.desc()).limit(limit)))


async def deals_of(session: AsyncSession, site: str, contacts: Sequence[str]) -> list[DealRow]:
    """The deals of these contacts, the newest first, archived ones left out."""
    if not contacts:
        return []
    query = select(DealRow).where(
        DealRow.site == site, DealRow.contact_id.in_(set(contacts)), DealRow.archived_at.is_(None)
    )
    return list(await session.scalars(query.order_by(DealRow.created_at.desc(), DealRow.id.desc())))


async def activities_of(
    session: AsyncSession, site: str, contacts: Sequence[str], limit: int = 100
) -> list[ActivityRow]:
    """What happened with these contacts, the latest first."""
    query = select(ActivityRow).where(ActivityRow.site == site, ActivityRow.contact_id.in_(set(contacts)))
    found = query.order_by(ActivityRow.at.desc(), ActivityRow.id.desc()).limit(limit)
    return list(await session.scalars(found)) if contacts else []


def _deals(site: str, look: Look) -> Select[DealRow]:
    query = select(DealRow).where(*_mine(DealRow, site, look))
    if look.stage:
        query = query.where(func.coalesce(DealRow.stage, STAGES[0]) == look.stage)
    if like := _like(look.words):
        whom = select(ContactRow.id).where(
            ContactRow.site == site,
            or_(
                _says(like, ContactRow.name, ContactRow.email),
                ContactRow.company_id.in_(
                    select(CompanyRow.id).where(
                        CompanyRow.site == site, _says(like, CompanyRow.name, CompanyRow.domain)
                    )
                ),
            ),
        )
        query = query.where(or_(_says(like, DealRow.name, DealRow.plan), DealRow.contact_id.in_(whom)))
    return query


def _mine(table: type[ContactRow | CompanyRow | DealRow], site: str, look: Look) -> list[ColumnElement[bool]]:
    shelf = table.archived_at.is_not(None) if look.is_archived else table.archived_at.is_(None)
    found = [table.site == site, shelf]
    if look.owner:
        found.append(table.owner.is_(None) if look.owner == NOBODY else table.owner == look.owner)
    return found


def _like(words: str) -> str:
    plain = " ".join(words.split()).casefold()
    escaped = plain.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if plain else ""


def _says(like: str, *columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    return or_(*(func.lower(column).like(like, escape="\\") for column in columns))


async def _page(
    session: AsyncSession,
    query: Select[R],
    table: type[R],
    order: Any,
    site: str,
    after: str | None,
    limit: int,
) -> Page[R]:
    """By keyset: the hundredth page costs what the first does. A row that is gone begins anew."""
    if after:
        at = await session.scalar(select(order).where(table.site == site, table.id == after))
        if at is not None:
            # Spelled so that an index finds the place.
            query = query.where(order <= at, or_(order < at, table.id < after))
    found = list(await session.scalars(query.order_by(order.desc(), table.id.desc()).limit(limit + 1)))
    rows = tuple(found[:limit])
    return Page(rows, rows[-1].id if len(found) > limit else None)
