"""A citation's address leads to its article in the panel, for those who may read it there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.help_world import PLANS, SITE, HelpWorld, a_help_world, member, page

PAGES = {
    "people/invite.md": page("Invite people", "Open Settings.\n\n## Expiry\n\nAfter 7 days it is over."),
    "people/sso.md": page("Single sign-on", "Connect your provider.", "enterprise"),
}


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[HelpWorld]:
    async with a_help_world(tmp_path, PAGES) as made:
        yield made


def address_of(world: HelpWorld, title: str) -> str:
    cards = world.library.cards(SITE, audience=("public", *PLANS), now=world.now)
    return next(card.url for card in cards if card.title == title)


async def test_an_address_finds_its_article_however_it_is_written(world: HelpWorld) -> None:
    address = address_of(world, "Invite people")

    for before in ("", "https://desk.example"):
        for behind in ("", "#expiry", "#expiry:~:text=After%207%20days", "?from=chat#expiry"):
            found = await world.get("/articles", url=before + address + behind)

            assert found.json().get("title") == "Invite people", before + behind


async def test_an_article_for_others_is_at_no_address(world: HelpWorld) -> None:
    address = address_of(world, "Single sign-on")

    hidden = await world.get("/articles", url=address)
    nowhere = await world.get("/articles", url="/nowhere")
    theirs = await world.get("/articles", member("ada", "enterprise"), url=address)

    assert (hidden.status_code, hidden.content) == (404, nowhere.content)
    assert theirs.json()["title"] == "Single sign-on"


async def test_what_is_no_address_is_nowhere(world: HelpWorld) -> None:
    for url in ("", "#", "//", "https://[", "mailto:ada@acme.example", "javascript:alert(1)"):
        assert (await world.get("/articles", url=url)).status_code == 404, url
