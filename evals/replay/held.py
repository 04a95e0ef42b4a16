"""What the CRM holds before a golden conversation begins, and a CRM that does not answer in time."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync import Ledger
from crm_sync.tables import CompanyRow, ContactRow, DealRow
from server.crm_looks import CrmLooks, Held

_BY = "person:operations lead"


class InCrm(BaseModel):
    """One contact with company and deal, each by its own field names, typed by a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    contact: dict[str, Any] = {}
    company: dict[str, Any] = {}
    deal: dict[str, Any] = {}
    late: bool = False
    """It does not answer in this conversation."""


class LateLooks(CrmLooks):
    """Looks at a CRM that takes a minute for everything."""

    async def _read(self, ledger: Ledger, place: tuple[str, str], by: str, now: datetime) -> Held:
        await asyncio.sleep(60)
        return await super()._read(ledger, place, by, now)


def put(session: AsyncSession, site: str, held: InCrm, now: datetime) -> None:
    """Into the built-in CRM, in the caller's transaction."""
    common = {"site": site, "origin": _BY, "created_at": now, "updated_at": now, "custom": {}}
    if held.company:
        session.add(CompanyRow(id="golden-company", **common, **held.company, writers=_typed(held.company)))
    if held.contact:
        email = held.contact.get("email")
        session.add(
            ContactRow(
                id="golden-contact",
                **common,
                **held.contact,
                email_key=email.casefold() if email else None,
                company_id="golden-company" if held.company else None,
                writers=_typed(held.contact),
            )
        )
    if held.deal:
        session.add(
            DealRow(
                id="golden-deal",
                contact_id="golden-contact",
                **common,
                **held.deal,
                writers=_typed(held.deal),
            )
        )


def _typed(fields: dict[str, Any]) -> dict[str, str]:
    return dict.fromkeys(fields, _BY)
