"""Book, move or cancel a meeting: offer times, take the choice, ask where the invitation goes."""

from __future__ import annotations

import re
from dataclasses import replace

from server.dialogue import whens
from server.dialogue.prompts import OpenDay, OpenForm, OpenOffer, OpenSlots
from server.dialogue.reading import (
    accepts,
    asks_also,
    chosen,
    declines,
    fresh,
    is_information_question,
    is_sure,
    outlasts_questions,
    puts_off,
)
from server.dialogue.showing import ShowMeeting
from server.dialogue.values import (
    AskForm,
    Bid,
    Book,
    CancelMeeting,
    Case,
    Filled,
    GiveAnswer,
    Move,
    OfferSlots,
    Said,
    Say,
)

_READ = 400
_BOOKS = re.compile(r"\b(?:book|schedule|arrange|set up|reserve|sign up for|get on)\b", re.IGNORECASE)


def consider(case: Case) -> Bid | None:
    if "book" not in case.policy.plays:
        return None
    match case.state.open:
        case OpenSlots() as slots:
            bid = _choice(case, slots)
        case OpenForm(purpose="booking") as form:
            bid = _invitation(case, form)
        case OpenOffer(id=prompt, what="cancel_meeting"):
            bid = _cancel_confirmed(case, prompt)
        case OpenOffer(id=prompt, what="book") if accepts(case, prompt):
            bid = _offer(case, ("offer_accepted", "accepted:book"), moving=None)
        case OpenDay() as day:
            bid = _day_named(case, day)
        case _:
            bid = None
    return bid or _wish(case)


def _wish(case: Case) -> Bid | None:
    """A meeting is wished for, or the one that stands should change, or be told."""
    if isinstance(case.event, Said) and whens.asks_when_it_is(case):
        stays = case.state.open if outlasts_questions(case.state.open) else None
        if case.state.meeting is not None:
            return Bid(
                "book",
                (ShowMeeting(case.state.meeting),),
                ("meeting_asked",),
                replace(case.state, open=stays),
            )
        return Bid("book", (Say("no_meeting"),), ("no_meeting",), replace(case.state, open=stays))
    if case.wants("cancel_meeting"):
        if case.state.meeting is None:
            return Bid("book", (Say("no_meeting"),), ("no_meeting",), replace(case.state, open=None))
        state = replace(case.state, open=OpenOffer(case.prompt_id, "cancel_meeting"))
        return Bid("book", (CancelMeeting(case.state.meeting),), ("cancel_wished",), state)
    if case.wants("move_meeting") and (case.state.meeting is not None or fresh(case, "when")):
        # Nothing to move, but a time is named: "could we meet the day after tomorrow?"
        return _offer(case, ("move_wished",), moving=case.state.meeting)
    if case.wants("move_meeting"):
        return Bid("book", (Say("no_meeting"),), ("no_meeting",), replace(case.state, open=None))
    if not case.opens("book") and _names_a_kind(case):
        return _offer(case, ("meeting_named",), moving=None)
    if case.opens("book") and not (is_information_question(case) and asks_also(case)):
        return _offer(case, ("meeting_wished",), moving=None)
    return None


def _names_a_kind(case: Case) -> bool:
    """Whether one kind of meeting is to be booked, by its title or by what it is about."""
    if not isinstance(case.event, Said) or not _BOOKS.search(case.plain[:_READ]):
        return False
    spoken = f"{case.plain} {case.text}".casefold()
    return any(
        title.casefold() in spoken or case.wants(*intents) for title, intents in case.policy.meetings.items()
    )


def _offer(case: Case, reasons: tuple[str, ...], moving: str | None) -> Bid:
    if bid := whens.which_day(case, reasons, moving):
        return bid
    return _times(case, reasons, whens.wish(case, moving))


def _times(case: Case, reasons: tuple[str, ...], offer: OfferSlots) -> Bid:
    # Answer first: "how much is it and can I see a demo thursday" gets its price, then the times.
    moves: tuple[Move, ...] = (GiveAnswer(), offer) if offer.moving is None and asks_also(case) else (offer,)
    state = replace(case.state, open=OpenSlots(case.prompt_id, (), offer.moving))
    return Bid("book", moves, reasons, state)


def _day_named(case: Case, day: OpenDay) -> Bid | None:
    """The day that we asked for, picked or named; a new wish stands for itself."""
    offer = whens.picked(case, day)
    if offer is not None:
        return _times(case, ("day_told",), offer)
    if declines(case, day.id):
        return Bid("book", (Say("form_skipped"),), ("day_declined",), replace(case.state, open=None))
    if whens.names_time(case):
        return _offer(case, ("day_told",), day.moving)
    return None


def _choice(case: Case, slots: OpenSlots) -> Bid | None:
    if isinstance(case.event, Said) and slots.values and (zone := whens.zone_asked(case)):
        state = replace(case.state, open=OpenSlots(case.prompt_id, slots.values, slots.moving))
        return Bid("book", (OfferSlots(moving=slots.moving, shown=zone),), ("zone_asked",), state)
    value = chosen(case, slots.id) or _named_slot(case, slots)
    if value == "none" or declines(case, slots.id):
        return Bid("book", (Say("form_skipped"),), ("slots_declined",), replace(case.state, open=None))
    if value in slots.values:
        return _take(case, value, slots.moving)
    if isinstance(case.event, Said) and whens.names_time(case):
        return _offer(case, ("another_time",), slots.moving)
    return None


def _take(case: Case, slot: str, moving: str | None) -> Bid:
    if moving is not None or case.state.known("email"):
        state = replace(case.state, open=None)
        return Bid("book", (Book(slot, moving),), ("slot_chosen",), state)
    state = replace(case.state, open=OpenForm(case.prompt_id, "booking", slot))
    return Bid("book", (AskForm("booking"),), ("slot_chosen", "email_unknown"), state)


def _invitation(case: Case, form: OpenForm) -> Bid | None:
    if puts_off(case, form.id):
        return Bid("book", (Say("form_skipped"),), ("email_declined",), replace(case.state, open=None))
    if fresh(case, "email") and form.slot is not None:
        return Bid("book", (Book(form.slot),), ("email_given",), replace(case.state, open=None))
    if isinstance(case.event, Filled) and case.event.prompt == form.id:
        state = replace(case.state, open=OpenForm(case.prompt_id, "booking", form.slot))
        return Bid("book", (AskForm("booking", "bad_email"),), ("bad_email",), state)
    if isinstance(case.event, Said) and whens.names_time(case):
        return _offer(case, ("another_time",), None)
    return None


def _cancel_confirmed(case: Case, prompt: str) -> Bid | None:
    if accepts(case, prompt) and case.state.meeting is not None:
        move = CancelMeeting(case.state.meeting, confirmed=True)
        return Bid("book", (move,), ("cancel_confirmed",), replace(case.state, open=None, meeting=None))
    if declines(case, prompt):
        return Bid("book", (Say("meeting_kept"),), ("cancel_declined",), replace(case.state, open=None))
    return None


def _named_slot(case: Case, slots: OpenSlots) -> str | None:
    """The offered time that the visitor named in words ("14:00 works")."""
    if not isinstance(case.event, Said) or not fresh(case, "when"):
        return None
    start = whens.wish(case, None).start
    if start is None or not is_sure(case, "when") or not whens.is_exact(case):
        return None
    prefix = f"{start.astimezone(case.now.tzinfo):%Y%m%dT%H%MZ}"
    return next((value for value in slots.values if value.startswith(prefix)), None)
