"""CRM updates proposed and delivered, each exactly once, against bare SQLite transactions on the same disk."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path

from crm_sync import Ledger
from evals import gates, installation
from evals.benches.proposing import NOW, SITE, bare_database, bare_transactions, proposal, proposals
from evals.benches.stopwatch import timed, timed_async
from evals.metrics import median
from evals.replay.script import Script, Step
from evals.replay.stage import a_stage
from evals.report import Figures, Report
from server.desk import Desk
from server.settings import Settings

ROUNDS = 12
BATCH = 25

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
            delivered = (await stage.house.desk.ledger.counts(SITE)).get("delivered", 0)
        tell("proposing alone")
        proposing = await proposals(Path(folder))
    updates = (ROUNDS + 1) * BATCH
    figures: Figures = {
        **proposing,
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
    with closing(bare_database(bare)) as connection:
        for number in range(-1, ROUNDS):
            lap = await timed_async(partial(_reports, desk, number))
            bare_lap = timed(partial(bare_transactions, connection, number, BATCH))
            if number >= 0:
                ours.append(lap)
                theirs.append(bare_lap)
    return ours, theirs


async def _reports(desk: Desk, number: int) -> None:
    for place in range(BATCH):
        async with desk.writers() as session:
            asked = proposal(f"bench-{number}-{place}")
            update = await desk.ledger.propose(session, asked, now=NOW, id=desk.new_id())
            await session.commit()
        await _deliver(desk.ledger, update.id)


async def _deliver(ledger: Ledger, update: str) -> None:
    status = await ledger.deliver(update, now=NOW)
    assert status == "delivered", f"update {update} is {status}; nothing stands in its way here"
