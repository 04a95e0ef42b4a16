"""The CRM's records, the overview and the audit trail: pages that only look."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from crm_sync.values import CrmRecord
from server.errors import NotFound
from server.review.deps import Seat
from server.review.figures import figures
from server.review.pages import page
from server.review.roles import Role, needs
from server.store.deeds import deeds

AnyRequest = Request[Any, Any, Any]
A_PAGE = 50
MAX_PAGES = 40
"""How far back a contact is looked for."""


@get("/crm", opt=needs(Role.REP))
async def crm(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Contacts, last changed first, the first one open."""
    records = await seat.desk.ledger.records(
        seat.site, limit=A_PAGE, after=request.query_params.get("after") or None
    )
    return _crm(seat, records, records[0] if records else None, opened=False)


@get("/crm/{contact:str}", opt=needs(Role.REP))
async def crm_contact(contact: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """One contact with company, deals and timeline, beside the page of the list on which it stands."""
    after: str | None = None
    for _ in range(MAX_PAGES):
        records = await seat.desk.ledger.records(seat.site, limit=A_PAGE, after=after)
        found = next((record for record in records if record.contact.id == contact), None)
        if found is not None:
            return _crm(seat, records, found, opened=True)
        if len(records) < A_PAGE:
            break
        after = records[-1].contact.id
    raise NotFound(f"there is no contact {contact!r} among the {A_PAGE * MAX_PAGES:,} last changed ones")


@get("/overview", opt=needs(Role.VIEWER))
async def overview(seat: NamedDependency[Seat]) -> Response[Any]:
    """A few counts of the last fourteen days."""
    async with seat.desk.readers() as session:
        counted = await figures(session, seat.site, seat.now)
    return page(seat, "overview.html", nav="overview", figures=counted)


@get("/audit", opt=needs(Role.MANAGER))
async def audit(seat: NamedDependency[Seat]) -> Response[Any]:
    """Whether the chain of the CRM's audit trail holds, and who changed what in the knowledge."""
    report = await seat.desk.ledger.verify_audit(seat.site)
    async with seat.desk.readers() as session:
        latest = await deeds(session, seat.site)
    return page(seat, "audit.html", nav="audit", report=report, deeds=latest)


def _crm(seat: Seat, records: list[CrmRecord], record: CrmRecord | None, *, opened: bool) -> Response[Any]:
    next_page = records[-1].contact.id if len(records) == A_PAGE else None
    return page(
        seat, "crm.html", nav="crm", records=records, record=record, opened=opened, next_page=next_page
    )
