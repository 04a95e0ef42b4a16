"""The values of a conversation: what is known, what is open, what happened, and what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from intents.score import Score, Signal
from intents.values import Understanding
from knowledge.values import Answer
from server.dialogue.buying import Basket
from server.dialogue.known import NOTHING_BEFORE
from server.dialogue.known import Consent as Consent
from server.dialogue.known import Evidence as Evidence
from server.dialogue.known import History as History
from server.dialogue.known import How as How
from server.dialogue.known import Known as Known
from server.dialogue.moves import Abstain as Abstain
from server.dialogue.moves import Ask as Ask
from server.dialogue.moves import AskDay as AskDay
from server.dialogue.moves import AskForm as AskForm
from server.dialogue.moves import Book as Book
from server.dialogue.moves import CancelMeeting as CancelMeeting
from server.dialogue.moves import Clarify as Clarify
from server.dialogue.moves import GiveAnswer as GiveAnswer
from server.dialogue.moves import HandOver as HandOver
from server.dialogue.moves import Move as Move
from server.dialogue.moves import OfferPerson as OfferPerson
from server.dialogue.moves import OfferPlay as OfferPlay
from server.dialogue.moves import OfferSlots as OfferSlots
from server.dialogue.moves import Say as Say
from server.dialogue.paths import page_path as page_path
from server.dialogue.pilots import Group
from server.dialogue.policy import Meaning, Policy
from server.dialogue.prompts import Open
from server.dialogue.signed_in import SignedIn

_ALWAYS = frozenset({"answer", "privacy", "smalltalk"})
"""Plays that no site can switch off."""


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
    reasked: tuple[str, ...] = ()
    """Keys of questions whose answer did not fit and was asked for once more."""
    refused: int = 0
    """How many questions were refused."""
    offered: tuple[str, ...] = ()
    """Plays that were offered unasked, in order."""
    declined: tuple[str, ...] = ()
    """Those of them that were refused."""
    just_refused: bool = False
    """Whether the turn before was a refusal of what we had asked or offered."""
    trial: bool = False
    """A trial was begun here."""
    trial_prompt: str = ""
    """Of the card that says its mail is on the way: the link can be sent again from it, or to another address."""
    cart: Basket | None = None
    """What is in the cart that was shown last."""
    began: str = ""
    """What we began unasked last, as kind and key (`question:team_size`): whose reason answers "why do you ask?"."""
    zone: str = ""
    """The time zone that the visitor chose to have times told in; empty while it is their browser's."""
    signed_in: SignedIn | None = None
    """What the host application said of them."""
    group: Group = ""
    """The holdout, the pilot group, or everybody else; drawn when the conversation began."""
    about: tuple[tuple[str, str], ...] = ()
    """What came with their latest message to the team: page, version, last error."""

    def known(self, name: str) -> Known | None:
        """The fact of that name that holds: the latest one."""
        return next((fact for fact in reversed(self.facts) if fact.name == name), None)


@dataclass(frozen=True, slots=True)
class Said:
    """The visitor typed `text` (redacted)."""

    text: str


@dataclass(frozen=True, slots=True)
class Wrote(Said):
    """They wrote it to the team, from inside the product."""

    about: tuple[tuple[str, str], ...] = ()
    """What helps to help, by name: where they were, the version of the product, its last error; redacted."""


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
    locale: str = ""
    """The visitor's, such as `de-CH`."""
    home_zone: str = ""
    """Their browser's time zone, where they have times told in another one: it says where they are."""
    history: History = NOTHING_BEFORE
    shut: Mapping[str, str] = field(default_factory=dict)
    """Plays that the playbook does not let open here and now, and why."""

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
        for play in listed:
            if play in _ALWAYS or play in self.policy.plays:
                return play
            if play in self.shut:
                return self._instead_of(play)
        return "answer"

    def _instead_of(self, play: str) -> str:
        """What the playbook has done where it does not let a play open."""
        gate = self.policy.gates.get(play)
        hands_over = gate is not None and gate.otherwise == "handoff" and "handoff" in self.policy.plays
        return "handoff" if hands_over else "answer"

    @property
    def barred(self) -> str:
        """The play that the message asks for and that may not open here; empty when there is none."""
        wished = self.reading.asked_for if self.reading else ()
        listed = (play for name in wished if name in self.meanings for play in self.meanings[name].plays)
        return next((play for play in listed if play in self.shut and play not in self.policy.plays), "")

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
