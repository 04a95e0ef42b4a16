"""Everything that one turn works with, handed over once by the wiring."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import ParamSpec, Protocol, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync import Ledger
from intents import Reader
from intents.scoring.versions import ScoreModels
from knowledge import Library
from knowledge.writing.scribe import Scribe
from server.actions.calendars.ports import Calendars, NoCalendars
from server.actions.checkouts.ports import CheckoutOf
from server.actions.elsewhere import BusyTimes
from server.actions.links import Links
from server.actions.notices import AddressBook, Addresses, Plan
from server.choosing import OutsideModel
from server.crm_looks import CrmLooks
from server.dialogue.languages import spoken
from server.dialogue.policy import Policy
from server.files.cabinet import Cabinet
from server.hub import Hub, Turnstile
from server.members.values import Members, Nobody
from server.playbook import Playbook, Playbooks
from server.store.conversations import language_kept
from server.store.vault import Vault

P = ParamSpec("P")
T = TypeVar("T")


class Starter(Protocol):
    """Starts durable work whose rows have been committed; starting twice is starting once."""

    async def effects(self, ids: Sequence[str]) -> None: ...

    async def deliveries(self, ids: Sequence[str]) -> None: ...


def policy_of(playbook: Playbook, scores: ScoreModels, site: str) -> Policy:
    """A playbook's policy with the score that was trained for the site, where there is one."""
    policy, model = playbook.policy(), scores.of(site)
    return policy if model is None else policy.model_copy(update={"score_model": model})


@dataclass(frozen=True, slots=True)
class Desk:
    """The doors of the rooms and the parts of the server."""

    playbooks: Playbooks
    library: Library
    reader: Reader
    ledger: Ledger
    vault: Vault
    writers: async_sessionmaker[AsyncSession]
    readers: async_sessionmaker[AsyncSession]
    links: Links
    starter: Starter
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    embedder_name: str
    secret: str = field(repr=False)
    pool: ThreadPoolExecutor = field(repr=False)
    hub: Hub = field(default_factory=Hub)
    turnstile: Turnstile = field(default_factory=Turnstile)
    busy_times: BusyTimes = field(default_factory=BusyTimes)
    """What reps' own calendars have taken; ask it only while no transaction is open."""
    crm_looks: CrmLooks = field(default_factory=CrmLooks)
    """What the CRM holds of visitors; ask it only while no transaction is open."""
    scribe: Scribe | None = None
    """Words answers with an outside model, when one is configured."""
    larger_model: OutsideModel | None = None
    """Is asked what a message means when our own model is unsure; the same endpoint."""
    address_book: AddressBook = field(default_factory=dict, repr=False)
    """Where the notices of each site go."""
    score_models: ScoreModels = field(default_factory=lambda: ScoreModels(None))
    checkout_of: CheckoutOf | None = None
    """Where carts of a site are paid; nothing: on our own page."""
    members: Members = field(default_factory=Nobody)
    """Says which user of the host application a token is of."""
    calendars: Calendars = field(default_factory=NoCalendars)
    """The calendars that reps keep elsewhere."""
    cabinet: Cabinet | None = field(default=None, repr=False)
    """Where visitors' files lie; None takes none."""

    def policy(self, site: str, language: str = "") -> Policy:
        """What decisions at the site go by: its playbook, in a language, and the score that was trained for it."""
        playbook = self.playbooks.of_or_default(site)
        return policy_of(playbook.spoken(language) if language else playbook, self.score_models, site)

    def notice_plan(self, site: str) -> Plan:
        """What is told of a site outside the console, and where."""
        channels = self.address_book.get(site, Addresses()).channels
        return self.playbooks.of_or_default(site).notices.plan(channels)

    async def language_of(self, session: AsyncSession, site: str, conversation: str) -> str:
        """The language that a conversation is in."""
        current, locale = await language_kept(session, site, conversation)
        return spoken(current, locale, self.playbooks.of_or_default(site).site.language)

    async def in_thread(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run CPU-bound work beside the event loop, on the bounded pool."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, lambda: work(*args, **kwargs))
