"""Records of the CRM that may be one, side by side, and where the CRM no longer says what was delivered."""

from __future__ import annotations

from typing import Any, Literal, cast

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from crm_sync.comparing.values import Duplicate, MergePreview, Side
from server.errors import FrontdeskError
from server.review.deps import Seat
from server.review.pages import go, page
from server.review.roles import Role, needs

AnyRequest = Request[Any, Any, Any]
LISTED = 50


@get("/crm/duplicates", opt=needs(Role.REP))
async def duplicates(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Pairs that wait for a decision, the surest first; or those that were decided."""
    state: Literal["open", "same", "different"] = "open"
    if (told := request.query_params.get("state")) in ("same", "different"):
        state = cast("Literal['same', 'different']", told)
    before = request.query_params.get("before")
    pairs = await seat.desk.ledger.duplicates(seat.site, state=state, limit=LISTED, before=before)
    counts = await seat.desk.ledger.duplicate_counts(seat.site)
    return page(
        seat, "duplicates.html", nav="crm", pairs=pairs, state=state, counts=counts,
        older=pairs[-1].id if len(pairs) == LISTED else None,
    )  # fmt: skip


@get("/crm/duplicates/{pair:str}", opt=needs(Role.REP))
async def duplicate(request: AnyRequest, pair: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Two records beside each other, with the value of each field that would win."""
    keep = request.query_params.get("keep", "")
    return await _pair(seat, pair, keep=keep)


@post("/crm/duplicates/{pair:str}/decide", opt=needs(Role.REP), status_code=200)
async def decide(request: AnyRequest, pair: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """They are one, with the values that were chosen, or they are two."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    decision = form.get("decision")
    if decision not in ("same", "different"):
        raise FrontdeskError("say whether they are the same or different", code="no_decision")
    take = {
        name.removeprefix("take."): cast("Side", side)
        for name, side in form.items()
        if name.startswith("take.") and side in ("first", "second")
    }
    await seat.desk.ledger.decide_duplicate(
        seat.site, pair, cast("Literal['same', 'different']", decision), by=seat.person.login, now=seat.now,
        keep=form.get("keep", ""), take=take,
    )  # fmt: skip
    return go(f"{seat.url}/crm/duplicates/{pair}")


@post("/crm/duplicates/{pair:str}/undo", opt=needs(Role.REP), status_code=200)
async def undo(pair: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Take the decision back; what was merged is parted unless it was changed since."""
    result = await seat.desk.ledger.undo_duplicate(seat.site, pair, by=seat.person.login, now=seat.now)
    if result.outcome == "changed_since":
        return await _pair(seat, pair, is_changed=True)
    return go(f"{seat.url}/crm/duplicates/{pair}")


@get("/crm/drift", opt=needs(Role.REP))
async def drift(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """What was delivered and stands differently in the CRM now, what was noticed last first."""
    before = request.query_params.get("before")
    state: Literal["open", "seen"] = "seen" if request.query_params.get("state") == "seen" else "open"
    lines = await seat.desk.ledger.drift(seat.site, state=state, limit=LISTED, before=before)
    return page(
        seat, "drift.html", nav="crm", lines=lines, counts=await seat.desk.ledger.drift_counts(seat.site),
        state=state, older=lines[-1].id if len(lines) == LISTED else None,
    )  # fmt: skip


@post("/crm/drift/{line:str}/seen", opt=needs(Role.REP), status_code=303)
async def drift_seen(line: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Somebody has looked at it: it leaves the open list, until the CRM says something else again."""
    await seat.desk.ledger.mark_drift_seen(seat.site, line, by=seat.person.login, now=seat.now)
    return go(f"{seat.url}/crm/drift")


async def _pair(seat: Seat, pair: str, *, keep: str = "", is_changed: bool = False) -> Response[Any]:
    found = await seat.desk.ledger.duplicate(seat.site, pair)
    preview: MergePreview | None = None
    if found.state == "open":
        preview = await seat.desk.ledger.preview_merge(seat.site, pair, keep=keep)
    return page(
        seat, "duplicate.html", nav="crm", pair=found, preview=preview, rows=_rows(found, preview),
        is_changed=is_changed,
    )  # fmt: skip


def _rows(pair: Duplicate, preview: MergePreview | None) -> list[dict[str, Any]]:
    """Field by field: both values, and which one a merge would keep and why."""
    chosen = {each.name: each for each in preview.fields} if preview else {}
    names = dict.fromkeys((*chosen, *pair.first.fields, *pair.second.fields))
    return [
        {
            "name": name,
            "first": chosen[name].first if name in chosen else pair.first.fields.get(name),
            "second": chosen[name].second if name in chosen else pair.second.fields.get(name),
            "wins": chosen[name].wins if name in chosen else None,
            "because": chosen[name].because if name in chosen else "",
        }
        for name in names
        if name != "custom"
    ]
