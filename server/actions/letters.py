"""The words of the mails: plain, short, and with everything one needs to act on them. No I/O."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from server.actions.ics import CONTENT_TYPE, Method, calendar_file
from server.actions.pricing import PERIOD_WORDS, money
from server.actions.site import SiteDesk
from server.actions.values import Attachment, Handoff, Mail, Meeting, Rep, SavedCart, Trial
from server.actions.when import said, said_span

Change = Literal["confirmed", "moved", "cancelled"]

_VISITOR_OPENING = {
    "confirmed": "Your meeting is booked.",
    "moved": "Your meeting has a new time.",
    "cancelled": "Your meeting is cancelled.",
}
_REP_OPENING = {
    "confirmed": "A visitor booked a meeting with you.",
    "moved": "A meeting with you has a new time.",
    "cancelled": "A meeting with you is off.",
}


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


def _invite(
    meeting: Meeting,
    change: Change,
    desk: SiteDesk,
    rep: Rep,
    *,
    guest: tuple[str, str],
    url: str,
    now: datetime,
) -> Attachment:
    method: Method = "CANCEL" if change == "cancelled" else "REQUEST"
    content = calendar_file(
        meeting,
        method=method,
        organizer=(desk.name, desk.sales_email),
        attendees=tuple(each for each in (guest, (rep.name, rep.email)) if "@" in each[1]),
        manage_url=url,
        now=now,
    )
    return Attachment("invite.ics", CONTENT_TYPE.format(method=method), content)


def to_visitor(
    meeting: Meeting,
    change: Change,
    desk: SiteDesk,
    rep: Rep,
    *,
    guest: tuple[str, str],
    url: str,
    now: datetime,
) -> Mail:
    """The meeting as it now stands, for the one who asked for it; `guest` is their real name and address."""
    stands = change != "cancelled"
    text = _paragraphs(
        _VISITOR_OPENING[change],
        f"{meeting.title} with {rep.name}\n{said_span(meeting.start, meeting.end, meeting.zone)}",
        "The attached invitation puts it into your calendar."
        if stands
        else "The attached file takes it out of your calendar.",
        f"Another time suits you better? Move or cancel it here:\n{url}" if stands else "",
        desk.name,
    )
    subject = f"{change.capitalize()}: {meeting.title}, {said(meeting.start, meeting.zone)}"
    invite = _invite(meeting, change, desk, rep, guest=guest, url=url, now=now)
    return Mail(guest[1], subject, text, attachments=(invite,), reply_to=rep.email)


def to_rep(
    meeting: Meeting, change: Change, desk: SiteDesk, rep: Rep, *, guest: tuple[str, str], now: datetime
) -> Mail:
    """The same for the rep, on the rep's own clock and with the visitor's details."""
    zone = rep.schedule.zone
    name, email = guest
    who = f"{name or 'a visitor'} ({email})" if "@" in email else name or "a visitor"
    text = _paragraphs(
        _REP_OPENING[change],
        f"{meeting.title} with {who}\n{said_span(meeting.start, meeting.end, zone)}",
        f"They wanted to talk about: {meeting.topic}" if meeting.topic else "",
    )
    subject = f"{change.capitalize()}: {meeting.title}, {said(meeting.start, zone)}"
    invite = _invite(meeting, change, desk, rep, guest=guest, url="", now=now)
    return Mail(rep.email, subject, text, attachments=(invite,), reply_to=email if "@" in email else None)


def trial_link(desk: SiteDesk, trial: Trial, *, link_hours: int, to: str, url: str) -> Mail:
    """The link that starts a trial."""
    text = _paragraphs(
        f"Confirm your address, and your {trial.days} days of {desk.name} {trial.plan} begin:",
        url,
        f"The link works once, within {link_hours} hours. If you did not ask for a trial, "
        "do nothing: without your confirmation it does not start.",
        desk.name,
    )
    return Mail(to, f"Start your {desk.name} trial", text)


def order(saved: SavedCart, desk: SiteDesk, *, audience: Literal["sales", "visitor"], to: str) -> Mail:
    """An order as it was quoted, for the team or for the one who placed it."""
    cart = saved.cart
    lines = "\n".join(
        f"{line.quantity:,} seats of {line.name} at {money(line.unit_price, cart.currency)} "
        f"per seat and month: {money(line.total, cart.currency)}"
        for line in cart.lines
    )
    opening = (
        "Thank you. We noted this order and will send the invoice."
        if audience == "visitor"
        else "An order came in through the assistant."
    )
    total = f"Total per {cart.period}: {money(cart.total, cart.currency)}, {PERIOD_WORDS[cart.period]}"
    reference = f"Order {saved.id}, prices of catalogue {cart.version}"
    text = _paragraphs(opening, lines, total, reference, desk.name if audience == "visitor" else "")
    return Mail(to, f"{desk.name} order: {money(cart.total, cart.currency)} per {cart.period}", text)


def handoff(wish: Handoff, desk: SiteDesk, *, summary: str, email: str) -> Mail:
    """Somebody asked for a person; the summary carries the real details by now."""
    waits = wish.state == "nobody"
    text = _paragraphs(
        "A visitor asked for a person while nobody was there."
        if waits
        else "A visitor is asking for a person now.",
        f"Why: {wish.reason}",
        summary,
        f"Reach them at {email}." if email else "They left no address; the conversation is in the console.",
    )
    subject = f"{'Please get back to a visitor' if waits else 'A visitor is waiting'}: {wish.reason}"
    return Mail(desk.sales_email, subject, text, reply_to=email or None)
