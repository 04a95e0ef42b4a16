"""Who may do what, on every route there is: all roles and nobody, here and at another site, read and changed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlalchemy import select
from uuid_utils import uuid7

from server.app import create_app
from server.review.roles import Role
from server.store import tokens
from server.store.tables import Account
from tests.support.api_world import calling
from tests.support.console_roles import WHO
from tests.support.console_visit import Visit, visiting
from tests.support.console_world import ACCOUNTS, NOW, World, build
from tests.support.models import an_installation
from tests.support.one_of_each import one_of_each
from tests.support.privacy import rows

PARAMETER = re.compile(r"\{(\w+)\}")
LAST = ("erase", "remove", "delete", "end", "revoke", "end-others")
"""What takes things away comes after everything that looks at them."""

OPEN = {
    ("WEBSOCKET", "/v1/chat"), ("POST", "/v1/messages"), ("POST", "/v1/files"), ("POST", "/v1/files/{file}/link"),
    ("GET", "/v1/openapi.json"),
    ("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics"),
    ("GET", "/"), ("GET", "/app"), ("GET", "/pricing"), ("GET", "/docs"), ("GET", "/docs/{page}"),
    ("GET", "/customers/{name}"), ("GET", "/site/{file_path}"), ("GET", "/kb/{site}/{path}"),
    ("GET", "/schema"), ("GET", "/schema/openapi.json"), ("GET", "/schema/{path}"),
    ("GET", "/frontdesk.d.ts"), ("GET", "/parts/{name}"), ("GET", "/app/token"),
    ("GET", "/help/{site}"), ("GET", "/help/{site}/{article}"),
}  # fmt: skip
"""For everybody who can reach the server: visitors, and machines that look whether it lives."""
BY_READER = {
    ("GET", "/v1/help/{site}/home"), ("GET", "/v1/help/{site}/search"),
    ("GET", "/v1/help/{site}/articles"), ("GET", "/v1/help/{site}/articles/{article}"),
    ("POST", "/v1/help/{site}/articles/{article}/vote"), ("GET", "/v1/help/{site}/guides/{key}"),
    ("POST", "/v1/help/{site}/guides/{key}/steps/{step}"), ("POST", "/v1/help/{site}/announcements/{key}/seen"),
    ("GET", "/v1/help/{site}/conversations"), ("POST", "/v1/mine/export"), ("POST", "/v1/mine/erase"),
}  # fmt: skip
"""For everybody, each with what is theirs: by the host application's token, or the visitor's own."""
BY_LINK = {
    ("GET", "/meet/{token}"), ("GET", "/meet/{token}/invite.ics"), ("POST", "/meet/{token}/move"),
    ("POST", "/meet/{token}/cancel"), ("GET", "/trial/verify/{token}"), ("POST", "/trial/verify/{token}"),
    ("GET", "/cart/{token}"), ("POST", "/cart/{token}"),
    ("GET", "/v1/files/{token}"), ("GET", "/unsubscribe/{token}"), ("POST", "/unsubscribe/{token}"),
}  # fmt: skip
"""For whoever holds a link that we signed."""
BY_SIGNATURE = {
    ("POST", "/v1/sites/{site}/activations"), ("POST", "/v1/sites/{site}/checkouts/stripe"),
}  # fmt: skip
"""For a system that signs what it sends."""
BY_TOKEN = {
    ("PUT", "/v1/sites/{site}/documents/{path}"): "documents:write",
    ("GET", "/v1/sites/{site}/documents/{path}"): "documents:read",
    ("DELETE", "/v1/sites/{site}/documents/{path}"): "documents:write",
    ("GET", "/v1/sites/{site}/documents"): "documents:read",
    ("GET", "/v1/sites/{site}/sources"): "documents:read",
    ("POST", "/v1/sites/{site}/sources/{name}/read"): "documents:write",
    ("GET", "/v1/sites/{site}/gaps"): "knowledge:read",
    ("POST", "/v1/sites/{site}/outcomes"): "outcomes:write",
    ("DELETE", "/v1/sites/{site}/outcomes/{conversation}/{kind}"): "outcomes:write",
}
"""For a program with a token of that site and scope."""
KINDS = ("kind", "record")
"""Parts of an address that name no row."""
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SCRIPT = re.compile(r"/(?:[\w-]+|words/[\w-]+)\.js")
"""The widget's own files, named by the build; for everybody."""


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


