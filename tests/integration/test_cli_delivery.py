"""`frontdesk crm deliveries|attempts|replay|resume` on an installation whose CRM said no."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from crm_sync import Ledger, Policy, ProviderDenied, ProviderRefused
from crm_sync.errors import ProviderGone
from crm_sync.values import Difference, Effect, Order, UndoResult
from server.cli import main
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.wiring import upgrade_database
from tests.support.crm import SITE, Vault, a_proposal, learned, new_id

NO = ProviderRefused("400: there is no property 'seats'")
GONE = ProviderGone("The webhook answered 410: 'moved'.")
SHUT = ProviderDenied("401: the token is revoked")


class Refusing:
    """A CRM that answers what it was told."""

    name = "test"

    def __init__(self, answer: Exception) -> None:
        self.answer = answer

    async def apply(self, order: Order, key: str) -> Effect:
        raise self.answer

    async def undo(
        self, site: str, effect: Effect, key: str, *, seen: tuple[Difference, ...] | None = None
    ) -> UndoResult:
        return UndoResult("undone")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once, copied for each test."""
    folder = tmp_path_factory.mktemp("migrated")
    upgrade_database(Settings(data_dir=folder))
    return folder / "frontdesk.db"


@pytest.fixture
def house(tmp_path: Path, database: Path) -> Path:
    shutil.copy(database, tmp_path)
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / f"{SITE}.yaml").write_text("version: 1\nsite: {name: Acme}\n")
    return tmp_path


async def refused(house: Path, answer: Exception, seats: int) -> str:
    """One update that the CRM answered so; its id."""
    engine = open_engine(Settings(data_dir=house).database)
    sessions = open_sessions(engine)
    ledger = Ledger(sessions, Refusing(answer), Vault(), Policy())
    async with sessions() as session:
        proposal = a_proposal(learned("deal.seats", seats), conversation=f"talk-{seats}")
        update = await ledger.propose(session, proposal, now=datetime.now(UTC), id=new_id())
        await session.commit()
    await ledger.deliver(update.id, now=datetime.now(UTC))
    await engine.dispose()
    return update.id


def run(house: Path, *arguments: str) -> Any:
    """What the command says as JSON."""
    told = CliRunner().invoke(main, ["crm", *arguments, "--json", "--data-dir", str(house)])
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)


def test_dead_letters_are_listed_with_the_words_of_the_crm_and_replayed(house: Path) -> None:
    first, second = (asyncio.run(refused(house, NO, seats)) for seats in (1, 2))

    listed = run(house, "deliveries")
    tried = run(house, "attempts", first)
    one = run(house, "replay", first, "unknown")
    every = run(house, "replay", "--all")
    after = run(house, "deliveries")

    assert [letter["id"] for letter in listed["dead_letters"]] == [first, second]
    assert "no property 'seats'" in listed["dead_letters"][0]["error"]
    assert [(each["number"], each["outcome"]) for each in tried["attempts"]] == [(1, "needs_review")]
    assert (one["replayed"], one["left_alone"]) == ([first], ["unknown"])
    assert every["replayed"] == [second]
    assert (after["dead"], after["waiting"]) == (0, 2)


def test_an_operator_sees_since_when_the_crm_refuses_the_key_and_resumes(house: Path) -> None:
    asyncio.run(refused(house, SHUT, 1))

    said = CliRunner().invoke(main, ["crm", "deliveries", "--data-dir", str(house)]).stdout
    resumed = run(house, "resume")
    again = run(house, "resume")

    assert "refuses our key or account since" in said
    assert "401: the token is revoked" in said
    assert (resumed["had_stopped"], again["had_stopped"]) == (True, False)
    assert run(house, "deliveries")["standing"] == "open"


def test_a_crm_that_wants_no_more_updates_is_not_said_to_refuse_our_key(house: Path) -> None:
    asyncio.run(refused(house, GONE, 1))

    said = CliRunner().invoke(main, ["crm", "deliveries", "--data-dir", str(house)]).stdout

    assert said.startswith("the CRM wants no more updates at its address since ")
    assert "answered 410: 'moved'. It is not asked again before you run `frontdesk crm resume`." in said
    assert "key or account" not in said


def test_replaying_says_which(house: Path) -> None:
    told = CliRunner().invoke(main, ["crm", "replay", "--data-dir", str(house)])

    assert told.exit_code == 2
    assert "their ids, or --all" in told.stderr
