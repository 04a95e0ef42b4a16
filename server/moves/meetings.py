"""Offer, book, move and cancel meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from crm_sync.proposals import Activity, Kind
from crm_sync.proposals import Meeting as MeetingNews
from server.actions import booking, calendar
from server.actions.errors import MeetingClosed, SlotNotOffered, SlotTaken
from server.actions.site import SiteCalendar
from server.actions.values import BookingRequest, ChoiceDay, Choices, Meeting, Wish
from server.actions.when import clock_label, day_label, known_zone, said, zone_label
from server.dialogue.blocks import Choice, ChoicesBlock, MeetingBlock, Slot, SlotDay, SlotsBlock
from server.dialogue.prompts import OpenSlots
from server.dialogue.values import Book, CancelMeeting, OfferSlots, State
from server.moves.asking import text
from server.moves.scene import Happened, Played, Scene

_TYPE = "demo"
_MOST_MEETINGS = 3
"""In one conversation: nobody books a whole calendar away."""
_SHOWN: dict[str, Literal["confirmed", "moved", "cancelled"]] = {
    "meeting.booked": "confirmed",
    "meeting.moved": "moved",
    "meeting.cancelled": "cancelled",
}


async def offer(scene: Scene, state: State, move: OfferSlots, words: str | None = None) -> Played:
    """Free times within the wish, or the nearest ones and a word that they are that."""
    site = _calendar(scene)
    zone = known_zone(scene.talk.time_zone)
    free = await booking.free_slots(scene.session, scene.site, site, _TYPE, now=scene.now)
    if not free:
        return Played((text(scene.phrase("slots_none")),), replace(state, open=None))
    choices = calendar.choices(free, zone=zone, wish=_wish(move, zone))
    lead = words or _lead(scene, move, zone, wish_met=choices.wish_met)
    values = tuple(slot.value for day in choices.days for slot in day.slots)
    block = SlotsBlock(
        prompt=scene.prompt,
        text=lead,
        zone=zone,
        zone_label=zone_label(zone, scene.language),
        duration_minutes=site.type(_TYPE).minutes,
        days=_days(choices, scene.now.astimezone(ZoneInfo(zone)).date(), scene.language),
    )
    return Played((block,), replace(state, open=OpenSlots(scene.prompt, values, move.moving)))


def _lead(scene: Scene, move: OfferSlots, zone: str, *, wish_met: bool) -> str:
    """What the times begin with; a wish in another zone is said on both clocks first."""
    words = scene.phrase(move.lead or ("slots" if wish_met else "slots_else"))
    if not move.zone or move.start is None or move.start.utcoffset() == _here(move.start, zone):
        return words
    there = move.start.strftime("%H:%M")
    place = zone_label(move.zone, scene.language)
    both = {"there": there, "place": place, "here": clock_label(move.start, zone)}
    return f"{scene.phrase('other_zone', both)} {words}"


def _here(at: datetime, zone: str) -> timedelta | None:
    return at.astimezone(ZoneInfo(zone)).utcoffset()


async def book(scene: Scene, state: State, move: Book) -> Played:
    """Book, or move; when the time is gone meanwhile, offer what is left."""
    site = _calendar(scene)
    slot = booking.read_slot(move.slot, site.type(_TYPE))
    if move.moving is None and (standing := await _standing(scene)) >= _MOST_MEETINGS:
        words = scene.phrase("meetings_enough", {"count": standing})
        return Played((text(words),), replace(state, open=None), outcomes=({"what": "meetings_enough"},))
    try:
        if move.moving is not None:
            meeting = await booking.move(scene.session, scene.site, move.moving, slot, site, now=scene.now)
        else:
            meeting = await booking.book(
                scene.session, _request(scene, state, move), site, now=scene.now, id=scene.new_id()
            )
    except (SlotTaken, SlotNotOffered) as gone:
        again = await offer(scene, state, OfferSlots(None, None, move.moving), scene.phrase("slots_taken"))
        return replace(again, outcomes=({"what": "slot_refused", "code": gone.code},))
    except MeetingClosed as closed:
        return Played((text(closed.said(scene.language)),), replace(state, open=None, meeting=None))
    kind: Kind = "meeting.moved" if move.moving else "meeting.booked"
    return _told(scene, replace(state, meeting=meeting.id, open=None), meeting, kind)


async def cancel(scene: Scene, state: State, move: CancelMeeting) -> Played:
    """Ask first; on a yes, cancel."""
    try:
        if not move.confirmed:
            meeting = await booking.meeting(scene.session, scene.site, move.meeting)
            words = scene.phrase("cancel_sure", {"when": said(meeting.start, meeting.zone, scene.language)})
            yes = Choice(value="yes", label=scene.phrase("cancel_yes"))
            no = Choice(value="no", label=scene.phrase("cancel_no"))
            block = ChoicesBlock(prompt=scene.prompt, purpose="offer", text=words, choices=[yes, no])
            return Played((block,), state)
        meeting = await booking.cancel(scene.session, scene.site, move.meeting, now=scene.now)
    except MeetingClosed as closed:
        return Played((text(closed.said(scene.language)),), replace(state, open=None, meeting=None))
    return _told(scene, state, meeting, "meeting.cancelled")


def meeting_news(meeting: Meeting, kind: Kind, at: datetime) -> Happened:
    """What the CRM is told about a meeting; also used when the visitor changes it by its link."""
    state = _SHOWN[kind]
    news = MeetingNews(ref=meeting.id, start=meeting.start, end=meeting.end, zone=meeting.zone, state=state)
    when = said(meeting.start, meeting.zone)
    activity = Activity(
        "meeting", f"{meeting.title} {state}", f"{when}. {meeting.topic}".strip(), at, meeting=news
    )
    return Happened(kind, f"{meeting.id}:{meeting.sequence}", activity)


def _told(scene: Scene, state: State, meeting: Meeting, kind: Kind) -> Played:
    is_cancelled = kind == "meeting.cancelled"
    block = MeetingBlock(
        state=_SHOWN[kind],
        title=_title(scene, meeting),
        when=said(meeting.start, meeting.zone, scene.language),
        start=meeting.start,
        end=meeting.end,
        zone=meeting.zone,
        ics_url=None if is_cancelled else scene.links.invite(meeting),
        manage_url=None if is_cancelled else scene.links.manage(meeting),
    )
    outcome = {"what": kind, "meeting": meeting.id, "rep": meeting.rep, "sequence": meeting.sequence}
    return Played((block,), state, (meeting_news(meeting, kind, scene.now),), (outcome,))


async def _standing(scene: Scene) -> int:
    """How many meetings of this conversation are still to come."""
    held = await booking.meetings_of(scene.session, scene.site, scene.talk.id)
    return sum(meeting.state == "confirmed" and meeting.start > scene.now for meeting in held)


def _request(scene: Scene, state: State, move: Book) -> BookingRequest:
    email, name = state.known("email"), state.known("person")
    return BookingRequest(
        site=scene.site,
        conversation=scene.talk.id,
        key=scene.cause,
        meeting_type=_TYPE,
        slot=booking.read_slot(move.slot, _calendar(scene).type(_TYPE)),
        zone=known_zone(scene.talk.time_zone),
        email=str(email.value) if email else "",
        # A name that was only mentioned may be a colleague's.
        name=str(name.value) if name and name.confidence >= 0.8 else "",
        topic=topic_of(state.questions),
    )


def topic_of(said: Sequence[str]) -> str:
    """What the visitor asked, for the rep who will answer it."""
    return " / ".join(each for each in said if "?" in each or "؟" in each)[:500]


def _title(scene: Scene, meeting: Meeting) -> str:
    """What the visitor's language calls it; the reps' own title is what was stored."""
    rules, spoken = scene.playbook.meetings, scene.playbook.spoken(scene.language).meetings
    return spoken.title if rules and spoken and rules.title == meeting.title else meeting.title


def _calendar(scene: Scene) -> SiteCalendar:
    site = scene.playbook.calendar()
    assert site is not None, "the book play is off without meetings"
    return site


def _wish(move: OfferSlots, zone: str) -> Wish | None:
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


def _days(choices: Choices, today: date, language: str) -> list[SlotDay]:
    return [_day(day, choices.zone, today, language) for day in choices.days]


def _day(day: ChoiceDay, zone: str, today: date, language: str) -> SlotDay:
    slots = [
        Slot(value=slot.value, start=slot.start, label=clock_label(slot.start, zone)) for slot in day.slots
    ]
    return SlotDay(date=day.date, label=day_label(day.date, today=today, language=language), slots=slots)
