"""Who gets in, how long they stay, and what their forms must carry; who may do what stands in `test_roles.py`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from server.review.accounts import account_of, check_password, ensure_first_account, set_active, set_password
from server.review.sign_ins import LASTS, hashed
from server.store.tables import Account, SignIn
from tests.support.console_roles import WHO
from tests.support.console_seed import a_conversation
from tests.support.console_visit import FORM_TOKEN, visiting
from tests.support.console_world import NOW, PASSWORD, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


def address(path: str) -> str:
    filled = re.sub(r"\{(?!site|seq|file_path)\w+\}", "nothing-of-that-name", path)
    return filled.replace("{site}", "demo").replace("{seq}", "0").replace("/{file_path}", "/console.css")


async def test_no_post_is_taken_without_the_token_of_our_page(world: World) -> None:
    async with visiting(world, "admin") as visit:
        for method, path in WHO:
            if method == "POST":
                bare = await visit.post(address(path))
                wrong = await visit.post(address(path), data={"csrf": "guessed"})

                assert (bare.status_code, wrong.status_code) == (403, 403), path


async def test_an_expired_page_of_htmx_is_sent_to_the_sign_in_as_a_whole(world: World) -> None:
    async with visiting(world) as visit:
        answer = await visit.see("inbox", part=True)

    assert answer.status_code == 401
    assert answer.headers["hx-redirect"] == "/console/sign-in"


async def test_a_site_account_sees_no_other_site_and_can_not_tell_whether_it_exists(world: World) -> None:
    conversation = await a_conversation(world, site="other")

    async with visiting(world, "rep") as visit:
        other = await visit.get("/console/site/other/inbox")
        missing = await visit.get("/console/site/missing/inbox")
        through_mine = await visit.see(f"conversations/{conversation}")
        by_id = await visit.get(f"/console/conversations/{conversation}")
    async with visiting(world, "admin") as visit:
        everywhere = await visit.get(f"/console/site/other/conversations/{conversation}")

    assert {other.status_code, missing.status_code, through_mine.status_code, by_id.status_code} == {404}
    assert other.text.replace("other", "missing") == missing.text
    assert everywhere.status_code == 200


async def test_signing_out_ends_the_session_on_the_server(world: World) -> None:
    async with visiting(world, "rep") as visit:
        kept = dict(visit.cookies)
        await visit.post("/console/sign-out", headers={"x-csrf": visit.csrf})
        visit.cookies.clear()
        visit.cookies.update(kept)
        answer = await visit.see("inbox")

    assert answer.status_code == 303


async def test_the_database_keeps_only_a_hash_of_the_session_and_it_expires(world: World) -> None:
    async with visiting(world, "rep") as visit:
        token = visit.cookies["frontdesk_console"]
        async with world.desk.writers() as session:
            row = await session.scalar(select(SignIn))
            assert row is not None
            assert row.token_hash == hashed(token) != token
            assert row.expires_at == NOW + LASTS
            row.expires_at = NOW - timedelta(seconds=1)
            await session.commit()
        answer = await visit.see("inbox")

    assert answer.status_code == 303


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    async with visiting(world) as visit:
        answer = await visit.sign_in("rep")

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/console" in cookie


async def test_a_wrong_password_says_nothing_about_the_login_and_the_sixth_has_to_wait(world: World) -> None:
    async with visiting(world) as visit:
        unknown = await visit.sign_in("nobody", "wrong password")
        known = [await visit.sign_in("rep", "wrong password") for _ in range(5)]
        right = await visit.sign_in("rep", PASSWORD)

    def words(text: str) -> str:
        return FORM_TOKEN.sub("", text).replace("nobody", "rep")

    assert {answer.status_code for answer in known} <= {401, 429}
    assert words(unknown.text) == words(known[0].text)
    assert right.status_code == 429
    assert int(right.headers["retry-after"]) > 0


async def test_guesses_of_the_same_moment_are_counted_before_any_of_them_is_answered(world: World) -> None:
    async with visiting(world) as visit:
        token = FORM_TOKEN.search((await visit.get("/console/sign-in")).text)
        assert token is not None
        form = {"login": "rep", "password": "wrong password", "csrf": token.group(1)}

        answers = await asyncio.gather(*(visit.post("/console/sign-in", data=form) for _ in range(12)))

    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_a_new_password_ends_every_sign_in(world: World) -> None:
    async with visiting(world, "rep") as visit:
        async with world.desk.writers() as session:
            await set_password(session, "Rep", "a much better password")
            await session.commit()

        assert (await visit.see("inbox")).status_code == 303
        assert (await visit.sign_in("rep")).status_code == 401
        assert (await visit.sign_in("rep", "a much better password")).status_code == 303


@pytest.mark.parametrize("change", ["password", "closed"])
async def test_an_account_that_changes_while_its_password_is_checked_is_not_let_in(
    world: World, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    async def overtaken(account: Account | None, password: str) -> bool:
        is_right = await check_password(account, password)
        async with world.desk.writers() as session:
            if change == "password":
                await set_password(session, "rep", "another-good-password")
            else:
                row = await account_of(session, "rep")
                assert row is not None
                await set_active(session, row, active=False, now=NOW)
            await session.commit()
        return is_right

    monkeypatch.setattr("server.review.entrance.check_password", overtaken)
    async with visiting(world) as visit:
        answer = await visit.sign_in("rep")

    assert answer.status_code == 401
    assert "Sign in again." in answer.text
    assert "frontdesk_console" not in visit.cookies
    async with world.desk.readers() as session:
        assert (await session.scalars(select(SignIn))).all() == []


async def test_a_new_installation_gets_one_administrator_and_only_once(tmp_path: Path) -> None:
    world = await build(tmp_path, accounts=False)
    async with world.desk.writers() as session:
        password = await ensure_first_account(session, NOW)
        again = await ensure_first_account(session, NOW)
        await session.commit()
        account = await session.scalar(select(Account))

    assert password is not None
    assert again is None
    assert account is not None
    assert account.password_hash.startswith("$argon2id$")
    assert password not in account.password_hash
    async with visiting(world) as visit:
        assert (await visit.sign_in("admin", password)).status_code == 303
    await world.close()


async def test_an_administrator_adds_an_account_that_can_then_sign_in(world: World) -> None:
    async with visiting(world, "admin") as visit:
        added = await visit.press(
            "accounts", login="Bo", password="a long password", role="viewer", site="demo"
        )
        weak = await visit.press("accounts", login="cy", password="short", role="viewer")
        twice = await visit.press("accounts", login="bo", password="a long password", role="viewer")
        unknown = await visit.press("accounts", login="di", password="a long password", role="king")
        own = await visit.press("accounts/role", login="admin", role="viewer")

    assert added.status_code == 303
    assert (weak.status_code, twice.status_code, unknown.status_code, own.status_code) == (400, 409, 400, 409)
    assert "12 to 200" in weak.text
    async with visiting(world, None) as visit:
        assert (await visit.sign_in("bo", "a long password")).status_code == 303
        assert (await visit.see("accounts")).status_code == 403
