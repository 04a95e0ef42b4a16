"""What the console needs from the rest of the house, handed in by the wiring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync import Ledger
from knowledge import Library
from server.actions.site import SiteCalendar
from server.dialogue.policy import Policy
from server.filing import Filing
from server.following.reviewing import Reviewing
from server.model_desk import ModelDesk
from server.review.doors import Doors
from server.review.hints import Live
from server.review.sign_ins import Brake, Person
from server.source_reads import SourceReads
from server.store.vault import Vault


class Floor(Protocol):
    """Who speaks in a conversation: each call saves, logs and wakes the visitor's connection."""

    def shown_as(self, site: str) -> str:
        """Under which name visitors see whoever answers them."""

    async def take_over(self, site: str, conversation: str, login: str) -> None:
        """From now on a person answers, and the assistant stays quiet."""

    async def say_as_person(self, site: str, conversation: str, login: str, text: str) -> None:
        """Say `text` to the visitor in the name of the company."""

    async def hand_back(self, site: str, conversation: str, login: str) -> None:
        """The assistant answers again."""

    async def transfer(self, site: str, conversation: str, login: str, to: str, note: str = "") -> None:
        """A colleague has it, or is meant to take it, from now on."""


def _no_rules(_site: str) -> Policy:
    return Policy()


def _nobody_to_meet(_site: str) -> SiteCalendar:
    return SiteCalendar((), {})


def _no_proof(_site: str) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class ConsoleDeps:
    """Everything that the console touches."""

    writers: async_sessionmaker[AsyncSession]
    readers: async_sessionmaker[AsyncSession]
    vault: Vault
    ledger: Ledger
    library: Library
    reads: SourceReads
    models: ModelDesk
    in_thread: Callable[..., Awaitable[Any]]
    """Runs what takes the processor: reading a question and finding its passages."""
    floor: Floor
    start_delivery: Callable[[str], Awaitable[None]]
    """Enqueue the delivery of an update that was just approved."""
    clock: Callable[[], datetime]
    sites: tuple[str, ...]
    """The sites that this installation serves."""
    secure_cookies: bool
    """Whether visitors reach us by https, so that cookies may insist on it."""
    policy: Callable[[str], Policy] = _no_rules
    """What decisions at a site go by, with its score."""
    follow_ups: Reviewing | None = None
    """The linter of follow-up drafts, and what the playbook allows; None where nobody reviews any."""
    proof: Callable[[str], Sequence[str]] = _no_proof
    """Starts of the paths of a site's documents that may be quoted as proof."""
    outbox: Path | None = None
    """Folder of the letters that were kept instead of sent."""
    source_folders: tuple[Path, ...] = ()
    """Folders of this machine whose content may be named as a source."""
    calendar: Callable[[str], SiteCalendar] = _nobody_to_meet
    """Whom one can meet at a site, and on which clock they work."""
    doors: Doors = field(default_factory=Doors)
    """The ways in: passwords, a provider, or both."""
    brake: Brake = field(default_factory=Brake)
    """Slows down guessing, at every door together."""
    filing: Filing | None = None
    """The files that visitors sent."""
    live: Live = field(default_factory=Live)
    """Tells open pages that something changed."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One request of a signed-in person, at one site."""

    desk: ConsoleDeps
    person: Person
    site: str
    now: datetime

    @property
    def url(self) -> str:
        """Where the pages of this site begin."""
        return f"/console/site/{self.site}"

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites that this person may see."""
        return tuple(site for site in self.desk.sites if self.person.may_see(site))
