"""`frontdesk crm`: check, prepare and preview, against a CRM that is served as HubSpot is."""

from __future__ import annotations

import asyncio
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from crm_sync import Ledger, Policy
from crm_sync.providers.builtin import BuiltinCrm
from server.cli import main
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.wiring import upgrade_database
from tests.support.crm import a_note, a_proposal, learned
from tests.support.crm_worlds.hubspot import the_fake
from tests.support.fakes.hubspot_crm import TOKEN, HubSpotFake

AT = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def hubspot() -> HubSpotFake:
    fake = the_fake()
    fake.clear()
    return fake


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once, copied for each test."""
    folder = tmp_path_factory.mktemp("migrated")
    upgrade_database(Settings(data_dir=folder))
    return folder / "frontdesk.db"


@pytest.fixture
def house(tmp_path: Path, hubspot: HubSpotFake, database: Path) -> Path:
    """An installation whose site `hub` writes to HubSpot, and whose site `own` has the built-in CRM."""
    shutil.copy(database, tmp_path)
    (tmp_path / "playbooks").mkdir()
    for site, crm in (("hub", "crm: {provider: hubspot}"), ("own", "")):
        text = f"version: 1\nsite: {{name: Acme}}\n{crm}\n"
        (tmp_path / "playbooks" / f"{site}.yaml").write_text(text, encoding="utf-8")
    keys = f"hub: {{hubspot: {{token: {TOKEN}, url: '{hubspot.url}'}}}}\n"
    (tmp_path / "crm.yaml").write_text(keys, encoding="utf-8")
    return tmp_path


def test_a_crm_is_prepared_and_then_passes_its_check(house: Path) -> None:
    before = run("crm", "check", "--data-dir", house)
    prepared = run("crm", "prepare", "--data-dir", house)
    again = run("crm", "prepare", "--data-dir", house)
    after = run("crm", "check", "--json", "--data-dir", house)

    assert before.exit_code == 1
    missing = "deal.seats -> frontdesk_seats does not exist yet; run `frontdesk crm prepare`, which makes it"
    assert f"FAIL hub (hubspot): {missing}" in before.stdout
    assert "ok   own (builtin): takes our fields as they are" in before.stdout
    assert prepared.exit_code == 0, prepared.output
    assert "deal.frontdesk_seats" in prepared.stdout
    assert "ok   hub (hubspot): nothing to make" in again.stdout
    assert after.exit_code == 0, after.output
    value = json.loads(after.stdout)
    assert value["ok"]
    assert {each["field"] for each in value["sites"][0]["checked"]["findings"]} == {"language", "currency"}


def test_a_revoked_key_fails_the_check(house: Path, hubspot: HubSpotFake) -> None:
    (house / "crm.yaml").write_text(
        f"hub: {{hubspot: {{token: old, url: '{hubspot.url}'}}}}\n", encoding="utf-8"
    )

    result = run("crm", "check", "--site", "hub", "--data-dir", house)

    assert result.exit_code == 1
    assert "the key is refused" in result.stdout


def test_a_site_that_is_not_there_is_named(house: Path) -> None:
    result = run("crm", "check", "--site", "nowhere", "--data-dir", house)

    assert result.exit_code == 1
    assert "there is no site 'nowhere'" in result.stderr


@pytest.mark.parametrize("command", ["check", "prepare", "reconcile", "duplicates"])
def test_where_there_are_no_sites_yet_it_is_said_how_to_get_one(
    tmp_path: Path, database: Path, command: str
) -> None:
    shutil.copy(database, tmp_path)

    result = run("crm", command, "--data-dir", tmp_path)

    assert result.exit_code == 2
    assert "FRONTDESK_DEMO=true" in result.stderr


def test_a_preview_says_what_would_be_written_and_writes_nothing(house: Path, hubspot: HubSpotFake) -> None:
    run("crm", "prepare", "--data-dir", house)
    update = propose(house, "hub")
    held = everything(hubspot)

    result = run("crm", "preview", "--site", "hub", "--all-waiting", "--json", "--data-dir", house)

    assert result.exit_code == 0, result.output
    assert everything(hubspot) == held
    (found,) = json.loads(result.stdout)["updates"]
    cells = {f"{each['record']}.{each['name']}": each for each in found["preview"]["cells"]}
    assert found["id"] == update
    assert found["preview"]["records"] == {"company": "new", "contact": "new", "deal": "new"}
    assert (cells["deal.seats"]["what"], cells["deal.seats"]["to"], cells["deal.seats"]["after"]) == (
        "write",
        "frontdesk_seats",
        40,
    )
    assert cells["contact.custom.fleet"]["what"] == "left out"
    assert found["preview"]["entries"] == [["note", "Asked about SSO"]]
    assert any("no field for it" in note for note in found["preview"]["notes"])


def test_a_preview_as_a_table_names_one_update(house: Path) -> None:
    run("crm", "prepare", "--data-dir", house)
    update = propose(house, "hub")

    result = run("crm", "preview", "--site", "hub", "--update", update, "--data-dir", house)

    assert "contact  would be made" in result.stdout
    assert "write     deal.seats            frontdesk_seats  empty -> 40" in result.stdout
    assert "entry     note: Asked about SSO" in result.stdout


def test_personal_values_show_as_placeholders_and_what_can_not_be_opened_is_said(house: Path) -> None:
    propose(house, "hub", learned("contact.email", "[email_1]"))

    result = run("crm", "preview", "--site", "hub", "--conversation", "talk-1", "--data-dir", house)

    assert "can not leave: crm.unsealable: The vault does not know [email_1]" in result.stdout


def test_the_built_in_crm_is_previewed_by_what_the_update_says(house: Path) -> None:
    propose(house, "own")

    result = run("crm", "preview", "--site", "own", "--all-waiting", "--data-dir", house)

    assert "empty -> 40" in result.stdout


def test_a_preview_wants_to_know_of_what(house: Path) -> None:
    result = run("crm", "preview", "--site", "hub", "--data-dir", house)

    assert result.exit_code == 2
    assert "--all-waiting" in result.stderr


def propose(house: Path, site: str, *facts: Any) -> str:
    """An update that waits to be delivered."""
    facts = facts or (
        learned("deal.seats", 40),
        learned("company.domain", "lifts.example"),
        learned("contact.custom.fleet", "vans"),
    )
    settings = Settings(data_dir=house)
    upgrade_database(settings)

    async def save() -> str:
        engine = open_engine(settings.database)
        sessions = open_sessions(engine)
        ledger = Ledger(sessions, BuiltinCrm(sessions), nothing_sealed, Policy())
        async with sessions() as session:
            update = await ledger.propose(
                session, a_proposal(*facts, site=site, activity=a_note()), now=AT, id=f"update-of-{site}"
            )
            await session.commit()
        await engine.dispose()
        return update.id

    return asyncio.run(save())


def everything(hubspot: HubSpotFake) -> dict[str, Any]:
    return {plural: dict(hubspot.living(plural)) for plural in ("contacts", "companies", "deals", "notes")}


async def nothing_sealed(site: str, conversation: str, text: str) -> str:
    return text
