"""What the assistant does in a turn, in the order in which it is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from server.dialogue.buying import AskCart, EmptyCart, FillCart, QuotePrice, StartTrial, TrialStatus
from server.dialogue.gate_rules import Offered
from server.dialogue.showing import ShowMeeting


@dataclass(frozen=True, slots=True)
class GiveAnswer:
    """Show the answer with its sources."""


@dataclass(frozen=True, slots=True)
class Abstain:
    """Say that the documents do not hold it, show the nearest pages, offer a person."""


@dataclass(frozen=True, slots=True)
class Say:
    """A reviewed phrase of `phrases.py`."""

    phrase: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """A qualification question of the playbook."""

    key: str


@dataclass(frozen=True, slots=True)
class Clarify:
    """Which of two readings is meant; both are intents of the catalogue."""

    first: str
    second: str


@dataclass(frozen=True, slots=True)
class AskDay:
    """Which day was meant: `days` when they may be one of two, else `said` is a day that no calendar has."""

    said: str = ""
    days: tuple[date, ...] = ()
    """The weekday that was named first, then the date that was named."""


@dataclass(frozen=True, slots=True)
class AskForm:
    """Ask for the e-mail address that the next step needs; `error` says what was wrong with the last one."""

    purpose: Literal["booking", "trial", "handoff"]
    error: str | None = None


@dataclass(frozen=True, slots=True)
class OfferPerson:
    """Would the visitor like a person?"""

    phrase: str


@dataclass(frozen=True, slots=True)
class OfferPlay:
    """Would the visitor like to book, try or talk? Put after an answer, unasked."""

    what: Offered


@dataclass(frozen=True, slots=True)
class OfferSlots:
    """Show free times within the wish, or the nearest ones."""

    start: datetime | None = None
    end: datetime | None = None
    moving: str | None = None
    daily: tuple[str, str] | None = None
    """From and to, as "12:00", on each day of the window."""
    lead: str = ""
    """The phrase that the offer begins with when it is not the usual one."""
    zone: str = ""
    """The time zone in which the wish was said, when it was named."""
    shown: str = ""
    """The time zone that the times offered before are to be shown in."""


@dataclass(frozen=True, slots=True)
class Book:
    """Book the slot, or move the meeting `moving` to it."""

    slot: str
    moving: str | None = None


@dataclass(frozen=True, slots=True)
class CancelMeeting:
    """Cancel the conversation's meeting; asks first unless `confirmed`."""

    meeting: str
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class HandOver:
    """Bring in a person."""

    reason: str


Move = (
    GiveAnswer
    | Abstain
    | Say
    | Ask
    | AskCart
    | AskDay
    | AskForm
    | Clarify
    | OfferPerson
    | OfferPlay
    | OfferSlots
    | Book
    | CancelMeeting
    | ShowMeeting
    | StartTrial
    | TrialStatus
    | FillCart
    | EmptyCart
    | QuotePrice
    | HandOver
)
