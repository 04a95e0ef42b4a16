"""A whole turn with a writer: what the visitor reads, what the record says, and what happens without one."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from server import asking
from server.errors import BadSetting
from server.floor import Floor
from server.frames import Hello, Say
from server.preparing import ingest as bring_in
from server.settings import Settings, explain
from server.store.spending import tokens_since
from server.store.tables import DecisionRow
from server.turn import take_turn
from server.wiring import DEMO, House, build, embedder_of
from tests.support.fake_openai import FakeOpenAi, Reply, a_fake_openai, says
from tests.support.models import an_installation


@pytest.fixture
def server() -> Iterator[FakeOpenAi]:
    with a_fake_openai() as fake:
        yield fake


@asynccontextmanager
async def a_house(folder: Path, server: FakeOpenAi, rules: str) -> AsyncIterator[House]:
    playbooks = folder / "playbooks"
    playbooks.mkdir()
    demo = (DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8")
    (playbooks / "demo.yaml").write_text(f"{demo}\n{rules}\n", encoding="utf-8")
    more = {
        "demo": False,
        "playbooks": playbooks,
        "writer_url": server.url,
        "writer_model": "tiny-1",
        "writer_key": SecretStr("sk-1"),
    }
    house = build(an_installation(folder / "data").model_copy(update=more))
    await house.desk.library.refresh("demo")
    try:
        yield house
    finally:
        if house.desk.scribe is not None:
            await house.desk.scribe.close()
        house.desk.pool.shutdown()
        await house.engine.dispose()


async def ask(house: House, text: str) -> dict[str, Any]:
    """The decision record of one question in a new conversation."""
    joined = await Floor(house.desk).join(Hello(type="hello", site="demo", consent="conversation"))
    saved = await take_turn(
        house.desk, "demo", joined.conversation, Say(type="say", id=uuid.uuid4().hex, text=text)
    )
    assert saved is not None
    async with house.desk.readers() as session:
        row = await session.scalar(select(DecisionRow).where(DecisionRow.turn == saved.turn))
    assert row is not None
    return dict(row.record)


def said(record: dict[str, Any]) -> str:
    blocks = record["reply"]
    return " ".join(line["text"] for block in blocks for line in block.get("lines", block.get("items", [])))


async def test_checked_words_are_given_and_the_record_says_what_they_cost(
    tmp_path: Path, server: FakeOpenAi
) -> None:
    server.will(
        says(
            "Team costs 12 EUR per seat a month when billed yearly [1]. Team is magical [1].", usage=(700, 40)
        )
    )
    async with a_house(tmp_path, server, "writer: { when: always }") as house:
        record = await ask(house, "What does the Team plan cost? Write to ada@lifts.example")
        spent = await tokens_since(house.desk.readers, "demo", house.desk.clock().replace(hour=0, minute=0))

    assert "Team costs 12 EUR per seat a month when billed yearly." in said(record)
    assert "magical" not in said(record)
    assert record["writer"]["used"]
    assert record["writer"]["model"] == "tiny-1"
    assert len(record["writer"]["dropped"]) == 1
    assert record["timings_ms"]["write"] > 0
    assert (record["tokens_spent"], spent) == (740, 740)
    assert "ada@lifts.example" not in server.asked[0].words, "personal details stay in the house"


async def test_a_writer_that_fails_leaves_the_turn_as_it_would_have_been(
    tmp_path: Path, server: FakeOpenAi
) -> None:
    server.will(Reply(never=True))
    async with a_house(tmp_path, server, "writer: { when: always, seconds: 0.2 }") as house:
        record = await ask(house, "What does the Team plan cost?")

    assert "12 EUR" in said(record)
    assert record["writer"]["failed"] == "writer.timeout"
    assert not record["writer"]["used"]


@pytest.mark.parametrize("rules", ["", "writer: { when: never }"])
async def test_unless_the_playbook_asks_for_it_nobody_is_asked(
    tmp_path: Path, server: FakeOpenAi, rules: str
) -> None:
    async with a_house(tmp_path, server, rules) as house:
        record = await ask(house, "What does the Team plan cost?")

    assert record["writer"] is None
    assert record["tokens_spent"] == 0
    assert not server.asked


async def test_what_is_no_question_to_the_documents_is_not_sent(tmp_path: Path, server: FakeOpenAi) -> None:
    server.will(says("NO ANSWER"))
    async with a_house(tmp_path, server, "writer: { when: always }") as house:
        record = await ask(house, "Hello!")

    assert record["writer"] is None
    assert not server.asked


def test_an_endpoint_without_a_model_is_refused_with_the_name_of_the_setting(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="FRONTDESK_EMBEDDER_MODEL"):
        embedder_of(Settings(data_dir=tmp_path, embedder="https://models.example/v1"))


def test_doctor_never_prints_a_key() -> None:
    settings = Settings(writer_key=SecretStr("sk-1"))

    shown = {item.name: item.value for item in explain(settings, {}, {})}

    assert shown["writer_key"] == "**********"
    assert shown["embedder_key"] == ""


async def test_a_question_on_the_command_line_is_worded_as_a_visitor_would_read_it(
    tmp_path: Path, server: FakeOpenAi
) -> None:
    server.will(says("Team costs 12 EUR per seat a month when billed yearly [1]. Team is magical [1]."))
    playbook = (DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8")
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "acme.yaml").write_text(
        f"{playbook}\nwriter: {{ when: always }}\n", encoding="utf-8"
    )
    settings = an_installation(tmp_path / "data")
    await bring_in(settings, "acme", [DEMO / "docs" / "plans"], base_url="/docs", progress=lambda _: None)
    more = {"playbooks": tmp_path / "playbooks", "writer_url": server.url, "writer_model": "tiny-1"}

    told = await asking.ask(settings.model_copy(update=more), "acme", "What does the Team plan cost?")
    without = await asking.ask(settings, "acme", "What does the Team plan cost?")

    assert told["answer"].startswith("Team costs 12 EUR per seat a month when billed yearly.")
    assert "magical" not in told["answer"]
    assert told["writer"]["used"]
    assert without["writer"] is None
    assert "12 EUR" in without["answer"]
