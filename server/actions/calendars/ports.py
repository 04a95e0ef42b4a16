"""What the booking needs of a rep's own calendar, wherever it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from server.actions.values import Interval
from server.errors import FrontdeskError


class CalendarAway(FrontdeskError):
    """The calendar did not answer, or asks for patience: try again, no sooner than `after` where it says so."""

    code = "calendar_away"
    status = 503

    def __init__(self, message: str, *, after: timedelta | None = None) -> None:
        super().__init__(message)
        self.after = after


class CalendarRefused(FrontdeskError):
    """The calendar turned us away, and will again until somebody mends what the message names."""

    code = "calendar_refused"
    status = 502


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """A meeting as it stands in a rep's calendar: its real details, opened for this one use."""

    uid: str
    """Stable through every change of the meeting; what makes an event ours."""
    title: str
    start: datetime
    end: datetime
    """Both are instants in UTC."""
    zone: str
    """The zone of the rep's wall clock, in which the event is written."""
    description: str = ""
    attendees: tuple[str, ...] = ()
    """Addresses of those who come, besides the rep; the calendar is asked to mail none of them."""
    sequence: int = 0
    """How often the meeting has changed; an older event never overwrites a newer one."""
    url: str = ""
    """Where the meeting can be moved or cancelled."""


class Calendar(Protocol):
    """One rep's calendar. Every call raises `CalendarAway` or `CalendarRefused`, and nothing else of its own."""

    async def busy(self, window: Interval, *, ignoring: str | None = None) -> Sequence[Interval]:
        """What is taken within `window`, in order and without overlaps; the event with uid `ignoring` is not."""
        ...

    async def write(self, event: CalendarEvent) -> str:
        """Make the event, or bring the one of its uid to this state; again is the same. Returns its reference.

        Whoever wrote a later `sequence` wins: then nothing changes.
        """
        ...

    async def remove(self, uid: str, reference: str | None = None) -> None:
        """Take the event out; when it is gone already that is fine. Without a reference it is looked up by uid."""
        ...


class Calendars(Protocol):
    """The calendars of an installation."""

    def of(self, site: str, rep: str) -> Calendar | None:
        """A rep's own calendar; None when only the built-in one counts. Raises `CalendarRefused` without its secret."""
        ...


class NoCalendars:
    """Where nobody keeps a calendar elsewhere."""

    def of(self, site: str, rep: str) -> Calendar | None:  # noqa: ARG002
        return None
