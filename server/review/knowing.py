"""The overview and the audit trail: pages that only look."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from server.review.crm_shared import BUILTIN
from server.review.deps import Seat
from server.review.figures import PERIODS, begins, figures
from server.review.pages import page
from server.review.roles import Role, needs
from server.review.selling import selling
from server.store.deeds import deeds


@get("/overview", opt=needs(Role.VIEWER))
async def overview(request: Request[Any, Any, Any], seat: NamedDependency[Seat]) -> Response[Any]:
    """What happened in the last 14 or 90 days, one chart for each question."""
    days = next((each for each in PERIODS if str(each) == request.query_params.get("days")), PERIODS[0])
    async with seat.desk.readers() as session:
        counted = await figures(session, seat.site, seat.now, days)
        sold = await selling(seat, session, begins(seat.now, days))
    return page(
        seat, "overview.html", nav="overview", figures=counted, sold=sold, days=days, periods=PERIODS,
        is_own_crm=seat.desk.ledger.crm_name(seat.site) == BUILTIN,
    )  # fmt: skip


@get("/audit", opt=needs(Role.MANAGER))
async def audit(seat: NamedDependency[Seat]) -> Response[Any]:
    """Whether the chain of the CRM's audit trail holds, and who changed what in the knowledge."""
    report = await seat.desk.ledger.verify_audit(seat.site)
    async with seat.desk.readers() as session:
        latest = await deeds(session, seat.site)
    return page(seat, "audit.html", nav="audit", report=report, deeds=latest)
