"""A meeting as a calendar file (RFC 5545, RFC 5546): invitation, change and cancellation share one UID."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText

from server.actions.values import Meeting
from server.actions.when import said_span
from server.dialogue.phrases import phrase

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
CONTENT_TYPE = "text/calendar; charset=utf-8; method={method}"


def calendar_file(
    meeting: Meeting,
    *,
    method: Method,
    organizer: tuple[str, str],
    now: datetime,
    attendees: tuple[tuple[str, str], ...] = (),
    manage_url: str = "",
    title: str = "",
    language: str = "en",
) -> bytes:
    """The file for a mail (REQUEST, CANCEL; with attendees) or a download (PUBLISH, which must not have any).

    Times are written in UTC, which every calendar shows in its owner's zone; the description repeats the
    visitor's own. `organizer` and `attendees` are pairs of name and address; `title` is the meeting's in `language`.
    """
    event = Event()
    event.add("uid", meeting.uid)
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", meeting.start.astimezone(UTC))
    event.add("dtend", meeting.end.astimezone(UTC))
    event.add("summary", title or meeting.title, parameters={"LANGUAGE": language})
    event.add("description", _description(meeting, manage_url, language))
    event.add("status", "CANCELLED" if meeting.state == "cancelled" else "CONFIRMED")
    if manage_url:
        event.add("url", manage_url)
    event.add("organizer", _address(*organizer))
    for name, email in attendees:
        attendee = _address(name, email)
        attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
        attendee.params["PARTSTAT"] = vText("ACCEPTED")
        event.add("attendee", attendee, encode=False)
    calendar = Calendar()
    calendar.add("prodid", f"-//Frontdesk//Meetings//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _description(meeting: Meeting, manage_url: str, language: str) -> str:
    lines = [said_span(meeting.start, meeting.end, meeting.zone, language)]
    if manage_url and meeting.state == "confirmed":
        lines.append(phrase("ics_change", {"url": manage_url}, language))
    return "\n\n".join(lines)


def _address(name: str, email: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    if name:
        address.params["CN"] = vText(name)
    return address
