"""How free times are put: the wish on the visitor's wall clock, the words before the times, and the days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from server.actions import booking
from server.actions.site import SiteCalendar
from server.actions.values import ChoiceDay, Choices, FreeSlot, MeetingType, Wish
from server.actions.when import clock_label, day_label, zone_label
from server.dialogue.blocks import Slot, SlotDay
from server.dialogue.values import OfferSlots
from server.moves.scene import Scene


def same(free: Sequence[FreeSlot], values: Sequence[str], zone: str) -> Choices:
    """The times that were offered already, as far as they are still free, on another clock."""
    stamps = {value[:14] for value in values}
    kept = [slot for slot in free if slot.value[:14] in stamps]
    by_day = groupby(kept, key=lambda slot: slot.start.astimezone(ZoneInfo(zone)).date())
    return Choices(zone, tuple(ChoiceDay(day, tuple(slots)) for day, slots in by_day), wish_met=True)


def last_day(scene: Scene, site: SiteCalendar, kind: MeetingType, move: OfferSlots, zone: str) -> date | None:
    """The last day that can be booked, where the wish lies behind it."""
    ahead = [rep.schedule.horizon_days for rep in site.reps if kind.held_by(rep.key)]
    last = scene.now + timedelta(days=max(ahead, default=0))
    return last.astimezone(ZoneInfo(zone)).date() if move.start is not None and move.start > last else None


def lead(
    scene: Scene, move: OfferSlots, zone: str, site: SiteCalendar, kind: MeetingType, *, wish_met: bool
) -> str:
    """What the times begin with; a wish in another zone is said on both clocks first."""
    last = None if wish_met else last_day(scene, site, kind, move, zone)
    if last is not None:
        return scene.phrase("slots_beyond", {"day": day_label(last, language=scene.language)})
    words = scene.phrase(move.lead or ("slots" if wish_met else "slots_else"))
    if not move.zone or move.start is None or move.start.utcoffset() == _here(move.start, zone):
        return words
    there = move.start.strftime("%H:%M")
    place = zone_label(move.zone, scene.language)
    both = {"there": there, "place": place, "here": clock_label(move.start, zone)}
    return f"{scene.phrase('other_zone', both)} {words}"


def _here(at: datetime, zone: str) -> timedelta | None:
    return at.astimezone(ZoneInfo(zone)).utcoffset()


def wish(move: OfferSlots, zone: str) -> Wish | None:
    """The wished window on the visitor's wall clock."""
    if move.start is None:
        return None
    start = move.start.astimezone(ZoneInfo(zone))
    end = (move.end or move.start).astimezone(ZoneInfo(zone))
    last = (end - timedelta(microseconds=1)).date() if end > start else start.date()
    if move.daily is not None:
        opens, closes = (time.fromisoformat(each) for each in move.daily)
        return Wish(start.date(), last, opens, closes)
    if last > start.date():
        return Wish(start.date(), last)
    if end.date() > start.date():
        return Wish(start.date(), start.date(), start.time(), time(23, 59))
    # "At 14:00" names a start; what begins within that hour is what they mean.
    latest = max(end - timedelta(minutes=1), start + timedelta(minutes=59))
    return Wish(
        start.date(), start.date(), start.time(), latest.time() if latest.date() == last else time(23, 59)
    )


def days(scene: Scene, choices: Choices, kind: MeetingType, site: SiteCalendar) -> list[SlotDay]:
    today = scene.now.astimezone(ZoneInfo(choices.zone)).date()

    def shown(slot: FreeSlot) -> Slot:
        label = clock_label(slot.start, choices.zone)
        return Slot(value=booking.slot_value(slot, kind, site), start=slot.start, label=label)

    return [
        SlotDay(
            date=day.date,
            label=day_label(day.date, today=today, language=scene.language),
            slots=[shown(slot) for slot in day.slots],
        )
        for day in choices.days
    ]
