"""Sessions that can be seen and ended, passwords that are strong enough, and links for new ones."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from server.review.access import still_signed_in
from server.review.doors import Doors
from server.review.passwords import WeakPassword, check_strength
from server.review.sign_ins import IDLE, person_of
from server.store.deeds import deeds
from server.store.tables import SignIn
from tests.support.console_visit import FORM_TOKEN, attribute, shown, visiting, words
from tests.support.console_world import NOW, PASSWORD, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def acts(world: World) -> list[tuple[str, str, str]]:
    async with world.desk.readers() as session:
        return [(deed.by, deed.act, deed.thing) for deed in await deeds(session, "demo")]


def at(world: World, later: timedelta) -> None:
    """The same house at another time."""
    world.desk = replace(world.desk, clock=lambda: NOW + later)


async def test_everybody_sees_where_they_are_signed_in_and_can_end_one_session_or_all_others(
    world: World,
) -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"
    async with visiting(world) as here, visiting(world) as there, visiting(world) as third:
        for visit, agent in ((here, "Firefox/140.0 (X11; Linux)"), (there, phone), (third, phone)):
            visit.headers["user-agent"] = agent
            await visit.sign_in("rep")
        page = shown(await here.see("password"))
        listed = words(page, ".sessions")
        one = attribute(page, ".sessions form", "action").removeprefix("/console/site/demo/")
        ended = await here.press(one)
        left = [(await visit.see("inbox")).status_code for visit in (here, there, third)]
        await here.press("sessions/end-others")
        last = [(await visit.see("inbox")).status_code for visit in (here, there, third)]

    assert "Firefox on Linux" in listed
    assert "Safari on iPhone" in listed
    assert ended.status_code == 303
    assert sorted(left) == [200, 200, 303]
    assert last == [200, 303, 303]
    assert ("rep", "sign_ins_revoked", "the 1 others") in await acts(world)


async def test_nobody_ends_the_session_of_somebody_else_by_its_name(world: World) -> None:
    async with visiting(world, "manager") as manager:
        async with world.desk.readers() as session:
            name = await session.scalar(select(SignIn.id))
        async with visiting(world, "rep") as rep:
            answer = await rep.press(f"sessions/{name}/end")

        assert answer.status_code == 404
        assert (await manager.see("inbox")).status_code == 200


async def test_an_administrator_ends_sessions_changes_roles_and_closes_accounts_and_it_holds_at_once(
    world: World,
) -> None:
    async with visiting(world, "admin") as admin, visiting(world) as rep:
        for act, fields in (
            ("accounts/end-sign-ins", {}),
            ("accounts/role", {"role": "viewer"}),
            ("accounts/active", {"active": "no"}),
        ):
            assert (await rep.sign_in("rep")).status_code == 303
            assert (await admin.press(act, login="rep", **fields)).status_code == 303
            assert (await rep.see("inbox")).status_code == 303, act
        closed = await rep.sign_in("rep")
        await admin.press("accounts/active", login="rep", active="yes")
        again = await rep.sign_in("rep")

    assert (closed.status_code, again.status_code) == (401, 303)
    noted = [act for by, act, _ in await acts(world) if by == "admin"]
    assert set(noted) >= {"sign_ins_revoked", "role_changed", "account_deactivated", "account_activated"}
    assert ("rep", "sign_in_failed", "by password from 127.0.0.1") in await acts(world)


async def test_a_stream_ends_with_its_session(world: World) -> None:
    async with visiting(world, "rep") as visit:
        async with world.desk.readers() as session:
            person = await person_of(session, visit.cookies["frontdesk_console"], NOW)
        assert person is not None
        before = await still_signed_in(world.desk, person)
        async with visiting(world, "admin") as admin:
            await admin.press("accounts/end-sign-ins", login="rep")
        after = await still_signed_in(world.desk, person)
        poll = await visit.see("conversations?have=x", part=True)

    assert (before, after) == (True, False)
    assert (poll.status_code, poll.headers["hx-redirect"]) == (401, "/console/sign-in")


async def test_an_idle_session_ends_and_a_page_that_asks_by_itself_does_not_keep_it(world: World) -> None:
    async with visiting(world, "rep") as visit:
        cookies = dict(visit.cookies)
    later = IDLE - timedelta(minutes=5)
    at(world, later)
    async with visiting(world) as visit:
        visit.cookies.update(cookies)
        polled = await visit.see("conversations?have=none", part=True)
    at(world, later + timedelta(minutes=10))
    async with visiting(world) as visit:
        visit.cookies.update(cookies)
        gone = await visit.see("inbox")

    assert polled.status_code == 204
    assert gone.status_code == 303


async def test_a_click_keeps_a_session_until_its_own_end(world: World) -> None:
    async with visiting(world, "rep") as visit:
        cookies = dict(visit.cookies)
    answers = []
    for hours in (3, 6, 9, 11.9, 12.1):
        at(world, timedelta(hours=hours))
        async with visiting(world) as visit:
            visit.cookies.update(cookies)
            answers.append((await visit.see("inbox")).status_code)

    assert answers == [200, 200, 200, 200, 303]


async def test_signing_in_again_ends_the_session_that_the_browser_had(world: World) -> None:
    async with visiting(world, "rep") as visit:
        planted = visit.cookies["frontdesk_console"]
        await visit.sign_in("rep")
        fresh = visit.cookies["frontdesk_console"]
        visit.cookies.clear()
        visit.cookies["frontdesk_console"] = planted
        old = await visit.see("inbox")

    assert fresh != planted
    assert old.status_code == 303


async def test_over_https_cookies_are_for_this_host_alone(world: World) -> None:
    world.desk = replace(world.desk, secure_cookies=True)
    async with visiting(world) as visit:
        visit.base_url = "https://console.test"
        page = await visit.get("/console/sign-in")
        answer = await visit.sign_in("rep")
        inside = await visit.see("inbox")

    assert page.headers["set-cookie"].startswith("__Host-frontdesk_form=")
    made = answer.headers["set-cookie"]
    assert made.startswith("__Host-frontdesk_console=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in made.split(";")}
    assert "Domain" not in made
    assert inside.status_code == 200


async def test_a_link_gives_a_new_password_once(world: World) -> None:
    world.desk = replace(world.desk, doors=Doors(url="http://console.test"))
    async with visiting(world, "admin") as admin, visiting(world, "rep") as rep:
        made = shown(await admin.press("accounts/password-link", login="rep"))
        link = words(made, ".secret code")
        still = (await rep.see("inbox")).status_code
        async with visiting(world) as stranger:
            page = await stranger.get(link)
            found = FORM_TOKEN.search(page.text)
            assert found is not None
            form = {"csrf": found.group(1), "token": link.partition("token=")[2]}
            weak = await stranger.post("/console/new-password", data={**form, "new": "frontdesk1234"})
            form["csrf"] = FORM_TOKEN.search(weak.text).group(1)  # type: ignore[union-attr]
            changed = await stranger.post("/console/new-password", data={**form, "new": "seven green lamps"})
            twice = await stranger.get(link)
        thrown_out = (await rep.see("inbox")).status_code
        old = await rep.sign_in("rep", PASSWORD)
        fresh = await rep.sign_in("rep", "seven green lamps")

    assert still == 200
    assert (weak.status_code, changed.status_code, twice.status_code) == (400, 303, 404)
    assert thrown_out == 303
    assert (old.status_code, fresh.status_code) == (401, 303)


@pytest.mark.parametrize(
    "password",
    ["short", "my name is ada-lovelace", "password1234", "aaaaaaaaaaaaaaaa", "123456789012", "qwertyuiop12",
     "frontdesk2026", "abcdefghijklmnop"],
)  # fmt: skip
def test_what_is_tried_first_is_no_password(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_strength(password, "ada-lovelace")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "tR7-k9Q_w2mZ", "fünf grüne Lampen", "3f1c9a-20b7de-77aa01"]
)
def test_a_few_unrelated_words_or_a_made_one_will_do(password: str) -> None:
    check_strength(password, "ada")
