"""The audit trail as an operator checks and exports it: nothing changes it, and what is changed anyway is found."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from crm_sync import Ledger, Policy
from crm_sync.audit_file import NoExport, check
from crm_sync.providers.builtin import BuiltinCrm
from server import schema
from server.cli import main
from server.review.accounts import add_account
from server.review.roles import Role
from server.store.engine import open_engine, open_sessions
from tests.support.crm import DATABASES, NOW, Vault, a_proposal, learned, new_id
from tests.support.postgres import fresh_database

UNGUARDED = ("DROP TRIGGER crm_audit_no_update", "DROP TRIGGER crm_audit_no_delete")


async def _some_days(url: str) -> None:
    """Proposed, refused and undone at two sites."""
    engine = open_engine(url)
    sessions = open_sessions(engine)
    crm = BuiltinCrm(sessions)
    ledger = Ledger(sessions, crm, Vault(), Policy())
    for site in ("acme", "demo"):
        for seats in (10, 20):
            async with sessions() as session:
                wish = a_proposal(learned("deal.seats", seats), site=site)
                update = await ledger.propose(session, wish, now=NOW, id=new_id())
                await session.commit()
            await ledger.deliver(update.id, now=NOW)
        await ledger.undo(site, update.id, by="rep", now=NOW)
    await engine.dispose()


async def _tamper(url: str, *statements: str) -> None:
    engine = open_engine(url)
    async with open_sessions(engine)() as session:
        for statement in statements:
            await session.execute(text(statement))
        await session.commit()
    await engine.dispose()


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation's database with a trail, to be copied."""
    file = tmp_path_factory.mktemp("begun") / "frontdesk.db"
    schema.upgrade(f"sqlite+aiosqlite:///{file}")
    asyncio.run(_some_days(f"sqlite+aiosqlite:///{file}"))
    return file


@pytest.fixture
def database(request: pytest.FixtureRequest, tmp_path: Path, begun: Path) -> Iterator[str]:
    if getattr(request, "param", "sqlite") == "sqlite":
        yield f"sqlite+aiosqlite:///{shutil.copy(begun, tmp_path)}"
        return
    with fresh_database() as url:
        schema.upgrade(url)
        asyncio.run(_some_days(url))
        yield url


@pytest.fixture
def run(database: str, tmp_path: Path) -> Callable[..., Result]:
    env = {"FRONTDESK_DATABASE_URL": database, "FRONTDESK_DATA_DIR": str(tmp_path)}
    return lambda *words: CliRunner().invoke(main, ["audit", *map(str, words)], env=env)


@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_a_whole_trail_is_said_to_be_whole(run: Callable[..., Result]) -> None:
    told = run("verify")
    one = run("verify", "--site", "acme", "--json")

    assert (told.exit_code, told.stdout) == (0, "acme: intact, 5 entries\ndemo: intact, 5 entries\n")
    assert json.loads(one.stdout)["sites"] == {
        "acme": {"intact": True, "entries": 5, "broken_at": None, "reason": ""}
    }
    assert run("verify", "--site", "nowhere").exit_code == 1
    assert run("verify", "--file", "nowhere.jsonl").exit_code == 2


@pytest.mark.parametrize("database", DATABASES, indirect=True)
def test_the_database_refuses_to_change_the_trail(database: str, run: Callable[..., Result]) -> None:
    for statement in (
        "UPDATE crm_audit SET who = 'nobody' WHERE n = 3",
        "DELETE FROM crm_audit WHERE n = 5",
        "DELETE FROM crm_audit",
    ):
        with pytest.raises(DBAPIError, match="only ever added to"):
            asyncio.run(_tamper(database, statement))

    assert run("verify").exit_code == 0


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE crm_audit SET who = 'nobody' WHERE site = 'demo' AND n = 3", "3: the entry was changed"),
        ("DELETE FROM crm_audit WHERE site = 'demo' AND n = 5", "5: entries at the end are missing"),
        ("DELETE FROM crm_audit WHERE site = 'demo' AND n = 2", "2: an entry is missing"),
        ("DELETE FROM crm_audit_heads WHERE site = 'demo'", "1: entries stand behind the end"),
        ("UPDATE crm_audit_heads SET n = 4 WHERE site = 'demo'", "5: entries at the end are missing"),
    ],
)
def test_what_was_changed_behind_the_guard_is_found_and_named(
    database: str, run: Callable[..., Result], statement: str, words: str
) -> None:
    asyncio.run(_tamper(database, *UNGUARDED, statement))

    told = run("verify")

    assert told.exit_code == 1
    assert "acme: intact, 5 entries" in told.stdout
    assert f"demo: BROKEN at entry {words}" in told.stdout


