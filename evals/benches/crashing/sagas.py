"""The sagas: what a visitor asks for, step by step; each request is sent again by a client that got no answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from evals.benches.crashing import selling
from evals.benches.crashing.world import BEGINS, CALENDAR, SITE, World, new_id
from server.actions import booking, calendar, handoff, holds
from server.actions.elsewhere import BusyTimes
from server.actions.values import (
    BookingRequest,
    FreeSlot,
    HandoffRequest,
    Interval,
    MeetingChanged,
    Presence,
)

Act = Callable[[World, Random], Awaitable[None]]


async def _nothing(_world: World, _draw: Random) -> None:
    return None


@dataclass(frozen=True)
class Saga:
    """`before` stands and is settled when `act` begins, which is what gets killed."""

    name: str
    act: Act
    before: Act = _nothing
    away: timedelta = timedelta(0)
    """How long the reps' calendars do not answer from the beginning on."""
    is_taken: bool = False
    """Whether the chosen time turns out to be taken once they do."""
    refuses: bool = False
    """Whether the operator's product takes no trial."""


def chosen(draw: Random) -> FreeSlot:
    """A half-hour of the next day."""
    start = BEGINS.replace(hour=8) + timedelta(days=1, minutes=30 * draw.randrange(10))
    return FreeSlot(start, start + timedelta(minutes=30), draw.choice(("ada", "ben")))


def other(slot: FreeSlot) -> FreeSlot:
    """Another half-hour with the colleague."""
    start = slot.start + timedelta(days=1)
    return FreeSlot(start, start + timedelta(minutes=30), "ben" if slot.rep == "ada" else "ada")


def taken_at(draw: Random) -> Interval:
    slot = chosen(draw)
    return Interval(slot.start, slot.end)


async def book(world: World, draw: Random) -> None:
    slot = chosen(draw)

    async def hold(session: AsyncSession) -> None:
        await holds.hold(session, SITE, "c-1", slot, "demo", CALENDAR, now=world.clock(), id=new_id())

    await world.once("chosen", hold)
    kind = CALENDAR.type("demo")
    elsewhere = await BusyTimes(world.calendars).to_book(
        SITE, slot.rep, calendar.held(kind, slot.start), now=world.clock()
    )

    async def booked(session: AsyncSession) -> None:
        request = BookingRequest(
            SITE, "c-1", "c-1:booked", "demo", slot, "Europe/Berlin", "[email_1]", "[person_1]"
        )
        meeting = await booking.book(
            session, request, CALENDAR, now=world.clock(), id=new_id(), elsewhere=elsewhere
        )
        if meeting.state == "confirmed":
            await world.tell_of_meeting(session, MeetingChanged("booked", meeting))

    await world.once("booked", booked)
    await world.settle()


async def move(world: World, draw: Random) -> None:
    slot = other(chosen(draw))
    kind = CALENDAR.type("demo")
    elsewhere = await BusyTimes(world.calendars).to_book(
        SITE, slot.rep, calendar.held(kind, slot.start), now=world.clock()
    )

    async def moved(session: AsyncSession) -> None:
        before = (await booking.meetings_of(session, SITE, "c-1"))[0]
        meeting = await booking.move(
            session, SITE, before.id, slot, CALENDAR, now=world.clock(), elsewhere=elsewhere
        )
        await world.tell_of_meeting(session, MeetingChanged("moved", meeting))

    await world.once("moved", moved)
    await world.settle()


async def cancel(world: World, _draw: Random) -> None:
    async def cancelled(session: AsyncSession) -> None:
        before = (await booking.meetings_of(session, SITE, "c-1"))[0]
        meeting = await booking.cancel(session, SITE, before.id, now=world.clock())
        await world.tell_of_meeting(session, MeetingChanged("cancelled", meeting))

    await world.once("cancelled", cancelled)
    await world.settle()


async def move_and_cancel(world: World, draw: Random) -> None:
    """Both before anything of the first could be carried out."""
    slot = other(chosen(draw))

    async def moved(session: AsyncSession) -> None:
        before = (await booking.meetings_of(session, SITE, "c-1"))[0]
        elsewhere = await BusyTimes(world.calendars).to_book(
            SITE, slot.rep, Interval(slot.start, slot.end), now=world.clock()
        )
        meeting = await booking.move(
            session, SITE, before.id, slot, CALENDAR, now=world.clock(), elsewhere=elsewhere
        )
        await world.tell_of_meeting(session, MeetingChanged("moved", meeting))

    await world.once("moved", moved)
    await cancel(world, draw)


async def ask_for_a_person(world: World, draw: Random) -> None:
    somebody = draw.random() < 0.5
    presence = Presence(reps_online=int(somebody), open_now=somebody)

    async def asked(session: AsyncSession) -> None:
        wish = HandoffRequest(SITE, "c-1", "asked for a person", "Wants a quote.", "[email_1]")
        got = await handoff.request(session, wish, presence=presence, now=world.clock(), id=new_id())
        await world.tell(session, "handoff.requested", got.id, "asked for a person")

    await world.once("asked", asked)
    await world.settle()


SAGAS = (
    Saga("book", book),
    Saga("book while the calendar is away", book, away=timedelta(minutes=8)),
    Saga("book what the calendar then refuses", book, away=timedelta(minutes=8), is_taken=True),
    Saga("move", move, before=book),
    Saga("cancel", cancel, before=book),
    Saga("move and cancel at once", move_and_cancel, before=book),
    Saga("trial", selling.try_out),
    Saga("trial in the operator's product", selling.try_out_there),
    Saga("trial that the product refuses", selling.try_out_there, refuses=True),
    Saga("cart ordered", selling.order),
    Saga("cart paid at a provider", selling.pay),
    Saga("hand-over", ask_for_a_person),
)
