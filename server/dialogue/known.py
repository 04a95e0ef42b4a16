"""What is known of a visitor, where it comes from, and what they got from us before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

Consent = Literal["necessary", "conversation", "remembered"]
"""From the least to the most that a visitor allows."""
How = Literal["said", "chosen", "remembered", "signed_in"]
"""`remembered`: told in an earlier conversation, by somebody who let us remember it. `signed_in`: by the host
application's token."""

_LEVELS: tuple[Consent, ...] = get_args(Consent)


def allows(consent: Consent, least: Consent | Literal["never"]) -> bool:
    """Whether a visitor who allows so much allows what needs at least this."""
    return least != "never" and _LEVELS.index(consent) >= _LEVELS.index(least)


@dataclass(frozen=True, slots=True)
class Evidence:
    """The visitor's own words, redacted; offsets point into the message."""

    message_id: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Known:
    """One fact with where it comes from. Personal values are placeholders."""

    name: str
    value: Any
    how: How
    confidence: float
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class History:
    """What happened outside this conversation that a decision goes by."""

    facts: tuple[Known, ...] = ()
    """Told in the visitor's earlier conversations; read with consent `remembered` only."""
    asked_before: frozenset[str] = frozenset()
    """Questions that were asked in earlier conversations and are not due again."""
    asked_today: int = 0
    """Questions to this person in the last 24 hours, over all conversations and devices."""
    site_asked_today: int = 0
    """Questions to anybody at the site in that time; counted only where there is a cap."""
    offered_before: frozenset[str] = frozenset()
    """Plays that were offered unasked in earlier conversations and are not due again."""
    offered_today: int = 0
    """Offers to this person in the last 24 hours, over all conversations and devices."""
    stands: frozenset[str] = frozenset()
    """Plays that came to something in earlier conversations: a meeting was booked, a trial begun."""
    in_crm: frozenset[str] = frozenset()
    """Facts that the CRM has, by name only: they are not asked for, and nothing of them is said to anybody."""


NOTHING_BEFORE = History()
"""Of a visitor who was never here, or who does not let us remember."""
