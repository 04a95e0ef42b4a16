"""The bookings calendar: a week by rep, what comes, what was, and how each meeting went."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.tables import EffectRow, MeetingHoldRow, MeetingRow
from server.errors import FrontdeskError, NotFound
from server.review import lists
from server.review.deps import Seat
from server.review.inbox import names
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.week import Entry, Week, bounds, laid_out, monday
from server.store import outcomes

AnyRequest = Request[Any, Any, Any]
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
async def meetings(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The week, then what comes next, then what was."""
    given = request.query_params
    zones = {rep.key: str(rep.schedule.zone) for rep in seat.desk.calendar(seat.site).reps}
    rep, zone = given.get("rep", ""), _zone(given.get("zone", ""), given.get("rep", ""), seat, zones)
    mine = select(MeetingRow).where(MeetingRow.site == seat.site)
    if rep:
        mine = mine.where(MeetingRow.rep == rep)
    most = lists.LISTED
    async with seat.desk.readers() as session:
        week = await _week(session, seat, mine, rep, _monday(given.get("week", ""), seat, zone), zone)
        ahead = mine.where(MeetingRow.ends_at >= seat.now).order_by(MeetingRow.starts_at)
        coming = list(await session.scalars(ahead.limit(most)))
        over = mine.where(MeetingRow.ends_at < seat.now).order_by(MeetingRow.starts_at.desc())
        past = list(await session.scalars(over.limit(most)))
        became = await _became(session, seat.site, past)
        known = set(
            await session.scalars(select(MeetingRow.rep).where(MeetingRow.site == seat.site).distinct())
        )
        reminders = await _reminders(session, seat.site, [row.id for row in coming])
        who = await names(session, seat, (*coming, *past))
    return page(
        seat, "meetings.html", nav="meetings", coming=coming, past=past, became=became, week=week, rep=rep,
        reps=sorted(known | set(zones)), zones=sorted({*zones.values(), str(zone), "UTC"}), reminders=reminders,
        outcome_words=outcomes.WORDS, calendars=CALENDARS, whys=WHYS, most=most, zone=str(zone),
        is_list=given.get("view") == "agenda", who=who,
    )  # fmt: skip


