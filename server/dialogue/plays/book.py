"""Book, move or cancel a meeting: offer times, take the choice, ask where the invitation goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from server.dialogue.prompts import OpenForm, OpenOffer, OpenSlots
from server.dialogue.reading import (
    accepts,
    asks_also,
    chosen,
    declines,
    fresh,
    is_information_question,
    puts_off,
)
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
        case _:
            bid = None
    return bid or _wish(case)


def _wish(case: Case) -> Bid | None:
    """A meeting is wished for, or the one that stands should change."""
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
    if case.wants("book_meeting") and not (is_information_question(case) and asks_also(case)):
        return _offer(case, ("meeting_wished",), moving=None)
    return None


def _offer(case: Case, reasons: tuple[str, ...], moving: str | None) -> Bid:
    start, end = _window(case)
    offer = OfferSlots(start, end, moving, _daily(case))
    # Answer first: "how much is it and can I see a demo thursday" gets its price, then the times.
    moves: tuple[Move, ...] = (GiveAnswer(), offer) if moving is None and asks_also(case) else (offer,)
    state = replace(case.state, open=OpenSlots(case.prompt_id, (), moving))
    return Bid("book", moves, reasons, state)


def _choice(case: Case, slots: OpenSlots) -> Bid | None:
    value = chosen(case, slots.id) or _named_slot(case, slots)
    if value == "none" or declines(case, slots.id):
        return Bid("book", (Say("form_skipped"),), ("slots_declined",), replace(case.state, open=None))
    if value in slots.values:
        return _take(case, value, slots.moving)
    if isinstance(case.event, Said) and fresh(case, "when"):
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
    if isinstance(case.event, Said) and fresh(case, "when"):
        return _offer(case, ("another_time",), None)
    return None


def _cancel_confirmed(case: Case, prompt: str) -> Bid | None:
    if accepts(case, prompt) and case.state.meeting is not None:
        move = CancelMeeting(case.state.meeting, confirmed=True)
        return Bid("book", (move,), ("cancel_confirmed",), replace(case.state, open=None, meeting=None))
    if declines(case, prompt):
        return Bid("book", (Say("meeting_kept"),), ("cancel_declined",), replace(case.state, open=None))
    return None


def _window(case: Case) -> tuple[datetime | None, datetime | None]:
    """The wished window, when this message names a time; an older wish must not narrow a new one."""
    wish = case.state.known("when") if fresh(case, "when") else None
    if wish is None or not isinstance(wish.value, dict):
        return None, None
    start, end = _instant(wish.value.get("start")), _instant(wish.value.get("end"))
    return (None, None) if start is None or (end or start) < case.now else (start, end)


def _daily(case: Case) -> tuple[str, str] | None:
    """The hours of each day that are wished for, as in "next week in the afternoon"."""
    wish = case.state.known("when") if fresh(case, "when") else None
    daily = wish.value.get("daily") if wish is not None and isinstance(wish.value, dict) else None
    return (str(daily["from"]), str(daily["to"])) if daily else None


def _named_slot(case: Case, slots: OpenSlots) -> str | None:
    """The offered time that the visitor named in words ("14:00 works")."""
    if not isinstance(case.event, Said) or not fresh(case, "when"):
        return None
    start, _ = _window(case)
    if start is None:
        return None
    prefix = f"{start.astimezone(case.now.tzinfo):%Y%m%dT%H%MZ}"
    return next((value for value in slots.values if value.startswith(prefix)), None)


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else None
