"""The words of the mails: plain, short, in the reader's language, and with all one needs to act on them. No I/O."""

from __future__ import annotations

import re
from datetime import datetime
from html import escape
from typing import Literal

from server.actions.goods import CartLine, SavedCart, Trial
from server.actions.ics import CONTENT_TYPE, Method, calendar_file
from server.actions.pricing import money
from server.actions.site import SiteDesk
from server.actions.values import Attachment, Handoff, Mail, Meeting, Rep
from server.actions.when import said, said_day, said_span
from server.dialogue.languages import direction, name_of
from server.dialogue.phrases import Value, phrase

Change = Literal["confirmed", "moved", "cancelled"]
_ADDRESS = re.compile(r"https?://[^\s<]+")


def paragraphs(*parts: str) -> str:
    """A mail's text, an empty line between its parts."""
    return "\n\n".join(part for part in parts if part) + "\n"


def page_of(text: str, language: str) -> str | None:
    """The same words as a page that carries their language and direction; English needs none."""
    if language == "en":
        return None
    parts = (
        _ADDRESS.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(part).replace("\n", "<br>"))
        for part in text.strip().split("\n\n")
    )
    body = "".join(f"<p>{part}</p>" for part in parts)
    return f'<!doctype html><html lang="{language}" dir="{direction(language)}"><body>{body}</body></html>'


def invite_of(
    meeting: Meeting,
    change: Change,
    desk: SiteDesk,
    rep: Rep,
    *,
    guest: tuple[str, str],
    url: str,
    now: datetime,
    language: str,
) -> Attachment:
    """The calendar file of a change, from the company to both."""
    method: Method = "CANCEL" if change == "cancelled" else "REQUEST"
    content = calendar_file(
        meeting,
        method=method,
        organizer=(desk.name, desk.sales_email),
        attendees=tuple(each for each in (guest, (rep.name, rep.email)) if "@" in each[1]),
        manage_url=url,
        now=now,
        title=desk.title_of(meeting, language),
        language=language,
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
    language: str = "en",
) -> Mail:
    """The meeting as it now stands, for the one who asked for it; `guest` is their real name and address."""
    stands = change != "cancelled"
    title = desk.title_of(meeting, language)
    what = phrase("mail_meeting", {"title": title, "rep": rep.name}, language)
    text = paragraphs(
        phrase(f"mail_{change}", language=language),
        f"{what}\n{said_span(meeting.start, meeting.end, meeting.zone, language)}",
        phrase("mail_invite" if stands else "mail_uninvite", language=language),
        f"{phrase('mail_change', language=language)}\n{url}" if stands else "",
        desk.name,
    )
    when = said(meeting.start, meeting.zone, language)
    subject = phrase(f"mail_subject_{change}", {"title": title, "when": when}, language)
    invite = invite_of(meeting, change, desk, rep, guest=guest, url=url, now=now, language=language)
    page = page_of(text, language)
    return Mail(guest[1], subject, text, html=page, attachments=(invite,), reply_to=rep.email)


def to_rep(
    meeting: Meeting,
    change: Change,
    desk: SiteDesk,
    rep: Rep,
    *,
    guest: tuple[str, str],
    now: datetime,
    spoken: str = "en",
    brief: str = "",
) -> Mail:
    """The same for the rep, on the rep's own clock and with the visitor's details; `spoken` is their language."""
    zone, language = rep.schedule.zone, desk.language
    name, email = guest
    nobody = phrase("rep_visitor", language=language)
    who = f"{name or nobody} ({email})" if "@" in email else name or nobody
    what = phrase("mail_meeting", {"title": meeting.title, "rep": who}, language)
    text = paragraphs(
        phrase(f"rep_{change}", language=language),
        f"{what}\n{said_span(meeting.start, meeting.end, zone, language)}",
        phrase("rep_topic", {"topic": meeting.topic}, language) if meeting.topic else "",
        phrase("rep_brief", {"url": brief}, language) if brief else "",
        _spoken(spoken, language),
    )
    when = said(meeting.start, zone, language)
    subject = phrase(f"mail_subject_{change}", {"title": meeting.title, "when": when}, language)
    # The event that we write into the rep's own calendar would stand beside the one their mail program makes of it.
    has_event = change != "cancelled" and meeting.calendar_state in {"waiting", "written"}
    invite = invite_of(meeting, change, desk, rep, guest=guest, url="", now=now, language=language)
    reply_to = email if "@" in email else None
    page = page_of(text, language)
    return Mail(
        rep.email, subject, text, html=page, attachments=() if has_event else (invite,), reply_to=reply_to
    )


