"""What an operator set up for one site, as the actions and pages need it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from server.actions.errors import SlotNotOffered
from server.actions.goods import Provisioning
from server.actions.values import Meeting, MeetingType, Rep


@dataclass(frozen=True, slots=True)
class MeetingCare:
    """How a site looks after its meetings."""

    hold: timedelta = timedelta(minutes=10)
    """How long a chosen time is kept while the address is asked for."""
    wait: timedelta = timedelta(hours=2)
    """How long a booking waits for a rep's own calendar that does not answer."""
    reminders: tuple[timedelta, ...] = ()
    """How long before it begins the visitor is reminded."""


@dataclass(frozen=True, slots=True)
class SiteCalendar:
    """Whom one can meet at a site, and for what."""

    reps: tuple[Rep, ...]
    types: Mapping[str, MeetingType]
    """By key; the first is the one that a visitor gets who said nothing else."""
    care: MeetingCare = MeetingCare()
    assignment: Literal["owner_first", "round_robin"] = "owner_first"

    def rep(self, key: str) -> Rep:
        found = next((rep for rep in self.reps if rep.key == key), None)
        if found is None:
            raise SlotNotOffered("rep_gone", {"key": key})
        return found

    def type(self, key: str) -> MeetingType:
        if key not in self.types:
            raise SlotNotOffered("type_gone", {"key": key})
        return self.types[key]

    @property
    def default_type(self) -> MeetingType:
        if not self.types:
            raise SlotNotOffered("type_gone", {"key": "demo"})
        return next(iter(self.types.values()))

    def type_for(self, intents: Collection[str] = (), plans: Collection[str] = ()) -> MeetingType:
        """The type that a visitor's words open: by the plan they are after, then by intent, else the first."""
        every = self.types.values()
        by_plan = next((kind for kind in every if set(kind.plans) & set(plans)), None)
        by_intent = next((kind for kind in every if set(kind.intents) & set(intents)), None)
        return by_plan or by_intent or self.default_type

    def owner(self, rep: str | None) -> str | None:
        """Whom to prefer for a new meeting: the account's owner, where owners come first and still take meetings."""
        known = self.assignment == "owner_first" and any(each.key == rep for each in self.reps)
        return rep if known else None


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
    provisioning: Provisioning | None = None
    """Where the operator's product hears of trials; without it a trial is a record and its mails."""
    inboxes: Mapping[str, str] = field(default_factory=dict)
    """Where somebody of the team reads their mail, by login; who is not there reads `sales_email`."""
    titles: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict)
    """What a meeting is called, by language: one title for all types, or one by type."""

    def title_of(self, meeting: Meeting, language: str) -> str:
        """The meeting's title in a language, unless the playbook has changed it since the booking."""
        kind = self.calendar.types.get(meeting.meeting_type)
        is_current = kind is not None and kind.title == meeting.title
        said = self.titles.get(language, meeting.title)
        if not isinstance(said, str):
            said = said.get(meeting.meeting_type, meeting.title)
        return said if is_current else meeting.title


DeskOf = Callable[[str], SiteDesk]
"""The desk of a site by its key; raises `NotFound` for a site that does not exist."""
