"""How free times are put to the visitor: on another clock, beyond what can be booked, while a calendar is away."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.actions import booking
from server.actions.elsewhere import Elsewhere
from server.actions.site import SiteCalendar
from server.actions.values import FreeSlot, MeetingType
from server.dialogue.phrases import phrase
from server.dialogue.prompts import OpenSlots
from server.dialogue.values import OfferSlots, State
from server.moves import meetings, times
from server.moves.scene import Scene
from tests.support.actions_world import CALENDAR
from tests.support.dialogue import NOW, PROMPT, said

KIND = CALENDAR.default_type
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
FREE = [
    FreeSlot(NOON + timedelta(hours=each), NOON + timedelta(hours=each, minutes=30), "ada") for each in (0, 1)
]


def a_scene(offer: SiteCalendar = CALENDAR, words: str = "hello", **more: Any) -> Scene:
    """A turn without a database: what it would read is put in place by the test."""
    seen = SimpleNamespace(
        session=None,
        site="demo",
        now=NOW,
        rep=None,
        language="en",
        prompt=PROMPT,
        case=said(words),
        talk=SimpleNamespace(id="talk-1", time_zone="Europe/Berlin"),
        elsewhere=Elsewhere(),
        playbook=SimpleNamespace(calendar=lambda: offer, meetings=None, catalogue=None),
        phrase=lambda name, values=None: phrase(name, values, "en"),
    )
    for name, value in more.items():
        setattr(seen, name, value)
    return cast("Scene", seen)


def test_times_offered_before_are_the_same_on_another_clock() -> None:
    again = times.same(FREE, [FREE[1].value], "America/New_York")

    assert [slot.start for day in again.days for slot in day.slots] == [FREE[1].start]
    assert again.zone == "America/New_York"


def test_a_wish_beyond_what_can_be_booked_is_told_the_last_day() -> None:
    ahead = max(rep.schedule.horizon_days for rep in CALENDAR.reps)
    far, near = NOW + timedelta(days=ahead + 5), NOW + timedelta(days=2)

    def words(start: datetime) -> str:
        return times.lead(a_scene(), OfferSlots(start), "UTC", CALENDAR, KIND, wish_met=False)

    assert words(far).startswith("Meetings can be booked up to ")
    assert words(near) == phrase("slots_else")


async def test_a_meeting_stays_where_it_is_while_no_calendar_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def stands(*_: Any) -> Any:
        return SimpleNamespace(meeting_type=KIND.key)

    async def nothing(*_: Any, **__: Any) -> list[FreeSlot]:
        return []

    monkeypatch.setattr(booking, "meeting", stands)
    monkeypatch.setattr(booking, "free_slots", nothing)
    away = a_scene(elsewhere=Elsewhere(away=frozenset(rep.key for rep in CALENDAR.reps)))

    played = await meetings.offer(away, State(meeting="m"), OfferSlots(moving="m"))

    assert played.outcomes == ({"what": "slot_refused", "code": "calendar_away"},)
    assert [getattr(block, "lines")[0].text for block in played.blocks] == [phrase("move_unsure")]  # noqa: B009
    assert played.state.meeting == "m"


async def test_a_kind_of_meeting_is_offered_by_its_title(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[str] = []

    async def free(*args: Any, **_: Any) -> list[FreeSlot]:
        asked_for.append(args[3])
        return FREE

    monkeypatch.setattr(booking, "free_slots", free)
    review = MeetingType(key="review", title="Security review", minutes=45)
    offer = replace(CALENDAR, types={**CALENDAR.types, "review": review})

    played = await meetings.offer(a_scene(offer, "Can I book a security review?"), State(), OfferSlots())

    assert asked_for == ["review"]
    assert isinstance(played.state.open, OpenSlots)
    assert all(value.endswith("~review") for value in played.state.open.values)
