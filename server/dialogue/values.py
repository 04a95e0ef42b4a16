"""The values of a conversation: what is known, what is open, what happened, and what was decided."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from intents.redaction import redact
from intents.score import Score, Signal
from intents.values import Understanding
from knowledge.values import Answer
from server.dialogue.policy import Meaning, Policy
from server.dialogue.prompts import Open

_PERSONAL = re.compile(r"@|^(?=.*\d)[\w.~-]{20,}$|^\d{5,}$")
"""A path segment that may name a person or open something: an address, a long token, a long number."""

_ALWAYS = frozenset({"answer", "privacy", "smalltalk"})
"""Plays that no site can switch off."""

Consent = Literal["necessary", "conversation", "remembered"]
How = Literal["said", "chosen", "crm"]


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
class State:
    """What the dialogue remembers of one conversation; saved with every turn."""

    facts: tuple[Known, ...] = ()
    asked: tuple[str, ...] = ()
    """Keys of qualification questions that were asked, in order."""
    open: Open | None = None
    stop_asking: bool = False
    with_person: bool = False
    """A person of the company has taken over: the assistant stays quiet."""
    person: str | None = None
    """Login of that person."""
    person_wanted: bool = False
    meeting: str | None = None
    signals: tuple[Signal, ...] = ()
    questions: tuple[str, ...] = ()
    """The visitor's last few questions, redacted, for follow-ups."""
    pages: tuple[str, ...] = ()
    """Paths visited, newest last."""
    language: str = ""
    """The language of the last turn; empty before the first one."""
    told_language: bool = False
    """Whether the visitor was told that our documents are in another language."""
    clarified: int = 0
    """How often we asked what a message means."""
    mood: float = 0.0
    """Frustration over the last messages: what made it rise adds up, calm lets it fall."""
    troubles: int = 0
    """Messages that made it rise since the visitor was last calm."""
    person_offered: bool = False
    """A person was offered for this frustration already."""

    def known(self, name: str) -> Known | None:
        """The fact of that name that holds: the latest one."""
        return next((fact for fact in reversed(self.facts) if fact.name == name), None)


@dataclass(frozen=True, slots=True)
class Said:
    """The visitor typed `text` (redacted)."""

    text: str


@dataclass(frozen=True, slots=True)
class Chose:
    """The visitor picked an offered value."""

    prompt: str
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Filled:
    """The visitor sent a form; what it holds is among the facts that were read."""

    prompt: str


Event = Said | Chose | Filled

# -- what the assistant does, in the order it is shown ---------------------------------------------------------


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
class AskCart:
    """Which plan, or how many seats."""

    missing: Literal["plan", "seats"]


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
class StartTrial:
    """Start the trial for the known e-mail address."""


@dataclass(frozen=True, slots=True)
class FillCart:
    """Price a cart and give its link."""

    plan: str
    seats: int
    period: Literal["month", "year"]


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
    | OfferSlots
    | Book
    | CancelMeeting
    | StartTrial
    | FillCart
    | HandOver
)


@dataclass(frozen=True, slots=True)
class Check:
    """One policy check and how it went."""

    name: str
    passed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a decision may depend on."""

    state: State
    event: Event
    policy: Policy
    now: datetime
    message_id: str
    prompt_id: str
    """Id for the prompt that this turn may open."""
    reading: Understanding | None = None
    answer: Answer | None = None
    consent: Consent = "necessary"
    page: str = ""
    in_product: bool = False
    """Whether this is the help panel inside the product, where customers are not qualified."""
    time_zone: str = "UTC"
    """The visitor's."""
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    """The catalogue's intents by name; what it does not hold is answered from the documents."""
    earlier: str = ""
    """Id of an earlier message that this one makes clear: its facts count as if they were told now."""
    settled: bool = False
    """What the message means was chosen, by a larger model or the visitor: it is not asked about again."""

    @property
    def text(self) -> str:
        return self.event.text if isinstance(self.event, Said) else ""

    @property
    def plain(self) -> str:
        """The message in English words, which rules about wording are written for; as it stands where it is English."""
        return (self.reading.gloss if self.reading and self.text else "") or self.text

    def wants(self, *intents: str) -> bool:
        """Whether the message asks for one of these."""
        return self.reading is not None and any(name in self.reading.asked_for for name in intents)

    def opened_by(self, intent: str) -> str:
        """The play that asking for this opens: of those listed, the first that is switched on here."""
        meaning = self.meanings.get(intent)
        listed = meaning.plays if meaning else ()
        return next((play for play in listed if play in _ALWAYS or play in self.policy.plays), "answer")

    def opens(self, play: str) -> bool:
        """Whether the message asks for something that opens this play."""
        return self.reading is not None and any(
            self.opened_by(name) == play for name in self.reading.asked_for
        )

    @property
    def frustration(self) -> float:
        return self.reading.frustration if self.reading else 0.0

    @property
    def felt(self) -> tuple[str, ...]:
        """The reasons of the frustration, strongest first."""
        return self.reading.frustration_reasons if self.reading else ()


@dataclass(frozen=True, slots=True)
class Bid:
    """What one play would do now."""

    play: str
    moves: tuple[Move, ...]
    reasons: tuple[str, ...]
    state: State
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the assistant does in this turn, and why."""

    play: str
    moves: tuple[Move, ...]
    reasons: tuple[str, ...]
    state: State
    learned: tuple[Known, ...]
    score: Score
    checks: tuple[Check, ...]


def page_path(url: str) -> str:
    """The path of a page address, as rules and counts use it; what looks like an address or a token is left out."""
    segments = (urlsplit(url).path or "/").split("/")
    kept = "/".join("…" if _is_personal(unquote(segment)) else segment for segment in segments)
    # What is split by a slash, such as a number with its area code, is left out whole.
    return "/…" if redact(unquote(kept)).sealed else kept


def _is_personal(segment: str) -> bool:
    return bool(_PERSONAL.search(segment) or redact(segment).sealed)
