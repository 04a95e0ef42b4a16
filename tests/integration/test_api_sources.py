"""Sources and gaps by the API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from uuid_utils import uuid7

from knowledge.gaps import note_gap
from knowledge.sources.spec import SourceSpec
from tests.support.api_world import AT, calling
from tests.support.console_world import NOW, SITE, World, build
from tests.support.knowledge import write_pages


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await build(tmp_path, accounts=False)
    folder = write_pages(tmp_path / "docs", {"a.md": "# A\n\nSome words.\n", "torn.pdf": "%PDF torn"})
    spec = SourceSpec("folder", str(folder), base_url="https://fernway.example/docs")
    await world.desk.library.save_source(SITE, spec, name="handbook", every_s=3_600, now=NOW)
    yield world
    await world.close()


async def test_a_source_is_read_in_the_background_and_tells_how_it_went(world: World) -> None:
    async with calling(world) as api:
        (before,) = (await api.get(f"{AT}/sources")).json()["sources"]
        begun = await api.post(f"{AT}/sources/handbook/read")
        busy = await api.post(f"{AT}/sources/handbook/read")
        await world.desk.reads.settled()
        (after,) = (await api.get(f"{AT}/sources")).json()["sources"]
        unknown = await api.post(f"{AT}/sources/nothing/read")

    assert (before["state"], before["documents"], before["last_at"]) == ("new", 0, None)
    assert (begun.status_code, begun.json()) == (202, {"name": "handbook", "state": "reading"})
    assert (busy.status_code, busy.json()["code"]) == (409, "knowledge.source_busy")
    assert (after["state"], after["documents"], after["every_s"]) == ("fine", 1, 3_600)
    assert [each["path"] for each in after["broken"]] == ["torn.pdf"]
    assert (unknown.status_code, unknown.json()["code"]) == (404, "knowledge.source_unknown")


async def test_a_document_that_a_source_brings_is_neither_put_nor_deleted(world: World) -> None:
    await world.desk.library.read_source(SITE, "handbook", now=NOW)
    async with calling(world) as api:
        put = await api.put(f"{AT}/documents/a", json={"title": "A", "text": "Other words."})
        deleted = await api.delete(f"{AT}/documents/a")
        read = await api.get(f"{AT}/documents/a")

    assert [each.json()["code"] for each in (put, deleted)] == ["knowledge.document_taken"] * 2
    assert [each.status_code for each in (put, deleted)] == [409, 409]
    assert read.json()["source"] == "handbook"
    assert "Some words." in read.json()["text"]


async def test_gaps_come_by_meaning_with_their_counts(world: World) -> None:
    async with world.desk.writers() as session:
        for question in ("Do you sell umbrellas?", "Do you sell umbrellas?", "Can I pay in cash?"):
            await note_gap(session, SITE, question, gap_id=str(uuid7()), now=NOW, nearest=("/docs/a",))
        await session.commit()
    async with calling(world, ["knowledge:read"]) as api:
        gaps = (await api.get(f"{AT}/gaps")).json()["gaps"]

    assert [(each["question"], each["count"]) for each in gaps] == [
        ("Do you sell umbrellas?", 2),
        ("Can I pay in cash?", 1),
    ]
    assert gaps[0]["nearest"] == ["/docs/a"]


async def test_a_source_whose_time_has_come_is_read_by_the_schedule(world: World) -> None:
    reads = world.desk.reads

    await reads.start_due([SITE])
    is_reading = reads.is_reading(SITE, "handbook")
    await reads.settled()
    (source,) = await world.desk.library.sources(SITE, NOW)
    await reads.start_due([SITE])

    assert is_reading
    assert source.documents == 1
    assert source.next_at is not None
    assert source.next_at > NOW
    assert not reads.is_reading(SITE, "handbook")
