"""API tokens: bound to a site, a scope and a time, kept as a hash, made and revoked on the command line."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli import main
from server.errors import Conflict, FrontdeskError, NotFound
from server.store import tokens
from tests.support.console_world import NOW, SITE, World, build


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return await build(tmp_path, accounts=False)


async def issued(world: World, name: str = "docs pipeline", **more: object) -> str:
    options = {"scopes": ["documents:read"], "by": "ada", "now": NOW, **more}
    async with world.desk.writers() as session:
        secret = await tokens.issue(session, SITE, name=name, **options)  # type: ignore[arg-type]
        await session.commit()
    return secret


async def test_a_token_is_known_by_its_secret_which_stands_nowhere(world: World) -> None:
    secret = await issued(world)

    async with world.desk.readers() as session:
        found = await tokens.token_of(session, secret, NOW)
        kept = await tokens.tokens(session, SITE)
    await world.close()

    assert found is not None
    assert (found.site, found.scopes) == (SITE, "documents:read")
    assert secret.startswith("fd_")
    assert len(secret) >= 40
    assert all(secret not in str(value) for row in kept for value in vars(row).values())


async def test_an_expired_or_revoked_token_is_worth_nothing(world: World) -> None:
    short = await issued(world, "short", expires=NOW + timedelta(days=1))
    revoked = await issued(world, "revoked")
    async with world.desk.writers() as session:
        await tokens.revoke(session, SITE, "revoked")
        await session.commit()

    async with world.desk.readers() as session:
        before = await tokens.token_of(session, short, NOW + timedelta(hours=23))
        after = await tokens.token_of(session, short, NOW + timedelta(days=1))
        gone = await tokens.token_of(session, revoked, NOW)
    await world.close()

    assert before is not None
    assert after is None
    assert gone is None


async def test_a_token_without_a_good_name_scope_or_end_is_refused(world: World) -> None:
    await issued(world, "taken")

    with pytest.raises(Conflict, match="revoke it first"):
        await issued(world, "taken")
    with pytest.raises(FrontdeskError, match="1 to 60 letters"):
        await issued(world, "  ")
    with pytest.raises(FrontdeskError, match="no scope 'documents:burn'"):
        await issued(world, "a", scopes=["documents:burn"])
    with pytest.raises(FrontdeskError, match="may do nothing"):
        await issued(world, "b", scopes=[])
    with pytest.raises(FrontdeskError, match="expired already"):
        await issued(world, "c", expires=NOW)
    async with world.desk.writers() as session:
        with pytest.raises(NotFound, match="no token 'nobody'"):
            await tokens.revoke(session, SITE, "nobody")
    await world.close()


def test_the_command_line_makes_lists_and_revokes_tokens(tmp_path: Path) -> None:
    at = ("--site", "acme", "--data-dir", tmp_path)

    made = run(
        "token", "create", "docs pipeline", "--scope", "documents:write", "--expires", "90d", "--json", *at
    )
    again = run("token", "create", "docs pipeline", *at)
    listed = run("token", "list", *at)
    revoked = run("token", "revoke", "docs pipeline", *at)
    empty = run("token", "list", "--json", *at)

    token = json.loads(made.stdout)["token"]
    assert token.startswith("fd_")
    assert json.loads(made.stdout)["scopes"] == ["documents:write"]
    assert again.exit_code == 1
    assert "there is a token 'docs pipeline' already" in again.stderr
    assert f"docs pipeline  fd_…{token[-4:]}  documents:write" in listed.stdout
    assert token not in listed.stdout
    assert revoked.exit_code == 0
    assert json.loads(empty.stdout) == {"site": "acme", "tokens": []}


def test_an_end_that_is_none_is_a_wrong_call(tmp_path: Path) -> None:
    result = run("token", "create", "x", "--expires", "soon", "--data-dir", tmp_path)

    assert result.exit_code == 2
    assert "--expires 'soon' is no end" in result.stderr
