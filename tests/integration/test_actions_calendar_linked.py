"""Meetings and the calendars that reps keep elsewhere, together: from the booking to the event and back."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from server.actions import booking, outbox
from server.actions.calendars.forgetting import Forgetter
from server.actions.calendars.ports import Calendar, CalendarEvent
from server.actions.elsewhere import BusyTimes, Elsewhere
from server.actions.errors import SlotNotOffered, SlotTaken
from server.actions.forgetting import forget_conversation, forget_words
from server.actions.meeting_effects import MeetingRoom
from server.actions.site import SiteCalendar
from server.actions.values import BookingRequest, FreeSlot, Interval, Meeting, MeetingType
from tests.support.actions_world import (
    ADA,
    BEN,
    CALENDAR,
    DEMO,
    FERNWAY,
    MONDAY,
    World,
    a_world,
    new_id,
    unseal,
)
from tests.support.calendar_keepers import GoogleKeeper, Keeper, Servers, calendar_servers

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = FreeSlot(datetime(2026, 3, 3, 9, tzinfo=UTC), datetime(2026, 3, 3, 9, 30, tzinfo=UTC), "ada")
WEDNESDAY = FreeSlot(datetime(2026, 3, 4, 13, tzinfo=UTC), datetime(2026, 3, 4, 13, 30, tzinfo=UTC), "ada")
WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))


class AdasOnly:
    """Ada keeps a calendar elsewhere, Ben does not."""

    def __init__(self, calendar: Calendar) -> None:
        self.calendar = calendar

    def of(self, site: str, rep: str) -> Calendar | None:
        return self.calendar if (site, rep) == ("demo", "ada") else None


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with calendar_servers(tmp_path_factory.mktemp("calendars")) as running:
        yield running


@pytest.fixture(params=["caldav", "google", "microsoft"])
def keeper(request: pytest.FixtureRequest, servers: Servers) -> Keeper:
    return servers.keeper(request.param)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with a_world(tmp_path) as world:
        yield world


async def elsewhere(keeper: Keeper, ignoring: str = "") -> Elsewhere:
    times = BusyTimes(AdasOnly(keeper.calendar))
    return await times.to_book("demo", "ada", WEEK, now=MONDAY, ignoring=ignoring)


async def book(
    world: World,
    slot: FreeSlot,
    known: Elsewhere | None = None,
    offer: SiteCalendar = CALENDAR,
    kind: MeetingType = DEMO,
    topic: str = "",
) -> Meeting:
    key = new_id()
    request = BookingRequest(
        "demo", key, key, kind.key, slot, "Europe/Berlin", "[email_1]", "[person_1]", topic
    )
    async with world.sessions.begin() as session:
        return await booking.book(
            session, request, offer, now=world.clock(), id=new_id(), elsewhere=known or Elsewhere()
        )


async def follow(world: World, keeper: Keeper) -> None:
    """Everything that is due happens."""
    room = MeetingRoom(
        world.sessions,
        AdasOnly(keeper.calendar),
        world.mailbox(),
        unseal,
        world.links,
        lambda _site: FERNWAY,
        world.clock,
    )
    forgetter = Forgetter(AdasOnly(keeper.calendar))
    handlers = {**world.postroom().handlers(), **room.handlers(), **forgetter.handlers()}
    async with world.sessions() as session:
        waiting = await outbox.due(session, now=world.clock())
    for effect in waiting:
        await outbox.run(world.sessions, handlers, effect, clock=world.clock)


async def test_a_meeting_appears_moves_and_goes_in_the_reps_own_calendar(
    world: World, keeper: Keeper
) -> None:
    meeting = await book(world, TUESDAY, await elsewhere(keeper))
    await follow(world, keeper)
    ((start, end, title),) = keeper.standing()
    assert (start, end) == (TUESDAY.start, TUESDAY.end)
    assert title == "Fernway demo: Grace"

    async with world.sessions.begin() as session:
        known = await elsewhere(keeper, ignoring=meeting.uid)
        await booking.move(
            session, "demo", meeting.id, WEDNESDAY, CALENDAR, now=world.clock(), elsewhere=known
        )
    await follow(world, keeper)
    assert [stands[:2] for stands in keeper.standing()] == [(WEDNESDAY.start, WEDNESDAY.end)]

    async with world.sessions.begin() as session:
        await booking.cancel(session, "demo", meeting.id, now=world.clock())
    await follow(world, keeper)
    assert keeper.standing() == []


async def test_an_erased_conversation_leaves_the_reps_calendar_too(world: World, keeper: Keeper) -> None:
    meeting = await book(world, TUESDAY, await elsewhere(keeper))
    await follow(world, keeper)
    assert len(keeper.standing()) == 1

    async with world.sessions.begin() as session:
        await forget_conversation(session, "demo", meeting.conversation, now=world.clock())
    await follow(world, keeper)

    assert keeper.standing() == []


async def test_an_event_that_was_written_while_its_meeting_was_erased_leaves_too(
    world: World, keeper: Keeper
) -> None:
    meeting = await book(world, TUESDAY, await elsewhere(keeper))
    await follow(world, keeper)
    async with world.sessions.begin() as session:
        await forget_conversation(session, "demo", meeting.conversation, now=world.clock())
    await follow(world, keeper)
    end = TUESDAY.start + timedelta(minutes=30)
    await keeper.calendar.write(CalendarEvent(meeting.uid, "Late", TUESDAY.start, end, "Europe/Berlin"))

    world.clock.passes(timedelta(minutes=3))
    await follow(world, keeper)

    assert keeper.standing() == []


async def test_erased_words_leave_the_event_and_the_event_stays(world: World, servers: Servers) -> None:
    keeper = servers.keeper("google")
    assert isinstance(keeper, GoogleKeeper)
    meeting = await book(world, TUESDAY, await elsewhere(keeper), topic="Is the word zanzibar safe with you?")
    await follow(world, keeper)
    assert "zanzibar" in str(servers.google.calendars[keeper.id].events)

    async with world.sessions.begin() as session:
        await forget_words(session, "demo", meeting.conversation, "", now=world.clock())
    await follow(world, keeper)

    assert "zanzibar" not in str(servers.google.calendars[keeper.id].events)
    assert len(keeper.standing()) == 1


async def test_what_the_rep_does_elsewhere_is_not_offered_and_cannot_be_booked(
    world: World, keeper: Keeper
) -> None:
    keeper.put(datetime(2026, 3, 3, 10, tzinfo=BERLIN), 60)
    known = await elsewhere(keeper)

    async with world.sessions() as session:
        free = await booking.free_slots(session, "demo", CALENDAR, "demo", now=MONDAY, elsewhere=known)

    assert {slot.rep for slot in free if slot.start == TUESDAY.start} == {"ben"}
    with pytest.raises(SlotTaken):
        await book(world, TUESDAY, known)


async def test_a_day_with_as_many_meetings_as_a_rep_takes_is_neither_offered_nor_booked(world: World) -> None:
    busy_ada = replace(ADA, schedule=replace(ADA.schedule, max_per_day=1))
    offer = replace(CALENDAR, reps=(busy_ada,))
    await book(world, TUESDAY, offer=offer)
    later = FreeSlot(TUESDAY.start + timedelta(hours=5), TUESDAY.end + timedelta(hours=5), "ada")

    async with world.sessions() as session:
        free = await booking.free_slots(session, "demo", offer, "demo", now=MONDAY, window=WEEK)

    assert date(2026, 3, 3) not in {slot.start.date() for slot in free}
    with pytest.raises(SlotNotOffered):
        await book(world, later, offer=offer)


async def test_a_type_is_booked_only_with_those_who_hold_it(world: World) -> None:
    review = MeetingType("security", "Security review", minutes=60, reps=("ben",))
    offer = SiteCalendar((ADA, BEN), {"demo": DEMO, "security": review})
    with_ben = FreeSlot(TUESDAY.start, TUESDAY.start + timedelta(hours=1), "ben")

    with pytest.raises(SlotNotOffered):
        await book(world, replace(with_ben, rep="ada"), offer=offer, kind=review)
    meeting = await book(world, with_ben, offer=offer, kind=review)

    assert (meeting.rep, meeting.meeting_type, meeting.title) == ("ben", "security", "Security review")


async def test_a_closed_day_cannot_be_booked_by_a_value_made_up_in_the_browser(world: World) -> None:
    closed = replace(ADA, schedule=replace(ADA.schedule, closed=frozenset({date(2026, 3, 3)})))

    with pytest.raises(SlotNotOffered):
        await book(world, TUESDAY, offer=replace(CALENDAR, reps=(closed,)))
