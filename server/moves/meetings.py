"""Offer, book, move and cancel meetings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal

from crm_sync.proposals import Activity, Kind
from crm_sync.proposals import Meeting as MeetingNews
from server.actions import booking, calendar, holds
from server.actions.disposable import meant
from server.actions.errors import MeetingClosed, SlotNotOffered, SlotTaken
from server.actions.site import SiteCalendar
from server.actions.values import BookingRequest, FreeSlot, Meeting, MeetingType
from server.actions.when import clock_label, known_zone, said, zone_label
from server.dialogue.blocks import Choice, ChoicesBlock, MeetingBlock, SlotsBlock
from server.dialogue.languages import language_of
from server.dialogue.prompts import OpenForm, OpenSlots
from server.dialogue.showing import ShowMeeting
from server.dialogue.values import AskForm, Book, CancelMeeting, OfferSlots, State
from server.moves import times
from server.moves.asking import ask_form, text
from server.moves.scene import Happened, Played, Scene

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
    zone = known_zone(move.shown or scene.talk.time_zone)
    kind = await _kind(scene, site, move.moving)
    sure = replace(site, reps=tuple(rep for rep in site.reps if rep.key not in scene.elsewhere.away))
    free = await _free(scene, sure, kind, move.moving)
    if not free and sure != site:
        # Better a time that is confirmed later than none: and it is said.
        if move.moving is not None:
            told = {"what": "slot_refused", "code": "calendar_away"}
            return Played((text(scene.phrase("move_unsure")),), replace(state, open=None), outcomes=(told,))
        free = await _free(scene, site, kind, None)
        words = scene.phrase("slots_unsure")
    if not free:
        return Played((text(scene.phrase("slots_none")),), replace(state, open=None))
    choices = calendar.choices(free, zone=zone, wish=times.wish(move, zone))
    before = scene.case.state.open
    if move.shown and isinstance(before, OpenSlots) and (again := times.same(free, before.values, zone)).days:
        choices = again
        words = scene.phrase("slots_same", {"place": zone_label(zone, scene.language)})
    lead = words or times.lead(scene, move, zone, site, kind, wish_met=choices.wish_met)
    values = tuple(booking.slot_value(slot, kind, site) for day in choices.days for slot in day.slots)
    block = SlotsBlock(
        prompt=scene.prompt,
        text=lead,
        zone=zone,
        zone_label=zone_label(zone, scene.language),
        duration_minutes=kind.minutes,
        days=times.days(scene, choices, kind, site),
        team_zone=site.reps[0].schedule.zone if site.reps else "",
    )
    return Played((block,), replace(state, open=OpenSlots(scene.prompt, values, move.moving)))


async def _free(scene: Scene, site: SiteCalendar, kind: MeetingType, moving: str | None) -> list[FreeSlot]:
    return await booking.free_slots(
        scene.session,
        scene.site,
        site,
        kind.key,
        now=scene.now,
        ignoring=moving,
        conversation=scene.talk.id,
        elsewhere=scene.elsewhere,
        owner=scene.rep if _is_owner_first(scene) else None,
    )


def _is_owner_first(scene: Scene) -> bool:
    rules = scene.playbook.meetings
    return rules is not None and rules.assignment == "owner_first"


async def _kind(scene: Scene, site: SiteCalendar, moving: str | None) -> MeetingType:
    """A meeting keeps its type, and so do times that were offered already; else the visitor's words decide."""
    if moving is not None:
        meeting = await booking.meeting(scene.session, scene.site, moving)
        return site.types.get(meeting.meeting_type, site.default_type)
    if (named := _named(scene, site)) is not None:
        return named
    open_, asked = scene.case.state.open, scene.case.reading
    if isinstance(open_, OpenSlots) and open_.values and not scene.case.opens("book"):
        return booking.type_in(open_.values[0], site)
    plan = scene.case.state.known("plan")
    return site.type_for(asked.asked_for if asked else (), _plan_keys(scene, str(plan.value) if plan else ""))


def _named(scene: Scene, site: SiteCalendar) -> MeetingType | None:
    """The type whose title is said ("a security review"): the longest of them, where there are several types."""
    said_ = f"{scene.case.plain} {scene.case.text}".casefold()
    titles = [kind for kind in site.types.values() if len(site.types) > 1 and kind.title.casefold() in said_]
    return max(titles, key=lambda kind: len(kind.title), default=None)


def _plan_keys(scene: Scene, name: str) -> tuple[str, ...]:
    catalogue = scene.playbook.catalogue
    plan = catalogue.plan(name) if catalogue and name else None
    return (plan.key,) if plan else ()


async def ask_address(scene: Scene, state: State, move: AskForm) -> Played:
    """Keep the chosen time while the address is asked for; when it is gone, offer what is left."""
    open_ = state.open
    if not isinstance(open_, OpenForm) or open_.slot is None:
        return ask_form(scene, state, move)
    site = _calendar(scene)
    try:
        kind = booking.type_in(open_.slot, site)
        slot = booking.read_slot(open_.slot, kind)
        kept = await holds.hold(
            scene.session,
            scene.site,
            scene.talk.id,
            slot,
            kind.key,
            site,
            now=scene.now,
            id=scene.new_id(),
            elsewhere=scene.elsewhere,
        )
    except (SlotTaken, SlotNotOffered) as gone:
        return await _instead(scene, state, None, gone)
    zone = known_zone(scene.talk.time_zone)
    when = {"when": said(kept.slot_start, zone, scene.language), "until": clock_label(kept.until, zone)}
    form = ask_form(scene, state, move)
    words = scene.phrase("booking_form_held", when)
    return replace(form, blocks=tuple(block.model_copy(update={"text": words}) for block in form.blocks))


