"""Who is at the desk, in the frame of every page: one's own switch, how many wait, and who else is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import handoff, presence
from server.actions.presence import AtDesk
from server.review.accounts import ALL_SITES
from server.review.deps import Seat
from server.review.pages import go, nothing, page
from server.review.roles import Role, needs
from server.review.visit import is_part
from server.store.tables import Account

AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may answer visitors of the site."""

    login: str
    is_there: bool


@get("/desk", opt=needs(Role.VIEWER))
async def desk(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """How one stands and how many wait; asking is the heartbeat. Nothing when nothing changed."""
    me = await _seen(seat)
    return await _shown(seat, me, have=request.query_params.get("have", ""))


@post("/desk", opt=needs(Role.REP), status_code=200)
async def switch(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Say that one is there, or away."""
    available = (await request.form()).get("available") == "yes"
    async with seat.desk.writers() as session:
        me = await presence.switch(session, seat.site, seat.person.login, available=available, now=seat.now)
        await session.commit()
    return await _shown(seat, me) if is_part(request) else go(f"{seat.url}/conversations")


async def colleagues(session: AsyncSession, seat: Seat) -> Sequence[Colleague]:
    """Those who may answer here, but oneself; who is there first."""
    accounts = await session.scalars(
        select(Account)
        .where(Account.site.in_((seat.site, ALL_SITES)), Account.disabled_at.is_(None))
        .order_by(Account.login)
    )
    there = set(await presence.there(session, seat.site, now=seat.now))
    found = [
        Colleague(account.login, account.login in there)
        for account in accounts
        if Role.named(account.role) >= Role.REP and account.login != seat.person.login
    ]
    return sorted(found, key=lambda each: not each.is_there)


async def _seen(seat: Seat) -> AtDesk | None:
    """How one stands, with the heartbeat written down when it is worth it; a viewer answers nobody."""
    if seat.person.role < Role.REP:
        return None
    async with seat.desk.readers() as session:
        me = await presence.standing(session, seat.site, seat.person.login)
    if not presence.is_stale(me, seat.now):
        return me
    async with seat.desk.writers() as session:
        me = await presence.seen(session, seat.site, seat.person.login, now=seat.now)
        await session.commit()
    return me


async def _shown(seat: Seat, me: AtDesk | None, *, have: str | None = None) -> Response[Any]:
    async with seat.desk.readers() as session:
        waiting = await handoff.waiting(session, seat.site)
        there = await presence.there(session, seat.site, now=seat.now)
    mine = sum(each.assigned == seat.person.login for each in waiting)
    others = sum(login != seat.person.login for login in there)
    mark = f"{me.available if me else '-'}~{len(waiting)}~{mine}~{others}"
    if have == mark:
        return nothing()
    return page(seat, "desk.html", me=me, waiting=waiting, mine=mine, others=others, mark=mark)
