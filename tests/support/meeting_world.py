"""A company whose reps keep calendars of their own, in memory: they can be busy, away or refuse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import booking, calendar, holds, outbox
from server.actions.calendars.ports import CalendarAway, CalendarEvent, CalendarRefused
from server.actions.elsewhere import BusyTimes, Elsewhere
from server.actions.meeting_effects import MeetingRoom
from server.actions.ports import EffectHandler
from server.actions.site import MeetingCare
from server.actions.values import FreeSlot, Interval, Meeting, MeetingChanged, MeetingHold
from tests.support.actions_world import CALENDAR, FERNWAY, World, a_request, a_world, new_id, unseal

CARE = MeetingCare(reminders=(timedelta(hours=24), timedelta(hours=1)))
OFFER = replace(CALENDAR, care=CARE)


@dataclass
class MemoryCalendar:
    """One rep's calendar."""

    events: dict[str, CalendarEvent] = field(default_factory=dict)
    taken: list[Interval] = field(default_factory=list)
    is_away: bool = False
    refuses: bool = False
    reads: int = 0
    writes: int = 0

    def _answers(self) -> None:
        if self.is_away:
            raise CalendarAway("the calendar does not answer")
        if self.refuses:
            raise CalendarRefused("the calendar does not let us in")

    async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
        self.reads += 1
        self._answers()
        ours = [Interval(event.start, event.end) for uid, event in self.events.items() if uid != ignoring]
        return [each for each in (*ours, *self.taken) if each.overlaps(window)]

    async def write(self, event: CalendarEvent) -> str:
        self._answers()
        self.writes += 1
        known = self.events.get(event.uid)
        if known is None or known.sequence <= event.sequence:
            self.events[event.uid] = event
        return f"ref-{event.uid}"

    async def remove(self, uid: str, reference: str | None = None) -> None:
        self._answers()
        self.events.pop(uid, None)


@dataclass
class MemoryCalendars:
    by_rep: dict[str, MemoryCalendar] = field(
        default_factory=lambda: {"ada": MemoryCalendar(), "ben": MemoryCalendar()}
    )

    def of(self, site: str, rep: str) -> MemoryCalendar | None:
        return self.by_rep.get(rep)


@dataclass
class MeetingWorld:
    """A world with calendars, and what the CRM was told."""

    world: World
    calendars: MemoryCalendars = field(default_factory=MemoryCalendars)
    told: list[str] = field(default_factory=list)

    @property
    def ada(self) -> MemoryCalendar:
        return self.calendars.by_rep["ada"]

    @property
    def ben(self) -> MemoryCalendar:
        return self.calendars.by_rep["ben"]

    def handlers(self) -> Mapping[str, EffectHandler]:
        world = self.world

        async def tell(_session: AsyncSession, change: MeetingChanged) -> None:
            self.told.append(change.change)

        desk = replace(FERNWAY, calendar=OFFER)
        room = MeetingRoom(
            world.sessions, self.calendars, world.mailbox(), unseal, world.links, lambda _site: desk,
            world.clock, on_change=tell,
        )  # fmt: skip
        return {**world.postroom().handlers(), **room.handlers()}

    async def look(self, slot: FreeSlot, ignoring: str = "") -> Elsewhere:
        stretch = calendar.held(OFFER.type("demo"), slot.start)
        busy = BusyTimes(self.calendars)
        return await busy.to_book("demo", slot.rep, stretch, now=self.world.clock(), ignoring=ignoring)

    async def hold(self, slot: FreeSlot, conversation: str = "c-1") -> MeetingHold:
        async with self.world.sessions.begin() as session:
            return await holds.hold(
                session, "demo", conversation, slot, "demo", OFFER, now=self.world.clock(), id=new_id()
            )

    async def book(self, slot: FreeSlot, *, conversation: str = "c-1", key: str = "m-1") -> Meeting:
        elsewhere = await self.look(slot)
        async with self.world.sessions.begin() as session:
            request = a_request(slot, key=key, conversation=conversation)
            return await booking.book(
                session, request, OFFER, now=self.world.clock(), id=new_id(), elsewhere=elsewhere
            )

    async def move(self, meeting: Meeting, slot: FreeSlot) -> Meeting:
        elsewhere = await self.look(slot, meeting.uid)
        async with self.world.sessions.begin() as session:
            return await booking.move(
                session, "demo", meeting.id, slot, OFFER, now=self.world.clock(), elsewhere=elsewhere
            )

    async def cancel(self, meeting: Meeting) -> Meeting:
        async with self.world.sessions.begin() as session:
            return await booking.cancel(session, "demo", meeting.id, now=self.world.clock())

    async def run(self) -> None:
        """Everything that is due now."""
        async with self.world.sessions() as session:
            due = await outbox.due(session, now=self.world.clock())
        for effect in due:
            await outbox.run(self.world.sessions, self.handlers(), effect, clock=self.world.clock)

    async def after(self, span: timedelta, *, every: timedelta = timedelta(minutes=10)) -> None:
        """Let time pass, running what comes due."""
        end = self.world.clock() + span
        while self.world.clock() < end:
            self.world.clock.at = min(end, self.world.clock() + every)
            await self.run()

    async def stands(self, meeting: Meeting) -> Meeting:
        async with self.world.sessions() as session:
            return await booking.meeting(session, "demo", meeting.id)

    async def free(self, slot: FreeSlot, conversation: str = "") -> bool:
        """Whether the slot's rep has it free for a conversation."""
        async with self.world.sessions() as session:
            offer = replace(OFFER, reps=(OFFER.rep(slot.rep),))
            slots = await booking.free_slots(
                session, "demo", offer, "demo", now=self.world.clock(), conversation=conversation
            )
        return slot in slots

    async def subjects(self) -> list[str]:
        return [f"{mail.to}: {mail.subject}" for mail in reversed(await self.world.mails())]


@asynccontextmanager
async def a_meeting_world(folder: Path, url: str | None = None) -> AsyncIterator[MeetingWorld]:
    async with a_world(folder, url) as world:
        yield MeetingWorld(world)
