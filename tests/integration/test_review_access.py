"""Who gets in, and who may do what: every route of the console with every role and with nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlalchemy import select

from server.review.accounts import ensure_first_account, set_password
from server.review.roles import Role
from server.review.sign_ins import LASTS, hashed
from server.store.tables import Account, SignIn
from tests.support.console_seed import a_conversation
from tests.support.console_visit import FORM_TOKEN, visiting
from tests.support.console_world import ACCOUNTS, NOW, PASSWORD, World, build

AT = "/console/site/{site}"
WHO: dict[tuple[str, str], Role | None] = {
    ("GET", "/console"): Role.VIEWER,
    ("GET", "/console/conversations/{conversation}"): Role.VIEWER,
    ("GET", "/console/sign-in"): None,
    ("POST", "/console/sign-in"): None,
    ("GET", "/console/sign-in/provider"): None,
    ("GET", "/console/sign-in/back"): None,
    ("GET", "/console/new-password"): None,
    ("POST", "/console/new-password"): None,
    ("POST", "/console/sign-out"): Role.VIEWER,
    ("GET", "/console/static/{name}"): None,
    ("GET", f"{AT}/inbox"): Role.VIEWER,
    ("GET", f"{AT}/inbox/{{update}}"): Role.VIEWER,
    ("POST", f"{AT}/inbox/{{update}}/approve"): Role.REP,
    ("POST", f"{AT}/inbox/{{update}}/reject"): Role.REP,
    ("POST", f"{AT}/inbox/{{update}}/undo"): Role.REP,
    ("POST", f"{AT}/inbox/{{update}}/assign"): Role.REP,
    ("GET", f"{AT}/inbox/more"): Role.VIEWER,
    ("GET", f"{AT}/inbox/news"): Role.VIEWER,
    ("POST", f"{AT}/inbox/batch"): Role.REP,
    ("POST", f"{AT}/inbox/batch/approve"): Role.REP,
    ("POST", f"{AT}/inbox/batch/undo"): Role.REP,
    ("GET", f"{AT}/conversations"): Role.VIEWER,
    ("GET", f"{AT}/conversations/{{conversation}}"): Role.VIEWER,
    ("GET", f"{AT}/conversations/{{conversation}}/after/{{seq}}"): Role.VIEWER,
    ("POST", f"{AT}/conversations/{{conversation}}/take-over"): Role.REP,
    ("POST", f"{AT}/conversations/{{conversation}}/hand-back"): Role.REP,
    ("POST", f"{AT}/conversations/{{conversation}}/say"): Role.REP,
    ("POST", f"{AT}/conversations/{{conversation}}/transfer"): Role.REP,
    ("POST", f"{AT}/conversations/{{conversation}}/reveal"): Role.REP,
    ("GET", f"{AT}/desk"): Role.VIEWER,
    ("POST", f"{AT}/desk"): Role.REP,
    ("POST", f"{AT}/conversations/{{conversation}}/outcomes/{{kind}}"): Role.REP,
    ("POST", f"{AT}/conversations/{{conversation}}/outcomes/{{kind}}/undo"): Role.REP,
    ("POST", f"{AT}/conversations/{{conversation}}/erase"): Role.ADMIN,
    ("POST", f"{AT}/conversations/{{conversation}}/messages/{{message}}/erase"): Role.ADMIN,
    ("GET", f"{AT}/decisions/{{turn}}"): Role.VIEWER,
    ("GET", f"{AT}/decisions/{{turn}}/record.json"): Role.VIEWER,
    ("GET", f"{AT}/meetings"): Role.VIEWER,
    ("GET", f"{AT}/conversations/{{conversation}}/brief"): Role.VIEWER,
    ("POST", f"{AT}/conversations/{{conversation}}/brief"): Role.REP,
    ("GET", f"{AT}/follow-ups"): Role.VIEWER,
    ("GET", f"{AT}/follow-ups/{{follow_up}}"): Role.VIEWER,
    ("POST", f"{AT}/follow-ups/{{follow_up}}/check"): Role.REP,
    ("POST", f"{AT}/follow-ups/{{follow_up}}/save"): Role.REP,
    ("POST", f"{AT}/follow-ups/{{follow_up}}/approve"): Role.REP,
    ("POST", f"{AT}/follow-ups/{{follow_up}}/reject"): Role.REP,
    ("POST", f"{AT}/follow-ups/{{follow_up}}/snooze"): Role.REP,
    ("POST", f"{AT}/follow-ups/{{follow_up}}/replied"): Role.REP,
    ("POST", f"{AT}/follow-ups/approve"): Role.REP,
    ("GET", f"{AT}/trials"): Role.VIEWER,
    ("POST", f"{AT}/trials/{{trial}}/again"): Role.REP,
    ("GET", f"{AT}/carts"): Role.VIEWER,
    ("GET", f"{AT}/mailbox"): Role.REP,
    ("GET", f"{AT}/mailbox/{{mail}}"): Role.REP,
    ("GET", f"{AT}/mailbox/{{mail}}/invite.ics"): Role.REP,
    ("GET", f"{AT}/crm"): Role.REP,
    ("GET", f"{AT}/crm/{{contact}}"): Role.REP,
    ("GET", f"{AT}/gaps"): Role.VIEWER,
    ("GET", f"{AT}/knowledge"): Role.VIEWER,
    ("GET", f"{AT}/knowledge/gaps/{{gap}}"): Role.VIEWER,
    ("POST", f"{AT}/knowledge/gaps/{{gap}}/dismiss"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/gaps/{{gap}}/close"): Role.MANAGER,
    ("GET", f"{AT}/knowledge/try"): Role.VIEWER,
    ("GET", f"{AT}/knowledge/documents"): Role.VIEWER,
    ("GET", f"{AT}/knowledge/documents/{{path}}"): Role.VIEWER,
    ("GET", f"{AT}/knowledge/write"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/write"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/delete"): Role.MANAGER,
    ("GET", f"{AT}/knowledge/sources"): Role.VIEWER,
    ("GET", f"{AT}/knowledge/sources/new"): Role.MANAGER,
    ("GET", f"{AT}/knowledge/sources/{{name}}"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/sources"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/sources/{{name}}/read"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/sources/{{name}}/remove"): Role.MANAGER,
    ("GET", f"{AT}/knowledge/answers"): Role.VIEWER,
    ("GET", f"{AT}/knowledge/approve"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/approve"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/answers/{{approved}}/retire"): Role.MANAGER,
    ("GET", f"{AT}/knowledge/outdated"): Role.VIEWER,
    ("GET", f"{AT}/knowledge/tokens"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/tokens"): Role.MANAGER,
    ("POST", f"{AT}/knowledge/tokens/revoke"): Role.MANAGER,
    ("POST", f"{AT}/conversations/{{conversation}}/correct"): Role.REP,
    ("GET", f"{AT}/understanding"): Role.VIEWER,
    ("POST", f"{AT}/understanding/settle"): Role.MANAGER,
    ("POST", f"{AT}/understanding/reopen"): Role.MANAGER,
    ("GET", f"{AT}/understanding/candidates"): Role.VIEWER,
    ("GET", f"{AT}/understanding/candidates/export"): Role.MANAGER,
    ("POST", f"{AT}/understanding/candidates/{{doubt}}"): Role.MANAGER,
    ("POST", f"{AT}/understanding/candidates/{{doubt}}/remove"): Role.MANAGER,
    ("GET", f"{AT}/understanding/training"): Role.MANAGER,
    ("POST", f"{AT}/understanding/training/start"): Role.MANAGER,
    ("POST", f"{AT}/understanding/training/switch"): Role.MANAGER,
    ("POST", f"{AT}/understanding/training/discard"): Role.MANAGER,
    ("POST", f"{AT}/understanding/training/back"): Role.MANAGER,
    ("GET", f"{AT}/overview"): Role.VIEWER,
    ("GET", f"{AT}/audit"): Role.MANAGER,
    ("GET", f"{AT}/accounts"): Role.ADMIN,
    ("POST", f"{AT}/accounts"): Role.ADMIN,
    ("POST", f"{AT}/accounts/end-sign-ins"): Role.ADMIN,
    ("POST", f"{AT}/accounts/role"): Role.ADMIN,
    ("POST", f"{AT}/accounts/active"): Role.ADMIN,
    ("POST", f"{AT}/accounts/password-link"): Role.ADMIN,
    ("GET", f"{AT}/accounts/{{account}}/sign-ins"): Role.ADMIN,
    ("POST", f"{AT}/accounts/{{account}}/sign-ins/{{sign_in}}/end"): Role.ADMIN,
    ("POST", f"{AT}/sessions/{{sign_in}}/end"): Role.VIEWER,
    ("POST", f"{AT}/sessions/end-others"): Role.VIEWER,
    ("GET", f"{AT}/password"): Role.VIEWER,
    ("POST", f"{AT}/password"): Role.VIEWER,
}
"""The least role for each route, written down once more: None is open to everybody."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


