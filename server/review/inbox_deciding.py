"""What a rep decides on one update of the inbox: approve, correct, reject, undo, take back, hand on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from crm_sync.deciding.verdicts import REJECT_CODES, RejectCode
from crm_sync.values import UndoResult
from server.errors import FrontdeskError
from server.review import presence_page as people
from server.review.changes import read_edits, sheet
from server.review.deps import Seat
from server.review.filters import Filters
from server.review.inbox import counts, the_work
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.visit import is_part

AnyRequest = Request[Any, Any, Any]


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
    code, reason = read_reason(await request.form())
    await seat.desk.ledger.reject(
        seat.site, update, by=seat.person.login, reason=reason, code=code, now=seat.now
    )
    return await _decided(request, seat, update, "Rejected")


@post("/inbox/{update:str}/undo", opt=needs(Role.REP), status_code=200)
async def undo(request: AnyRequest, update: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Take one's own decision back, stop what is on its way, or put back what the CRM held before."""
    shown = sheet(await seat.desk.ledger.update(seat.site, update))
    if shown.can_reopen(seat.person.login):
        await seat.desk.ledger.reopen(seat.site, update, by=seat.person.login, now=seat.now)
        return await _decided(request, seat, update, "Waits again")
    if shown.can_withdraw:
        await seat.desk.ledger.reject(
            seat.site, update, by=seat.person.login, reason="withdrawn before it was delivered", now=seat.now
        )
        return await _decided(request, seat, update, "Withdrawn")
    seen = str((await request.form()).get("seen", ""))
    result = await seat.desk.ledger.undo(
        seat.site, update, by=seat.person.login, now=seat.now, force=bool(seen), seen=seen
    )
    if result.outcome == "changed_since":
        # Not an error: the rep has to see what somebody else did to the same fields.
        return await _decided(request, seat, update, "", clash=result)
    return await _decided(request, seat, update, "Undone")


@post("/inbox/{update:str}/assign", opt=needs(Role.REP), status_code=200)
async def assign(request: AnyRequest, update: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Take it, give it to a colleague, or back to everybody."""
    to = str((await request.form()).get("to", ""))
    async with seat.desk.readers() as session:
        known = {each.login for each in await people.colleagues(session, seat)} | {seat.person.login, ""}
    if to not in known:
        raise FrontdeskError(
            f"{to!r} can not decide at this site; choose a colleague of the list", code="bad_rep"
        )
    await seat.desk.ledger.assign(seat.site, update, to=to or None, by=seat.person.login, now=seat.now)
    said = "It is yours" if to == seat.person.login else f"Given to {to}" if to else "It is nobody's now"
    return await _decided(request, seat, update, said)


@post("/inbox/resume", opt=needs(Role.MANAGER), status_code=200)
async def resume(seat: NamedDependency[Seat]) -> Response[Any]:
    """Somebody mended what the CRM refused: deliveries go on at once."""
    await seat.desk.ledger.resume(seat.site, seat.person.login, seat.now)
    return go(f"{seat.url}/inbox?tab=moving")


def read_reason(form: Mapping[str, Any]) -> tuple[RejectCode, str]:
    """Why something is rejected, by code, with words of one's own for `other`."""
    reason = str(form.get("reason", "")).strip()[:500]
    code: RejectCode = next((each for each in REJECT_CODES if each == form.get("code")), "other")
    if code == "other" and not reason:
        raise FrontdeskError(
            "choose why you reject it, or say it in a few words; the reason is kept with it", code="no_reason"
        )
    return code, reason


async def _decided(
    request: AnyRequest, seat: Seat, update: str, said: str, *, clash: UndoResult | None = None
) -> Response[Any]:
    """The item as it stands now, its row in the queue, and word of it to the page."""
    filters = Filters.read(request.query_params)
    if not is_part(request) and clash is None:
        return go(f"{seat.url}/inbox/{update}{filters.query}")
    chosen = sheet(await seat.desk.ledger.update(seat.site, update))
    values = await the_work(seat, chosen, filters, clash=clash)
    if not is_part(request):
        return page(seat, "inbox_alone.html", nav="inbox", **values)
    event = json.dumps({"decided": {"id": update, "said": said}})
    return page(
        seat, "inbox_decided.html", headers={"hx-trigger-after-settle": event},
        counts=await counts(seat), **values,
    )  # fmt: skip
