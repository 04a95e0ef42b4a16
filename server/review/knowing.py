"""The overview and the audit trail: pages that only look."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency

from server.review.deps import Seat
from server.review.figures import figures
from server.review.pages import page
from server.review.roles import Role, needs
from server.store.deeds import deeds


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
