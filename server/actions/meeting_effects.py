"""What follows a meeting outside the database: its event, its confirmation once a calendar answers, reminders."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions import booking, calendar, meeting_letters
from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused, Calendars
from server.actions.errors import NoUseTrying, TryLater
from server.actions.links import Links
from server.actions.outbox import MAX_ATTEMPTS
from server.actions.ports import Clock, EffectHandler, LanguageOf, Mailer, Unseal, in_english
from server.actions.site import DeskOf, SiteDesk
from server.actions.tables import MeetingRow
from server.actions.values import Effect, Interval, Meeting, MeetingChanged, Rep
from server.actions.when import said_span
from server.dialogue.phrases import phrase

_LEAST = timedelta(seconds=20)
_ROUNDS = 5
"""How often an event is written anew because the meeting changed while it was written."""

OnChange = Callable[[AsyncSession, MeetingChanged], Awaitable[None]]
AfterCommit = Callable[[AsyncSession], Awaitable[None]]


async def _nobody(_session: AsyncSession, _change: MeetingChanged) -> None:
    return None


async def _nothing(_session: AsyncSession) -> None:
    return None


@dataclass(frozen=True, slots=True)
class MeetingRoom:
    """Everything that follows a meeting besides its plain mails.

    Each handler looks at what is true now and brings the outside to it, so that a handler which runs twice, late or
    beside another changes nothing more.
    """

    sessions: async_sessionmaker[AsyncSession]
    calendars: Calendars
    mailer: Mailer
    unseal: Unseal
    links: Links
    desk_of: DeskOf
    clock: Clock
    language_of: LanguageOf = in_english
    on_change: OnChange = _nobody
    """Tells the CRM, in the transaction in which a held meeting comes to stand."""
    after_commit: AfterCommit = _nothing

    def handlers(self) -> Mapping[str, EffectHandler]:
        """By kind of effect, for `outbox.run`."""
        return {
            "meeting_event": self.event,
            "meeting_event.failed": self.event_refused,
            "meeting_check": self.check,
            "meeting_check.failed": self.check_given_up,
            "meeting_released": self.released,
            "meeting_reminder": self.reminder,
            "meeting_zone": self.zone,
        }

    async def event(self, effect: Effect) -> None:
        """The rep's own calendar shows the meeting when it stands with them, and nothing otherwise."""
        rep, ref = effect.payload["rep"], effect.payload.get("ref")
        meeting = await self._meeting(effect)
        for _ in range(_ROUNDS):
            try:
                state, ref = await self._shown(meeting, rep, ref)
            except CalendarRefused as refused:
                raise NoUseTrying(str(refused), code=refused.code) from refused
            except CalendarAway as away:
                raise TryLater(
                    str(away), after=max(away.after or _LEAST, timedelta(minutes=10)), code=away.code
                ) from away
            await self._note(meeting, rep, state, ref)
            now = await self._meeting(effect)
            if now.sequence == meeting.sequence:
                return
            # It changed while we wrote, and what its own effect wrote may have been overwritten just now.
            meeting = now

    async def event_refused(self, effect: Effect) -> None:
        """The meeting stands, for the visitor was promised it: the rep does by hand what we could not."""
        meeting, rep = await self._meeting(effect), effect.payload["rep"]
        if meeting.sequence != effect.payload["sequence"]:
            return  # what changed it has an event of its own
        await self._note(meeting, rep, "refused", meeting.calendar_ref)
        desk = self.desk_of(effect.site)
        who, stands = _rep(desk, rep), meeting.state == "confirmed" and meeting.rep == rep
        if who is None:
            return
        guest = await self._guest(meeting)
        mail = meeting_letters.unwritten(meeting, desk, who, guest=guest, stands=stands, now=self.clock())
        await self.mailer.send(effect.site, mail, key=effect.key)

    async def check(self, effect: Effect) -> None:
        """A held meeting stands or falls with what the rep's calendar says, as soon as it says anything."""
        meeting = await self._meeting(effect)
        if meeting.state != "held" or meeting.sequence != effect.payload["sequence"]:
            return None
        now, until = self.clock(), meeting.hold_until or meeting.start
        if now >= until:
            return await self._release(effect, "calendar_away")
        offer = self.desk_of(effect.site).calendar
        stretch = calendar.held(offer.type(meeting.meeting_type), meeting.start)
        try:
            is_free = await self._is_free(meeting, stretch)
        except (CalendarAway, CalendarRefused) as away:
            # Spread so that the last attempt comes when the wait is over, however long it is.
            after = offer.care.wait * (2**effect.attempt / 2**MAX_ATTEMPTS)
            raise TryLater(str(away), after=max(after, _LEAST), code=away.code) from away
        if not is_free:
            return await self._release(effect, "time_gone")
        async with self.sessions.begin() as session:
            confirmed = await booking.confirm(
                session, effect.site, meeting.id, meeting.sequence, offer, now=now
            )
            if confirmed is not None:
                await self.on_change(session, MeetingChanged("booked", confirmed))
        await self.after_commit(session)
        return None

    async def check_given_up(self, effect: Effect) -> None:
        """The calendar never answered: the time is free again, and both are told."""
        await self._release(effect, "calendar_away")

    async def released(self, effect: Effect) -> None:
        """Tell one of the two that the time could not be had; the visitor gets a link to choose another one."""
        async with self.sessions() as session:
            meeting = await booking.meeting(session, effect.site, effect.payload["meeting"])
            language = await self.language_of(session, meeting.site, meeting.conversation)
        desk = self.desk_of(effect.site)
        rep = _rep(desk, meeting.rep)
        if not meeting.why or meeting.sequence != effect.payload["sequence"] or rep is None:
            return  # another time was chosen already
        guest = await self._guest(meeting)
        if effect.payload["audience"] == "rep":
            mail = meeting_letters.released_to_rep(meeting, desk, rep, guest=guest)
        elif "@" in guest[1]:
            url = self.links.manage(meeting)
            mail = meeting_letters.released(meeting, desk, rep, to=guest[1], url=url, language=language)
        else:
            return
        await self.mailer.send(effect.site, mail, key=effect.key)

    async def reminder(self, effect: Effect) -> None:
        """The meeting is near. One that came late, or about a meeting that changed, is not sent."""
        async with self.sessions() as session:
            meeting = await booking.meeting(session, effect.site, effect.payload["meeting"])
            language = await self.language_of(session, meeting.site, meeting.conversation)
        ahead = timedelta(minutes=effect.payload["minutes"])
        if meeting.state != "confirmed" or meeting.sequence != effect.payload["sequence"]:
            return
        if meeting.start - self.clock() < ahead / 2:
            return
        _, to = await self._guest(meeting)
        desk = self.desk_of(effect.site)
        rep = _rep(desk, meeting.rep)
        if rep is None or "@" not in to:
            return
        url = self.links.manage(meeting)
        mail = meeting_letters.reminder(meeting, desk, rep, to=to, url=url, language=language)
        await self.mailer.send(effect.site, mail, key=effect.key)

    async def zone(self, effect: Effect) -> None:
        """Tell the rep that the visitor's clock will show another time than was agreed."""
        meeting = await self._meeting(effect)
        desk = self.desk_of(effect.site)
        rep = _rep(desk, meeting.rep)
        if meeting.state != "confirmed" or meeting.sequence != effect.payload["sequence"] or rep is None:
            return
        agreed = datetime.fromisoformat(effect.payload["agreed"]).strftime("%Y-%m-%d %H:%M (UTC%z)")
        guest = await self._guest(meeting)
        mail = meeting_letters.other_clock(meeting, desk, rep, guest=guest, agreed=agreed)
        await self.mailer.send(effect.site, mail, key=effect.key)

    # -- parts ---------------------------------------------------------------------------------------------------

    async def _meeting(self, effect: Effect) -> Meeting:
        async with self.sessions() as session:
            return await booking.meeting(session, effect.site, effect.payload["meeting"])

    async def _shown(self, meeting: Meeting, rep: str, ref: str | None) -> tuple[str, str | None]:
        """Bring the rep's calendar to what is true; the state that the event is in then, and its reference."""
        own = self.calendars.of(meeting.site, rep)
        if own is None:
            return "none", None  # the operator took the calendar away since
        if meeting.state == "confirmed" and meeting.rep == rep:
            return "written", await own.write(await self._event(meeting, rep))
        await own.remove(meeting.uid, ref)
        return "removed", None

    async def _event(self, meeting: Meeting, rep: str) -> CalendarEvent:
        desk = self.desk_of(meeting.site)
        name, email = await self._guest(meeting)
        topic = await self.unseal(meeting.site, meeting.conversation, meeting.topic)
        who = _rep(desk, rep)
        about = (
            " ".join(part for part in (name, email) if part),
            phrase("rep_topic", {"topic": topic}, desk.language) if topic else "",
            said_span(meeting.start, meeting.end, meeting.zone, desk.language),
        )
        return CalendarEvent(
            uid=meeting.uid,
            title=f"{meeting.title}: {name or email}" if name or email else meeting.title,
            start=meeting.start,
            end=meeting.end,
            zone=who.schedule.zone if who else meeting.zone,
            description="\n".join(part for part in about if part),
            attendees=(email,) if "@" in email else (),
            sequence=meeting.sequence,
            url=self.links.manage(meeting),
        )

    async def _note(self, meeting: Meeting, rep: str, state: str, ref: str | None) -> None:
        """What became of the event; of a rep who has the meeting no more it is not the meeting's own."""
        if meeting.rep != rep:
            return
        mine = update(MeetingRow).where(
            MeetingRow.site == meeting.site,
            MeetingRow.id == meeting.id,
            MeetingRow.sequence == meeting.sequence,
            MeetingRow.rep == rep,
        )
        async with self.sessions.begin() as session:
            await session.execute(mine.values(calendar_state=state, calendar_ref=ref))

    async def _is_free(self, meeting: Meeting, stretch: Interval) -> bool:
        own = self.calendars.of(meeting.site, meeting.rep)
        if own is None:
            return True
        return not any(taken.overlaps(stretch) for taken in await own.busy(stretch, ignoring=meeting.uid))

    async def _release(self, effect: Effect, why: str) -> None:
        payload = effect.payload
        async with self.sessions.begin() as session:
            await booking.release(
                session, effect.site, payload["meeting"], payload["sequence"], why, now=self.clock()
            )
        await self.after_commit(session)

    async def _guest(self, meeting: Meeting) -> tuple[str, str]:
        name = await self.unseal(meeting.site, meeting.conversation, meeting.name)
        return name, await self.unseal(meeting.site, meeting.conversation, meeting.email)


def _rep(desk: SiteDesk, key: str) -> Rep | None:
    """The rep may have left the playbook since."""
    return next((rep for rep in desk.calendar.reps if rep.key == key), None)