def _exported(run: Callable[..., Result], file: Path, *more: str) -> list[dict[str, Any]]:
    told = run("export", *more)
    assert told.exit_code == 0
    file.write_text(told.stdout)
    return [json.loads(line) for line in told.stdout.splitlines()]


def test_an_export_says_who_wrote_what_on_which_evidence_under_which_policy(
    run: Callable[..., Result], tmp_path: Path
) -> None:
    lines = _exported(run, tmp_path / "trail.jsonl", "--site", "demo")

    assert [line.get("act") for line in lines] == [
        "pending",
        "delivered",
        "pending",
        "delivered",
        "undone",
        None,
    ]
    assert (lines[4]["who"], lines[4]["detail"]["fields"]) == ("rep", ["deal.seats"])
    assert lines[4]["detail"]["evidence"] == ["m-1"]
    assert lines[4]["detail"]["policy"] == Policy().version
    assert lines[5] == {"site": "demo", "end": 5, "hash": lines[4]["hash"]}


def test_an_export_is_checked_without_the_database(run: Callable[..., Result], tmp_path: Path) -> None:
    file = tmp_path / "trail.jsonl"
    lines = _exported(run, file)
    assert run("verify", "--file", file).stdout == "acme: intact, 5 entries\ndemo: intact, 5 entries\n"

    lines[2]["detail"]["fields"] = ["deal.plan"]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))

    told = run("verify", "--file", file)
    assert told.exit_code == 1
    assert "acme: BROKEN at entry 3: the entry was changed; 2 before it are intact" in told.stdout
    assert "demo: intact" in told.stdout


def _lines() -> list[str]:
    """A chain of three with its end."""
    from crm_sync.audit import GENESIS, _hash

    found, previous = [], GENESIS
    for n in (1, 2, 3):
        own = _hash("demo", n, NOW, "rep", "approved", "u", '{"was":null}', previous)
        entry = {
            "site": "demo", "n": n, "at": NOW.isoformat(), "who": "rep", "act": "approved", "update": "u",
            "detail": {"was": None}, "previous_hash": previous, "hash": own,
        }  # fmt: skip
        found.append(json.dumps(entry))
        previous = own
    return [*found, json.dumps({"site": "demo", "end": 3, "hash": previous})]


@pytest.mark.parametrize(
    ("kept", "broken_at", "reason"),
    [
        ([0, 1, 2, 3], None, ""),
        ([0, 1, 2], 4, "the line that ends the export is missing"),
        ([0, 1, 3], 3, "entries at the end are missing"),
        ([0, 2, 3], 2, "an entry is missing"),
        ([1, 2, 3], 1, "an entry is missing"),
        ([0, 1, 1, 2, 3], 3, "an entry is missing"),
        ([3], 1, "entries at the end are missing"),
        ([0, 1, 2, 3, 0], 4, "lines stand behind the end"),
    ],
)
def test_lines_that_are_missing_or_doubled_are_found(
    kept: list[int], broken_at: int | None, reason: str
) -> None:
    report = check([_lines()[place] for place in kept], "trail.jsonl")["demo"]

    assert (report.broken_at, report.reason) == (broken_at, reason)


@pytest.mark.parametrize("line", ["{", "[]", '{"n": 1}'])
def test_what_is_no_export_is_said_with_its_line(line: str) -> None:
    with pytest.raises(NoExport, match=r"trail\.jsonl:2: no"):
        check([_lines()[0], line], "trail.jsonl")


