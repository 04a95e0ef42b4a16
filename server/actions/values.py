"""The nouns of the actions: who can be met and when, what was booked, what was ordered, what happens next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from server.actions.goods import SavedCart, Trial

# -- people and their time -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of a working day, on the clock of the schedule's zone. Closing at 00:00 means midnight."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Schedule:
    """When somebody takes meetings. `hours` maps a weekday (Monday is 0) to its stretches."""

    zone: str
    hours: Mapping[int, tuple[Hours, ...]]
    min_notice: timedelta = timedelta(hours=4)
    horizon_days: int = 30
    holidays_country: str | None = None
    holidays_region: str | None = None
    dates: Mapping[date, tuple[Hours, ...]] = field(default_factory=dict)
    """Days with hours of their own, whatever the weekday or holiday; none at all is a day off."""
    closed: frozenset[date] = frozenset()
    """The company's own holidays, beside the public ones."""
    max_per_day: int | None = None
    """No more meetings than so many begin on one day of the zone."""


@dataclass(frozen=True, slots=True)
class Rep:
    """A person of the company who takes meetings. `email` is a work address that the operator configured."""

    key: str
    name: str
    email: str
    schedule: Schedule
    weight: int = 1
    """How large a share of the meetings is theirs, beside the others' weights."""


@dataclass(frozen=True, slots=True)
class MeetingType:
    """What can be booked. Buffers keep the rep free around it; starts lie on a grid of `step` minutes."""

    key: str
    title: str
    minutes: int = 30
    buffer_before: int = 0
    buffer_after: int = 10
    step: int = 30
    reps: tuple[str, ...] = ()
    """Keys of those who hold it; nobody named is everybody."""
    intents: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    """What a visitor said, or which plan they are after, that makes it this type."""

    def held_by(self, rep: str) -> bool:
        return not self.reps or rep in self.reps


@dataclass(frozen=True, slots=True)
class Interval:
    """From `start` up to, not including, `end`; both are instants in UTC."""

    start: datetime
    end: datetime

    def overlaps(self, other: Interval) -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True, slots=True)
class FreeSlot:
    """A time that can be booked with one rep; instants in UTC."""

    start: datetime
    end: datetime
    rep: str

    @property
    def value(self) -> str:
        """What a chosen slot travels as; read it back with `booking.read_slot`."""
        return f"{self.start:%Y%m%dT%H%MZ}~{self.rep}"


@dataclass(frozen=True, slots=True)
class Wish:
    """When the visitor would like to meet, on their clock: "next Tuesday afternoon" is one day, 12 to 18."""

    first: date
    last: date
    earliest: time = time(0)
    latest: time = time(23, 59)


