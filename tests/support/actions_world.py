"""A small company with two reps, and everything its actions need, on a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from dbos import DBOSConfig
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

from server.actions import booking, outbox
from server.actions.catalogue import Catalogue, Plan
from server.actions.effects import Postroom
from server.actions.links import Links
from server.actions.mailbox import KeptMail, Mailbox, kept
from server.actions.outbox import RunOutcome
from server.actions.site import SiteCalendar, SiteDesk
from server.actions.tables import Base
from server.actions.values import BookingRequest, FreeSlot, Hours, Meeting, MeetingType, Rep, Schedule
from server.store.engine import open_engine, open_sessions

MONDAY = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
"""Monday 2 March 2026, 08:00 in Berlin."""

WEEK = dict.fromkeys(range(5), (Hours(time(9), time(12)), Hours(time(13), time(17))))
BERLIN = Schedule(
    "Europe/Berlin", WEEK, min_notice=timedelta(hours=2), horizon_days=14, holidays_country="DE"
)
ADA = Rep("ada", "Ada", "ada@fernway.example", BERLIN)
BEN = Rep("ben", "Ben", "ben@fernway.example", BERLIN)
DEMO = MeetingType("demo", "Fernway demo", minutes=30, buffer_after=10)
CALENDAR = SiteCalendar((ADA, BEN), {"demo": DEMO})
FERNWAY = SiteDesk("Fernway", "#1f6f54", "/demo/", "sales@fernway.example", CALENDAR)
CATALOGUE = Catalogue(
    version="2026-03",
    currency="EUR",
    plans=(
        Plan(key="starter", name="Starter", monthly=Decimal(0), yearly=Decimal(0), max_seats=3),
        Plan(key="team", name="Team", monthly=Decimal(15), yearly=Decimal(12), min_seats=4, max_seats=50),
        Plan(key="business", name="Business", monthly=Decimal(29), yearly=Decimal(24), max_seats=500),
        Plan(key="enterprise", name="Enterprise"),
    ),
)
VAULT = {"[email_1]": "visitor@lifts.example", "[person_1]": "Grace", "[email_2]": "visitor+2@lifts.example"}


@dataclass
class Now:
    """A clock that moves when told."""

    at: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.at

    def passes(self, span: timedelta) -> None:
        self.at += span


async def unseal(site: str, conversation: str, text: str) -> str:
    """A vault that knows the visitor of every conversation."""
    assert site
    assert conversation
    for placeholder, value in VAULT.items():
        text = text.replace(placeholder, value)
    return text


@dataclass
class World:
    """One installation: sessions, clock, mailbox and links."""

    sessions: async_sessionmaker[AsyncSession]
    folder: Path
    clock: Now = field(default_factory=Now)
    links: Links = field(default_factory=lambda: Links("a secret of this test", "https://desk.example"))
    desk: SiteDesk = FERNWAY

    def mailbox(self) -> Mailbox:
        return Mailbox(self.sessions, self.folder / "outbox", sender="desk@fernway.example", clock=self.clock)

    def postroom(self) -> Postroom:
        return Postroom(
            self.sessions, self.mailbox(), unseal, self.links, lambda _site: self.desk, self.clock
        )

    async def run(self, effect_id: str) -> RunOutcome:
        handlers = self.postroom().handlers()
        return await outbox.run(self.sessions, handlers, effect_id, clock=self.clock)

    async def run_all(self) -> list[RunOutcome]:
        """Run everything that is due."""
        async with self.sessions() as session:
            waiting = await outbox.due(session, now=self.clock())
        return [await self.run(effect_id) for effect_id in waiting]

    async def mails(self) -> list[KeptMail]:
        async with self.sessions() as session:
            return await kept(session, "demo")


@asynccontextmanager
async def a_world(folder: Path, url: str | None = None) -> AsyncIterator[World]:
    """A fresh database with the tables of the actions."""
    async with reopened(folder, url) as world:
        async with world.sessions.begin() as session:
            connection = await session.connection()
            await connection.run_sync(Base.metadata.create_all)
        yield world


@asynccontextmanager
async def reopened(folder: Path, url: str | None = None) -> AsyncIterator[World]:
    """The world of a folder as another process left it."""
    engine = open_engine(url or f"sqlite+aiosqlite:///{folder / 'test.db'}")
    try:
        yield World(open_sessions(engine), folder)
    finally:
        await engine.dispose()


def durable(folder: Path) -> DBOSConfig:
    """Durable workflows on SQLite in the world's folder."""
    return {
        "name": "frontdesk-test",
        "system_database_url": f"sqlite:///{folder / 'workflows.db'}",
        "application_version": "1",
        "log_level": "ERROR",
    }


def new_id() -> str:
    return str(uuid7())


def berlin_slot(hour: int, minute: int = 0, *, rep: str = "ada", day: int = 3) -> FreeSlot:
    """A half-hour in March 2026 on Berlin's winter clock (UTC+1)."""
    start = datetime(2026, 3, day, hour - 1, minute, tzinfo=UTC)
    return FreeSlot(start, start + timedelta(minutes=30), rep)


def a_request(slot: FreeSlot, *, key: str = "message-1", conversation: str = "c-1") -> BookingRequest:
    return BookingRequest(
        site="demo",
        conversation=conversation,
        key=key,
        meeting_type="demo",
        slot=slot,
        zone="Europe/Berlin",
        email="[email_1]",
        name="[person_1]",
    )


async def booked(world: World, slot: FreeSlot, **request: Any) -> Meeting:
    """Book and commit."""
    async with world.sessions.begin() as session:
        wish = replace(a_request(slot), **request)
        return await booking.book(session, wish, CALENDAR, now=world.clock(), id=new_id())
