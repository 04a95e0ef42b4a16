"""A console with an OpenID Connect provider in front of it, and somebody who stands there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from server.review.doors import doors_of
from server.settings import load_settings
from server.store.deeds import deeds
from server.store.tables import Account
from tests.support.console_visit import Visit
from tests.support.console_world import World, build
from tests.support.fakes.oidc import CLIENT, SECRET, OidcWorld, oidc_app
from tests.support.fakes.served import served

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
