"""A meeting's saga: calendar, row, mails, CRM and reminders come to one truth, whatever is away or refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from sqlalchemy import select

from evals.benches import sagas
from evals.benches.crashing.sagas import SAGAS, Saga
from server.actions import forgetting, outbox
from server.actions.errors import MeetingClosed, SlotTaken
from server.actions.tables import EffectRow, MeetingRow
from server.actions.values import Interval
from tests.support.actions_world import berlin_slot
from tests.support.meeting_world import MeetingWorld, a_meeting_world

TEN = berlin_slot(10)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[MeetingWorld]:
    async with a_meeting_world(tmp_path) as made:
        yield made


async def test_a_booking_stands_in_the_reps_own_calendar(world: MeetingWorld) -> None:
    meeting = await world.book(TEN)
    await world.run()

    event = world.ada.events[meeting.uid]
    assert (event.start, event.end, event.sequence) == (TEN.start, TEN.end, 0)
    assert event.zone == "Europe/Berlin"
    assert "visitor@lifts.example" in event.attendees
    assert (await world.stands(meeting)).calendar_state == "written"


async def test_what_the_calendar_has_taken_since_is_refused(world: MeetingWorld) -> None:
    world.ada.taken.append(Interval(TEN.start, TEN.start + timedelta(minutes=5)))

    with pytest.raises(SlotTaken):
        await world.book(TEN)


async def test_a_meeting_that_changes_hands_leaves_one_calendar_for_the_other(world: MeetingWorld) -> None:
    meeting = await world.book(TEN)
    await world.run()

    await world.move(meeting, berlin_slot(15, rep="ben"))
    await world.run()

    assert world.ada.events == {}
    assert world.ben.events[meeting.uid].sequence == 1


async def test_a_cancelled_meeting_leaves_the_calendar(world: MeetingWorld) -> None:
    meeting = await world.book(TEN)
    await world.run()

    await world.cancel(meeting)
    await world.run()

    assert world.ada.events == {}
    assert (await world.stands(meeting)).calendar_state == "removed"


async def test_an_event_that_was_overtaken_shows_the_latest(world: MeetingWorld) -> None:
    meeting = await world.book(TEN)
    later = berlin_slot(15)
    await world.move(meeting, later)

    async with world.world.sessions() as session:
        events = list(
            await session.scalars(
                select(EffectRow.id).where(EffectRow.kind == "meeting_event").order_by(EffectRow.key.desc())
            )
        )
    for effect in events:  # the newer one first
        await outbox.run(world.world.sessions, world.handlers(), effect, clock=world.world.clock)

    assert [event.start for event in world.ada.events.values()] == [later.start]


async def test_a_calendar_that_refuses_is_told_to_the_rep_and_the_meeting_stands(world: MeetingWorld) -> None:
    meeting = await world.book(TEN)
    world.ada.refuses = True
    await world.run()
    await world.run()

    now = await world.stands(meeting)
    assert (now.state, now.calendar_state) == ("confirmed", "refused")
    assert "ada@fernway.example: Not in your calendar: Fernway demo, Tuesday 3 March, 10:00 (Berlin)" in (
        await world.subjects()
    )
    mail = next(mail for mail in await world.world.mails() if mail.subject.startswith("Not in"))
    assert mail.ics is not None
    assert Calendar.from_ical(mail.ics)["method"] == "REQUEST"


async def test_a_removal_that_is_refused_is_told_as_one(world: MeetingWorld) -> None:
    meeting = await world.book(TEN)
    await world.run()
    await world.cancel(meeting)
    world.ada.refuses = True

    await world.run()
    await world.run()

    assert any("Still in your calendar" in subject for subject in await world.subjects())


async def test_a_booking_waits_for_a_calendar_that_is_away_and_is_confirmed_by_mail(
    world: MeetingWorld,
) -> None:
    world.ada.is_away = True

    meeting = await world.book(TEN)
    await world.run()

    assert meeting.state == "held"
    assert await world.subjects() == []
    assert not await world.free(TEN, conversation="c-1")

    world.ada.is_away = False
    await world.after(timedelta(minutes=20))

    assert (await world.stands(meeting)).state == "confirmed"
    assert meeting.uid in world.ada.events
    assert world.told == ["booked"]
    assert len([each for each in await world.subjects() if "Confirmed" in each]) == 2


async def test_a_time_that_turns_out_taken_is_released_and_told_with_a_link(world: MeetingWorld) -> None:
    world.ada.is_away = True
    meeting = await world.book(TEN)
    world.ada.is_away = False
    world.ada.taken.append(Interval(TEN.start, TEN.end))

    await world.run()
    await world.run()

    now = await world.stands(meeting)
    assert (now.state, now.why) == ("cancelled", "time_gone")
    assert await world.free(TEN)
    assert world.told == []
    mails = await world.world.mails()
    assert {mail.to for mail in mails} == {"visitor@lifts.example", "ada@fernway.example"}
    visitors = next(mail for mail in mails if mail.to == "visitor@lifts.example")
    assert "https://desk.example/meet/" in visitors.text
    assert visitors.subject == "Please choose another time: Fernway demo"


async def test_a_calendar_that_never_answers_ends_the_wait(world: MeetingWorld) -> None:
    world.ada.is_away = True
    meeting = await world.book(TEN)

    await world.after(timedelta(hours=3))

    now = await world.stands(meeting)
    assert (now.state, now.why) == ("cancelled", "calendar_away")
    assert await world.free(TEN)
    assert len(await world.subjects()) == 2


async def test_a_released_meeting_is_booked_by_choosing_another_time(world: MeetingWorld) -> None:
    world.ada.is_away = True
    meeting = await world.book(TEN)
    await world.after(timedelta(hours=3))
    world.ada.is_away = False

    again = await world.move(meeting, berlin_slot(15))
    await world.run()

    assert (again.id, again.state, again.why) == (meeting.id, "confirmed", "")
    assert any("Confirmed" in subject for subject in await world.subjects())


async def test_a_held_meeting_that_is_cancelled_is_told_to_nobody(world: MeetingWorld) -> None:
    world.ada.is_away = True
    meeting = await world.book(TEN)

    await world.cancel(meeting)
    world.ada.is_away = False
    await world.after(timedelta(hours=3))

    assert await world.subjects() == []
    assert world.ada.events == {}


async def test_what_stands_is_not_moved_into_the_dark(world: MeetingWorld) -> None:
    meeting = await world.book(TEN)
    world.ada.is_away = True

    with pytest.raises(MeetingClosed) as refusal:
        await world.move(meeting, berlin_slot(15))

    assert refusal.value.code == "calendar_away"
    assert (await world.stands(meeting)).start == TEN.start


async def test_reps_without_a_calendar_of_their_own_have_no_events(world: MeetingWorld) -> None:
    world.calendars.by_rep.clear()

    meeting = await world.book(TEN)

    async with world.world.sessions() as session:
        kinds = set(await session.scalars(select(EffectRow.kind)))
    assert kinds == {"meeting_mail", "meeting_reminder"}
    assert meeting.calendar_state == "none"


async def test_an_erased_conversation_leaves_nothing_that_fails(world: MeetingWorld) -> None:
    await world.book(TEN)
    async with world.world.sessions.begin() as session:
        await forgetting.forget_conversation(session, "demo", "c-1", now=world.world.clock())

    await world.run()

    async with world.world.sessions() as session:
        kinds = set(await session.scalars(select(EffectRow.kind)))
    assert kinds <= {"calendar_forget"}


@pytest.mark.parametrize("saga", SAGAS, ids=lambda saga: saga.name)
def test_a_saga_killed_at_steps_of_chance_recovers_whole(saga: Saga, tmp_path: Path) -> None:
    """`frontdesk bench sagas` kills each saga at every step, on 100 seeds."""
    tally = sagas.sample(saga, seed=len(saga.name), kills=2, folder=tmp_path)

    assert tally.kills == 2
    assert tally.told == []


def test_an_order_killed_at_every_step_recovers_whole() -> None:
    ordered = [saga for saga in SAGAS if saga.name == "cart ordered"]

    figures = sagas.run(lambda _: None, seeds=1, sagas=ordered).figures

    assert figures["kills"] == 28
    assert figures["recovered"] in range(10, 28)
    assert (figures["orphans"], figures["doubles"], figures["lost"]) == (0, 0, 0)


async def test_the_row_says_what_was_agreed(world: MeetingWorld) -> None:
    meeting = await world.book(TEN)

    async with world.world.sessions() as session:
        row = await session.get(MeetingRow, meeting.id)
        assert row is not None
        assert row.wall == "2026-03-03T10:00+01:00"
        assert row.tz_version.startswith("20")