def routes_of(app: Litestar) -> set[tuple[str, str]]:
    """Method and path of everything that the application answers."""
    found = set()
    for route in app.routes:
        path = route.path_format.removesuffix("/") or "/"
        methods = route.methods - {"OPTIONS", "HEAD"} if isinstance(route, HTTPRoute) else {"WEBSOCKET"}
        found |= {(method, path) for method in methods}
    return found


async def test_every_route_of_the_server_has_its_rule_written_down(tmp_path: Path) -> None:
    app = create_app(an_installation(tmp_path / "data"))

    told = OPEN | BY_READER | BY_LINK | BY_SIGNATURE | set(BY_TOKEN) | set(WHO)
    unruled = {(method, path) for method, path in routes_of(app) - told if not SCRIPT.fullmatch(path)}

    assert unruled == set(), "say in this file or in console_roles.py who may do it"
    assert told - routes_of(app) == set(), "these are gone; take their rules away"


def address(path: str, ids: dict[str, str], site: str = "demo") -> str:
    values = {"site": site, "seq": "0", "file_path": "console.css", **ids}
    if "/crm/export/" in path:
        values["name"] = "contacts.csv"
    return PARAMETER.sub(lambda found: values.get(found.group(1), "nothing-of-that-name"), path)


def in_order() -> list[tuple[str, str, Role | None]]:
    """Looking first, then changing, then taking away; leaving at the very end."""
    listed = [(method, path, least) for (method, path), least in WHO.items() if path != "/console/sign-out"]
    return sorted(listed, key=lambda each: (each[0], each[1].rpartition("/")[2] in LAST, each[1]))


@pytest.mark.parametrize("login", [login for login, _ in ACCOUNTS])
async def test_every_route_lets_in_exactly_the_roles_that_may(world: World, login: str) -> None:
    role, ids = dict(ACCOUNTS)[login], await one_of_each(world, "demo")
    async with visiting(world, login) as visit:
        for method, path, least in in_order():
            if least is None:
                continue
            answer = await visit.request(method, address(path, ids), headers={"x-csrf": visit.csrf})

            if role < least:
                assert answer.status_code == 403, (method, path)
                assert f"yours is {role.word}. Ask an administrator." in answer.text, (method, path)
            else:
                # Empty forms and things that were taken away meanwhile are refused in other words.
                assert answer.status_code in (200, 204, 303, 400, 404, 409, 422), (method, path, answer.text)
                if method == "GET" and set(PARAMETER.findall(path)) <= {"site", "seq", *ids} - {"name"}:
                    assert answer.status_code != 404, (method, path, answer.text)


async def test_nobody_gets_anywhere_without_signing_in(world: World) -> None:
    ids = await one_of_each(world, "demo")
    async with visiting(world) as visit:
        for method, path, least in in_order():
            answer = await visit.request(method, address(path, ids))

            if least is None:
                # Without a provider, a link or the token of a form there is nothing behind some of them.
                assert answer.status_code in (200, 403, 404), (method, path)
            else:
                assert answer.status_code == 303, (method, path)
                assert answer.headers["location"].startswith("/console/sign-in?next=/console")


async def test_the_highest_role_of_one_site_gets_nowhere_at_another_and_learns_nothing_of_it(
    world: World,
) -> None:
    ids = await one_of_each(world, "other")
    await an_administrator_of_demo(world)
    before = await of_site(world, "other")
    async with visiting(world, "boss") as visit:
        for method, path, _ in in_order():
            if "{site}" not in path:
                continue
            there = await visit.request(method, address(path, ids, "other"), headers={"x-csrf": visit.csrf})
            nowhere = await visit.request(method, address(path, ids, "gone"), headers={"x-csrf": visit.csrf})

            assert there.status_code == 404, (method, path)
            assert there.text.replace("&#39;other&#39;", "&#39;gone&#39;") == nowhere.text, (method, path)
        by_id = await visit.get(f"/console/conversations/{ids['conversation']}")

    assert by_id.status_code == 404
    assert await of_site(world, "other") == before