async def let_go(scene: Scene, state: State) -> None:
    """A time is kept as long as its form is open; asked for a person meanwhile, until it was promised to be."""
    before, after = scene.case.state.open, state.open
    if state.person_wanted and not scene.case.state.person_wanted:
        return
    if not isinstance(before, OpenForm) or before.purpose != "booking":
        return
    if not isinstance(after, OpenForm) or after.purpose != "booking":
        await holds.let_go(scene.session, scene.site, scene.talk.id)


async def _instead(
    scene: Scene, state: State, moving: str | None, gone: SlotTaken | SlotNotOffered
) -> Played:
    again = await offer(scene, state, OfferSlots(None, None, moving), scene.phrase("slots_taken"))
    return replace(again, outcomes=({"what": "slot_refused", "code": gone.code},))


async def book(scene: Scene, state: State, move: Book) -> Played:
    """Book, or move; when the time is gone meanwhile, offer what is left."""
    site = _calendar(scene)
    if move.moving is None and (doubt := _doubt(scene, state)):
        return _address_again(scene, state, move, doubt)
    if move.moving is None and (standing := await _standing(scene)) >= _MOST_MEETINGS:
        words = scene.phrase("meetings_enough", {"count": standing})
        return Played((text(words),), replace(state, open=None), outcomes=({"what": "meetings_enough"},))
    try:
        kind = await _kind_of(scene, site, move)
        slot = booking.read_slot(move.slot, kind)
        stood = True
        if move.moving is not None:
            stood = (await booking.meeting(scene.session, scene.site, move.moving)).state == "confirmed"
            meeting = await booking.move(
                scene.session,
                scene.site,
                move.moving,
                slot,
                site,
                now=scene.now,
                elsewhere=scene.elsewhere,
            )
        else:
            meeting = await booking.book(
                scene.session,
                _request(scene, state, kind, slot),
                site,
                now=scene.now,
                id=scene.new_id(),
                elsewhere=scene.elsewhere,
            )
    except (SlotTaken, SlotNotOffered) as gone:
        return await _instead(scene, state, move.moving, gone)
    except MeetingClosed as closed:
        stays = move.moving if closed.code == "calendar_away" else None
        return Played((text(closed.said(scene.language)),), replace(state, open=None, meeting=stays))
    state = replace(state, meeting=meeting.id, open=None)
    if meeting.state == "held":
        words = scene.phrase("booking_waits", {"when": said(meeting.start, meeting.zone, scene.language)})
        return Played((text(words),), state, outcomes=({"what": "meeting.held", "meeting": meeting.id},))
    return _told(scene, state, meeting, "meeting.moved" if move.moving and stood else "meeting.booked")


def _doubt(scene: Scene, state: State) -> str | None:
    """The domain that was probably meant; None when the address looks right, or was given twice as it stands."""
    given = [str(fact.value) for fact in state.facts if fact.name == "email"]
    if not given or given.count(given[-1]) > 1:
        return None
    return meant(scene.unsealed(given[-1]).rpartition("@")[2])


def _address_again(scene: Scene, state: State, move: Book, domain: str) -> Played:
    """An invitation to a mistyped address is lost: ask once, and take it when it is sent once more."""
    state = replace(state, open=OpenForm(scene.prompt, "booking", move.slot))
    form = ask_form(scene, state, AskForm("booking"))
    words = scene.phrase("email_typo", {"domain": domain})
    outcome = {"what": "booking_refused", "code": "email_mistyped"}
    return Played((text(words), *form.blocks), state, outcomes=(outcome,))


async def _kind_of(scene: Scene, site: SiteCalendar, move: Book) -> MeetingType:
    if move.moving is None:
        return booking.type_in(move.slot, site)
    return await _kind(scene, site, move.moving)


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
        stood = (await booking.meeting(scene.session, scene.site, move.meeting)).state == "confirmed"
        meeting = await booking.cancel(scene.session, scene.site, move.meeting, now=scene.now)
    except MeetingClosed as closed:
        return Played((text(closed.said(scene.language)),), replace(state, open=None, meeting=None))
    played = _told(scene, state, meeting, "meeting.cancelled")
    # Of one that was never confirmed nobody else was told.
    return played if stood else replace(played, happened=())


async def show(scene: Scene, state: State, move: ShowMeeting) -> Played:
    """When the meeting is that stands, with its links."""
    meeting = await booking.meeting(scene.session, scene.site, move.meeting)
    if meeting.state not in booking.STANDING or meeting.end <= scene.now:
        return Played((text(scene.phrase("no_meeting")),), state)
    when = {"when": said(meeting.start, meeting.zone, scene.language)}
    if meeting.state == "held":
        return Played((text(scene.phrase("booking_waits", when)),), state)
    shown = _told(scene, state, meeting, "meeting.booked")
    told = {"what": "meeting.shown", "meeting": meeting.id}
    return Played((text(scene.phrase("meeting_is", when)), *shown.blocks), state, outcomes=(told,))


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
    return sum(meeting.state in booking.STANDING and meeting.start > scene.now for meeting in held)


def _request(scene: Scene, state: State, kind: MeetingType, slot: FreeSlot) -> BookingRequest:
    email, name = state.known("email"), state.known("person")
    return BookingRequest(
        site=scene.site,
        conversation=scene.talk.id,
        key=scene.cause,
        meeting_type=kind.key,
        slot=slot,
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
    return scene.playbook.desk("").title_of(meeting, language_of(scene.language))


def _calendar(scene: Scene) -> SiteCalendar:
    site = scene.playbook.calendar()
    assert site is not None, "the book play is off without meetings"
    return site
