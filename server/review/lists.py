"""Trials, carts and the mailbox: what the assistant's actions have led to."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import func, or_, select

from server.actions import trial as trial_action
from server.actions.tables import CartRow, MailRow, TrialRow
from server.errors import NotFound
from server.review.deps import Seat
from server.review.inbox import names
from server.review.pages import HEADERS, go, page
from server.review.roles import Role, needs
from server.store.deeds import note_deed

AnyRequest = Request[Any, Any, Any]
LISTED = 200


@get("/trials", opt=needs(Role.VIEWER))
async def trials(seat: NamedDependency[Seat]) -> Response[Any]:
    """The latest first."""
    async with seat.desk.readers() as session:
        found = list(
            await session.scalars(
                select(TrialRow)
                .where(TrialRow.site == seat.site)
                .order_by(TrialRow.created_at.desc())
                .limit(LISTED)
            )
        )
        who = await names(session, seat, found)
    return page(seat, "trials.html", nav="trials", trials=found, who=who, most=LISTED)


@post("/trials/{trial:str}/again", opt=needs(Role.REP), status_code=200)
async def tell_again(trial: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """The product could not be told of a trial: let it be told once more; the sweep sends it within seconds."""
    async with seat.desk.writers() as session:
        await trial_action.tell_again(session, seat.site, trial, now=seat.now)
        await note_deed(
            session, seat.site, by=seat.person.login, act="trial_told_again", thing=trial, now=seat.now
        )
        await session.commit()
    return go(f"{seat.url}/trials")


@get("/carts", opt=needs(Role.VIEWER))
async def carts(seat: NamedDependency[Seat]) -> Response[Any]:
    """The latest first."""
    async with seat.desk.readers() as session:
        found = list(
            await session.scalars(
                select(CartRow)
                .where(CartRow.site == seat.site)
                .order_by(CartRow.created_at.desc())
                .limit(LISTED)
            )
        )
    return page(seat, "carts.html", nav="carts", carts=found, most=LISTED)


@get("/mailbox", opt=needs(Role.REP))
async def mailbox(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The built-in mailbox, the latest mail first and open."""
    words = _words(request)
    mails = await _mails(seat, words)
    return page(
        seat, "mailbox.html", nav="mailbox", mails=mails, mail=mails[0] if mails else None, opened=False,
        words=words, most=LISTED,
    )  # fmt: skip


@get("/mailbox/{mail:str}", opt=needs(Role.REP))
async def mail(request: AnyRequest, mail: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """One mail beside the list."""
    words = _words(request)
    return page(
        seat,
        "mailbox.html",
        nav="mailbox",
        mails=await _mails(seat, words),
        mail=await _mail(seat, mail),
        opened=True,
        words=words,
        most=LISTED,
    )


@get("/mailbox/{mail:str}/invite.ics", opt=needs(Role.REP))
async def invite(mail: FromPath[str], seat: NamedDependency[Seat]) -> Response[bytes]:
    """The calendar file that went with a mail."""
    found = await _mail(seat, mail)
    if found.ics is None:
        raise NotFound(f"mail {mail!r} carries no calendar file")
    return Response(
        found.ics,
        media_type="text/calendar; charset=utf-8",
        headers={**HEADERS, "content-disposition": 'attachment; filename="invite.ics"'},
    )


def _words(request: AnyRequest) -> str:
    return " ".join(request.query_params.get("q", "").split())[:200]


async def _mails(seat: Seat, words: str) -> list[MailRow]:
    query = select(MailRow).where(MailRow.site == seat.site)
    if words:
        like = words.casefold().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        said = (
            func.lower(column).like(f"%{like}%", escape="\\")
            for column in (MailRow.to, MailRow.subject, MailRow.text)
        )
        query = query.where(or_(*said))
    async with seat.desk.readers() as session:
        latest = query.order_by(MailRow.sent_at.desc(), MailRow.id.desc()).limit(LISTED)
        return list(await session.scalars(latest))


async def _mail(seat: Seat, wanted: str) -> MailRow:
    async with seat.desk.readers() as session:
        found = await session.get(MailRow, wanted)
    if found is None or found.site != seat.site:
        raise NotFound(f"there is no mail {wanted!r} at site {seat.site!r}; open the mailbox and choose one")
    return found
