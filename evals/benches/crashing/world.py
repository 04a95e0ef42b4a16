"""A small installation in a folder, whose process may be killed: database, calendars, mailbox and CRM."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import event, select
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session
from uuid_utils import uuid7

from crm_sync import Activity, Consent, Ledger, Proposal, Target
from crm_sync.deciding.policy import Policy
from crm_sync.proposals import Kind
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.tables import Base as CrmBase
from evals.benches.crashing.outside import (
    FileCalendar,
    FileCalendars,
    FileProduct,
    FileTill,
    SteppingMailer,
    Steps,
)
from server.actions import holds, outbox
from server.actions.effects import Postroom
from server.actions.goods import Provisioning
from server.actions.links import Links
from server.actions.mailbox import Mailbox
from server.actions.meeting_effects import MeetingRoom
from server.actions.ports import EffectHandler
from server.actions.signing import keys_of
from server.actions.site import MeetingCare, SiteCalendar, SiteDesk
from server.actions.tables import Base, EffectRow
from server.actions.trial_effects import Provisioner
from server.actions.values import (
    Effect,
    Happening,
    Hours,
    Interval,
    MeetingChanged,
    MeetingType,
    Rep,
    Schedule,
    TrialChanged,
)
from server.store.engine import open_engine, open_sessions
from server.store.sqlite import BRIEF

SITE = "demo"
BEGINS = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
"""Monday 2 March 2026, 08:00 in Berlin."""
_WEEK = dict.fromkeys(range(5), (Hours(time(9), time(17)),))
_BERLIN = Schedule("Europe/Berlin", _WEEK, min_notice=timedelta(hours=2), horizon_days=14)
REPS = tuple(Rep(key, key.title(), f"{key}@fernway.example", _BERLIN) for key in ("ada", "ben"))
CALENDAR = SiteCalendar(
    REPS,
    {"demo": MeetingType("demo", "Fernway demo")},
    MeetingCare(reminders=(timedelta(hours=24), timedelta(hours=1))),
)
DESK = SiteDesk(
    "Fernway", "#1f6f54", "/demo/", "sales@fernway.example", CALENDAR,
    provisioning=Provisioning("https://product.example/trials"),
)  # fmt: skip
_KEYS = keys_of("whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVowMTIzNDU=", SITE, "of this bench")
_MOODY = 0.15
"""How often whoever is outside does not answer."""
_DETAILS = {"[email_1]": "visitor@lifts.example", "[person_1]": "Grace"}
_SETTLES_WITHIN = timedelta(hours=6)
_CLOCK = "clock"
_at: dict[str, Path] = {}
"""Where this process is: it looks after one folder at a time."""


@dataclass
class Now:
    """A clock that moves when told."""

    at: datetime = BEGINS

    def __call__(self) -> datetime:
        return self.at


async def _unseal(site: str, conversation: str, text: str) -> str:  # noqa: ARG001
    for placeholder, value in _DETAILS.items():
        text = text.replace(placeholder, value)
    return text


@dataclass
class World:
    """One process's view of the folder."""

    folder: Path
    sessions: async_sessionmaker[AsyncSession]
    calendars: FileCalendars
    product: FileProduct
    till: FileTill
    steps: Steps
    chance: Random
    clock: Now
    links: Links = field(default_factory=lambda: Links("a secret of this bench", "https://desk.example"))

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.sessions, BuiltinCrm(self.sessions), _unseal, Policy())

    def handlers(self) -> dict[str, EffectHandler]:
        box = Mailbox(self.sessions, self.folder / "outbox", sender="desk@fernway.example", clock=self.clock)
        mailer = SteppingMailer(box, self.steps)
        desk_of = lambda _site: DESK  # noqa: E731
        post = Postroom(self.sessions, mailer, _unseal, self.links, desk_of, self.clock)
        room = MeetingRoom(
            self.sessions, self.calendars, mailer, _unseal, self.links, desk_of, self.clock,
            on_change=self.tell_of_meeting,
        )  # fmt: skip
        product = Provisioner(
            self.sessions, self.product.post, lambda _site: _KEYS, mailer, _unseal, desk_of, self.clock,
            on_change=self.tell_of_trial, jitter=self.chance.random,
        )  # fmt: skip
        return {**post.handlers(), **room.handlers(), **product.handlers()}

    async def save(self, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """What may come again, and is saved with its own note that it came."""
        async with self.sessions() as session:
            await work(session)
            await session.commit()

    async def once(self, key: str, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
        """What a visitor sent, saved with the note that it was: sent again after a crash, it is not done again."""
        async with self.sessions() as session:
            taken = await session.execute(
                sql("INSERT OR IGNORE INTO requests VALUES (:key) RETURNING key"), {"key": key}
            )
            if taken.first() is None:
                return
            await work(session)
            await session.commit()

    async def tell(self, session: AsyncSession, kind: Kind, cause: str, words: str) -> None:
        """Propose a CRM update in the transaction of what it tells."""
        now = self.clock()
        proposal = Proposal(
            site=SITE,
            kind=kind,
            cause=cause,
            occurred_at=now,
            conversation="c-1",
            turn=None,
            target=Target("email", "[email_1]"),
            consent=Consent("conversation"),
            learned=(),
            activity=Activity("chat", kind, words, now),
        )
        await self.ledger.propose(session, proposal, now=now, id=new_id())

    async def tell_of_trial(self, session: AsyncSession, told: Happening) -> None:
        assert isinstance(told, TrialChanged), "nothing else happens to a trial here"
        await self.tell(session, "trial.changed", f"{told.trial.id}:{told.step}", f"the trial is {told.step}")

    async def tell_of_meeting(self, session: AsyncSession, told: MeetingChanged) -> None:
        kinds: dict[str, Kind] = {
            "booked": "meeting.booked",
            "moved": "meeting.moved",
            "cancelled": "meeting.cancelled",
        }
        meeting = told.meeting
        await self.tell(session, kinds[told.change], f"{meeting.id}:{meeting.sequence}", told.change)

    async def settle(self, *, until: datetime = BEGINS + _SETTLES_WITHIN) -> None:
        """What workflows and sweeps would do, until nothing is left that is due by then."""
        handlers, end = self.handlers(), until
        while True:
            async with self.sessions() as session:
                due = list(await outbox.due(session, now=self.clock()))
            self.chance.shuffle(due)
            for effect in due:
                kinds = _Anything(handlers)
                await outbox.run(self.sessions, kinds, effect, clock=self.clock)
            while waiting := await self.ledger.due(self.clock()):
                for update in waiting:
                    await self.ledger.deliver(update, now=self.clock())
            following = await self._next()
            if following is None or following > end:
                break
            self.clock.at = max(following, self.clock.at)
            (self.folder / _CLOCK).write_text(self.clock.at.isoformat())
        async with self.sessions.begin() as session:
            await holds.sweep(session, now=self.clock() + timedelta(minutes=11))

    async def _next(self) -> datetime | None:
        waiting = select(EffectRow.next_attempt_at).where(EffectRow.status.in_(("queued", "running")))
        async with self.sessions() as session:
            found: datetime | None = await session.scalar(waiting.order_by(EffectRow.next_attempt_at))
        return found


class _Anything(dict[str, Any]):
    """Kinds that other rooms handle are done when they come up: here they only have to come up."""

    def __contains__(self, kind: object) -> bool:
        return super().__contains__(kind) or not str(kind).endswith(".failed")

    def __missing__(self, _kind: str) -> EffectHandler:
        return _done


async def _done(_effect: Effect) -> None:
    return None


def new_id() -> str:
    return str(uuid7())


@asynccontextmanager
async def a_world(
    folder: Path,
    *,
    seed: int,
    steps: Steps,
    later: timedelta = timedelta(0),
    away_until: datetime | None = None,
    taken: tuple[Interval, ...] = (),
    refuses: bool = False,
) -> AsyncIterator[World]:
    """Open the folder, as any process would; every commit is a step."""
    engine = _engine()
    _at["folder"] = folder
    clock, chance = Now(_told_time(folder, is_new=not later) + later), Random(seed)

    def before(_connection: object) -> None:
        steps("before a commit")

    def after(_session: object) -> None:
        steps("after a commit")

    event.listen(engine.sync_engine, "commit", before)
    event.listen(Session, "after_commit", after)
    calendars = FileCalendars(
        {
            rep.key: FileCalendar(
                folder / "calendars" / rep.key, steps, clock, chance, away_until, taken, moody=_MOODY
            )
            for rep in REPS
        }
    )
    product = FileProduct(folder / "product", steps, clock, chance, _KEYS, refuses, moody=_MOODY)
    try:
        # Every statement touches a few rows; begin and commit are on the connection's thread, as they always are.
        sessions = open_sessions(engine.execution_options(**{BRIEF: True}))
        till = FileTill(folder / "till", steps)
        yield World(folder, sessions, calendars, product, till, steps, chance, clock)
    finally:
        event.remove(engine.sync_engine, "commit", before)
        event.remove(Session, "after_commit", after)
        await engine.dispose()


def _told_time(folder: Path, *, is_new: bool) -> datetime:
    """When the last process died: whoever recovers comes later, however long that one had waited for somebody."""
    clock = folder / _CLOCK
    if is_new:
        clock.unlink(missing_ok=True)
    return datetime.fromisoformat(clock.read_text()) if clock.exists() else BEGINS


@cache
def _engine() -> AsyncEngine:
    """The house's own, durable settings included, for whichever folder it is about.

    One for all folders: statements are compiled for an engine, and a killed child can not hand its own on.
    """
    engine = open_engine("sqlite+aiosqlite:///world.db")

    @event.listens_for(engine.sync_engine, "do_connect")
    def there(_dialect: object, _record: object, where: list[Any], _settings: object) -> None:
        where[0] = str(_at["folder"] / "world.db")

    return engine


async def make(folder: Path) -> None:
    """An empty installation."""
    folder.mkdir(parents=True, exist_ok=True)
    engine = _engine()
    _at["folder"] = folder
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        await connection.run_sync(CrmBase.metadata.create_all)
        await connection.execute(sql("CREATE TABLE requests (key TEXT PRIMARY KEY)"))
    await engine.dispose()