async def test_what_another_site_has_is_not_there_at_ones_own(world: World) -> None:
    ids = await one_of_each(world, "other")
    await an_administrator_of_demo(world)
    gone = {name: f"{value[:-4]}0000" for name, value in ids.items()} | {name: ids[name] for name in KINDS}
    before = await of_site(world, "other")
    looked_at = 0
    async with visiting(world, "boss") as visit, visiting(world, "admin") as everywhere:
        for method, path, _ in in_order():
            wanted = set(PARAMETER.findall(path)) - {"site", "seq", *KINDS}
            if "{site}" not in path or not wanted or "/export/" in path:
                continue
            foreign = await asked(visit, method, address(path, ids))
            missing = await asked(visit, method, address(path, gone))

            assert foreign.status_code == missing.status_code, (method, path, foreign.text)
            assert blank(foreign.text, ids) == blank(missing.text, gone), (method, path)
            if method == "GET":
                # What is refused is really there: at its own site it is shown.
                at_home = await everywhere.get(address(path, ids, "other"))
                assert foreign.status_code in (404, 409), (path, foreign.text)
                looked_at += at_home.status_code in (200, 204)

    assert looked_at > 17
    assert await of_site(world, "other") == before


async def test_no_console_session_opens_the_api_and_no_token_more_than_its_site_and_scope(
    world: World,
) -> None:
    ids = {"conversation": "c", "kind": "won", "path": "guides/x", "name": "x"}
    async with visiting(world, "admin") as visit:
        session = {"cookie": f"frontdesk_console={visit.cookies['frontdesk_console']}", "authorization": ""}
    async with calling(world) as program:
        for (method, path), scope in BY_TOKEN.items():
            where = address(path, ids)
            others = sorted({*BY_TOKEN.values()} - {scope})
            answers = [
                await program.request(method, where, headers=headers)
                for headers in (
                    {"authorization": ""},
                    session,
                    await bearing(world, "elsewhere", [scope]),
                    await bearing(world, "demo", others),
                    await bearing(world, "demo", [scope]),
                )
            ]

            refused, allowed = [answer.status_code for answer in answers[:4]], answers[4].status_code
            assert refused == [401, 401, 403, 403], (method, path)
            assert allowed not in (401, 403), (method, path)


async def bearing(world: World, site: str, scopes: list[str]) -> dict[str, str]:
    """The header of a program with a token of its own."""
    async with world.desk.writers() as session:
        secret = await tokens.issue(session, site, name=str(uuid7()), scopes=scopes, by="tests", now=NOW)
        await session.commit()
    return {"authorization": f"Bearer {secret}"}


async def asked(visit: Visit, method: str, where: str) -> httpx.Response:
    return await visit.request(method, where, headers={"x-csrf": visit.csrf})


def blank(text: str, ids: dict[str, str]) -> str:
    """What was answered, without the ids that were asked for and what differs on every page."""
    for value in sorted(ids.values(), key=len, reverse=True):
        text = text.replace(value, "…")
    text = UUID.sub("…", text)
    return re.sub(r'name="csrf" value="[^"]+"', "", text)


async def an_administrator_of_demo(world: World) -> None:
    """`boss` may do everything, at one site."""
    async with world.desk.writers() as session:
        like = await session.scalar(select(Account).where(Account.login == "rep"))
        assert like is not None
        session.add(
            Account(
                id=str(uuid7()), site="demo", login="boss", password_hash=like.password_hash, role="admin",
                created_at=NOW,
            )
        )  # fmt: skip
        await session.commit()


async def of_site(world: World, site: str) -> list[tuple[str, str]]:
    """Every row of a site, in whatever table."""
    found = await rows(world.desk.readers, ())
    return sorted((name, row) for name, row in found if f"site={site}" in row.splitlines())
