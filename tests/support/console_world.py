"""An installation with a console and nobody in it: real tables, real ledger, and a floor that remembers."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from litestar import Litestar
from litestar.types import Receive, Scope, Send
from pydantic import TypeAdapter
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from uuid_utils import uuid7

import crm_sync.tables
import knowledge.tables
import server.actions.people_tables
import server.actions.tables
import server.store.help_tables
import server.store.tables
from crm_sync import Ledger, Policy
from crm_sync.providers.builtin import BuiltinCrm
from knowledge import Library
from server.dialogue.values import State
from server.review import ConsoleDeps, review_routes
from server.review.console import routes_at
from server.review.roles import Role
from server.source_reads import SourceReads
from server.store.conversations import load_talk, save_talk
from server.store.engine import open_engine, open_readers, open_sessions
from server.store.tables import Account
from server.store.vault import Vault
from tests.support.console_words import message
from tests.support.knowledge import WordEmbedder
from tests.support.understanding import a_model_desk

NOW = datetime(2026, 3, 10, 10, 30, tzinfo=UTC)
SITE = "demo"
PASSWORD = "correct horse battery"
ACCOUNTS = (("viewer", Role.VIEWER), ("rep", Role.REP), ("manager", Role.MANAGER), ("admin", Role.ADMIN))

_STATE: TypeAdapter[State] = TypeAdapter(State)


@dataclass
class RecordedFloor:
    """The floor of a test: it writes to the log as the real one does, and remembers what it was asked."""

    writers: async_sessionmaker[AsyncSession]
    vault: Vault
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def shown_as(self, _site: str) -> str:
        return "Fernway"

    async def take_over(self, site: str, conversation: str, login: str) -> None:
        self.asked.append(("take_over", site, conversation, login))
        await self._set(site, conversation, with_person=True, text="A person joined", author="system")

    async def say_as_person(self, site: str, conversation: str, login: str, text: str) -> None:
        self.asked.append(("say", site, conversation, login, text))
        await self._set(site, conversation, with_person=True, text=text, author="person")

    async def hand_back(self, site: str, conversation: str, login: str) -> None:
        self.asked.append(("hand_back", site, conversation, login))
        await self._set(site, conversation, with_person=False, text="The assistant is back", author="system")

    async def transfer(self, site: str, conversation: str, login: str, to: str, note: str = "") -> None:
        self.asked.append(("transfer", site, conversation, login, to, note))
        await self._set(site, conversation, with_person=True, text="A colleague joined", author="system")

    async def _set(self, site: str, conversation: str, *, with_person: bool, text: str, author: str) -> None:
        async with self.writers() as session:
            talk = await load_talk(session, self.vault, site, conversation)
            state = _STATE.validate_python(
                {
                    **_STATE.dump_python(talk.state, mode="json"),
                    "with_person": with_person,
                    "person": self.asked[-1][3] if with_person else None,
                }
            )
            name = "Sales team" if author == "person" else None
            said = message(author, text, str(uuid7()), NOW, name=name)
            await save_talk(session, talk, state=state, entries=[said], now=NOW)
            await session.commit()


@dataclass
class World:
    """Everything a test of the console needs at hand."""

    desk: ConsoleDeps
    ledger: Ledger
    crm: BuiltinCrm
    floor: RecordedFloor
    engine: AsyncEngine
    started: list[str]
    """Updates whose delivery the console asked for."""
    conversations: list[str] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)

    async def close(self) -> None:
        """Let go of the database, so that no thread outlives the test's loop."""
        await self.desk.reads.stop()
        await self.desk.models.stop()
        await self.engine.dispose()

    def app(self) -> Litestar:
        """A console of its own, for a server in another thread."""
        return Litestar(list(review_routes(self.desk)), openapi_config=None)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request to the console that all worlds share: putting its routes together takes longer than a test."""
        _visited.set(self)
        await _shared_app()(scope, receive, send)


_visited: ContextVar[World] = ContextVar("visited")


@cache
def _shared_app() -> Litestar:
    return Litestar(list(routes_at(lambda: _visited.get().desk)), openapi_config=None)


async def build(folder: Path, *, accounts: bool = True, url: str = "") -> World:
    """An empty installation with one account of each role."""
    engine = open_engine(url or f"sqlite+aiosqlite:///{folder / 'console.db'}")
    async with engine.begin() as connection:
        for tables in (server.store.tables, server.actions.tables, crm_sync.tables, knowledge.tables):
            await connection.run_sync(tables.Base.metadata.create_all)
    writers = open_sessions(engine)
    vault = Vault(writers, "a secret for tests only")

    async def unseal(site: str, conversation: str, text: str) -> str:
        return await vault.unseal(site, conversation, text, by="crm", now=NOW)

    crm = BuiltinCrm(writers, clock=lambda: NOW)
    ledger = Ledger(writers, crm, unseal, Policy())
    floor = RecordedFloor(writers, vault)
    started: list[str] = []

    async def start_delivery(update: str) -> None:
        started.append(update)

    library = Library(writers, WordEmbedder(), readers=open_readers(engine))
    reads = SourceReads(library, lambda: NOW)

    desk = ConsoleDeps(
        writers=writers,
        readers=open_readers(engine),
        vault=vault,
        ledger=ledger,
        floor=floor,
        start_delivery=start_delivery,
        library=library,
        reads=reads,
        models=a_model_desk(folder / "intents", writers, NOW, (SITE, "other")),
        in_thread=asyncio.to_thread,
        clock=lambda: NOW,
        sites=(SITE, "other"),
        secure_cookies=False,
    )
    if accounts:
        async with writers() as session:
            # One cheap hash for all: what a real one costs is tested where accounts are.
            password = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
            for login, role in ACCOUNTS:
                site = "*" if role is Role.ADMIN else SITE
                session.add(
                    Account(
                        id=str(uuid7()), site=site, login=login, password_hash=password, role=role.word,
                        created_at=NOW,
                    )
                )  # fmt: skip
            await session.commit()
    return World(desk, ledger, crm, floor, engine, started)
