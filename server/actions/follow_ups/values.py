"""The nouns of follow-ups: the terms of a site, what a draft is made of, the draft, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

KIND: Literal["follow_up"] = "follow_up"
"""What it is called where touches are counted."""

NextStep = Literal["book", "trial", "reply"]
State = Literal["waiting", "approved", "sending", "sent", "rejected", "stopped"]
OPEN: tuple[State, ...] = ("waiting", "approved", "sending")
CadenceState = Literal["active", "paused", "ended"]

# -- what a site allows --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """One mail of a cadence: how long after the one before (the first: after the conversation), and where it leads."""

    after: timedelta
    next: NextStep


@dataclass(frozen=True, slots=True)
class Rule:
    """Which conversations are followed up. Every condition that is given has to hold."""

    key: str
    intents: frozenset[str]
    plays: frozenset[str]
    score_at_least: int
    steps: tuple[Step, ...]
    resumes_after_meeting: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """When follow-ups may be drafted and sent at a site."""

    rules: tuple[Rule, ...]
    idle: timedelta
    permission: frozenset[str]
    is_auto: bool
    auto_score: int
    per_person_week: int
    per_site_day: int
    opens: time
    closes: time
    weekdays: frozenset[int]
    languages: frozenset[str]
    countries_excluded: frozenset[str]
    expires: timedelta
    is_worded: bool
    """Whether a configured outside writer may word the answers."""
    links: Mapping[NextStep, str] = field(default_factory=dict)

    def rule(self, key: str) -> Rule | None:
        return next((rule for rule in self.rules if rule.key == key), None)


# -- what a draft is made of -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Source:
    """A page that words come from; `n` is how the draft cites it."""

    n: int
    document: str
    version: str
    title: str
    url: str
    quote: str


@dataclass(frozen=True, slots=True)
class Words:
    """A run of words with the sources that they stand on; `is_quote` when they stand there as they are."""

    text: str
    cites: tuple[int, ...]
    is_quote: bool = True
    mark: str = ""
    """What stands before a point or step of a list."""
    cells: tuple[tuple[str, str], ...] = ()
    """Of a row: the heading of each column with what stands there; each cell is quoted by itself."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question with its answer. `how` says when the answer came about."""

    question: str
    """As it was asked, or empty when it names somebody: then the page is named instead."""
    about: str
    """Title of the page that answers it."""
    words: tuple[Words, ...]
    how: Literal["answered", "now", "changed"] = "answered"
    turn: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """Everything that a draft depends on."""

    language: str
    company: str
    talked_on: date
    exchanges: tuple[Exchange, ...]
    sources: tuple[Source, ...]
    step: int
    next: NextStep
    link: str
    documents_in: tuple[str, ...] = ()
    """Languages of the quoted pages, where they are not the mail's."""
    open: tuple[str, ...] = ()
    """Questions that the documents still do not answer."""
    earlier_subject: str = ""
    name: str = ""
    """Placeholder of the reader's name, where they gave it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail that nobody has seen yet, without its footer. `ours` are the reviewed sentences in it."""

    subject: str
    body: str
    sources: tuple[Source, ...]
    ours: tuple[str, ...]


# -- what it is held against -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Evidence:
    """A cited page as it stands now; `text` is empty when it is gone."""

    n: int
    title: str
    url: str
    text: str
    language: str = "en"


@dataclass(frozen=True, slots=True)
class PlanPrices:
    """What a plan costs, in the catalogue's currency."""

    name: str
    amounts: frozenset[Decimal]


@dataclass(frozen=True, slots=True)
class Grounds:
    """What every sentence of a draft is held against."""

    language: str
    company: str
    evidence: tuple[Evidence, ...]
    plans: tuple[PlanPrices, ...] = ()
    currency: str = ""
    banned: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    """The visitor's own questions, which may be quoted."""
    ours: tuple[str, ...] = ()
    """Reviewed sentences, with their values filled in."""
    own: frozenset[str] = frozenset()
    """Details that may stand in it: placeholders of the reader's own, and the company's contacts."""
    strangers: frozenset[str] = field(default=frozenset(), repr=False)
    """Details of the conversation that are not the reader's, such as a colleague's name."""
    links: frozenset[str] = frozenset()
    """Addresses that may stand in it, beside those of the sources."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a stretch of the draft; `blocks` when it can not be sent like this."""

    code: str
    blocks: bool
    start: int
    end: int
    said: str
    fix: str


# -- what is kept ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Content:
    """What belongs to a draft beside its words. Texts carry placeholders only."""

    sources: tuple[Source, ...]
    turns: tuple[str, ...] = ()
    """The decisions whose answers it tells."""
    asked: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    """Placeholders of the reader's own details."""
    findings: tuple[Finding, ...] = ()
    zone: str = "UTC"
    talked_on: str = ""
    """The day of the conversation, as ISO 8601."""
    approvals: int = 0


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A follow-up as it is kept. `email` is a placeholder, `person` a keyed hash of the address."""

    id: str
    site: str
    conversation: str
    cadence: str
    person: str
    email: str
    rule: str
    step: int
    language: str
    state: State
    why: str
    """Why it was made; of one that was stopped or rejected, why."""
    subject: str
    body: str
    content: Content
    score: int
    is_edited: bool
    by: str
    due_at: datetime
    hidden_until: datetime | None
    created_at: datetime
    settled_at: datetime | None
    tokens: int = 0

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.content.sources

    @property
    def findings(self) -> tuple[Finding, ...]:
        return self.content.findings

    @property
    def blocks(self) -> bool:
        return any(finding.blocks for finding in self.findings)

    @property
    def mail_key(self) -> str:
        """The same mail once, however often it is tried."""
        return f"{KIND}:{self.id}"


@dataclass(frozen=True, slots=True)
class Cadence:
    """How far the mails to one person about one conversation are."""

    id: str
    site: str
    conversation: str
    person: str
    rule: str
    step: int
    state: CadenceState
    why: str
    next_at: datetime | None
    head: int
    """Where the conversation stood: what was said since starts anew."""
