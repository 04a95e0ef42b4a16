"""One's own account: where one is signed in, who stands in for one, and one's own password."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.errors import FrontdeskError, NotFound
from server.review import sign_ins, stand_ins
from server.review.accounts import account_of, check_password, set_password
from server.review.deps import Seat
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.sign_ins import Brake
from server.store.deeds import note_deed

AnyRequest = Request[Any, Any, Any]


@get("/password", opt=needs(Role.VIEWER))
async def own_page(seat: NamedDependency[Seat]) -> Response[Any]:
    """Where one is signed in, who stands in for one, and the form for one's password."""
    async with seat.desk.readers() as session:
        listed = await sign_ins.of_account(session, seat.person.account, seat.now)
    live = [each for each in listed if each.seen_at > seat.now - seat.desk.doors.idle]
    return page(
        seat, "password.html", nav="password", sign_ins=live, doors=seat.desk.doors,
        **await stand_ins.shown(seat),
    )  # fmt: skip


@post("/password", opt=needs(Role.VIEWER), status_code=303)
async def change_password(
    request: AnyRequest, seat: NamedDependency[Seat], brake: NamedDependency[Brake]
) -> Response[Any]:
    """Change one's own password; every sign-in ends, this one included."""
    form = await request.form()
    key = f"own password of {seat.person.login}"
    # Somebody at a desk that was left open must not guess on.
    if pause := brake.wait_s(key, seat.now, free=5):
        raise FrontdeskError(f"too many attempts; try again in {pause} seconds", code="too_fast", status=429)
    brake.failed(key, seat.now)
    async with seat.desk.readers() as session:
        account = await account_of(session, seat.person.login)
    if not await check_password(account, str(form.get("old", ""))):
        raise FrontdeskError("the present password is wrong; nothing was changed", code="wrong_password")
    brake.succeeded(key)
    async with seat.desk.writers() as session:
        await set_password(session, seat.person.login, str(form.get("new", "")))
        await note_deed(
            session, seat.person.site, by=seat.person.login, act="password_changed", thing="", now=seat.now
        )
        await session.commit()
    return go("/console/sign-in")


@post("/sessions/{sign_in:str}/end", opt=needs(Role.VIEWER), status_code=303)
async def end_session(sign_in: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """End one of one's own sessions."""
    async with seat.desk.writers() as session:
        if not await sign_ins.end_one(session, seat.person.account, sign_in):
            raise NotFound("this session has ended already; reload the page")
        await note_deed(
            session, seat.person.site, by=seat.person.login, act="sign_ins_revoked", thing="one", now=seat.now
        )
        await session.commit()
    return go(f"{seat.url}/password")


@post("/sessions/end-others", opt=needs(Role.VIEWER), status_code=303)
async def end_other_sessions(seat: NamedDependency[Seat]) -> Response[Any]:
    """End all of one's sessions but this one."""
    async with seat.desk.writers() as session:
        ended = await sign_ins.end_others(session, seat.person.account, seat.person.sign_in)
        if ended:
            await note_deed(
                session,
                seat.person.site,
                by=seat.person.login,
                act="sign_ins_revoked",
                thing=f"the {ended} others",
                now=seat.now,
            )
        await session.commit()
    return go(f"{seat.url}/password")
