"""Whose account somebody gets whom an OpenID Connect provider vouches for, and what an address proves."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from server.review import linking
from server.review.identity import Identity
from server.store.tables import Account
from tests.support.console_provider import Place, place, provider, sign_in
from tests.support.console_visit import visiting

__all__ = ["place", "provider"]


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


async def test_two_first_sign_ins_at_the_same_moment_end_in_one_account(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    known, looks = linking._known, []

    async def too_early(session: AsyncSession, who: Identity) -> Account | None:
        """The second one looks before the first one's account can be seen."""
        looks.append(who.subject)
        return None if len(looks) == 2 else await known(session, who)

    monkeypatch.setattr(linking, "_known", too_early)
    async with visiting(place.world) as one, visiting(place.world) as other:
        answers = [await sign_in(one), await sign_in(other)]

    assert [answer.status_code for answer in answers] == [303, 303]
    async with place.world.desk.readers() as session:
        made = await session.scalar(
            select(func.count()).select_from(Account).where(Account.subject == "0001")
        )
    assert made == 1
    assert len(looks) == 3
    assert [act for act, _ in await place.acts()].count("account_added") == 1


async def test_another_of_the_same_name_at_the_same_moment_gets_a_number(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    free, looks = linking._free_login, []

    async def too_early(session: AsyncSession, who: Identity) -> str:
        looks.append(who.name)
        return "viewer" if len(looks) == 1 else await free(session, who)

    monkeypatch.setattr(linking, "_free_login", too_early)
    async with visiting(place.world) as visit:
        answer = await sign_in(visit)

    assert answer.status_code == 303
    assert await place.account() is not None
