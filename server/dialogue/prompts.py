"""What may be open in a conversation: the one thing that a click, a form or a short answer belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A qualification question waits for its answer."""

    id: str
    key: str
    kind: Literal["question"] = "question"


@dataclass(frozen=True, slots=True)
class OpenSlots:
    """Times were offered; `values` are those of the slots, `moving` the meeting that would move."""

    id: str
    values: tuple[str, ...] = ()
    moving: str | None = None
    kind: Literal["slots"] = "slots"


@dataclass(frozen=True, slots=True)
class OpenForm:
    """An e-mail address is needed to go on with what was chosen."""

    id: str
    purpose: Literal["booking", "trial", "handoff"]
    slot: str | None = None
    kind: Literal["form"] = "form"


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """We offered something that a yes accepts."""

    id: str
    what: Literal["handoff", "cancel_meeting", "book", "trial"]
    unasked: bool = False
    """It was weighed and put after an answer: a no to it is heard once and for all."""
    kind: Literal["offer"] = "offer"


@dataclass(frozen=True, slots=True)
class OpenCart:
    """A cart lacks its plan or its number of seats."""

    id: str
    missing: Literal["plan", "seats"]
    kind: Literal["cart"] = "cart"


@dataclass(frozen=True, slots=True)
class OpenReading:
    """We asked what a message means. Without options the visitor said "something else" and will say it anew."""

    id: str
    options: tuple[str, ...]
    """Intents, the likelier one first."""
    text: str
    """The message, redacted."""
    message: str
    """Its id."""
    kind: Literal["reading"] = "reading"


@dataclass(frozen=True, slots=True)
class OpenDay:
    """We asked which day was meant: `days` are the dates offered, from `start` to `end` is what was wished for."""

    id: str
    days: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    zone: str = ""
    """The time zone of the wish."""
    moving: str | None = None
    kind: Literal["day"] = "day"


Open = OpenQuestion | OpenSlots | OpenForm | OpenOffer | OpenCart | OpenReading | OpenDay
