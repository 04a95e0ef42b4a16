"""See, move or cancel one meeting by its signed link."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import booking
from server.actions.calendar import choices
from server.actions.elsewhere import Elsewhere
from server.actions.errors import MeetingClosed, Refusal, SlotNotOffered, SlotTaken
from server.actions.ics import CONTENT_TYPE, Method, calendar_file
from server.actions.links import Opened
from server.actions.site import SiteDesk
from server.actions.values import ChoiceDay, Interval, Meeting, MeetingChanged
from server.actions.when import day_label, day_span
from server.pages.desk import PageDesk
from server.pages.render import page

After = Annotated[date | None, QueryParameter(required=False)]
Done = Annotated[str, QueryParameter(max_length=20, required=False)]


@dataclass(frozen=True, slots=True)
class Times:
    """Other times to choose from; `later` is the day from which there are more."""

    days: tuple[tuple[str, ChoiceDay], ...] = ()
    later: date | None = None


class MeetingPages(Controller):
    path = "/meet/{token:str}"
    include_in_schema = False

    @get()
    async def show(
        self,
        token: FromPath[str],
        pages: NamedDependency[PageDesk],
        after: After = None,
        done: Done = "",
    ) -> Response[str]:
        """The meeting as it stands, and where it could move."""
        link = pages.links.read("meet", token, now=pages.clock())
        return await _shown(pages, link, token, after=after, done=done)

    @get("/invite.ics")
    async def invite(self, token: FromPath[str], pages: NamedDependency[PageDesk]) -> Response[bytes]:
        """The meeting as a file for any calendar; after a cancellation, the file that removes it."""
        now = pages.clock()
        link = pages.links.read("meet", token, now=now)
        async with pages.sessions() as session:
            meeting = await booking.meeting(session, link.site, link.id)
            language = await pages.language_of(session, link.site, meeting.conversation)
        desk = pages.desk_of(link.site)
        # A held one is not in any calendar yet, and neither is one that never was more than held.
        method: Method = "CANCEL" if meeting.state == "cancelled" else "PUBLISH"
        rep = next((rep for rep in desk.calendar.reps if rep.key == meeting.rep), None)
        # A cancellation names somebody who comes no more (RFC 5546); what is published names nobody.
        attendees = ((rep.name, rep.email),) if rep and method == "CANCEL" else ()
        content = calendar_file(
            meeting,
            method=method,
            organizer=(desk.name, desk.sales_email),
            attendees=attendees,
            manage_url=pages.links.manage(meeting),
            now=now,
            title=desk.title_of(meeting, language),
            language=language,
        )
        headers = {
            "content-disposition": 'attachment; filename="meeting.ics"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        return Response(content, media_type=CONTENT_TYPE.format(method=method), headers=headers)

    @post("/move")
    async def move(
        self, request: Request[Any, Any, Any], token: FromPath[str], pages: NamedDependency[PageDesk]
    ) -> Response[str] | Redirect:
        """Move to the chosen time; when somebody was faster, say so and show what is free now."""
        now = pages.clock()
        link = pages.links.read("meet", token, now=now)
        form = await request.form()
        value = str(form.get("slot", ""))
        elsewhere = await _elsewhere(pages, link, now, value)
        try:
            async with pages.sessions.begin() as session:
                await _move(session, pages, link, value, now, elsewhere)
            await pages.after_commit(session)
        except (SlotTaken, SlotNotOffered, MeetingClosed) as refusal:
            if isinstance(refusal, MeetingClosed) and refusal.code != "calendar_away":
                raise
            return await _shown(pages, link, token, status=refusal.status, refusal=refusal)
        return Redirect(f"/meet/{token}?done=moved", status_code=303)

    @post("/cancel")
    async def cancel(self, token: FromPath[str], pages: NamedDependency[PageDesk]) -> Redirect:
        """Call it off."""
        now = pages.clock()
        link = pages.links.read("meet", token, now=now)
        async with pages.sessions.begin() as session:
            before = await booking.meeting(session, link.site, link.id, lock=True)
            meeting = await booking.cancel(session, link.site, link.id, now=now)
            if meeting != before and before.state == "confirmed":
                await pages.on_change(session, MeetingChanged("cancelled", meeting))
        await pages.after_commit(session)
        return Redirect(f"/meet/{token}", status_code=303)


async def _elsewhere(pages: PageDesk, link: Opened, now: datetime, value: str = "") -> Elsewhere:
    """What the reps' own calendars say, read before a transaction opens."""
    offer = pages.desk_of(link.site).calendar
    return await pages.look(link.site, offer, now, link.id, value or None)


