"""Looking for records that may be one among many: how long it takes, and whether those that were planted are found."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from crm_sync.tables import CompanyRow, ContactRow
from evals import gates
from evals.report import Figures, Report
from server.settings import Settings, load_settings
from server.store.engine import open_engine, open_sessions
from server.wiring import new_id, upgrade_database
from server.wiring.crm_desk import crm_desk

CONTACTS = 10_000
_PER_COMPANY = 8
_TWICE = 0.02
"""So many of them stand there twice."""
_NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
_SITE = "bench"
_ONE = "ka le mi no ru sa te vi wo zu bra cle dri fro gal hen".split()  # noqa: SIM905  easier to read so
_TWO = "lan mer nis rod sta tin vel wik bert dorf gard holm land mark stein wald".split()  # noqa: SIM905

Tell = Callable[[str], None]


def run(tell: Tell, contacts: int = CONTACTS) -> Report:
    """Contacts of made-up names at companies of eight, in the built-in CRM on SQLite."""
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder:
        settings = load_settings({"data_dir": Path(folder)})
        upgrade_database(settings)
        figures = asyncio.run(_measure(settings, contacts, tell))
    return Report("duplicates", figures, gates.bars("duplicates-bench", figures))


async def _measure(settings: Settings, contacts: int, tell: Tell) -> Figures:
    rows, planted = _people(contacts)
    tell(f"writing {len(rows)} records")
    engine = open_engine(settings.database)
    async with open_sessions(engine)() as session:
        session.add_all(rows)
        await session.commit()
    await engine.dispose()
    async with crm_desk(settings) as desk:
        tell("looking")
        began, spent = time.perf_counter(), time.process_time()
        scan = await desk.ledger.find_duplicates(_SITE, now=_NOW, new_id=new_id)
        seconds, cpu = time.perf_counter() - began, time.process_time() - spent
        again = time.perf_counter()
        fresh = (await desk.ledger.find_duplicates(_SITE, now=_NOW, new_id=new_id)).fresh
        put = await desk.ledger.duplicates(_SITE, limit=contacts)
    pairs = {(each.first.id, each.second.id) for each in put if each.object == "contact"}
    return {
        "records": scan.records,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "seconds_again": time.perf_counter() - again,
        "fresh_again": fresh,
        "planted": len(planted),
        "found": len(pairs & planted) / len(planted),
        "put_besides": len(pairs - planted),
    }


def _people(contacts: int) -> tuple[list[ContactRow | CompanyRow], set[tuple[str, str]]]:
    """Records, and the pairs of ids that are one person."""
    chance = random.Random(7)  # noqa: S311  the same people every time
    rows: list[ContactRow | CompanyRow] = []
    planted: set[tuple[str, str]] = set()
    common = {"site": _SITE, "origin": "person:bench", "created_at": _NOW, "updated_at": _NOW, "custom": {}}
    for number in range(contacts):
        company = f"company-{number // _PER_COMPANY:06}"
        host = f"{_word(chance)}{_word(chance)}{number // _PER_COMPANY}.example"
        if number % _PER_COMPANY == 0:
            at = host
            named = f"{host.removesuffix('.example').capitalize()} GmbH"
            rows.append(CompanyRow(id=company, **common, name=named, domain=at, writers={}))
        first, last = _word(chance), _word(chance)
        id_, email = f"contact-{number:06}", f"{first}.{last}{number}@{at}"
        rows.append(_contact(id_, company, f"{first} {last}", email, common))
        if chance.random() < _TWICE:
            other = f"again-{number:06}"
            rows.append(_contact(other, company, f"{last}, {first}", f"{first[0]}{number}@{at}", common))
            planted.add((other, id_))
    return rows, planted


def _contact(id_: str, company: str, name: str, email: str, common: dict[str, object]) -> ContactRow:
    return ContactRow(
        id=id_, **common, company_id=company, name=name.title(), email=email, email_key=email, writers={}
    )


def _word(chance: random.Random) -> str:
    return chance.choice(_ONE) + chance.choice(_ONE) + chance.choice(_TWO)