def routes_of(app: Litestar) -> set[tuple[str, str]]:
    return {
        (method, route.path_format.removesuffix("/"))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods - {"OPTIONS", "HEAD"}
    }


def address(path: str) -> str:
    names = "update conversation turn mail contact gap path name approved doubt message kind follow_up trial account sign_in"
    for name in names.split():
        path = path.replace(f"{{{name}}}", "nothing-of-that-name")
    return path.replace("{site}", "demo").replace("{seq}", "0").replace("/{file_path}", "/console.css")


async def test_every_route_has_its_least_role_written_down(world: World) -> None:
    assert routes_of(world.app()) == set(WHO)


@pytest.mark.parametrize("login", [login for login, _ in ACCOUNTS])
async def test_every_route_lets_in_exactly_the_roles_that_may(world: World, login: str) -> None:
    role = dict(ACCOUNTS)[login]
    async with visiting(world, login) as visit:
        for (method, path), least in WHO.items():
            if path == "/console/sign-out" or least is None:
                continue
            answer = await visit.request(method, address(path), headers={"x-csrf": visit.csrf})

            assert (answer.status_code == 403) == (role < least), (method, path, answer.status_code)
            assert answer.status_code < 500, (method, path, answer.text)


async def test_nobody_gets_anywhere_without_signing_in(world: World) -> None:
    async with visiting(world) as visit:
        for (method, path), least in WHO.items():
            answer = await visit.request(method, address(path))

            if least is None:
                # Without a provider, a link or the token of a form there is nothing behind some of them.
                assert answer.status_code in (200, 403, 404), (method, path)
            else:
                assert answer.status_code == 303, (method, path)
                assert answer.headers["location"].startswith("/console/sign-in?next=/console")


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


async def test_a_new_password_ends_every_sign_in(world: World) -> None:
    async with visiting(world, "rep") as visit:
        async with world.desk.writers() as session:
            await set_password(session, "Rep", "a much better password")
            await session.commit()

        assert (await visit.see("inbox")).status_code == 303
        assert (await visit.sign_in("rep")).status_code == 401
        assert (await visit.sign_in("rep", "a much better password")).status_code == 303


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
