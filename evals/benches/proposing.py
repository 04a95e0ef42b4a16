"""What the ledger costs a turn: proposals a second, and a save with and without a hundred thousand in its way."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from uuid_utils import uuid7

import server.turn
from crm_sync import Activity, Consent, Evidence, Learned, Ledger, Policy, Proposal, Target
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.tables import Base
from evals import gates, installation
from evals.benches.stopwatch import one_thread, ratio, spread, timed, timed_async
from evals.metrics import median
from evals.replay.script import Script, Step
from evals.replay.stage import Stage, a_stage
from evals.report import Figures, Report
from server.frames import Say
from server.settings import Settings
from server.store.engine import begin_brief, open_engine, open_sessions
from server.turn import take_turn

SITE = "demo"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ROUNDS = 12
BATCH = 50
TURNS = 90
_WARM_UP = 6
_TURNS_PER_CONVERSATION = 3
_SAID = (
    "We are {n} technicians and use spreadsheets. What does Team cost?",
    "We want to start in {n} weeks.",
    "Do you have single sign-on for {n} people?",
)
Tell = Callable[[str], None]


def proposal(conversation: str) -> Proposal:
    """What a turn teaches: a fact with its words, and a line for the timeline."""
    words = Evidence("about 40 of us", message_id=f"{conversation}-1", start=0, end=14)
    return Proposal(
        site=SITE,
        kind="contact.qualified",
        cause=conversation,
        occurred_at=NOW,
        conversation=conversation,
        turn=None,
        target=Target("conversation", conversation),
        consent=Consent("conversation"),
        learned=(Learned("company", "team_size", 40, "said", 0.95, ("fact.team_size",), (words,)),),
        activity=Activity("chat", "Asked about prices", "A team of 40.", NOW),
    )


def bare_database(file: Path) -> sqlite3.Connection:
    """The pragmas of our own engine, so that both sides promise the same."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE reports (id TEXT PRIMARY KEY, body TEXT)")
    return connection


def bare_transactions(connection: sqlite3.Connection, number: int, batch: int) -> None:
    """As many transactions that write one row each."""
    for place in range(batch):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO reports VALUES (?, ?)", (f"{number}-{place}", "x" * 1_000))
        connection.execute("COMMIT")


