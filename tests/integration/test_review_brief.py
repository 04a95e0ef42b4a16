"""The account brief: what a rep has to know on one page, and who opened the personal details."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from knowledge.values import PutDocument
from server.briefing import brief_text
from server.store import events
from server.store.tables import Conversation, Unsealing
from tests.support.console_seed import a_conversation
from tests.support.console_visit import shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build
from tests.support.follow_up_drafts import with_follow_ups

STORY = (
    "# A heating firm\n\nA heating service firm with 45 technicians saves 6 hours of planning a week. "
    "Its heating service crews see single sign-on work on every phone.\n"
)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = await build(tmp_path)
    await with_follow_ups(made)
    yield made
    await made.close()


async def story(world: World, path: str, text: str = STORY) -> None:
    await world.desk.library.put_document(
        SITE, PutDocument(path=path, title="A heating firm", text=text), now=NOW
    )


async def test_the_brief_tells_what_was_asked_and_quotes_only_our_own_proof(world: World) -> None:
    await story(world, "customers/heating")
    await story(world, "product/heating")
    conversation = await a_conversation(world, 2)
    async with visiting(world) as visit:
        await visit.sign_in("viewer")

        page = shown(await visit.see(f"conversations/{conversation}/brief"))

    told = words(page)
    assert "Heating service" in told
    assert "What does Business cost?" in told
    track = words(page, ".track")
    assert "saves 6 hours of planning a week." in track
    for line in page.select(".track q"):
        assert line.get_text() in STORY


async def test_what_the_visitor_did_on_the_host_page_stands_in_the_brief_and_beside_the_conversation(
    world: World,
) -> None:
    conversation = await a_conversation(world, 2)
    async with world.desk.writers() as session:
        await events.keep(
            session, SITE, conversation, new_id="e1", told_as="frame-one", name="plan_viewed",
            properties={"plan": "<b>Team</b>", "seats": 12.0}, now=NOW,
        )  # fmt: skip
        await session.commit()

    async with visiting(world) as visit:
        await visit.sign_in("rep")
        brief = shown(await visit.see(f"conversations/{conversation}/brief"))
        beside = shown(await visit.see(f"conversations/{conversation}"))

    for page in (brief, beside):
        assert "Did on the page" in words(page)
        assert "plan_viewed (plan <b>Team</b>, seats 12)" in words(page)


async def test_without_proof_nothing_is_suggested(world: World) -> None:
    await story(world, "customers/bakery", "# A bakery\n\nA bakery with 12 people bakes 400 loaves a day.\n")
    conversation = await a_conversation(world, 2)
    async with visiting(world) as visit:
        await visit.sign_in("viewer")

        page = shown(await visit.see(f"conversations/{conversation}/brief"))

    assert page.select_one(".track") is None
    assert "nothing is suggested" in words(page)


async def test_details_are_opened_by_those_who_may_and_noted(world: World) -> None:
    conversation = await a_conversation(world, 2)
    path = f"conversations/{conversation}/brief"
    async with visiting(world) as visit:
        await visit.sign_in("viewer")
        sealed = await visit.see(path)
        refused = await visit.press(path)
    async with visiting(world) as visit:
        await visit.sign_in("rep")
        opened = await visit.press(path)

    assert "ada2@example.com" not in sealed.text
    assert (refused.status_code, opened.status_code) == (403, 200)
    async with world.desk.readers() as session:
        assert {row.by for row in await session.scalars(select(Unsealing))} == {"rep"}


async def test_another_sites_conversation_is_not_told(world: World) -> None:
    conversation = await a_conversation(world, 2, site="other")
    async with visiting(world) as visit:
        await visit.sign_in("rep")

        answer = await visit.see(f"conversations/{conversation}/brief")

    assert answer.status_code == 404


async def test_what_an_earlier_conversation_told_is_marked(world: World) -> None:
    conversation = await a_conversation(world, 2)
    async with world.desk.writers() as session:
        row = await session.get_one(Conversation, conversation)
        kept = {"name": "team_size", "value": 40, "how": "remembered", "confidence": 1.0, "evidence": None}
        row.state = {**row.state, "facts": [kept]}
        row.consent = "remembered"
        await session.commit()
    async with visiting(world) as visit:
        await visit.sign_in("rep")

        page = shown(await visit.see(f"conversations/{conversation}/brief"))
    async with world.desk.readers() as session:
        mailed = await brief_text(world.desk, session, SITE, conversation)

    assert "40 told in an earlier conversation" in words(page, ".changes")
    assert "- team size: 40 (told in an earlier conversation)" in mailed
