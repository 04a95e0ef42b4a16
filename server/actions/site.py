"""What an operator set up for one site, as the actions and pages need it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from server.actions.errors import SlotNotOffered
from server.actions.values import Meeting, MeetingType, Rep


@dataclass(frozen=True, slots=True)
class SiteCalendar:
    """Whom one can meet at a site, and for what."""

    reps: tuple[Rep, ...]
    types: Mapping[str, MeetingType]

    def rep(self, key: str) -> Rep:
        found = next((rep for rep in self.reps if rep.key == key), None)
        if found is None:
            raise SlotNotOffered("rep_gone", {"key": key})
        return found

    def type(self, key: str) -> MeetingType:
        if key not in self.types:
            raise SlotNotOffered("type_gone", {"key": key})
        return self.types[key]


@dataclass(frozen=True, slots=True)
class SiteDesk:
    """One site's company and people. `accent` is a CSS colour, `home` where its site starts."""

    name: str
    accent: str
    home: str
    sales_email: str
    calendar: SiteCalendar = SiteCalendar((), {})
    language: str = "en"
    """The language in which the company's own people are written to."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """What a meeting is called, by language."""

    def title_of(self, meeting: Meeting, language: str) -> str:
        """The meeting's title in a language, unless the playbook has changed it since the booking."""
        kind = self.calendar.types.get(meeting.meeting_type)
        is_current = kind is not None and kind.title == meeting.title
        return self.titles.get(language, meeting.title) if is_current else meeting.title


DeskOf = Callable[[str], SiteDesk]
"""The desk of a site by its key; raises `NotFound` for a site that does not exist."""
