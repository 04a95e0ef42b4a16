"""Signing in at an OpenID Connect provider: who comes in, as whom, and every answer of it that proves nothing."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from server.review.doors import Doors, doors_of
from server.review.provider import Client, Provider
from server.review.sign_ins import hashed
from server.settings import load_settings
from server.store.deeds import deeds
from server.store.tables import Account, SignIn
from tests.support.console_visit import Visit, shown, visiting, words
from tests.support.console_world import PASSWORD, World, build
from tests.support.fakes.oidc import CLIENT, SECRET, OidcWorld, ec_key, oidc_app
from tests.support.fakes.served import Fault, served

ENV = {
    "FRONTDESK_OIDC_CLIENT_ID": CLIENT,
    "FRONTDESK_OIDC_CLIENT_SECRET": SECRET,
    "FRONTDESK_OIDC_NAME": "Fernway ID",
    "FRONTDESK_OIDC_ROLES": "sales=rep@demo, heads=manager@demo, it=admin@*",
    "FRONTDESK_PUBLIC_URL": "http://console.test",
}


@dataclass
class Place:
    """A console, and a provider that somebody stands before."""

    world: World
    idp: OidcWorld

    def open_doors(self, **env: str) -> None:
        """Set it up as the settings would."""
        named = {f"FRONTDESK_{name.upper()}": value for name, value in env.items()}
        settings = load_settings({}, {**ENV, "FRONTDESK_OIDC_ISSUER": self.idp.issuer, **named})
        self.world.desk = replace(self.world.desk, doors=doors_of(settings))

    async def account(self, login: str = "ada@fernway.example") -> Account | None:
        async with self.world.desk.readers() as session:
            found: Account | None = await session.scalar(select(Account).where(Account.login == login))
            return found

    async def acts(self) -> list[tuple[str, str]]:
        async with self.world.desk.readers() as session:
            return [(deed.act, deed.thing) for deed in await deeds(session, "demo")]


@pytest.fixture(scope="module")
def provider() -> Iterator[OidcWorld]:
    idp = OidcWorld()
    with served(oidc_app(idp)) as address:
        idp.issuer = address
        yield idp


@pytest.fixture
async def place(tmp_path: Path, provider: OidcWorld) -> AsyncIterator[Place]:
    fresh = OidcWorld(issuer=provider.issuer)
    provider.__dict__.update(fresh.__dict__)
    place = Place(await build(tmp_path), provider)
    place.open_doors()
    yield place
    await place.world.close()


async def there(visit: Visit, *, wanted: str = "") -> httpx.Response:
    """To the provider, where whoever stands there agrees; the address that they are sent back to is not opened."""
    begun = await visit.get("/console/sign-in/provider", params={"next": wanted} if wanted else {})
    assert begun.status_code == 303, begun.text
    async with httpx.AsyncClient(verify=False) as browser:
        return await browser.get(begun.headers["location"])


async def sign_in(visit: Visit, *, wanted: str = "") -> httpx.Response:
    agreed = await there(visit, wanted=wanted)
    return await visit.get(agreed.headers["location"])


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


@pytest.mark.parametrize(
    ("verified", "allowed", "taken_over"), [(True, True, True), (False, True, False), (True, False, False)]
)
async def test_an_account_is_taken_over_by_a_verified_address_only_and_only_where_that_is_allowed(
    place: Place, *, verified: bool, allowed: bool, taken_over: bool
) -> None:
    place.open_doors(oidc_link_by_email="yes" if allowed else "no")
    place.idp.someone.email_verified = verified
    await renamed(place, "viewer", "ada@fernway.example")

    async with visiting(place.world) as visit:
        await sign_in(visit)

    linked = await place.account()
    other = await place.account("ada@fernway.example-2")
    assert linked is not None
    assert (linked.subject == "0001") == taken_over
    assert (linked.password_hash == "") == taken_over  # a person who left there must not come in by it
    assert (other is None) == taken_over


async def test_a_refusal_takes_nothing_from_an_account_that_was_never_the_providers(place: Place) -> None:
    place.open_doors(oidc_link_by_email="yes")
    place.idp.someone.groups = ["kitchen"]
    await renamed(place, "viewer", "ada@fernway.example")

    async with visiting(place.world) as visit:
        refused = await sign_in(visit)
        by_password = await visit.sign_in("ada@fernway.example")

    assert (refused.status_code, by_password.status_code) == (403, 303)


async def test_where_roles_go_by_address_one_that_was_not_verified_gives_none(place: Place) -> None:
    place.open_doors(oidc_claim="email", oidc_roles="ada@fernway.example=admin@*")

    async with visiting(place.world) as visit:
        place.idp.someone.email_verified = False
        claimed = await sign_in(visit)
        place.idp.someone.email_verified = True
        proven = await sign_in(visit)

    assert (claimed.status_code, proven.status_code) == (403, 303)


async def renamed(place: Place, login: str, to: str) -> None:
    async with place.world.desk.writers() as session:
        account = await session.scalar(select(Account).where(Account.login == login))
        assert account is not None
        account.login = to
        await session.commit()


async def test_only_verified_addresses_of_the_allowed_domains_come_in(place: Place) -> None:
    place.open_doors(oidc_domains="fernway.example")
    cases = (("ada@fernway.example", False), ("x@other.example", True), ("ada@fernway.example", True))

    async with visiting(place.world) as visit:
        came_in = []
        for email, verified in cases:
            place.idp.someone.email, place.idp.someone.email_verified = email, verified
            came_in.append((await sign_in(visit)).status_code == 303)

    assert came_in == [False, False, True]


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
    assert place.idp.ended == [row.id_token]
    assert ended.headers["location"].startswith("http://console.test/console/sign-in")


async def test_where_the_issuer_is_another_than_was_set_up_nobody_comes_in(place: Place) -> None:
    provider = Provider(Client(place.idp.issuer.replace("127.0.0.1", "localhost"), CLIENT, SECRET))
    place.world.desk = replace(place.world.desk, doors=Doors(provider=provider, name="Fernway ID"))

    async with visiting(place.world) as visit:
        answer = await visit.get("/console/sign-in/provider")

    assert answer.status_code == 403
