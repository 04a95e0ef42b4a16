"""The page behind "Inspect evidence": the answer made again, each part with its origin, and what changed since."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from server.dialogue.blocks import Block
from server.dialogue.derivation import Source
from server.dialogue.deriving import Materials, derive
from server.store.tables import DecisionRow
from tests.support.console_seed import a_conversation
from tests.support.console_visit import pick, shown, visiting, words
from tests.support.console_world import World, build

BLOCKS: TypeAdapter[list[Block]] = TypeAdapter(list[Block])


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path)
    yield world
    await world.close()


async def explained(world: World) -> str:
    """A conversation whose record holds where its reply comes from; the turn."""
    await a_conversation(world, 1)
    turn = world.turns[0]
    async with world.desk.writers() as session:
        row = await session.get(DecisionRow, turn)
        assert row is not None
        reply: list[dict[str, Any]] = row.record["reply"]
        cited = next(block for block in reply if block["kind"] == "sources")["citations"][0]
        source = Source(
            passage="p0", document="d0", version=cited["document_version"], title=cited["title"],
            heading=cited["heading"], start=120, text=cited["passage"],
        )  # fmt: skip
        asked = {block["text"]: "questions[0].ask" for block in reply if block["kind"] == "choices"}
        made_of = Materials([source], {1: (0, cited["start"], cited["end"])}, (), asked)
        row.record = {**row.record, "derivation": derive(reply, made_of).model_dump(mode="json")}
        await session.commit()
    return turn


async def test_each_part_of_the_answer_says_where_it_comes_from(world: World) -> None:
    turn = await explained(world)

    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see(f"decisions/{turn}"))

    assert "byte for byte what the visitor was sent" in words(page)
    quoted = pick(page, ".origins .quote")
    assert "said by a page source 1" in " ".join(quoted.get_text(" ").split())
    assert "the playbook · questions[0].ask" in words(page)


async def test_a_page_that_is_gone_is_shown_as_it_read_then(world: World) -> None:
    turn = await explained(world)

    async with visiting(world, "viewer") as visit:
        page = shown(await visit.see(f"decisions/{turn}"))

    source = pick(page, "#source-1")
    assert source.has_attr("open")
    assert "deleted since" in source.get_text()
    assert "Plans differ." in pick(page, "#source-1 blockquote").get_text()


async def test_a_reply_that_was_changed_afterwards_is_said_to_differ(world: World) -> None:
    turn = await explained(world)
    async with world.desk.writers() as session:
        row = await session.get(DecisionRow, turn)
        assert row is not None
        forged = json.loads(json.dumps(row.record))
        forged["derivation"]["sources"][0]["text"] = forged["derivation"]["sources"][0]["text"].upper()
        row.record = forged
        await session.commit()

    async with visiting(world, "viewer") as visit:
        page = await visit.see(f"decisions/{turn}")

    assert "Not as sent" in page.text
    assert "byte for byte" not in page.text


async def test_the_record_can_be_downloaded_at_its_own_site_only(world: World) -> None:
    turn = await explained(world)

    async with visiting(world, "admin") as visit:
        file = await visit.see(f"decisions/{turn}/record.json")
        elsewhere = await visit.get(f"/console/site/other/decisions/{turn}/record.json")

    assert file.json()["derivation"]["sources"][0]["document"] == "d0"
    assert file.headers["content-disposition"] == f'attachment; filename="decision-{turn}.json"'
    assert elsewhere.status_code == 404


async def test_a_record_of_before_says_so_and_is_still_shown(world: World) -> None:
    await a_conversation(world, 1)

    async with visiting(world, "viewer") as visit:
        page = await visit.see(f"decisions/{world.turns[0]}")

    assert "from before records told" in page.text
    assert "What was found" in page.text
