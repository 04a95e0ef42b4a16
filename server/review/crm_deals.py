"""Deals of the built-in CRM: a board by stage with totals, the same as a list, and one deal."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from crm_sync.by_hand import browsing, tracing
from crm_sync.by_hand import editing as by_hand
from crm_sync.tables import DealRow
from server.review.crm_shared import A_PAGE, AnyRequest, asked, crm_page, elsewhere
from server.review.deps import Seat
from server.review.knowledge_desk import form_of
from server.review.pages import go
from server.review.roles import Role, needs


@get("/crm/deals", opt=needs(Role.REP))
async def deals(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The board, or the list that the address asks for."""
    if away := elsewhere(seat):
        return away
    want, is_list = asked(request), request.query_params.get("view") == "list"
    site = seat.site
    async with seat.desk.readers() as session:
        lanes = () if is_list else await browsing.board(session, site, want.look)
        found: browsing.Page[DealRow] = browsing.Page((), None)
        if is_list:
            found = await browsing.deals(session, site, want.look, after=want.after, limit=A_PAGE)
        rows = found.rows if is_list else [deal for lane in lanes for deal in lane.deals]
        people = await browsing.contacts_by_id(session, site, [deal.contact_id for deal in rows])
        companies = await browsing.companies_by_id(session, site, [one.company_id for one in people.values()])
        owners = await browsing.owners(session, site)
    return crm_page(
        seat, "crm_deals.html", "crm/deals", found=found, lanes=lanes, people=people, companies=companies,
        want=want, owners=owners, is_list=is_list, stages=browsing.STAGES,
    )  # fmt: skip


@get("/crm/deals/{deal:str}", opt=needs(Role.REP))
async def deal(deal: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """One deal, whose it is, and where each field came from."""
    if away := elsewhere(seat):
        return away
    site = seat.site
    async with seat.desk.readers() as session:
        row = await by_hand.find(session, site, "deal", deal)
        assert isinstance(row, DealRow)
        people = await browsing.contacts_by_id(session, site, [row.contact_id])
        values: dict[str, Any] = {
            "row": row, "record": "deal", "fields": tracing.fields_of(row, "deal"),
            "person": people.get(row.contact_id),
            "writers": await tracing.writers(session, site, "deal", row),
            "history": await tracing.by_people(session, site, deal),
            "stages": browsing.STAGES,
        }  # fmt: skip
    return crm_page(seat, "crm_deal.html", "crm/deals", **values)


@post("/crm/deals/{deal:str}/stage", opt=needs(Role.REP), status_code=200)
async def move(request: AnyRequest, deal: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """To another stage; from then on the stage is a person's word, which the assistant only questions."""
    fields = await form_of(request)
    async with seat.desk.writers() as session:
        await by_hand.edit(
            session, seat.site, "deal", deal, {"stage": fields.get("stage", "")},
            by=seat.person.login, now=seat.now,
        )  # fmt: skip
        await session.commit()
    back = "" if fields.get("back") == "board" else f"/{deal}"
    return go(f"{seat.url}/crm/deals{back}")
