"""What is known of reps' own calendars: fresh, lately, or not; and how long a visitor waits to hear it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from server import consulting
from server.actions.elsewhere import FRESH, LAST_KNOWN, BusyTimes
from server.actions.values import Interval
from tests.support.actions_world import CALENDAR, MONDAY, berlin_slot
from tests.support.meeting_world import MemoryCalendar, MemoryCalendars

WEEK = Interval(MONDAY, MONDAY + timedelta(days=7))
TEN = berlin_slot(10)
TAKEN = Interval(TEN.start, TEN.end)


async def test_an_answer_is_good_for_a_minute_of_offers() -> None:
    calendars = MemoryCalendars()
    busy = BusyTimes(calendars)

    for seconds in (0, 30, 59):
        await busy.to_offer("demo", ["ada"], WEEK, now=MONDAY + timedelta(seconds=seconds))
    assert calendars.by_rep["ada"].reads == 1

    later = MONDAY + FRESH + timedelta(seconds=1)
    calendars.by_rep["ada"].taken.append(TAKEN)
    known = await busy.to_offer("demo", ["ada"], WEEK, now=later)
    assert known.takes("ada", TAKEN)


async def test_a_booking_asks_the_calendar_itself() -> None:
    calendars = MemoryCalendars()
    busy = BusyTimes(calendars)
    await busy.to_offer("demo", ["ada"], WEEK, now=MONDAY)
    calendars.by_rep["ada"].taken.append(TAKEN)

    known = await busy.to_book("demo", "ada", TAKEN, now=MONDAY)

    assert known.takes("ada", TAKEN)


async def test_what_was_known_lately_serves_offers_while_a_calendar_is_away_and_never_a_booking() -> None:
    calendars = MemoryCalendars()
    ada = calendars.by_rep["ada"]
    ada.taken.append(TAKEN)
    busy = BusyTimes(calendars)
    await busy.to_offer("demo", ["ada"], WEEK, now=MONDAY)
    ada.is_away = True

    lately = await busy.to_offer("demo", ["ada"], WEEK, now=MONDAY + LAST_KNOWN)
    too_old = await busy.to_offer("demo", ["ada"], WEEK, now=MONDAY + LAST_KNOWN + timedelta(seconds=1))
    booking = await busy.to_book("demo", "ada", TAKEN, now=MONDAY)

    assert lately.takes("ada", TAKEN)
    assert lately.away == frozenset()
    assert too_old.away == {"ada"}
    assert booking.away == {"ada"}


async def test_a_calendar_that_hangs_keeps_nobody_waiting() -> None:
    class Hangs(MemoryCalendar):
        async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
            await asyncio.Event().wait()
            return ()

    known = await BusyTimes(MemoryCalendars({"ada": Hangs()}), patience_s=0.01).to_offer(
        "demo", ["ada", "ben"], WEEK, now=MONDAY
    )

    assert known.away == {"ada"}
    assert known.linked == {"ada"}


async def test_a_meeting_that_would_move_does_not_stand_in_its_own_way() -> None:
    calendars = MemoryCalendars()
    seen: list[str | None] = []

    class Notes(MemoryCalendar):
        async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
            seen.append(ignoring)
            return ()

    calendars.by_rep = {"ada": Notes()}

    await consulting.look(BusyTimes(calendars), "demo", CALENDAR, MONDAY, moving="m-1", slot=TEN.value)

    assert seen == ["m-1@demo.frontdesk"] * 2
