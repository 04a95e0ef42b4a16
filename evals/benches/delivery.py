"""CRM updates proposed and delivered, each exactly once, against bare SQLite transactions on the same disk."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from crm_sync import Activity, Consent, Evidence, Learned, Ledger, Proposal, Target
from evals import gates, installation
from evals.benches.stopwatch import timed, timed_async
from evals.metrics import median
from evals.replay.script import Script, Step
from evals.replay.stage import a_stage
from evals.report import Figures, Report
from server.desk import Desk
from server.settings import Settings

ROUNDS = 12
BATCH = 25
_SITE = "demo"
_NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

Tell = Callable[[str], None]


async def run(settings: Settings, tell: Tell) -> Report:
    """Rounds of updates on either side, alternating; every update is a conversation of its own."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        ready = await installation.template(settings, tell)
        made = installation.copy(ready, Path(folder) / "house")
        script = Script(name="bench", about="nobody checks this one", steps=(Step(say="hi"),))
        async with a_stage(made, script) as stage:
            tell(f"delivering {ROUNDS * BATCH} updates")
            ours, theirs = await _measure(stage.house.desk, Path(folder) / "bare.db")
            delivered = (await stage.house.desk.ledger.counts(_SITE)).get("delivered", 0)
    updates = (ROUNDS + 1) * BATCH
    figures: Figures = {
        "reports_per_second": BATCH * 1000 / median(ours),
        "bare_transactions_per_second": BATCH * 1000 / median(theirs),
        # One report is a proposal, a claim, the CRM's own writes and a settlement: four commits at the least.
        "ratio_to_bare_transaction": median([one / other for one, other in zip(ours, theirs, strict=True)]),
        "updates": updates,
        "delivered": delivered,
        "delivered_share": delivered / updates,
    }
    return Report("delivery", figures, gates.bars("bench-delivery", figures))


async def _measure(desk: Desk, bare: Path) -> tuple[list[float], list[float]]:
    """Milliseconds of each round; the first of either side only warms up."""
    ours: list[float] = []
    theirs: list[float] = []
    with closing(_bare_database(bare)) as connection:
        for number in range(-1, ROUNDS):
            lap = await timed_async(partial(_reports, desk, number))
            bare_lap = timed(partial(_transactions, connection, number))
            if number >= 0:
                ours.append(lap)
                theirs.append(bare_lap)
    return ours, theirs


async def _reports(desk: Desk, number: int) -> None:
    for place in range(BATCH):
        async with desk.writers() as session:
            proposal = _proposal(f"bench-{number}-{place}")
            update = await desk.ledger.propose(session, proposal, now=_NOW, id=desk.new_id())
            await session.commit()
        await _deliver(desk.ledger, update.id)


async def _deliver(ledger: Ledger, update: str) -> None:
    status = await ledger.deliver(update, now=_NOW)
    assert status == "delivered", f"update {update} is {status}; nothing stands in its way here"


def _proposal(conversation: str) -> Proposal:
    words = Evidence("about 40 of us", message_id=f"{conversation}-1", start=0, end=14)
    return Proposal(
        site=_SITE,
        kind="contact.qualified",
        cause=conversation,
        occurred_at=_NOW,
        conversation=conversation,
        turn=None,
        target=Target("conversation", conversation),
        consent=Consent("conversation"),
        learned=(Learned("company", "team_size", 40, "said", 0.95, ("fact.team_size",), (words,)),),
        activity=Activity("chat", "Asked about prices", "A team of 40.", _NOW),
    )


def _bare_database(file: Path) -> sqlite3.Connection:
    """The pragmas of our own engine, so that both sides promise the same."""
    connection = sqlite3.connect(file, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE reports (id TEXT PRIMARY KEY, body TEXT)")
    return connection


def _transactions(connection: sqlite3.Connection, number: int) -> None:
    for place in range(BATCH):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO reports VALUES (?, ?)", (f"{number}-{place}", "x" * 1_000))
        connection.execute("COMMIT")
