"""The words of the mails about a meeting that is not simply booked, moved or cancelled. No I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from server.actions.letters import Change, invite_of, page_of, paragraphs
from server.actions.site import SiteDesk
from server.actions.values import Mail, Meeting, Rep
from server.actions.when import said, said_span
from server.dialogue.phrases import phrase


def reminder(meeting: Meeting, desk: SiteDesk, rep: Rep, *, to: str, url: str, language: str = "en") -> Mail:
    """That the meeting is near, on the visitor's clock as it shows by the rules of the day, and how to change it."""
    title = desk.title_of(meeting, language)
    text = paragraphs(
        phrase("mail_reminder", language=language),
        _what(meeting, title, rep.name, meeting.zone, language),
        f"{phrase('mail_change', language=language)}\n{url}",
        desk.name,
    )
    when = said(meeting.start, meeting.zone, language)
    subject = phrase("mail_subject_reminder", {"title": title, "when": when}, language)
    return Mail(to, subject, text, html=page_of(text, language), reply_to=rep.email)


def released(meeting: Meeting, desk: SiteDesk, rep: Rep, *, to: str, url: str, language: str = "en") -> Mail:
    """That the time could not be had after all, and where another one is chosen."""
    title = desk.title_of(meeting, language)
    text = paragraphs(
        phrase("mail_released", language=language),
        _what(meeting, title, rep.name, meeting.zone, language),
        f"{phrase('mail_choose_again', language=language)}\n{url}",
        desk.name,
    )
    subject = phrase("mail_subject_released", {"title": title}, language)
    return Mail(to, subject, text, html=page_of(text, language), reply_to=rep.email)


def released_to_rep(meeting: Meeting, desk: SiteDesk, rep: Rep, *, guest: tuple[str, str]) -> Mail:
    """The same for the rep."""
    language, zone = desk.language, rep.schedule.zone
    who = guest[0] or phrase("rep_visitor", language=language)
    text = paragraphs(
        phrase("rep_released", language=language), _what(meeting, meeting.title, who, zone, language)
    )
    when = said(meeting.start, zone, language)
    subject = phrase("mail_subject_cancelled", {"title": meeting.title, "when": when}, language)
    return Mail(rep.email, subject, text, html=page_of(text, language), reply_to=_reply_to(guest))


def unwritten(
    meeting: Meeting, desk: SiteDesk, rep: Rep, *, guest: tuple[str, str], stands: bool, now: datetime
) -> Mail:
    """For the rep whose own calendar would not take the event, or not let it go, with the file that does it by hand."""
    language, zone = desk.language, rep.schedule.zone
    name = "unwritten" if stands else "unremoved"
    who = guest[0] or phrase("rep_visitor", language=language)
    text = paragraphs(
        phrase(f"rep_{name}", language=language), _what(meeting, meeting.title, who, zone, language)
    )
    when = said(meeting.start, zone, language)
    subject = phrase(f"rep_subject_{name}", {"title": meeting.title, "when": when}, language)
    seen = meeting if stands else replace(meeting, state="cancelled")
    change: Change = "confirmed" if stands else "cancelled"
    file = invite_of(seen, change, desk, rep, guest=guest, url="", now=now, language=language)
    page = page_of(text, language)
    return Mail(rep.email, subject, text, html=page, attachments=(file,), reply_to=_reply_to(guest))


def other_clock(meeting: Meeting, desk: SiteDesk, rep: Rep, *, guest: tuple[str, str], agreed: str) -> Mail:
    """For the rep: the visitor's clock will show another time than the one that was agreed."""
    language = desk.language
    shows = said_span(meeting.start, meeting.end, meeting.zone, language)
    who = guest[0] or phrase("rep_visitor", language=language)
    text = paragraphs(
        phrase("rep_zone", {"agreed": agreed, "shows": shows}, language),
        _what(meeting, meeting.title, who, rep.schedule.zone, language),
    )
    when = said(meeting.start, rep.schedule.zone, language)
    subject = phrase("rep_subject_zone", {"title": meeting.title, "when": when}, language)
    return Mail(rep.email, subject, text, html=page_of(text, language), reply_to=_reply_to(guest))


def _what(meeting: Meeting, title: str, who: str, zone: str, language: str) -> str:
    named = phrase("mail_meeting", {"title": title, "rep": who}, language)
    return f"{named}\n{said_span(meeting.start, meeting.end, zone, language)}"


def _reply_to(guest: tuple[str, str]) -> str | None:
    return guest[1] if "@" in guest[1] else None
