"""`frontdesk crm updates|undo` on an installation with the built-in CRM."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from crm_sync import Ledger, Policy
from crm_sync.providers.builtin import BuiltinCrm
from crm_sync.values import Status
from server.cli import main
from server.cli_updates import STANDINGS
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.store.tables import Account
from server.wiring import upgrade_database
from tests.support.crm import SITE, Vault, a_proposal, learned, new_id

NOW = datetime.now(UTC)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    upgrade_database(Settings(data_dir=tmp_path))
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / f"{SITE}.yaml").write_text("version: 1\nsite: {name: Acme}\n")
    return tmp_path


async def delivered(house: Path) -> str:
    """An update that reached the CRM, and two accounts; its id."""
    engine = open_engine(Settings(data_dir=house).database)
    sessions = open_sessions(engine)
    ledger = Ledger(sessions, BuiltinCrm(sessions), Vault(), Policy())
    async with sessions() as session:
        update = await ledger.propose(session, a_proposal(learned("deal.seats", 40)), now=NOW, id=new_id())
        for role in ("rep", "viewer"):
            session.add(Account(id=role, site=SITE, login=role, password_hash="", role=role, created_at=NOW))
        await session.commit()
    await ledger.deliver(update.id, now=NOW)
    await engine.dispose()
    return update.id


async def typed(house: Path) -> None:
    engine = open_engine(Settings(data_dir=house).database)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE crm_deals SET seats = 45"))
    await engine.dispose()


def run(house: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["crm", *arguments, "--site", SITE, "--data-dir", str(house)])


def told(result: Result) -> Any:
    return json.loads(result.stdout)


def test_updates_are_listed_without_values_and_one_is_taken_back_by_whom_may(house: Path) -> None:
    update = asyncio.run(delivered(house))

    listed = run(house, "updates", "--status", "delivered")
    by_nobody = run(house, "undo", update, "--by", "viewer")
    done = told(run(house, "undo", update, "--by", "rep", "--json"))
    after = told(run(house, "updates", "--json"))

    assert update in listed.stdout
    assert "deal.seats" in listed.stdout
    assert "40" not in listed.stdout.split("deal.seats")[1]
    assert by_nobody.exit_code == 1
    assert "no open account 'viewer' decides at site" in by_nobody.stderr
    assert done["outcome"] == "undone"
    assert [each["status"] for each in after["updates"]] == ["undone"]


def test_what_was_changed_since_is_shown_and_taken_back_with_the_token_alone(house: Path) -> None:
    update = asyncio.run(delivered(house))
    asyncio.run(typed(house))

    refused = run(house, "undo", update, "--by", "rep", "--json")
    stale = run(house, "undo", update, "--by", "rep", "--force", "other")
    done = run(house, "undo", update, "--by", "rep", "--force", told(refused)["token"])

    assert (refused.exit_code, stale.exit_code, done.exit_code) == (1, 1, 0)
    (difference,) = told(refused)["differences"]
    assert (difference["field"], difference["wrote"], difference["found"]) == ("deal.seats", 40, 45)
    assert "deal.seats: we wrote 40, now 45" in stale.stdout


def test_every_standing_can_be_asked_for() -> None:
    assert get_args(Status) == STANDINGS
