"""Who decides for somebody who is away: named by themselves or by a manager, for some days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from crm_sync.deciding.verdicts import Delegation
from server.errors import FrontdeskError, NotFound
from server.review.deps import Seat
from server.review.pages import go
from server.review.presence_page import colleagues
from server.review.roles import Role, needs

AnyRequest = Request[Any, Any, Any]


@post("/stand-ins", opt=needs(Role.REP), status_code=303)
async def name_stand_in(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Let a colleague decide what waits for one, from the first day to the last; managers may say so for others."""
    form = await request.form()
    me = seat.person.login
    person, to = str(form.get("person") or me), str(form.get("to", ""))
    if person != me and seat.person.role < Role.MANAGER:
        raise FrontdeskError(
            "only a manager names a stand-in for somebody else", code="not_yours", status=403
        )
    known = {me, *await _others(seat)}
    for login in (person, to):
        if login not in known:
            raise FrontdeskError(
                f"{login!r} can not decide at this site; choose a colleague of the list", code="bad_rep"
            )
    first = _day(form.get("since"), "first day") if form.get("since") else None
    last = _day(form.get("until"), "last day")
    since = max(seat.now, _begin(first)) if first else seat.now
    await seat.desk.ledger.delegate(
        seat.site, person, to=to, since=since, until=_begin(last) + timedelta(days=1), by=me, now=seat.now
    )
    return go(f"{seat.url}/password")


@post("/stand-ins/{stand_in:str}/end", opt=needs(Role.REP), status_code=303)
async def end_stand_in(stand_in: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """From now on nobody decides for them; said by themselves or a manager."""
    found = [each for each in await listed(seat) if each.id == stand_in and may_end(seat, each)]
    if not found:
        raise NotFound("nobody stands in like that any more; reload the page")
    await seat.desk.ledger.end_delegation(seat.site, stand_in, by=seat.person.login, now=seat.now)
    return go(f"{seat.url}/password")


async def shown(seat: Seat) -> dict[str, Any]:
    """What one's own page needs of it."""
    if seat.person.role < Role.REP:
        return {"stand_ins": (), "others": (), "may_end": {}}
    known = await listed(seat)
    return {
        "stand_ins": known,
        "others": await _others(seat),
        "may_end": {each.id: may_end(seat, each) for each in known},
    }


async def listed(seat: Seat) -> list[Delegation]:
    """Now and later: one's own and those that name one; a manager sees all of the site."""
    known = await seat.desk.ledger.delegations(seat.site, now=seat.now)
    if seat.person.role >= Role.MANAGER:
        return known
    return [each for each in known if seat.person.login in (each.person, each.delegate)]


def may_end(seat: Seat, named: Delegation) -> bool:
    """Whoever goes away and whoever manages; who stands in asks one of them."""
    return named.person == seat.person.login or seat.person.role >= Role.MANAGER


async def _others(seat: Seat) -> list[str]:
    async with seat.desk.readers() as session:
        return sorted(each.login for each in await colleagues(session, seat))


def _day(given: object, what: str) -> date:
    try:
        return date.fromisoformat(str(given or ""))
    except ValueError:
        raise FrontdeskError(f"choose the {what}, such as 2027-01-05", code="bad_data") from None


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
