"""An installation small enough to end conversations by the dozen: real tables, library, vault, ledger and mailbox."""

from __future__ import annotations

import asyncio
import email
import sqlite3
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any, cast

from uuid_utils import uuid7

import crm_sync.tables
import knowledge.tables
import server.actions.tables
import server.store.tables
from crm_sync import Ledger, Policy
from crm_sync.providers.builtin import BuiltinCrm
from intents.score import Signal
from knowledge import Library
from knowledge.cited import note_cited
from knowledge.values import PutDocument
from server.actions import outbox
from server.actions.follow_ups import queue
from server.actions.follow_ups.values import FollowUp, Terms
from server.actions.links import Links
from server.actions.mailbox import KeptMail, Mailbox, kept
from server.actions.mime import mail_name
from server.actions.site import SiteDesk
from server.desk import Desk
from server.dialogue.record import DecisionRecord, IntentEntry, Versions
from server.dialogue.values import Evidence, Known, State
from server.following.rounds import Rounds
from server.following.sending import FollowUpPost
from server.moves.answering import blocks, sources
from server.playbook import Playbook, Playbooks
from server.store.conversations import keep_record, load_talk, open_talk, save_talk
from server.store.engine import open_engine, open_readers, open_sessions
from server.store.vault import Vault
from tests.support.console_words import message
from tests.support.knowledge import WordEmbedder

SITE = "demo"
SECRET = "a secret for tests only"
TUESDAY = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
"""Ten o'clock in Berlin."""
PAGES = {
    "plans/prices": (
        "Plans and prices",
        "# Plans and prices\n\nTeam costs 12 EUR per seat a month when billed yearly, or 15 EUR billed monthly.\n",
    ),
    "offline": (
        "Working offline",
        "# Working offline\n\nThe mobile app can work offline for up to 14 days without a signal.\n",
    ),
}
PRICE, OFFLINE, KIOSK = (
    "What does the Team plan cost per seat?",
    "How long can the mobile app work offline?",
    "Does a kiosk screen show the jobs?",
)


def playbook(**follow_ups: Any) -> Playbook:
    """A playbook with one rule, unless others are given."""
    rules = {"rules": [{"key": "asked", "steps": [{"after_hours": 24}, {"after_hours": 72}]}]}
    return Playbook.model_validate(
        {
            "version": 1,
            "site": {"name": "Fernway", "origins": ["https://www.fernway.example"]},
            "score": {
                "rules": [
                    {"code": "size", "kind": "fit", "points": 40, "when_fact": "team_size", "because": "Big"}
                ]
            },
            "catalogue": {
                "currency": "EUR",
                "plans": [{"key": "team", "name": "Team", "monthly": "15.00", "yearly": "12.00"}],
            },
            "handoff": {"email": "sales@fernway.example"},
            "follow_ups": {**rules, **follow_ups},
        }
    )  # fmt: skip


class _Starter:
    async def effects(self, ids: Any) -> None: ...

    async def deliveries(self, ids: Any) -> None: ...


