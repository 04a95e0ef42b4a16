"""What a move has to work with, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.proposals import Activity, Kind
from server.actions.checkouts.ports import Checkout
from server.actions.elsewhere import NOWHERE, Elsewhere
from server.actions.links import Links
from server.actions.notices import Plan
from server.actions.values import Presence
from server.dialogue.blocks import Block
from server.dialogue.phrases import Value, phrase
from server.dialogue.values import Case, State
from server.placeholders import fill
from server.playbook import Playbook
from server.store.conversations import Talk


@dataclass(frozen=True, slots=True)
class Scene:
    """One turn, inside the transaction that saves it."""

    session: AsyncSession
    playbook: Playbook
    talk: Talk
    case: Case
    turn: str
    now: datetime
    links: Links
    presence: Presence
    new_id: Callable[[], str]
    cause: str
    """The visitor's own frame: whatever it asks for is done once, however often it is sent."""
    secret: str = field(repr=False)
    checkout: Checkout | None = None
    """Where carts of the site are paid; nothing: on our own page."""
    elsewhere: Elsewhere = NOWHERE
    """What reps' own calendars said before the transaction opened."""

    rep: str | None = None
    """Key of the rep whose lead it is, where leads are routed."""
    notices: Plan = field(default_factory=Plan)
    """What the team is told outside the console."""

    @property
    def site(self) -> str:
        return self.talk.site

    @property
    def prompt(self) -> str:
        """Id of the prompt that this turn may open."""
        return self.case.prompt_id

    @property
    def language(self) -> str:
        """The language that is spoken in this turn."""
        return self.case.state.language or "en"

    def phrase(self, name: str, values: Mapping[str, Value] | None = None) -> str:
        """A fixed sentence in that language."""
        return phrase(name, values, self.language)

    def unsealed(self, text: str) -> str:
        """A sealed detail for the action that needs it; details of this very message included."""
        redacted = self.case.reading.redacted.sealed if self.case.reading else ()
        fresh = {sealed.placeholder: sealed.value for sealed in redacted}
        return fill(text, {**self.talk.details, **fresh})


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that the CRM should know; the same `cause` is told once."""

    kind: Kind
    cause: str
    activity: Activity


@dataclass(frozen=True, slots=True)
class Played:
    """What one move left: what the visitor sees, the state it leads to, what happened."""

    blocks: tuple[Block, ...]
    state: State
    happened: tuple[Happened, ...] = ()
    outcomes: tuple[dict[str, Any], ...] = ()