@pytest.mark.parametrize("value", [None, 3, "yesterday", {"a": 1}])
@pytest.mark.parametrize("name", ["n", "at", "who", "previous_hash", "hash"])
def test_nonsense_in_an_entry_is_a_change_and_no_crash(name: str, value: Any) -> None:
    entry = {**json.loads(_lines()[0]), name: value}

    report = check([json.dumps(entry)], "trail.jsonl")["demo"]

    assert (report.intact, report.broken_at) == (False, 1)


async def _decided(url: str) -> None:
    engine = open_engine(url)
    sessions = open_sessions(engine)
    ledger = Ledger(sessions, BuiltinCrm(sessions), Vault(), Policy())
    for talk, code in (("a", None), ("b", "misread")):
        async with sessions() as session:
            wish = a_proposal(learned("deal.budget", "10k", confidence=0.4), conversation=talk)
            update = await ledger.propose(session, wish, now=NOW, id=new_id())
            await session.commit()
        if code is None:
            await ledger.approve("demo", update.id, by="rep", now=NOW)
        else:
            await ledger.reject("demo", update.id, by="rep", code="misread", now=NOW)
    await engine.dispose()


def test_lessons_are_summed_up_and_exported(database: str, tmp_path: Path) -> None:
    asyncio.run(_decided(database))
    env = {"FRONTDESK_DATABASE_URL": database, "FRONTDESK_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, ["crm", "lessons", *words], env=env)

    told = run().stdout
    assert " 50%  deal.budget (said): 1 of 2 as proposed, 0 edited, 1 rejected, 0 undone" in told
    assert "rejected as misread: 1" in told
    assert json.loads(run("--json").stdout)["fields"][0]["precision"] == 0.5
    lines = [json.loads(line) for line in run("--jsonl").stdout.splitlines()]
    assert [(line["became"], line["code"]) for line in lines if line["field"] == "deal.budget"] == [
        ("approved", None),
        ("rejected", "misread"),
    ]
    assert lines[-1]["evidence"][0]["quote"] == "we are 40"


async def _with_account(database: str, login: str) -> None:
    engine = open_engine(database)
    async with open_sessions(engine)() as session:
        await add_account(
            session, login=login, password="a long one to guess", role=Role.REP, site="demo", now=NOW
        )
        await session.commit()
    await engine.dispose()


def test_somebody_stands_in_for_a_time_and_the_trail_says_who_named_them(
    database: str, tmp_path: Path
) -> None:
    env = {"FRONTDESK_DATABASE_URL": database, "FRONTDESK_DATA_DIR": str(tmp_path)}

    def run(*words: str) -> Result:
        return CliRunner().invoke(main, list(words), env=env)

    nobody = run("crm", "delegate", "ada", "--to", "ben", "--until", "2030-01-08")
    asyncio.run(_with_account(database, "ben"))
    named = run("crm", "delegate", "ada", "--to", "Ben", "--since", "2030-01-01", "--until", "2030-01-08")
    wrong = run("crm", "delegate", "ada", "--to", "ben", "--until", "soon")
    listed = run("crm", "delegates").stdout

    assert listed == f"{named.stdout.strip()}  ben for ada, 2030-01-01 00:00 to 2030-01-08 00:00\n"
    assert (wrong.exit_code, "--until 'soon' is no day" in wrong.stderr) == (2, True)
    assert (nobody.exit_code, "no open account 'ben' sees site 'demo'" in nobody.stderr) == (1, True)
    assert run("crm", "undelegate", named.stdout.strip()).exit_code == 0
    assert run("crm", "undelegate", "nobody").exit_code == 1
    trail = [json.loads(line) for line in run("audit", "export", "--site", "demo").stdout.splitlines()]
    assert [line.get("act") for line in trail[-3:]] == ["delegated", "delegation_ended", None]
    assert trail[-3]["who"] == "the command line"
