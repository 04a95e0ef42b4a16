"""The overview and the audit trail: pages that only look."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency

from crm_sync import audit as trail
from server.review.crm_shared import BUILTIN
from server.review.deps import Seat
from server.review.figures import PERIODS, begins, figures
from server.review.filters import whole
from server.review.pages import page
from server.review.roles import Role, needs
from server.review.selling import selling
from server.store.deeds import deeds

_ENTRIES = 50
"""How many entries of the trail stand on one page."""


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
async def audit(request: Request[Any, Any, Any], seat: NamedDependency[Seat]) -> Response[Any]:
    """Whether the chain of the CRM's audit trail holds, who decided what, and who changed what in the knowledge."""
    before = whole(request.query_params.get("before", ""))
    report = await seat.desk.ledger.verify_audit(seat.site)
    async with seat.desk.readers() as session:
        by_hand = await deeds(session, seat.site)
        entries = await trail.latest(session, seat.site, before=before, limit=_ENTRIES + 1)
    return page(
        seat, "audit.html", nav="audit", report=report, deeds=by_hand, entries=entries[:_ENTRIES],
        older=entries[_ENTRIES - 1].n if len(entries) > _ENTRIES else None, is_later=before is not None,
    )  # fmt: skip
