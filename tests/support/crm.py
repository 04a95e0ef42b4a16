"""Words for tests of the CRM room: a proposal, a ledger on a real database, a vault that is a dictionary."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uuid_utils
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from crm_sync import (
    Activity,
    Consent,
    Evidence,
    Learned,
    Ledger,
    PendingUpdate,
    Policy,
    Proposal,
    Target,
    Unsealable,
)
from crm_sync.ports import CrmProvider
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.tables import Base
from tests.support.postgres import fresh_database

SITE = "demo"
TALK = "talk-1"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DATABASES = ("sqlite", "postgresql")
SEALS = {"[email_1]": "ada@example.com", "[person_1]": "Ada"}
PLACEHOLDER = re.compile(r"\[[a-z]+_\d+\]")


def new_id() -> str:
    return str(uuid_utils.uuid7())


def learned(name: str, value: Any, *, confidence: float = 0.95, how: Any = "said") -> Learned:
    """`name` is `object.field`."""
    record, field_name = name.split(".", 1)
    words = Evidence(quote="we are 40", message_id="m-1", start=0, end=9)
    return Learned(record, field_name, value, how, confidence, ("fact",), (words,))  # type: ignore[arg-type]


def a_proposal(*facts: Learned, **changes: Any) -> Proposal:
    """What a turn learned; every argument of Proposal may be given."""
    values: dict[str, Any] = {
        "site": SITE,
        "kind": "contact.qualified",
        "cause": new_id(),
        "occurred_at": NOW,
        "conversation": TALK,
        "turn": "turn-1",
        "target": Target("conversation", changes.get("conversation", TALK)),
        "consent": Consent("conversation"),
        "learned": facts,
    }
    return Proposal(**{**values, **changes})


def a_note(subject: str = "Asked about SSO", **changes: Any) -> Activity:
    return Activity(**{"type": "note", "subject": subject, "body": "Wants SAML.", "at": NOW, **changes})


@dataclass
class Vault:
    """Unseals from a dictionary by (conversation, placeholder)."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)

    async def __call__(self, site: str, conversation: str, text: str) -> str:
        def real(found: re.Match[str]) -> str:
            value = self.values.get((conversation, found.group()))
            if value is None:
                raise Unsealable(f"{found.group()} is gone from {site}.")
            return value

        return PLACEHOLDER.sub(real, text)


@dataclass
class Room:
    """A ledger with everything around it."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    crm: BuiltinCrm
    vault: Vault
    ledger: Ledger
    now: datetime = NOW

    async def propose(self, proposal: Proposal) -> PendingUpdate:
        """Proposed and committed, a second after the last one."""
        self.now += timedelta(seconds=1)
        async with self.sessions() as session:
            update = await self.ledger.propose(session, proposal, now=self.now, id=new_id())
            await session.commit()
        return update

    def ledger_with(self, provider: CrmProvider) -> Ledger:
        """The same ledger in front of another CRM."""
        return Ledger(self.sessions, provider, self.vault, Policy())

    async def deliver(self, update: PendingUpdate) -> str:
        return await self.ledger.deliver(update.id, now=self.now)

    async def write(self, *facts: Learned, **changes: Any) -> PendingUpdate:
        """Proposed and delivered."""
        update = await self.propose(a_proposal(*facts, **changes))
        assert await self.deliver(update) == "delivered"
        return await self.ledger.update(SITE, update.id)

    async def fields(self, conversation: str = TALK) -> dict[str, Any]:
        """What the CRM holds by `object.name`, personal values included."""
        found = await self.ledger.record(SITE, conversation)
        if found is None:
            return {}
        views = [view for view in (found.contact, found.company, *found.deals[:1]) if view]
        return {f"{view.object}.{name}": value for view in views for name, value in view.fields.items()}


@asynccontextmanager
async def a_room(
    url: str,
    *,
    provider: CrmProvider | None = None,
    policy: Policy | None = None,
    seals: Mapping[str, str] | None = None,
) -> AsyncIterator[Room]:
    """A room on the database at `url`, its tables made."""
    engine = open_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    vault = Vault({(TALK, placeholder): value for placeholder, value in (seals or {}).items()})
    crm = BuiltinCrm(sessions)
    ledger = Ledger(sessions, provider or crm, vault, policy or Policy())
    yield Room(engine, sessions, crm, vault, ledger)
    await engine.dispose()


@asynccontextmanager
async def a_room_on(
    database: str, folder: Path, *, seals: Mapping[str, str] | None = None
) -> AsyncIterator[Room]:
    """A room on one of DATABASES."""
    if database == "sqlite":
        async with a_room(sqlite_url(folder), seals=seals) as made:
            yield made
        return
    with fresh_database() as url:
        async with a_room(url, seals=seals) as made:
            yield made


def open_engine(url: str) -> AsyncEngine:
    """An engine as the server opens it: on SQLite in WAL mode, writers queueing from their first statement."""
    if not url.startswith("sqlite"):
        return create_async_engine(url)
    engine = create_async_engine(url, connect_args={"timeout": 30})

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.isolation_level = None

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def sqlite_url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'crm.db'}"