async def proposals(folder: Path) -> Figures:
    """Validated, compared and saved, each in a transaction of its own, beside bare transactions on the same disk."""
    engine = open_engine(f"sqlite+aiosqlite:///{folder / 'proposals.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    sessions = open_sessions(engine)
    ledger = Ledger(sessions, BuiltinCrm(sessions), _no_seals, Policy())
    ours: list[float] = []
    theirs: list[float] = []
    cpu: list[float] = []
    with closing(bare_database(folder / "bare-proposals.db")) as bare:
        for number in range(-1, ROUNDS):
            began = time.process_time()
            lap = await timed_async(partial(_propose, sessions, ledger, number))
            busy = time.process_time() - began
            other = timed(partial(bare_transactions, bare, number, BATCH))
            if number >= 0:  # the first of either side only warms up
                ours.append(lap)
                theirs.append(other)
                cpu.append(busy * 1000)
    await engine.dispose()
    return {
        "proposals_per_second": BATCH * 1000 / median(ours),
        "proposals_per_second_best": BATCH * 1000 / min(ours),
        "proposals_per_cpu_second": BATCH * 1000 / median(cpu),
        "ratio_of_proposal_to_bare_transaction": ratio(ours, theirs),
    }


async def _propose(sessions: async_sessionmaker[AsyncSession], ledger: Ledger, number: int) -> None:
    for place in range(BATCH):
        async with sessions() as session:
            await begin_brief(session)
            asked = proposal(f"bench-{number}-{place}")
            await ledger.propose(session, asked, now=NOW, id=str(uuid7()))
            await session.commit()


async def _no_seals(site: str, conversation: str, text: str) -> str:  # noqa: ARG001
    return text


@dataclass
class Saves:
    """How long the saves of one house took."""

    stage: Stage
    save_ms: list[float] = field(default_factory=list)
    turn_ms: list[float] = field(default_factory=list)


async def backlog(settings: Settings, tell: Tell, rows: int) -> Report:
    """The same turns in two houses, by turns: one has nothing waiting, in the other so many updates wait for the CRM
    and as many were delivered over the years."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder, one_thread():
        ready = await installation.template(settings, tell)
        made = [installation.copy(ready, Path(folder) / name) for name in ("empty", "full")]
        script = Script(name="bench", about="nobody checks this one", steps=(Step(say="hi"),))
        async with a_stage(made[0], script) as empty, a_stage(made[1], script) as full:
            tell(f"putting {rows} updates in the way")
            await _fill(full, rows)
            tell(f"taking {2 * TURNS} turns")
            sides = Saves(empty), Saves(full)
            await _take_turns(sides)
            looks = await _look(full)
    without, with_it = sides
    figures = {
        "backlog": rows,
        "save_ratio": ratio(with_it.save_ms, without.save_ms),
        "turn_ratio": ratio(with_it.turn_ms, without.turn_ms),
        **spread("save_without", without.save_ms),
        **spread("save_with", with_it.save_ms),
        **looks,
    }
    return Report("delivery", figures, gates.bars("bench-delivery-backlog", figures))


async def _take_turns(sides: tuple[Saves, Saves]) -> None:
    spine: Any = server.turn
    real = spine.save
    took: list[float] = []

    @functools.wraps(real)
    async def metered(*args: Any, **kwargs: Any) -> Any:
        began = time.perf_counter()
        saved = await real(*args, **kwargs)
        took.append((time.perf_counter() - began) * 1000)
        return saved

    spine.save = metered
    try:
        for number in range(TURNS + _WARM_UP):
            for side in sides if number % 2 else reversed(sides):
                stage = side.stage
                if number % _TURNS_PER_CONVERSATION == 0:
                    await stage.begin_anew()
                words = _SAID[number % _TURNS_PER_CONVERSATION].format(n=20 + number)
                frame = Say(type="say", id=f"bench-{number:06}", text=words)
                turn = partial(take_turn, stage.house.desk, SITE, stage.joined.conversation, frame)
                lap = await timed_async(turn)
                if number >= _WARM_UP:
                    side.turn_ms.append(lap)
                    side.save_ms.append(took[-1])
    finally:
        spine.save = real


async def _look(stage: Stage) -> Figures:
    """What workers and sweeps ask, with everything in the way."""
    ledger, now = stage.house.desk.ledger, datetime.now(UTC) + timedelta(days=365)
    due = await timed_async(partial(ledger.due, now, 200))
    counted = await timed_async(partial(ledger.backlog, SITE))
    waiting = await ledger.due(now, 20)
    attempts = [await timed_async(partial(ledger.attempt, each, now=now)) for each in waiting]
    return {"due_ms": due, "backlog_count_ms": counted, "attempt_ms_p50": median(attempts)}


async def _fill(stage: Stage, rows: int) -> None:
    """One real update, again and again under other ids; in a thread, as it takes seconds."""
    desk = stage.house.desk
    async with desk.writers() as session:
        first = await desk.ledger.propose(session, proposal("the-first"), now=NOW, id=desk.new_id())
        await session.commit()
    file = desk.writers.kw["bind"].url.database
    await asyncio.to_thread(_copy_rows, Path(file), first.id, rows)


def _copy_rows(file: Path, first: str, rows: int) -> None:
    with closing(sqlite3.connect(file, isolation_level=None, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        row = dict(connection.execute("SELECT * FROM crm_updates WHERE id = ?", (first,)).fetchone())
        insertion = (
            f"INSERT INTO crm_updates ({', '.join(row)}) "  # noqa: S608  names of columns
            f"VALUES ({', '.join(f':{name}' for name in row)})"
        )
        connection.execute("BEGIN IMMEDIATE")
        for number in range(2 * rows):
            is_pending = number % 2 == 0
            mine = {
                "id": str(uuid7()),
                "contact_key": f"conversation:way-{number // 8}",
                "conversation": f"way-{number // 8}",
                "idempotency_key": f"{number:064x}",
                "status": "pending" if is_pending else "delivered",
                "delivered_at": None if is_pending else row["created_at"],
            }
            connection.execute(insertion, {**row, **mine})
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
