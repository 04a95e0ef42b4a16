"""Meetings, trials, carts and the mailbox: what the assistant's actions have led to."""

from __future__ import annotations

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select

from server.actions import trial as trial_action
from server.actions.tables import CartRow, MailRow, MeetingRow, TrialRow
from server.errors import NotFound
from server.review.deps import Seat
from server.review.pages import HEADERS, go, page
from server.review.roles import Role, needs
from server.store import outcomes
from server.store.deeds import note_deed

LISTED = 200
MEETING_KINDS = ("meeting_held", "meeting_missed")
CALENDARS = {
    "none": "built-in",
    "waiting": "waiting",
    "written": "written",
    "removed": "removed",
    "refused": "refused: the rep was told",
}
"""What became of a meeting's event in the rep's own calendar."""
WHYS = {"time_gone": "the rep's calendar had it taken", "calendar_away": "the rep's calendar did not answer"}
"""Why we called a meeting off ourselves."""


@get("/meetings", opt=needs(Role.VIEWER))
async def meetings(seat: NamedDependency[Seat]) -> Response[Any]:
    """What comes next first, then what was."""
    mine = select(MeetingRow).where(MeetingRow.site == seat.site)
    async with seat.desk.readers() as session:
        coming = list(
            await session.scalars(
                mine.where(MeetingRow.ends_at >= seat.now).order_by(MeetingRow.starts_at).limit(LISTED)
            )
        )
        past = list(
            await session.scalars(
                mine.where(MeetingRow.ends_at < seat.now).order_by(MeetingRow.starts_at.desc()).limit(LISTED)
            )
        )
        told = await outcomes.of_all(session, seat.site, {row.conversation for row in past})
    became = {
        row.conversation: [mark.kind for mark in told.get(row.conversation, []) if mark.kind in MEETING_KINDS]
        for row in past
    }
    return page(
        seat, "meetings.html", nav="meetings", coming=coming, past=past, became=became,
        outcome_words=outcomes.WORDS, calendars=CALENDARS, whys=WHYS, most=LISTED,
    )  # fmt: skip


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
    return page(seat, "trials.html", nav="trials", trials=found, most=LISTED)


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
async def mailbox(seat: NamedDependency[Seat]) -> Response[Any]:
    """The built-in mailbox, the latest mail first and open."""
    mails = await _mails(seat)
    return page(
        seat, "mailbox.html", nav="mailbox", mails=mails, mail=mails[0] if mails else None, opened=False
    )


@get("/mailbox/{mail:str}", opt=needs(Role.REP))
async def mail(mail: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """One mail beside the list."""
    return page(
        seat,
        "mailbox.html",
        nav="mailbox",
        mails=await _mails(seat),
        mail=await _mail(seat, mail),
        opened=True,
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


async def _mails(seat: Seat) -> list[MailRow]:
    async with seat.desk.readers() as session:
        return list(
            await session.scalars(
                select(MailRow)
                .where(MailRow.site == seat.site)
                .order_by(MailRow.sent_at.desc(), MailRow.id.desc())
                .limit(LISTED)
            )
        )


async def _mail(seat: Seat, wanted: str) -> MailRow:
    async with seat.desk.readers() as session:
        found = await session.get(MailRow, wanted)
    if found is None or found.site != seat.site:
        raise NotFound(f"there is no mail {wanted!r} at site {seat.site!r}; open the mailbox and choose one")
    return found