@dataclass
class Clock:
    at: datetime = TUESDAY

    def __call__(self) -> datetime:
        return self.at

    def passes(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass
class World:
    """What a test works with."""

    desk: Desk
    clock: Clock
    folder: Path
    book: Playbook
    said: int = 0
    heads: dict[str, int] = field(default_factory=dict)

    @property
    def terms(self) -> Terms:
        assert self.book.follow_ups is not None
        return self.book.follow_ups.terms()

    def desk_of(self, site: str) -> SiteDesk:
        return self.book.desk("https://desk.example")

    async def round(self) -> list[FollowUp]:
        """What the chore does every minute."""
        return await Rounds(self.desk, self.desk_of).of_site(SITE, self.terms, now=self.clock())

    async def later(self, **span: float) -> list[FollowUp]:
        self.clock.passes(**span)
        return await self.round()

    async def send(self) -> None:
        """What workflows do: every effect that is due."""
        box = Mailbox(
            self.desk.writers, self.folder / "outbox", sender="desk@fernway.example", clock=self.clock
        )

        async def unseal(site: str, conversation: str, text: str) -> str:
            return await self.desk.vault.unseal(site, conversation, text, by="follow-up", now=self.clock())

        post = FollowUpPost(self.desk, self.desk_of, box, unseal)
        async with self.desk.readers() as session:
            due = await outbox.due(session, now=self.clock())
        for each in due:
            await outbox.run(self.desk.writers, post.handlers(), each, clock=self.clock)

    async def approve(self, made: FollowUp) -> FollowUp:
        async with self.desk.writers() as session:
            done = await queue.approve(session, SITE, made.id, terms=self.terms, by="rep", now=self.clock())
            await session.commit()
        return done

    async def state(self, made: FollowUp) -> tuple[str, str]:
        async with self.desk.readers() as session:
            found = await queue.load(session, SITE, made.id)
        return found.state, found.why

    async def mails(self) -> list[KeptMail]:
        async with self.desk.readers() as session:
            return await kept(session, SITE)

    def letter(self, made: FollowUp) -> Message:
        """The mail as it travelled."""
        file = self.folder / "outbox" / f"{mail_name(SITE, made.mail_key)}.eml"
        return email.message_from_bytes(file.read_bytes())

    async def put(self, path: str, title: str, text: str) -> None:
        await self.desk.library.put_document(
            SITE, PutDocument(path=path, title=title, text=text), now=self.clock()
        )

    async def talk(
        self,
        *questions: str,
        address: str = "ada@lifts.example",
        visitor: str = "",
        facts: tuple[Known, ...] = (),
        **opened: Any,
    ) -> str:
        """A conversation in which these questions were asked and an address was left; its id."""
        conversation = str(uuid7())
        settings = {
            "mode": "chat",
            "consent": "conversation",
            "locale": "en-IE",
            "time_zone": "Europe/Berlin",
        } | opened
        async with self.desk.writers() as session:
            await open_talk(
                session, site=SITE, visitor=visitor or str(uuid7()), conversation=None, new_id=conversation,
                now=self.clock(), **cast("Any", settings),
            )  # fmt: skip
            if address:
                self.desk.vault.seal(
                    session, site=SITE, conversation=conversation, now=self.clock(),
                    details=[("[email_1]", "email", address), ("[person_1]", "person", "Ada"),
                             ("[person_2]", "person", "Grace")],
                )  # fmt: skip
            await session.commit()
        email_fact = (Known("email", "[email_1]", "said", 1.0), Known("person", "[person_1]", "said", 1.0))
        await self.say(conversation, *questions, facts=(*(email_fact if address else ()), *facts))
        return conversation

    async def say(self, conversation: str, *questions: str, facts: tuple[Known, ...] | None = None) -> None:
        """Further questions, each answered as the library answers it now."""
        for question in questions:
            self.said += 1
            turn, said = str(uuid7()), f"m-{self.said:06d}"
            answer = await asyncio.to_thread(self.desk.library.answer, SITE, question, now=self.clock())
            reply = [] if answer.abstained else [*blocks(answer), sources(answer)]
            record = DecisionRecord(
                turn=turn, site=SITE, conversation=conversation, message=said, at=self.clock().isoformat(),
                said=question, language="en", spoken="en", intents=[IntentEntry(name="pricing", probability=0.9)],
                asked_for=["pricing"], out_of_scope=False, scope_score=0.0, facts=[], frustration=0.0,
                searched_for=question, answerability=0.9, abstained=answer.abstained, passages=[], play="answer",
                reasons=[], moves=["GiveAnswer"], checks=[], score={}, consent="conversation", outcomes=[],
                crm_updates=[], effects=[], reply=[block.model_dump(mode="json") for block in reply],
                versions=Versions(playbook="", intents="", embedder="", generation=0), timings_ms={},
            )  # fmt: skip
            async with self.desk.writers() as session:
                talk = await load_talk(session, self.desk.vault, SITE, conversation)
                state = talk.state if facts is None else _state(facts, said)
                entry = message("visitor", question, said, self.clock())
                await save_talk(session, talk, state=state, entries=[entry], now=self.clock())
                await keep_record(session, record, self.clock())
                await note_cited(
                    session, SITE, message_id=turn, conversation_id=conversation, question=question, answer=answer,
                    now=self.clock(),
                )  # fmt: skip
                await session.commit()


def _state(facts: tuple[Known, ...], said: str) -> State:
    told = tuple(Signal("fact", fact.name, fact.value, said) for fact in facts)
    return State(facts=facts, signals=told)


def a_fact(name: str, value: Any) -> Known:
    return Known(name, value, "said", 1.0, Evidence("m-1", str(value), 0, len(str(value))))


_MADE: dict[str, bytes] = {}
"""The database with its tables and pages, made once a process."""


@asynccontextmanager
async def a_world(folder: Path, **follow_ups: Any) -> AsyncIterator[World]:
    """A site with two pages, and nobody who talked yet."""
    file = folder / "follow.db"
    if not _MADE:
        async with _opened(folder / "template.db", playbook()) as world:
            async with world.desk.writers() as session:
                connection = await session.connection()
                for tables in (server.store.tables, server.actions.tables, crm_sync.tables, knowledge.tables):
                    await connection.run_sync(tables.Base.metadata.create_all)
                await session.commit()
            for path, (title, text) in PAGES.items():
                await world.put(path, title, text)
        with sqlite3.connect(folder / "template.db") as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _MADE["db"] = (folder / "template.db").read_bytes()
    file.write_bytes(_MADE["db"])
    async with _opened(file, playbook(**follow_ups)) as world:
        await world.desk.library.refresh(SITE)
        yield world


@asynccontextmanager
async def _opened(file: Path, book: Playbook) -> AsyncIterator[World]:
    engine = open_engine(f"sqlite+aiosqlite:///{file}")
    writers, readers, clock = open_sessions(engine), open_readers(engine), Clock()
    vault = Vault(writers, SECRET)

    async def unseal(site: str, conversation: str, text: str) -> str:
        return await vault.unseal(site, conversation, text, by="crm", now=clock())

    pool = ThreadPoolExecutor(1)
    desk = Desk(
        playbooks=Playbooks({SITE: book}), library=Library(writers, WordEmbedder(), readers=readers),
        reader=cast("Any", None), ledger=Ledger(writers, BuiltinCrm(writers), unseal, Policy()), vault=vault,
        writers=writers, readers=readers, links=Links(SECRET, "https://desk.example"), starter=_Starter(), clock=clock,
        new_id=lambda: str(uuid7()), embedder_name="words", secret=SECRET, pool=pool,
    )  # fmt: skip
    try:
        yield World(desk, clock, file.parent, book)
    finally:
        pool.shutdown()
        await engine.dispose()