@post("/meetings/{meeting:str}/became", opt=needs(Role.REP), status_code=200)
async def say_how_it_went(
    request: AnyRequest, meeting: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """Held, missed, or not said after all: of this meeting, whatever others the conversation has."""
    kind = str((await request.form()).get("kind", ""))
    if kind not in ("", *MEETING_KINDS):
        raise FrontdeskError(
            f"a meeting can not have become {kind!r}; use one of {', '.join(MEETING_KINDS)}",
            code="unknown_outcome", status=422,
        )  # fmt: skip
    async with seat.desk.writers() as session:
        row = await session.get(MeetingRow, meeting)
        if row is None or row.site != seat.site:
            raise NotFound(f"there is no meeting {meeting!r} at site {seat.site!r}; it may have been deleted")
        row.became = kind
        await session.flush()
        await _tell_conversation(session, seat, row.conversation)
        await session.commit()
    return go(f"{seat.url}/meetings")


async def _tell_conversation(session: AsyncSession, seat: Seat, conversation: str) -> None:
    """What a score learns from stands at the conversation: one meeting that was held outweighs others missed."""
    said = set(
        await session.scalars(
            select(MeetingRow.became).where(
                MeetingRow.site == seat.site, MeetingRow.conversation == conversation, MeetingRow.became != ""
            )
        )
    )
    who: dict[str, Any] = {"by": seat.person.login, "now": seat.now}
    stands = next((kind for kind in MEETING_KINDS if kind in said), None)
    for kind in MEETING_KINDS:
        if kind != stands:
            await outcomes.unmark(session, seat.site, conversation, kind, **who)
    if stands is not None:
        await outcomes.mark(session, seat.site, conversation, stands, **who)


async def _became(session: AsyncSession, site: str, past: Sequence[MeetingRow]) -> dict[str, str]:
    """By meeting. What was marked at the conversation (by an earlier version, or by another system) belongs to the
    latest of its meetings that was over by then."""
    told = await outcomes.of_all(session, site, {row.conversation for row in past})
    found = {row.id: row.became for row in past if row.became}
    spoken = {row.conversation for row in past if row.became}
    for conversation, marks in told.items():
        if conversation in spoken:
            continue
        mine = [row for row in past if row.conversation == conversation and row.state != "cancelled"]
        for mark in (one for one in marks if one.kind in MEETING_KINDS):
            # `past` begins with the latest.
            if meant := next((row for row in mine if row.starts_at <= mark.at), None):
                found[meant.id] = mark.kind
    return found


async def _week(session: AsyncSession, seat: Seat, mine: Any, rep: str, start: date, zone: ZoneInfo) -> Week:
    first, last = bounds(start, zone)
    rows = list(
        await session.scalars(
            mine.where(MeetingRow.starts_at >= first, MeetingRow.starts_at < last)
            .order_by(MeetingRow.starts_at)
            .limit(500)
        )
    )
    sent = await _reminders(session, seat.site, [row.id for row in rows])
    entries = [
        Entry(
            row.id, row.conversation, row.rep, row.title, row.starts_at, row.ends_at, _state(row),
            _reminded(sent.get(row.id, (0, 0))),
        )
        for row in rows
    ]  # fmt: skip
    holds = select(MeetingHoldRow).where(
        MeetingHoldRow.site == seat.site, MeetingHoldRow.hold_until > seat.now,
        MeetingHoldRow.starts_at >= first, MeetingHoldRow.starts_at < last,
    )  # fmt: skip
    if rep:
        holds = holds.where(MeetingHoldRow.rep == rep)
    entries += [
        Entry(row.id, row.conversation, row.rep, "Kept for a visitor", row.starts_at, row.held_until, "held")
        for row in await session.scalars(holds.limit(200))
    ]
    return laid_out(entries, start, zone, seat.now)


async def _reminders(session: AsyncSession, site: str, ids: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How many reminders went out and how many will, by meeting."""
    if not ids:
        return {}
    wanted = set(ids)
    meeting = EffectRow.payload["meeting"].as_string()
    query = (
        select(meeting, EffectRow.status, func.count())
        .where(EffectRow.site == site, EffectRow.kind == "meeting_reminder", meeting.in_(wanted))
        .group_by(meeting, EffectRow.status)
    )
    found: dict[str, tuple[int, int]] = {}
    for name, status, count in (await session.execute(query)).tuples():
        sent, planned = found.get(name, (0, 0))
        found[name] = (sent + count * (status == "done"), planned + count * (status in ("queued", "running")))
    return found


def _reminded(told: tuple[int, int]) -> str:
    sent, planned = told
    if sent:
        return "reminder sent" if sent == 1 else f"{sent} reminders sent"
    return "reminder planned" if planned else ""


def _state(row: MeetingRow) -> str:
    return "moved" if row.state == "confirmed" and row.sequence > 0 else row.state


def _zone(wanted: str, rep: str, seat: Seat, zones: dict[str, str]) -> ZoneInfo:
    """The one asked for, else the rep's, else one's own, else the first rep's."""
    own = zones.get(rep) or zones.get(seat.person.login) or next(iter(zones.values()), "UTC")
    try:
        return ZoneInfo(wanted[:64] or own)
    except (KeyError, ValueError, OSError):
        return ZoneInfo(own)


def _monday(wanted: str, seat: Seat, zone: ZoneInfo) -> date:
    try:
        found = date.fromisoformat(wanted) if wanted else seat.now.astimezone(zone).date()
    except ValueError:
        found = seat.now.astimezone(zone).date()
    # Far from both ends of what a calendar can count.
    return monday(found) if 1990 < found.year < 2200 else monday(seat.now.date())
