"""The queue of follow-up drafts: read, edit, approve, reject, snooze, one or several."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.follow_ups import cadences, queue
from server.actions.follow_ups.errors import Blocked, NotOpen
from server.actions.follow_ups.linting import MOST_CHARS
from server.actions.follow_ups.values import FollowUp
from server.errors import FrontdeskError, NotFound
from server.following.reviewing import Reviewing
from server.review.deps import Seat
from server.review.follow_ups import TABS, sheet, sheets, tab_counts
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.visit import is_part
from server.store.deeds import Act, note_deed

AnyRequest = Request[Any, Any, Any]
_MOST_SUBJECT = 200
_MOST_AT_ONCE = 100


@get("/follow-ups", opt=needs(Role.VIEWER))
async def follow_ups(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The queue of one tab, with its first draft open."""
    asked = request.query_params.get("tab", "")
    tab = asked if asked in {key for key, _, _ in TABS} else TABS[0][0]
    return await _desk(seat, tab, None, said=request.query_params.get("done", ""))


@get("/follow-ups/{follow_up:str}", opt=needs(Role.VIEWER))
async def follow_up(
    request: AnyRequest, follow_up: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """One draft with its conversation."""
    async with seat.desk.readers() as session:
        made = await queue.load(session, seat.site, follow_up)
        if is_part(request):
            return page(seat, "follow_up_work.html", **await sheet(session, seat, made))
    tab = next((key for key, _, states in TABS if made.state in states), TABS[0][0])
    is_asleep = made.state == "waiting" and made.hidden_until is not None and made.hidden_until > seat.now
    return await _desk(seat, "snoozed" if is_asleep else tab, made)


@post("/follow-ups/{follow_up:str}/check", opt=needs(Role.REP), status_code=200)
async def check(request: AnyRequest, follow_up: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """What the linter says of the words in the form, while they are typed; nothing is kept."""
    fields = await request.form()
    async with seat.desk.readers() as session:
        made = await queue.load(session, seat.site, follow_up)
        body = _body(str(fields.get("body", "")))
        content = await _reviewing(seat).checked(session, made, body, now=seat.now)
        values = await sheet(session, seat, _with(made, made.subject, body, content))
    return page(seat, "follow_up_findings.html", **values)


@post("/follow-ups/{follow_up:str}/save", opt=needs(Role.REP), status_code=200)
async def save(request: AnyRequest, follow_up: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Keep the words, and say what is wrong with them."""
    async with seat.desk.writers() as session:
        made = await _saved(session, seat, follow_up, await _fields(request))
        await session.commit()
    return await _decided(request, seat, made.id, "Saved.")


@post("/follow-ups/{follow_up:str}/approve", opt=needs(Role.REP), status_code=200)
async def approve(
    request: AnyRequest, follow_up: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """Let it go, with the words in the form; what the linter blocks stays, and says why."""
    fields = await _fields(request)
    async with seat.desk.writers() as session:
        made = await _saved(session, seat, follow_up, fields)
        if made.blocks:
            await session.commit()
            return await _decided(
                request, seat, made.id, "Not approved: the draft has findings that block it."
            )
        made = await _approved(session, seat, made.id)
        effects = outbox.take_queued(session)
        await session.commit()
    await _reviewing(seat).start(effects)
    return await _decided(request, seat, made.id, "Approved.", moves_on=True)


@post("/follow-ups/{follow_up:str}/reject", opt=needs(Role.REP), status_code=200)
async def reject(request: AnyRequest, follow_up: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Never send it; the reason is kept."""
    reason = str((await request.form()).get("reason", "")).strip()[:500]
    async with seat.desk.writers() as session:
        made = await queue.reject(
            session, seat.site, follow_up, by=seat.person.login, reason=reason, now=seat.now
        )
        await _note(session, seat, "follow_up_rejected", made)
        await session.commit()
    return await _decided(request, seat, made.id, "Rejected.", moves_on=True)


@post("/follow-ups/{follow_up:str}/snooze", opt=needs(Role.REP), status_code=200)
async def snooze(request: AnyRequest, follow_up: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Show it again in some days."""
    asked = str((await request.form()).get("days", "1"))
    days = int(asked) if asked in {"1", "3", "7"} else 1
    async with seat.desk.writers() as session:
        until = seat.now + timedelta(days=days)
        made = await queue.snooze(
            session, seat.site, follow_up, until=until, by=seat.person.login, now=seat.now
        )
        await _note(session, seat, "follow_up_snoozed", made)
        await session.commit()
    return await _decided(request, seat, made.id, "Put off.", moves_on=True)


@post("/follow-ups/{follow_up:str}/replied", opt=needs(Role.REP), status_code=200)
async def replied(
    request: AnyRequest, follow_up: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """The reader answered the mail: nothing follows by itself any more. Mail that comes in is not read here."""
    async with seat.desk.writers() as session:
        made = await queue.load(session, seat.site, follow_up)
        await cadences.end_all(session, seat.site, person=made.person, why="replied", now=seat.now)
        await queue.stop_open(session, seat.site, person=made.person, why="replied", now=seat.now)
        await _note(session, seat, "follow_up_replied", made)
        await session.commit()
    return await _decided(request, seat, made.id, "Noted: they replied, no more mails follow.")


@post("/follow-ups/approve", opt=needs(Role.REP), status_code=303)
async def approve_several(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Those that are chosen and have no blocking finding; the others stay."""
    ids = [str(each) for each in (await request.form()).getall("ids", [])][:_MOST_AT_ONCE]
    done = left = 0
    effects: tuple[str, ...] = ()
    async with seat.desk.writers() as session:
        for each in ids:
            try:
                made = await queue.load(session, seat.site, each)
                made = await _saved(session, seat, each, {"subject": made.subject, "body": made.body})
                await _approved(session, seat, made.id)
                done += 1
            except (Blocked, NotOpen, NotFound):
                left += 1
        effects = outbox.take_queued(session)
        await session.commit()
    await _reviewing(seat).start(effects)
    return go(f"{seat.url}/follow-ups?done={done}-{left}")


async def _saved(session: AsyncSession, seat: Seat, follow_up: str, fields: dict[str, str]) -> FollowUp:
    made = await queue.load(session, seat.site, follow_up)
    subject, body = fields.get("subject", made.subject), fields.get("body", made.body)
    content = await _reviewing(seat).checked(session, made, body, now=seat.now)
    kept = await queue.edit(
        session,
        seat.site,
        follow_up,
        subject=subject,
        body=body,
        content=content,
        by=seat.person.login,
        now=seat.now,
    )
    if (subject, body) != (made.subject, made.body):
        await _note(session, seat, "follow_up_edited", kept)
    return kept


async def _approved(session: AsyncSession, seat: Seat, follow_up: str) -> FollowUp:
    terms = _reviewing(seat).terms(seat.site)
    made = await queue.approve(session, seat.site, follow_up, terms=terms, by=seat.person.login, now=seat.now)
    await _note(session, seat, "follow_up_approved", made)
    return made


async def _note(session: AsyncSession, seat: Seat, act: Act, made: FollowUp) -> None:
    thing = f"{made.id} of {made.conversation}"
    await note_deed(session, seat.site, by=seat.person.login, act=act, thing=thing, now=seat.now)


def _reviewing(seat: Seat) -> Reviewing:
    if seat.desk.follow_ups is None:
        raise FrontdeskError("this installation has no follow-ups to review", code="no_follow_ups")
    return seat.desk.follow_ups


async def _fields(request: AnyRequest) -> dict[str, str]:
    """Subject and words of the form, in bounds; nothing for what it does not carry."""
    form = await request.form()
    found = {name: str(form[name]) for name in ("subject", "body") if name in form}
    if "body" in found:
        found["body"] = _body(found["body"])
    if "subject" in found:
        found["subject"] = " ".join(found["subject"].split())[:_MOST_SUBJECT]
        if not found["subject"]:
            raise FrontdeskError("a mail needs a subject; write one", code="no_subject")
    return found


def _body(typed: str) -> str:
    """Browsers send line breaks as two characters."""
    return typed.replace("\r\n", "\n").strip()[: MOST_CHARS * 2]


def _with(made: FollowUp, subject: str, body: str, content: Any) -> FollowUp:
    return replace(made, subject=subject, body=body, content=content)


async def _decided(
    request: AnyRequest, seat: Seat, follow_up: str, said: str, *, moves_on: bool = False
) -> Response[Any]:
    """The draft as it stands now, its row, and word of it to the page."""
    if not is_part(request):
        return go(f"{seat.url}/follow-ups/{follow_up}")
    async with seat.desk.readers() as session:
        made = await queue.load(session, seat.site, follow_up)
        values = await sheet(session, seat, made)
        counts = await tab_counts(session, seat)
    event = json.dumps({"decided": {"id": follow_up, "said": said, "next": moves_on}})
    return page(
        seat, "follow_up_decided.html", headers={"hx-trigger-after-settle": event}, counts=counts, tabs=TABS, **values
    )  # fmt: skip


async def _desk(seat: Seat, tab: str, chosen: FollowUp | None, *, said: str = "") -> Response[Any]:
    async with seat.desk.readers() as session:
        rows = await sheets(session, seat, tab)
        counts = await tab_counts(session, seat)
        shown = chosen or (rows[0] if rows else None)
        work = await sheet(session, seat, shown) if shown else {"item": None}
    done, _, left = said.partition("-")
    return page(
        seat, "follow_ups.html", nav="follow-ups", tabs=TABS, tab=tab, counts=counts, rows=rows,
        opened=chosen is not None, done=done if done.isdecimal() else "", left=left if left.isdecimal() else "", **work,
    )  # fmt: skip
