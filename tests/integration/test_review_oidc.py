"""Signing in at an OpenID Connect provider: who comes in, as whom, and every answer of it that proves nothing."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import httpx

from server.review.doors import Doors
from server.review.provider import Client, Provider
from server.review.sign_ins import hashed
from server.store.tables import SignIn
from tests.support.console_provider import Place, place, provider, sign_in, there
from tests.support.console_visit import Visit, shown, visiting, words
from tests.support.console_world import PASSWORD
from tests.support.fakes.oidc import CLIENT, SECRET, ec_key
from tests.support.fakes.served import Fault

__all__ = ["place", "provider"]


async def test_somebody_of_the_right_group_gets_an_account_and_goes_on_to_where_they_were_going(
    place: Place,
) -> None:
    async with visiting(place.world) as visit:
        page = await visit.get("/console/sign-in?next=/console/site/demo/meetings")
        back = await sign_in(visit, wanted="/console/site/demo/meetings")
        opened = await visit.get(back.headers["location"])
        own = await visit.see("password")

    assert "Sign in with Fernway ID" in page.text
    assert back.headers["location"] == "/console/site/demo/meetings"
    assert opened.status_code == 200
    assert "no password here" in words(shown(own))
    account = await place.account()
    assert account is not None
    assert (account.role, account.site, account.subject) == ("rep", "demo", "0001")
    assert [act for act, _ in await place.acts()] == ["signed_in", "account_added"]


async def test_a_second_sign_in_is_the_same_account_with_the_role_of_that_day(place: Place) -> None:
    async with visiting(place.world) as first, visiting(place.world) as second:
        await sign_in(first)
        place.idp.someone.groups = ["heads", "sales"]
        place.idp.someone.email = "ada@elsewhere.example"
        await sign_in(second)
        old = await first.see("inbox")
        new = await second.see("audit")

    account = await place.account()
    assert account is not None
    assert account.role == "manager"
    assert old.status_code == 303  # a changed role ends what was open with the old one
    assert new.status_code == 200
    assert ("role_changed", "ada@fernway.example: rep at demo to manager at demo") in await place.acts()


async def test_who_has_no_group_any_more_is_turned_away_and_the_account_closed_until_there_is_one(
    place: Place,
) -> None:
    async with visiting(place.world) as visit, visiting(place.world) as other:
        await sign_in(other)
        place.idp.someone.groups = ["kitchen"]
        refused = await sign_in(visit)
        thrown_out = await other.see("inbox")
        closed = await place.account()
        place.idp.someone.groups = ["sales"]
        again = await sign_in(visit)

    assert refused.status_code == 403
    assert "no role here" in refused.text
    assert thrown_out.status_code == 303
    assert closed is not None
    assert closed.disabled_at is not None
    assert again.status_code == 303
    assert "account_deactivated" in {act for act, _ in await place.acts()}


async def test_an_account_that_an_administrator_closed_is_not_opened_by_the_provider(place: Place) -> None:
    async with visiting(place.world) as visit, visiting(place.world, "admin") as admin:
        await sign_in(visit)
        await admin.press("accounts/active", login="ada@fernway.example", active="no")
        refused = await sign_in(visit)

    assert refused.status_code == 403
    assert "closed by an administrator" in refused.text


FORGED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"nonce": "another"}, ""),
    ({"nonce": None}, ""),
    ({"aud": "somebody-else"}, ""),
    ({"aud": [CLIENT, "somebody-else"]}, ""),
    ({"aud": "somebody-else", "azp": CLIENT}, ""),
    ({"iss": "https://elsewhere.example"}, ""),
    ({"exp": int(time.time()) - 600}, ""),
    ({"exp": None}, ""),
    ({"sub": None}, ""),
    ({"iat": int(time.time()) + 3_600}, ""),
    ({}, "none"),
    ({}, "secret"),
    ({}, "stranger"),
)


async def test_a_token_that_does_not_hold_lets_nobody_in(place: Place) -> None:
    async with visiting(place.world) as visit:
        for bent, forge in FORGED:
            place.idp.bent, place.idp.forge = bent, forge
            refused = await sign_in(visit)

            assert refused.status_code == 403, (bent, forge)
            assert "could not be checked" in refused.text, (bent, forge)
        inside = await visit.see("inbox")

    assert inside.status_code == 303
    assert await place.account() is None


async def test_a_code_is_worth_nothing_in_another_browser_with_another_state_or_twice(place: Place) -> None:
    async with visiting(place.world) as visit, visiting(place.world) as thief:
        back = (await there(visit)).headers["location"]
        in_another_browser = await thief.get(back)
        other_state = await visit.get(back.replace("state=", "state=x"))
        spent = await visit.get(back)  # the wrong state used it up
        back = (await there(visit)).headers["location"]
        right = await visit.get(back)
        twice = await visit.get(back)
        place.idp.codes.clear()
        replayed = (await there(visit)).headers["location"]
        place.idp.codes.clear()
        unknown_code = await visit.get(replayed)

    assert right.status_code == 303
    refused = [in_another_browser, other_state, spent, twice, unknown_code]
    assert [answer.status_code for answer in refused] == [403] * 5


async def test_a_new_key_is_fetched_once_and_a_withdrawn_one_is_worth_nothing(place: Place) -> None:
    old = place.idp.keys[-1]
    async with visiting(place.world) as visit:
        await sign_in(visit)
        asked = place.idp.faults.count("GET", "/jwks")
        await sign_in(visit)
        kept = place.idp.faults.count("GET", "/jwks")
        place.idp.rotate(ec_key())
        rotated = await sign_in(visit)
        place.idp.published, place.idp.keys = place.idp.keys, [old]
        withdrawn = await sign_in(visit)
        place.idp.published = None

    assert asked == kept == 1
    assert rotated.status_code == 303
    assert withdrawn.status_code == 403


async def test_a_provider_that_is_away_is_said_and_the_password_still_works(place: Place) -> None:
    async with visiting(place.world) as visit:
        for path in ("/.well-known/openid-configuration", "/token", "/jwks"):
            place.idp.faults.waiting = [Fault(503, {"error": "away"}, times=99, path=path)]
            begun = await visit.get("/console/sign-in/provider")
            if begun.status_code == 303:
                async with httpx.AsyncClient(verify=False) as browser:
                    agreed = await browser.get(begun.headers["location"])
                begun = await visit.get(agreed.headers["location"])

            assert begun.status_code == 502, path
            assert "can not be reached right now" in begun.text
        by_password = await visit.sign_in("rep", PASSWORD)

    assert by_password.status_code == 303


async def test_where_passwords_are_off_only_the_emergency_account_has_one(place: Place) -> None:
    place.open_doors(sign_in_by_password="off", break_glass="admin")

    async with visiting(place.world) as visit:
        page = await visit.get("/console/sign-in")
        rep = await visit.post("/console/sign-in", data=await _filled(visit, "rep"))
        admin = await visit.post("/console/sign-in", data=await _filled(visit, "admin"))

    assert 'name="password"' not in page.text
    assert "Emergency account" in page.text
    assert (rep.status_code, admin.status_code) == (401, 303)


async def _filled(visit: Visit, login: str) -> dict[str, str]:
    page = shown(await visit.get("/console/sign-in?emergency=1"))
    token = page.select_one('input[name="csrf"]')
    assert token is not None
    return {"login": login, "password": PASSWORD, "csrf": str(token["value"])}


async def test_groups_that_stand_at_the_userinfo_endpoint_only_count_as_well(place: Place) -> None:
    place.idp.groups_in_userinfo = True
    place.idp.someone.groups = ["it"]

    async with visiting(place.world) as visit:
        await sign_in(visit)

    account = await place.account()
    assert account is not None
    assert (account.role, account.site) == ("admin", "*")


async def test_signing_out_offers_to_end_the_providers_session_as_well(place: Place) -> None:
    async with visiting(place.world) as visit:
        await sign_in(visit)
        await visit.see("overview")
        token = visit.cookies["frontdesk_console"]
        async with place.world.desk.readers() as session:
            row = await session.get(SignIn, hashed(token))
        assert row is not None
        left = await visit.post("/console/sign-out", headers={"x-csrf": row.csrf})
        link = shown(left).select_one("a.main")
        assert link is not None
        async with httpx.AsyncClient(verify=False) as browser:
            ended = await browser.get(str(link["href"]))

    assert "Sign out of Fernway ID as well" in left.text
    # It names a person, so that a copy of the table tells nothing of it.
    assert row.id_token is not None
    assert place.world.desk.vault.unwrapped(row.id_token) == place.idp.ended[0]
    assert place.idp.ended[0].count(".") == 2
    assert place.idp.ended[0] not in row.id_token
    assert place.world.desk.vault.unwrapped(place.idp.ended[0]) is None
    assert ended.headers["location"].startswith("http://console.test/console/sign-in")


async def test_where_the_issuer_is_another_than_was_set_up_nobody_comes_in(place: Place) -> None:
    provider = Provider(Client(place.idp.issuer.replace("127.0.0.1", "localhost"), CLIENT, SECRET))
    place.world.desk = replace(place.world.desk, doors=Doors(provider=provider, name="Fernway ID"))

    async with visiting(place.world) as visit:
        answer = await visit.get("/console/sign-in/provider")

    assert answer.status_code == 403
