"""Looks through the CRM for records that may be one; what people decided before is never asked again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.comparing import matching
from crm_sync.comparing.duplicates import reasons_text
from crm_sync.comparing.matching import Match
from crm_sync.comparing.ports import MergingCrm
from crm_sync.comparing.tables import DuplicateRow
from crm_sync.comparing.values import Identity, MatchedObject
from crm_sync.errors import CrmError
from crm_sync.ports import CrmProvider, ReadableCrm
from crm_sync.rows import insert_new
from crm_sync.tables import UpdateRow
from crm_sync.values import CrmRecord

_PAGE = 2_000
_AT_ONCE = 500
"""So many pairs are written in one transaction."""
OURS_AT_MOST = 500
"""Of a CRM that can not be listed, the contacts that we wrote to last are compared with each other."""
_OBJECTS: tuple[MatchedObject, ...] = ("contact", "company")


@dataclass(frozen=True, slots=True)
class Scan:
    """How one look through went."""

    records: int
    open: int
    """Possible duplicates that wait for a person now."""
    fresh: int
    """Those among them that were not known before."""


async def scan(
    sessions: async_sessionmaker[AsyncSession],
    provider: CrmProvider,
    site: str,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> Scan:
    """Compare what shares a key, and keep what was found; no transaction is open while it reads and compares."""
    seen: list[Identity] = []
    if isinstance(provider, MergingCrm):
        for record in _OBJECTS:
            seen += await _everybody(provider, site, record)
    elif isinstance(provider, ReadableCrm):
        seen = await _whom_we_wrote(sessions, provider, site)
    found = await asyncio.to_thread(_matches, seen)
    fresh = await _keep(sessions, site, found, now=now, new_id=new_id)
    async with sessions() as session:
        waiting = select(func.count()).where(DuplicateRow.site == site, DuplicateRow.state == "open")
        count = await session.scalar(waiting) or 0
    return Scan(len(seen), count, fresh)


def _matches(seen: Sequence[Identity]) -> list[Match]:
    return [
        match
        for record in _OBJECTS
        for match in matching.matches(each for each in seen if each.object == record)
    ]


async def _everybody(provider: MergingCrm, site: str, record: MatchedObject) -> list[Identity]:
    found: list[Identity] = []
    while page := await provider.identities(site, record, after=found[-1].id if found else "", limit=_PAGE):
        found += page
    return found


async def _whom_we_wrote(
    sessions: async_sessionmaker[AsyncSession], provider: ReadableCrm, site: str
) -> list[Identity]:
    """One after the other: another company's CRM has its own rate, and nobody waits for this."""
    mine = (
        select(UpdateRow.effect)
        .where(UpdateRow.site == site, UpdateRow.status == "delivered", UpdateRow.effect.is_not(None))
        .order_by(UpdateRow.delivered_at.desc())
        .limit(OURS_AT_MOST * 4)
    )
    async with sessions() as session:
        effects = [json.loads(text) for text in await session.scalars(mine) if text]
    refs = [ref["id"] for effect in effects for ref in effect["records"] if ref["object"] == "contact"]
    found: dict[str, Identity] = {}
    for contact in list(dict.fromkeys(refs))[:OURS_AT_MOST]:
        try:
            record = await provider.contact(site, contact)
        except CrmError:
            continue
        if record is not None:
            found |= {each.id: each for each in _identities(record)}
    return list(found.values())


def _identities(record: CrmRecord) -> list[Identity]:
    own = record.contact.fields
    there = record.company.fields if record.company else {}
    found = [
        Identity(
            "contact",
            record.contact.id,
            name=str(own.get("name") or ""),
            email=str(own.get("email") or ""),
            phone=str(own.get("phone") or ""),
            domain=str(there.get("domain") or ""),
            company=str(there.get("name") or ""),
            country=str(own.get("country") or ""),
        )
    ]
    if record.company is not None:
        names = {name: str(there.get(name) or "") for name in ("name", "domain", "country")}
        found.append(Identity("company", record.company.id, **names))
    return found


async def _keep(
    sessions: async_sessionmaker[AsyncSession],
    site: str,
    found: Sequence[Match],
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> int:
    """Add what is new, bring open ones up to date, and drop open ones that are none any more; in short transactions,
    so that people and deliveries write in between. One that is broken off is made good by the next look."""
    async with sessions() as session:
        mine = select(DuplicateRow).where(DuplicateRow.site == site)
        known = {(row.object, row.first_id, row.second_id): row for row in await session.scalars(mine)}
    fresh = 0
    for at in range(0, len(found), _AT_ONCE):
        async with sessions() as session:
            for match in found[at : at + _AT_ONCE]:
                row = known.pop((match.object, match.first, match.second), None)
                fresh += await _kept(session, site, match, row, now=now, new_id=new_id)
            await session.commit()
    gone = [row.id for row in known.values() if row.state == "open"]
    for at in range(0, len(gone), _AT_ONCE):
        async with sessions() as session:
            await session.execute(
                delete(DuplicateRow).where(
                    DuplicateRow.site == site,
                    DuplicateRow.id.in_(gone[at : at + _AT_ONCE]),
                    DuplicateRow.state == "open",
                )
            )
            await session.commit()
    return fresh


async def _kept(
    session: AsyncSession,
    site: str,
    match: Match,
    row: DuplicateRow | None,
    *,
    now: datetime,
    new_id: Callable[[], str],
) -> bool:
    """Says whether it was not known before; `row` is what was."""
    reasons = reasons_text(match.reasons)
    if row is None:
        values = {"object": match.object, "first_id": match.first, "second_id": match.second}
        return await insert_new(
            session,
            DuplicateRow,
            **values,
            id=new_id(),
            site=site,
            score=match.score,
            reasons=reasons,
            state="open",
            found_at=now,
            is_merged=False,
        )
    if row.state == "open" and (row.score != match.score or row.reasons != reasons):
        await session.execute(
            update(DuplicateRow)
            .where(DuplicateRow.site == site, DuplicateRow.id == row.id, DuplicateRow.state == "open")
            .values(score=match.score, reasons=reasons)
            .execution_options(synchronize_session=False)
        )
    return False
