"""Outcomes of actions as blocks of the conversation. No I/O."""

from __future__ import annotations

from datetime import date
from typing import Literal

from server.actions.pricing import PERIOD_WORDS, money
from server.actions.values import Choices, Meeting, MeetingType, SavedCart, TrialOutcome
from server.actions.when import clock_label, day_label, said, said_day, zone_label
from server.dialogue.blocks import CartBlock, CartItem, MeetingBlock, Slot, SlotDay, SlotsBlock, TrialBlock


def slots_block(
    choices: Choices, meeting_type: MeetingType, *, prompt: str, text: str, today: date
) -> SlotsBlock:
    """Times to choose from; the value of each is read back by `booking.read_slot`."""
    days = [
        SlotDay(
            date=day.date,
            label=day_label(day.date, today=today),
            slots=[
                Slot(value=slot.value, start=slot.start, label=clock_label(slot.start, choices.zone))
                for slot in day.slots
            ],
        )
        for day in choices.days
    ]
    return SlotsBlock(
        prompt=prompt,
        text=text,
        zone=choices.zone,
        zone_label=zone_label(choices.zone),
        duration_minutes=meeting_type.minutes,
        days=days,
    )


def meeting_block(meeting: Meeting, *, ics_url: str | None, manage_url: str | None) -> MeetingBlock:
    """A meeting as it stands; a cancelled one has no links."""
    stands = meeting.state == "confirmed"
    changed: Literal["confirmed", "moved"] = "moved" if meeting.sequence else "confirmed"
    return MeetingBlock(
        state=changed if stands else "cancelled",
        title=meeting.title,
        when=said(meeting.start, meeting.zone),
        start=meeting.start,
        end=meeting.end,
        zone=meeting.zone,
        ics_url=ics_url if stands else None,
        manage_url=manage_url if stands else None,
    )


def trial_block(outcome: TrialOutcome) -> TrialBlock:
    """How far a trial is, in words that give the address away to nobody."""
    match outcome.state:
        case "mail_sent":
            text = "I've sent you a link. Open it to confirm your address, and the trial begins."
            return TrialBlock(state="mail_sent", text=text)
        case "waiting":
            text = "The link is already on its way. Please look in your inbox, and in the spam folder."
            return TrialBlock(state="mail_sent", text=text)
        case "exists":
            ends = outcome.trial.ends_at
            until = f" and runs until {said_day(ends, 'UTC')}" if ends else ""
            return TrialBlock(state="exists", text=f"That address has a trial already{until}.")
        case "ended":
            text = "That address had its trial already. A colleague can open it again for you."
            return TrialBlock(state="exists", text=text)


def cart_block(saved: SavedCart, *, checkout_url: str) -> CartBlock:
    """What would be bought, priced by the catalogue."""
    cart = saved.cart
    return CartBlock(
        items=[
            CartItem(
                plan=line.name,
                quantity=line.quantity,
                unit_price=money(line.unit_price, cart.currency),
                total=money(line.total, cart.currency),
            )
            for line in cart.lines
        ],
        period=cart.period,
        total=money(cart.total, cart.currency),
        note=f"Unit prices are per seat and month, {PERIOD_WORDS[cart.period]}.",
        checkout_url=checkout_url,
    )
