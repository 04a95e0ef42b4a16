"""Who a row of the console is about, what an approval of sealed values shows, and the trail of decisions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crm_sync.by_hand import editing as by_hand
from crm_sync.tables import LinkRow
from server.review.words import plain, spoken, without_code
from tests.support.console_seed import a_conversation, an_update
from tests.support.console_visit import shown, visiting, words
from tests.support.console_world import NOW, SITE, World, build


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def of_a_contact(world: World) -> str:
    """An update of a conversation with somebody whom the CRM knows."""
    conversation = await a_conversation(world)
    waiting = await an_update(world, conversation)
    async with world.desk.writers() as session:
        await by_hand.create(session, SITE, "contact", {"name": "Ada"}, id="c-1", by="rep", now=NOW)
        await session.merge(LinkRow(site=SITE, conversation=conversation, contact_id="c-1"))
        await session.commit()
    return waiting


async def test_a_row_says_whom_it_is_about_to_a_rep_and_to_no_viewer(world: World) -> None:
    waiting = await of_a_contact(world)

    async with visiting(world, "rep") as visit:
        assert words(shown(await visit.see("inbox")), f"#row-{waiting} .who") == "Ada"
    async with visiting(world, "viewer") as visit:
        assert shown(await visit.see("inbox")).select_one(f"#row-{waiting} .who") is None


async def test_an_item_that_writes_sealed_values_offers_to_reveal_them_and_says_why_edit_has_none(
    world: World,
) -> None:
    waiting = await an_update(world, await a_conversation(world))

    async with visiting(world, "rep") as visit:
        page = shown(await visit.see(f"inbox/{waiting}"))

    assert "Reveal" in words(page, "#details")
    assert "Left out: e-mail address 1" in words(page, ".edit")


async def test_the_audit_page_lists_who_decided_what_newest_first(world: World) -> None:
    waiting = await an_update(world, await a_conversation(world))
    await world.ledger.approve(SITE, waiting, by="rep", now=NOW)

    async with visiting(world, "manager") as visit:
        page = shown(await visit.see("audit"))
        newest = words(page, "[aria-labelledby=h-entries] tbody tr")
        older = shown(await visit.see("audit?before=2"))

    assert "rep Approved" in newest
    assert waiting in newest
    assert [str(row["id"]) for row in older.select("tr[id^=entry-]")] == ["entry-1"]


def test_keys_of_our_lists_read_as_words_and_placeholders_and_addresses_stay() -> None:
    assert plain("lift_maintenance") == "Lift maintenance"
    assert spoken("Industry lift_maintenance, [email_1], a_b@example.com") == (
        "Industry lift maintenance, [email_1], a_b@example.com"
    )
    assert without_code("crm.provider_refused: It said no.") == "It said no."
