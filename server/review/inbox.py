"""The inbox: CRM updates with their evidence, and the decisions of a rep on them."""

from __future__ import annotations

import json
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from crm_sync.values import CrmRecord, UndoResult
from server.errors import FrontdeskError
from server.review.changes import (
    HOW_WORDS,
    TABS,
    Sheet,
    by_urgency,
    decided_line,
    history,
    read_edits,
    sheet,
)
from server.review.deps import Seat
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.transcripts import Transcript, transcript
from server.review.visit import is_part
from server.review.why import of_update

AnyRequest = Request[Any, Any, Any]
SHOWN = 100
"""How many rows the queue shows at once; what is decided makes room for the next."""
SORTED = 500
"""Of how many, the newest of a state, the most urgent are chosen."""


@get("/inbox", opt=needs(Role.VIEWER))
async def inbox(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The queue of one tab, with its first item open."""
    return await _desk(seat, tab=request.query_params.get("tab", TABS[0][0]), chosen=None)


@get("/inbox/{update:str}", opt=needs(Role.VIEWER))
async def inbox_item(
    request: AnyRequest, update: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """One update with its conversation; on its own for htmx, with the queue around it otherwise."""
    chosen = sheet(await seat.desk.ledger.update(seat.site, update))
    if is_part(request):
        return page(seat, "inbox_work.html", **await _work(seat, chosen))
    return await _desk(seat, tab=request.query_params.get("tab", _tab_of(chosen)), chosen=chosen)


@post("/inbox/{update:str}/approve", opt=needs(Role.REP), status_code=200)
async def approve(request: AnyRequest, update: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Let the update go to the CRM, with the corrections that the form carries."""
    waiting = sheet(await seat.desk.ledger.update(seat.site, update))
    edits = read_edits(waiting, {name: str(value) for name, value in (await request.form()).items()})
    await seat.desk.ledger.approve(seat.site, update, by=seat.person.login, now=seat.now, edits=edits or None)
    await seat.desk.start_delivery(update)
    return await _decided(request, seat, update, "Approved")


@post("/inbox/{update:str}/reject", opt=needs(Role.REP), status_code=200)
async def reject(request: AnyRequest, update: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Never write it; the reason is kept, because it teaches what to propose."""
    reason = str((await request.form()).get("reason", "")).strip()[:500]
    if not reason:
        raise FrontdeskError(
            "say in a few words why you reject it; the reason is kept with it", code="no_reason"
        )
    await seat.desk.ledger.reject(seat.site, update, by=seat.person.login, reason=reason, now=seat.now)
    return await _decided(request, seat, update, "Rejected")


@post("/inbox/{update:str}/undo", opt=needs(Role.REP), status_code=200)
async def undo(request: AnyRequest, update: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Put back what the CRM held before, or stop the update on its way there."""
    if sheet(await seat.desk.ledger.update(seat.site, update)).can_withdraw:
        await seat.desk.ledger.reject(
            seat.site,
            update,
            by=seat.person.login,
            reason="withdrawn before it was delivered",
            now=seat.now,
        )
        return await _decided(request, seat, update, "Withdrawn")
    result = await seat.desk.ledger.undo(seat.site, update, by=seat.person.login, now=seat.now)
    if result.outcome == "changed_since":
        # Not an error: the rep has to see what somebody else did to the same fields.
        return await _decided(request, seat, update, "", clash=result)
    return await _decided(request, seat, update, "Undone")


async def _decided(
    request: AnyRequest, seat: Seat, update: str, said: str, *, clash: UndoResult | None = None
) -> Response[Any]:
    """The item as it stands now, its row in the queue, and word of it to the page."""
    chosen = sheet(await seat.desk.ledger.update(seat.site, update))
    if not is_part(request):
        return go(f"{seat.url}/inbox/{update}")
    event = json.dumps({"decided": {"id": update, "said": said}})
    values = await _work(seat, chosen, clash=clash)
    return page(
        seat, "inbox_decided.html", headers={"hx-trigger-after-settle": event},
        counts=await _counts(seat), **values,
    )  # fmt: skip


async def _desk(seat: Seat, *, tab: str, chosen: Sheet | None) -> Response[Any]:
    statuses = next((states for key, _, states in TABS if key == tab), TABS[0][2])
    found = [await seat.desk.ledger.updates(seat.site, status=each, limit=SORTED) for each in statuses]
    queue = by_urgency([sheet(row) for rows in found for row in rows])[:SHOWN]
    shown = chosen or (queue[0] if queue else None)
    counts = await _counts(seat)
    work = await _work(seat, shown) if shown else {"item": None}
    return page(
        seat, "inbox.html", nav="inbox", tabs=TABS, tab=tab, counts=counts, queue=queue,
        opened=chosen is not None, **work,
    )  # fmt: skip


async def _work(seat: Seat, chosen: Sheet, *, clash: UndoResult | None = None) -> dict[str, Any]:
    """What the item and its context need."""
    async with seat.desk.readers() as session:
        words: Transcript = await transcript(session, seat.site, chosen.row.conversation)
        told = chosen.update
        why = await of_update(session, seat, told.score, told.turn, words) if told and told.score else None
    record: CrmRecord | None = None
    if seat.person.role >= Role.REP:
        record = await seat.desk.ledger.record(seat.site, chosen.row.conversation)
    return {
        "item": chosen,
        "words": words,
        "record": record,
        "why": why,
        "clash": clash,
        "how_words": HOW_WORDS,
        "history": history(chosen.row),
        "decided": decided_line(chosen.row),
    }


async def _counts(seat: Seat) -> dict[str, int]:
    by_status = await seat.desk.ledger.counts(seat.site)
    return {key: sum(by_status.get(status, 0) for status in states) for key, _, states in TABS}


def _tab_of(chosen: Sheet) -> str:
    return next((key for key, _, states in TABS if chosen.row.status in states), TABS[0][0])
