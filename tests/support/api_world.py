"""The REST API of an installation, called over HTTP in the loop of the test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx
from litestar import Litestar

from server.api.deps import ApiDeps
from server.api.routes import api_routes
from server.chat.limits import Limiter
from server.store import tokens
from tests.support.console_world import NOW, SITE, World

AT = f"/v1/sites/{SITE}"


def deps(world: World, *, calls: int = 600, refusals: int = 60) -> ApiDeps:
    """The API on the world's library; limits count on a clock that stands still."""
    by_token, by_address = Limiter(calls), Limiter(refusals)
    return ApiDeps(
        writers=world.desk.writers,
        readers=world.desk.readers,
        library=world.desk.library,
        vault=world.desk.vault,
        reads=world.desk.reads,
        clock=world.desk.clock,
        wait_for_token=lambda token: by_token.wait_s(token, 0.0),
        wait_for_address=lambda address: by_address.wait_s(address, 0.0),
    )


@asynccontextmanager
async def calling(
    world: World, scopes: Collection[str] = tuple(tokens.SCOPES), *, site: str = SITE, **limits: int
) -> AsyncIterator[httpx.AsyncClient]:
    """A client with a token of its own."""
    async with world.desk.writers() as session:
        secret = await tokens.issue(session, site, name="tests", scopes=scopes, by="tests", now=NOW)
        await session.commit()
    app = Litestar(list(api_routes(deps(world, **limits))), openapi_config=None)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=cast("Any", app)),
        base_url="http://api.test",
        headers={"authorization": f"Bearer {secret}"},
    ) as client:
        yield client