@dataclass(frozen=True, slots=True)
class ChoiceDay:
    """A day on the visitor's calendar with some of its free times."""

    date: date
    slots: tuple[FreeSlot, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What to offer. When `wish_met` is false the wished window was full and these are the nearest times."""

    zone: str
    days: tuple[ChoiceDay, ...]
    wish_met: bool


# -- meetings ------------------------------------------------------------------------------------------------

MeetingState = Literal["confirmed", "cancelled", "held"]
"""A held one waits for the rep's own calendar, which did not answer when it was asked for."""


@dataclass(frozen=True, slots=True)
class BookingRequest:
    """A wish to book, with the visitor's details as placeholders. `key` is derived from its cause."""

    site: str
    conversation: str
    key: str
    meeting_type: str
    slot: FreeSlot
    zone: str
    email: str
    name: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that stands or was cancelled; `sequence` counts its changes for calendars (RFC 5545)."""

    id: str
    site: str
    conversation: str
    rep: str
    meeting_type: str
    title: str
    start: datetime
    end: datetime
    zone: str
    email: str
    name: str
    topic: str
    state: MeetingState
    sequence: int
    uid: str
    hold_until: datetime | None = None
    why: str = ""
    """Of one that we called off: `time_gone` or `calendar_away`; its visitor may choose another time."""
    calendar_state: str = "none"
    calendar_ref: str | None = None


@dataclass(frozen=True, slots=True)
class MeetingHold:
    """A time that is kept for a conversation."""

    id: str
    slot_start: datetime
    rep: str
    until: datetime
    since: datetime


# -- people and what happens next ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Presence:
    """Who could answer right now."""

    reps_online: int
    open_now: bool
    back_at: datetime | None = None
    """When the hours begin again, where it is not within them."""
    usual_wait: timedelta | None = None
    """How long visitors waited lately, where enough of them did."""

    @property
    def somebody(self) -> bool:
        return self.open_now and self.reps_online > 0


@dataclass(frozen=True, slots=True)
class HandoffRequest:
    """A person was asked for: what they need to know, in words that carry placeholders only."""

    site: str
    conversation: str
    reason: str
    summary: str
    email: str | None = None
    assigned: str | None = None
    """Login of whom it is meant for."""
    score: int | None = None


ABOUT_DATA = {
    "data_request": "Asks for their data, or for having it deleted",
    "unsubscribe": "Does not want to be contacted",
}
"""Requests about data, as a hand-over names them: a task for somebody, while nobody waits in the chat."""

LEFT_ADDRESS = "Left an address for the answer"


@dataclass(frozen=True, slots=True)
class Handoff:
    """A hand-over. In state `nobody` it is a task for the next person who comes in."""

    id: str
    site: str
    conversation: str
    state: Literal["asked", "nobody", "joined", "closed"]
    reason: str
    summary: str
    email: str | None
    person: str | None
    created_at: datetime
    assigned: str | None = None
    score: int | None = None

    @property
    def is_about_data(self) -> bool:
        return set(self.reason.split("; ")) - {LEFT_ADDRESS} <= set(ABOUT_DATA.values())


@dataclass(frozen=True, slots=True)
class HandoffStep:
    """One thing that happened to a hand-over."""

    act: Literal["joined", "transferred", "assigned", "handed_back", "nobody_came"]
    by: str | None
    to: str | None
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file beside a mail; `content_type` may carry parameters."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to go. It holds real addresses: only effects make one, and only the mailbox keeps it."""

    to: str
    subject: str
    text: str
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()
    reply_to: str | None = None
    thread: tuple[str, ...] = ()
    """Keys of the mails before it in the same thread, oldest first."""
    unsubscribe: str = ""
    """Where one click ends such mails (RFC 8058); empty for mails that somebody asked for."""


@dataclass(frozen=True, slots=True)
class EffectRequest:
    """Something to do once the transaction that asks for it stands; `key` makes it happen once per site."""

    site: str
    conversation: str | None
    kind: str
    payload: Mapping[str, Any]
    key: str


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect in hand; `attempt` starts at 1."""

    id: str
    site: str
    conversation: str | None
    kind: str
    payload: Mapping[str, Any]
    key: str
    attempt: int


# -- what the pages report to whoever keeps the CRM ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeetingChanged:
    """A meeting came to stand after its turn, or the visitor moved or cancelled it by its link."""

    change: Literal["booked", "moved", "cancelled"]
    meeting: Meeting


@dataclass(frozen=True, slots=True)
class TrialVerified:
    """The visitor proved that the address is theirs; the trial runs."""

    trial: Trial


TrialStep = Literal["ready", "failed", "activated", "converted", "expired"]


@dataclass(frozen=True, slots=True)
class TrialChanged:
    """The operator's product told how a trial goes on, or could not be told of it."""

    step: TrialStep
    trial: Trial


@dataclass(frozen=True, slots=True)
class CartOrdered:
    """The visitor confirmed a cart, or paid it."""

    order: SavedCart


@dataclass(frozen=True, slots=True)
class Unsubscribed:
    """The reader of a follow-up mail wants no more of them."""

    site: str
    conversation: str


Happening = MeetingChanged | TrialVerified | TrialChanged | CartOrdered | Unsubscribed
