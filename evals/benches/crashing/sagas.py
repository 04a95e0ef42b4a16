"""The sagas: what a visitor asks for, step by step; each request is sent again by a client that got no answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from random import Random

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from evals.benches.crashing.world import BEGINS, CALENDAR, SITE, World, new_id
from server.actions import booking, calendar, cart, handoff, holds, trial
from server.actions.elsewhere import BusyTimes
from server.actions.goods import Cart, CartLine, TrialRequest, TrialTerms
from server.actions.tables import CartRow, TrialRow
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


async def try_out(world: World, _draw: Random) -> None:
    terms = TrialTerms("Business")

    async def asked(session: AsyncSession) -> None:
        request = TrialRequest(SITE, "c-1", "visitor@lifts.example")
        outcome = await trial.start(session, request, terms, secret="s", now=world.clock(), id=new_id())
        await world.tell(session, "trial.started", f"{outcome.trial.id}:1", "asked for a trial")

    await world.once("asked", asked)
    await world.settle()

    async def verified(session: AsyncSession) -> None:
        row = await session.scalar(select(TrialRow))
        assert row is not None, "it was asked for"
        known = await trial.trial(session, SITE, row.id)
        link = world.links.verify(known, expires=world.clock() + timedelta(hours=48))
        opened = world.links.read("trial", link.rsplit("/", 1)[-1], now=world.clock())
        done = await trial.verify(session, opened, now=world.clock())
        await world.tell(session, "trial.verified", f"{done.id}:verified", "the trial runs")

    await world.once("verified", verified)
    await world.settle()


async def buy(world: World, draw: Random) -> None:
    seats = draw.randint(4, 50)
    price = Decimal("24.00")
    total = price * seats * 12

    async def filled(session: AsyncSession) -> None:
        line = CartLine("business", "Business", seats, price, total)
        quote = Cart((line,), "year", "EUR", total, "2026-03")
        await cart.save(
            session, SITE, "c-1", quote, key="c-1:cart", now=world.clock(), id=new_id(), email="[email_1]"
        )

    async def ordered(session: AsyncSession) -> None:
        row = await session.scalar(select(CartRow))
        assert row is not None, "it was filled"
        order, is_new = await cart.order(session, SITE, row.id, now=world.clock())
        if is_new:
            await world.tell(session, "cart.filled", f"{order.id}:ordered", "ordered the cart")

    await world.once("filled", filled)
    await world.once("ordered", ordered)
    await world.settle()


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
    Saga("trial", try_out),
    Saga("cart", buy),
    Saga("hand-over", ask_for_a_person),
)
