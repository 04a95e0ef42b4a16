"""iCalendar as CalDAV servers keep it: what events take from a day, and our own event among the rep's notes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from icalendar import Calendar, Event

from server.actions.calendars.ports import CalendarEvent
from server.actions.calendars.spans import instant
from server.actions.values import Interval

_OURS = "X-FRONTDESK-SEQUENCE"
"""Our own count of changes; SEQUENCE is raised by the rep's programs too."""
_DAY = timedelta(days=1)
_FREE = {"FREE"}
_log = structlog.get_logger(__name__)


def busy_in(
    texts: Iterable[str], window: Interval, zone: str, *, ignoring: str | None = None, owner: str = ""
) -> Iterator[Interval]:
    """What the events of some calendar files take within a window, each occurrence of a series by itself.

    All-day and floating times are read on the clock of `zone`. Free are: events marked transparent, cancelled
    ones, those that `owner` declined, and the one of uid `ignoring`.
    """
    import recurring_ical_events

    for text in texts:
        try:
            # Days and floating times begin up to a day off, whatever zone the query thinks in.
            found = recurring_ical_events.of(Calendar.from_ical(text), skip_bad_series=True).between(
                window.start - _DAY, window.end + _DAY
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            # What nobody can read blocks nothing; the rep's own program shows it no better.
            _log.warning("calendar_event_unreadable", error=type(error).__name__)
            continue
        for event in found:
            if str(event.get("UID", "")) != (ignoring or "") and _takes_time(event, owner):
                yield Interval(instant(event.start, zone), instant(event.end, zone))


def _takes_time(event: Any, owner: str) -> bool:
    if (
        str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
        or str(event.get("STATUS", "")).upper() == "CANCELLED"
    ):
        return False
    attendees = event.get("ATTENDEE", [])
    invited = attendees if isinstance(attendees, list) else [attendees]
    return not any(
        owner
        and str(each).lower().removeprefix("mailto:") == owner.lower()
        and str(each.params.get("PARTSTAT", "")).upper() == "DECLINED"
        for each in invited
    )


def busy_told(text: str) -> Iterator[Interval]:
    """What the answer to a free-busy query calls busy, certainly or perhaps."""
    for told in Calendar.from_ical(text).walk("VFREEBUSY"):
        stretches = told.get("FREEBUSY", [])
        for each in stretches if isinstance(stretches, list) else [stretches]:
            if str(each.params.get("FBTYPE", "BUSY")).upper() not in _FREE:
                yield Interval(instant(each.start, "UTC"), instant(each.end, "UTC"))


def sequence_of(text: str, uid: str) -> int:
    """Which change of ours a file holds; -1 when it is not ours."""
    for event in Calendar.from_ical(text).walk("VEVENT"):
        if str(event.get("UID", "")) == uid and _OURS in event:
            return int(str(event[_OURS]))
    return -1


def written(event: CalendarEvent, now: datetime, before: str | None = None) -> str:
    """The file of our event; what the rep added to the one from `before`, such as an alarm or a place, stays."""
    calendar = Calendar.from_ical(before) if before else _empty()
    ours = next(
        (
            each
            for each in calendar.walk("VEVENT")
            if str(each.get("UID", "")) == event.uid and "RECURRENCE-ID" not in each
        ),
        None,
    )
    if ours is None:
        ours = Event()
        calendar.add_component(ours)
    raised = max(event.sequence, int(str(ours.get("SEQUENCE", -1))) + 1)
    for name in ("UID", "DTSTAMP", "DTSTART", "DTEND", "DURATION", "SUMMARY", "DESCRIPTION", "URL", "SEQUENCE",
                 "STATUS", "TRANSP", _OURS):  # fmt: skip
        ours.pop(name, None)
    ours.add("uid", event.uid)
    ours.add("dtstamp", now.astimezone(UTC))
    # In UTC: the meeting was promised at an instant, whatever becomes of the rep's zone.
    ours.add("dtstart", event.start.astimezone(UTC))
    ours.add("dtend", event.end.astimezone(UTC))
    ours.add("summary", event.title)
    ours.add("description", told_of(event))
    if event.url:
        ours.add("url", event.url)
    ours.add("sequence", raised)
    ours.add("status", "CONFIRMED")
    ours.add("transp", "OPAQUE")
    ours.add(_OURS, str(event.sequence))
    text: str = calendar.to_ical().decode()
    return text


def is_as_wanted(text: str, event: CalendarEvent) -> bool:
    """Whether a file already shows the event as it should stand."""
    for each in Calendar.from_ical(text).walk("VEVENT"):
        if str(each.get("UID", "")) == event.uid and each.get("DTSTART") is not None:
            read: Any = each  # an Event, which knows its end
            stands = (instant(read.start, event.zone), instant(read.end, event.zone)) == (
                event.start,
                event.end,
            )
            return (
                stands
                and sequence_of(text, event.uid) == event.sequence
                and str(each.get("SUMMARY", "")) == event.title
                and str(each.get("DESCRIPTION", "")) == told_of(event)
            )
    return False


def _empty() -> Any:
    calendar = Calendar()
    calendar.add("prodid", "-//Frontdesk//Meetings//EN")
    calendar.add("version", "2.0")
    return calendar


def told_of(event: CalendarEvent) -> str:
    """The event's words for the rep.

    Who comes stands here and not as attendees: a calendar mails its attendees, or puts the event into their
    calendars unasked, and our own mail with its `.ics` has invited them already.
    """
    who = ", ".join(address for address in event.attendees if address not in event.description)
    return "\n\n".join(part for part in (who, event.description, event.url) if part)