async def _move(
    session: AsyncSession, pages: PageDesk, link: Opened, value: str, now: datetime, elsewhere: Elsewhere
) -> None:
    offer = pages.desk_of(link.site).calendar
    before = await booking.meeting(session, link.site, link.id, lock=True)
    slot = booking.read_slot(value, offer.type(before.meeting_type))
    meeting = await booking.move(session, link.site, link.id, slot, offer, now=now, elsewhere=elsewhere)
    if meeting != before:
        change: Literal["moved", "booked"] = "moved" if before.state == "confirmed" else "booked"
        await pages.on_change(session, MeetingChanged(change, meeting))


async def _shown(
    pages: PageDesk,
    link: Opened,
    token: str,
    *,
    status: int = 200,
    refusal: Refusal | None = None,
    after: date | None = None,
    done: str = "",
) -> Response[str]:
    now = pages.clock()
    desk = pages.desk_of(link.site)
    elsewhere = await _elsewhere(pages, link, now)
    async with pages.sessions() as session:
        meeting = await booking.meeting(session, link.site, link.id)
        language = await pages.language_of(session, link.site, meeting.conversation)
        times = await _times(session, desk, meeting, after, now, language, elsewhere)
    return page(
        "meeting.html",
        desk,
        language=language,
        status=status,
        meeting=meeting,
        title=desk.title_of(meeting, language),
        rep=_rep_name(desk, meeting),
        times=times,
        base=f"/meet/{token}",
        over=meeting.end <= now,
        begun=meeting.start <= now and not meeting.why,
        problem=refusal.said(language) if refusal else "",
        moved=done == "moved" and meeting.sequence > 0,
        paged=after is not None,
    )


def _rep_name(desk: SiteDesk, meeting: Meeting) -> str:
    """The rep may have left the playbook since; then the meeting is with the company."""
    return next((rep.name for rep in desk.calendar.reps if rep.key == meeting.rep), desk.name)


async def _times(
    session: AsyncSession,
    desk: SiteDesk,
    meeting: Meeting,
    after: date | None,
    now: datetime,
    language: str,
    elsewhere: Elsewhere,
) -> Times:
    is_over = meeting.state == "cancelled" or meeting.start <= now
    if (is_over and not meeting.why) or meeting.meeting_type not in desk.calendar.types:
        return Times()
    horizon = max((rep.schedule.horizon_days for rep in desk.calendar.reps), default=0)
    start = max(now, day_span(after, meeting.zone)[0]) if after else now
    reachable = tuple(rep for rep in desk.calendar.reps if rep.key not in elsewhere.away)
    slots = await booking.free_slots(
        session,
        meeting.site,
        replace(desk.calendar, reps=reachable),
        meeting.meeting_type,
        now=now,
        window=Interval(start, max(start, now + timedelta(days=horizon))),
        owner=meeting.rep,
        ignoring=meeting.id,
        conversation=meeting.conversation,
        elsewhere=elsewhere,
    )
    others = [slot for slot in slots if slot.start != meeting.start or meeting.why]
    offered = choices(others, zone=meeting.zone)
    if not offered.days:
        return Times()
    following = offered.days[-1].date + timedelta(days=1)
    more = any(slot.start >= day_span(following, meeting.zone)[0] for slot in others)
    today = now.date()
    days = tuple((day_label(day.date, today=today, language=language), day) for day in offered.days)
    return Times(days, following if more else None)