def trial_link(
    desk: SiteDesk, trial: Trial, *, link_hours: int, to: str, url: str, language: str = "en"
) -> Mail:
    """The link that starts a trial."""
    opening: dict[str, Value] = {"count": trial.days, "company": desk.name, "plan": trial.plan}
    text = paragraphs(
        phrase("mail_trial", opening, language),
        url,
        phrase("mail_trial_link", {"count": link_hours}, language),
        desk.name,
    )
    subject = phrase("mail_trial_subject", {"company": desk.name}, language)
    return Mail(to, subject, text, html=page_of(text, language))


def order(
    saved: SavedCart, desk: SiteDesk, *, audience: Literal["sales", "visitor"], to: str, language: str = "en"
) -> Mail:
    """An order as it was quoted, for the team or for the one who placed it."""
    cart = saved.cart
    total = money(cart.total, cart.currency, language)
    lines = [_order_line(line, cart.currency, language) for line in cart.lines]
    if cart.discount:
        off = {"amount": money(cart.discount, cart.currency, language), "code": cart.code}
        lines.append(phrase("cart_off", off, language))
    paid = said_day(saved.paid_at, "UTC", language) if saved.paid_at else ""
    text = paragraphs(
        phrase("mail_order" if audience == "visitor" else "rep_order", language=language),
        "\n".join(lines),
        phrase(f"mail_order_total_{cart.period}", {"total": total}, language),
        phrase("page_paid", {"day": paid}, language) if paid else "",
        phrase(f"tax_{cart.tax}", language=language) if cart.tax else "",
        phrase("mail_order_reference", {"order": saved.id, "version": cart.version}, language),
        desk.name if audience == "visitor" else "",
    )
    subject = phrase(f"mail_order_subject_{cart.period}", {"company": desk.name, "total": total}, language)
    return Mail(to, subject, text, html=page_of(text, language))


def _order_line(line: CartLine, currency: str, language: str) -> str:
    """Seats of a plan with the price of one; an add-on with what it costs."""
    total = money(line.total, currency, language)
    if line.kind != "plan":
        return f"{line.name}: {total}"
    values: dict[str, Value] = {
        "count": line.quantity,
        "plan": line.name,
        "price": money(line.unit_price, currency, language),
        "total": total,
    }
    return phrase("mail_order_line", values, language)


def handoff(
    wish: Handoff,
    desk: SiteDesk,
    *,
    summary: str,
    email: str,
    spoken: str = "en",
    brief: str = "",
    is_address_new: bool = False,
) -> Mail:
    """Somebody asked for a person; the summary carries the real details by now.

    It goes to whose lead it is, else to the team. A second mail that is only about the address says so in its title.
    """
    language = desk.language
    state = "data" if wish.is_about_data else "nobody" if wish.state == "nobody" else "asked"
    reach = phrase("rep_handoff_email", {"email": email}, language)
    text = paragraphs(
        phrase(f"rep_handoff_{state}", language=language),
        phrase("rep_handoff_why", {"reason": wish.reason}, language),
        summary,
        reach if email else phrase("rep_handoff_no_email", language=language),
        phrase("rep_brief", {"url": brief}, language) if brief else "",
        _spoken(spoken, language),
    )
    title = "address" if is_address_new and email else state
    subject = phrase(f"rep_handoff_subject_{title}", {"reason": wish.reason}, language)
    to = desk.inboxes.get(wish.assigned or "") or desk.sales_email
    return Mail(to, subject, text, html=page_of(text, language), reply_to=email or None)


def handed_over(desk: SiteDesk, *, to: str, language: str = "en") -> Mail:
    """For the visitor who left an address: the question has arrived, and the answer will come there."""
    text = paragraphs(
        phrase("mail_handoff", language=language), phrase("mail_reply", language=language), desk.name
    )
    subject = phrase("mail_handoff_subject", language=language)
    return Mail(to, subject, text, html=page_of(text, language), reply_to=desk.sales_email or None)


def _spoken(language: str, among: str) -> str:
    """That the visitor speaks another language than the reader."""
    if language == among:
        return ""
    return phrase("rep_language", {"language": name_of(language, among)}, among)
