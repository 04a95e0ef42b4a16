"""Unsubscribing by the link in a mail: a GET changes nothing, a POST needs no cookie."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, cast

import httpx
from litestar import Litestar

from server import aftermath
from server.pages.desk import PageDesk
from server.pages.routes import page_routes
from tests.support.follow_up_world import PRICE, SITE, World, a_world


@asynccontextmanager
async def browsing(world: World) -> AsyncIterator[httpx.AsyncClient]:
    desk = world.desk
    pages = PageDesk(
        sessions=desk.writers,
        links=desk.links,
        desk_of=world.desk_of,
        clock=world.clock,
        on_change=partial(aftermath.tell_crm, desk),
        after_commit=partial(aftermath.start_what_follows, desk),
        language_of=desk.language_of,
    )
    app = Litestar(list(page_routes(pages)), openapi_config=None)
    transport = httpx.ASGITransport(app=cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="https://desk.example") as client:
        yield client


async def test_one_click_ends_the_mails_without_cookies_and_tells_the_crm_once(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world, browsing(world) as client:
        await world.talk(PRICE)
        [made] = await world.later(hours=24)
        await world.approve(made)
        await world.send()
        url = world.letter(made)["List-Unsubscribe"].strip("<>")

        seen = await client.get(url)
        still = await client.get(url)
        done = await client.post(url, data={"List-Unsubscribe": "One-Click"})
        again = await client.post(url, data={"List-Unsubscribe": "One-Click"})

        assert "Do you want no more follow-up mails from Fernway?" in seen.text
        assert seen.text == still.text
        assert "set-cookie" not in done.headers
        assert (done.status_code, again.status_code) == (200, 200)
        assert "You are unsubscribed" in done.text
        told = await world.desk.ledger.updates(SITE, conversation=made.conversation)
        assert [each.kind for each in told].count("followup.stopped") == 1
        assert await world.later(hours=72) == []


async def test_a_link_that_was_altered_opens_nothing(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world, browsing(world) as client:
        url = world.desk.links.unsubscribe(SITE, "somebody", follow_up="x", now=world.clock())

        answer = await client.post(f"{url}x")

        assert answer.status_code == 404


async def test_whoever_was_erased_can_still_unsubscribe(tmp_path: Path) -> None:
    async with a_world(tmp_path) as world, browsing(world) as client:
        url = world.desk.links.unsubscribe(SITE, "somebody", follow_up="gone", now=world.clock())

        done = await client.post(url, headers={"accept-language": "de"})

        assert "Sie sind abgemeldet" in done.text
