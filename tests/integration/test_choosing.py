"""The chooser against an endpoint that misbehaves in every way that endpoints do."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from server.choosing import Limits
from server.floor import Floor
from server.frames import Hello, Say
from server.store.tables import DecisionRow
from server.turn import take_turn
from server.wiring import DEMO, House, build
from tests.support.choosing import LIMITS, QUESTION, a_model, picks
from tests.support.fake_openai import FakeOpenAi, Reply, a_fake_openai, says
from tests.support.models import an_installation
from tests.support.writing import KEY, NOW, Log, Time


@pytest.fixture
def server() -> Iterator[FakeOpenAi]:
    with a_fake_openai() as fake:
        yield fake


async def test_a_choice_is_taken_and_what_it_cost_is_told(server: FakeOpenAi) -> None:
    server.will(picks("book_meeting"))
    model = a_model(server)

    choice = await model.choose(QUESTION, "why", "demo", LIMITS, NOW)

    assert (choice.choice, choice.failed) == ("book_meeting", "")
    assert (choice.model, choice.tokens_in, choice.tokens_out) == ("tiny-1", 200, 8)
    assert model.day_book.purse.spent("demo", NOW) == 208
    (asked,) = server.asked
    assert asked.body["response_format"] == {"type": "json_object"}
    assert asked.body["max_tokens"] <= 40
    assert asked.body["temperature"] == 0


@pytest.mark.parametrize(
    ("reply", "failed"),
    [
        (picks("wire_money"), "chooser.not_a_choice"),
        (says("I think they want to book a meeting."), "chooser.not_a_choice"),
        (says('{"choice": "pricing"}, and ignore what I was told'), "chooser.not_a_choice"),
        (says('{"choice": "pricing"}', finish="length"), "chooser.not_a_choice"),
        (Reply(b"<html>gateway</html>"), "chooser.garbled"),
        (Reply(status=401), "chooser.refused"),
        (Reply(status=500), "chooser.unavailable"),
        (Reply(status=429, headers={"retry-after": "30"}), "chooser.limited"),
        (Reply(hangs_up=True, body=b"{"), "chooser.unavailable"),
        (Reply(never=True), "chooser.timeout"),
        (Reply(trickles=True), "chooser.timeout"),
        (Reply(b"x" * 300_000), "chooser.too_long"),
    ],
)
async def test_what_goes_wrong_is_no_choice_and_has_a_name(
    server: FakeOpenAi, reply: Reply, failed: str
) -> None:
    server.will(reply)
    limits = replace(LIMITS, seconds=0.4)

    choice = await a_model(server).choose(QUESTION, "why", "demo", limits, NOW)

    assert (choice.choice, choice.failed) == ("", failed)
    assert choice.ms < 2_000


async def test_an_endpoint_that_knows_no_json_mode_is_asked_without_it_from_then_on(
    server: FakeOpenAi,
) -> None:
    server.will(Reply(status=400), picks("pricing"), picks("pricing"))
    model = a_model(server)

    first = await model.choose(QUESTION, "why", "demo", LIMITS, NOW)
    await model.choose(QUESTION, "why", "demo", LIMITS, NOW)

    assert first.choice == "pricing"
    assert ["response_format" in asked.body for asked in server.asked] == [True, False, False]


async def test_nothing_is_asked_when_the_tokens_of_the_day_are_spent(server: FakeOpenAi) -> None:
    model = a_model(server, log=Log(spent=9_990))

    choice = await model.choose(QUESTION, "why", "demo", LIMITS, NOW)

    assert choice.failed == "chooser.day_spent"
    assert server.asked == []


async def test_nothing_is_asked_when_one_choice_costs_more_than_a_turn_may(server: FakeOpenAi) -> None:
    choice = await a_model(server).choose(QUESTION, "why", "demo", Limits(1.0, 50, 10_000), NOW)

    assert choice.failed == "chooser.turn_too_small"
    assert server.asked == []


async def test_a_model_that_fails_again_and_again_is_left_alone_and_tried_later(server: FakeOpenAi) -> None:
    clock = Time()
    model = a_model(server, clock=clock)
    server.will(Reply(status=401))
    for _ in range(3):
        await model.choose(QUESTION, "why", "demo", LIMITS, NOW)

    resting = await model.choose(QUESTION, "why", "demo", LIMITS, NOW)
    clock.at += 61
    server.will(picks("pricing"))
    again = await model.choose(QUESTION, "why", "demo", LIMITS, NOW)

    assert resting.failed == "chooser.resting"
    assert again.choice == "pricing"


async def test_the_key_goes_to_the_endpoint_and_into_no_words(server: FakeOpenAi) -> None:
    server.will(Reply(status=401))

    choice = await a_model(server).choose(QUESTION, "why", "demo", LIMITS, NOW)

    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    assert KEY not in server.asked[0].words + repr(choice)


# -- in a whole turn ---------------------------------------------------------------------------------------------------

UNSURE = "thursday at 3pm, numbers for 20 seats"


@asynccontextmanager
async def a_house(folder: Path, server: FakeOpenAi, rules: str) -> AsyncIterator[House]:
    playbooks = folder / "playbooks"
    playbooks.mkdir()
    demo = (DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8")
    (playbooks / "demo.yaml").write_text(f"{demo}\n{rules}\n", encoding="utf-8")
    more = {"demo": False, "playbooks": playbooks, "writer_url": server.url, "writer_model": "tiny-1"}
    house = build(an_installation(folder / "data").model_copy(update=more))
    await house.desk.library.refresh("demo")
    try:
        yield house
    finally:
        if house.desk.scribe is not None:
            await house.desk.scribe.close()
        house.desk.pool.shutdown()
        await house.engine.dispose()


async def records(house: House, *texts: str) -> list[dict[str, Any]]:
    """The decision records of what is said in one conversation."""
    joined = await Floor(house.desk).join(Hello(type="hello", site="demo", consent="conversation"))
    made = []
    for text in texts:
        saved = await take_turn(
            house.desk, "demo", joined.conversation, Say(type="say", id=uuid.uuid4().hex, text=text)
        )
        assert saved is not None
        async with house.desk.readers() as session:
            row = await session.scalar(select(DecisionRow).where(DecisionRow.turn == saved.turn))
        assert row is not None
        made.append(dict(row.record))
    return made


async def test_a_turn_in_doubt_asks_the_larger_model_and_records_it(
    tmp_path: Path, server: FakeOpenAi
) -> None:
    server.will(picks("book_meeting"))

    async with a_house(tmp_path, server, "chooser: {when: unsure}") as house:
        (record,) = await records(house, f"{UNSURE}, mail ada@lifts.example")

        assert record["play"] == "book"
        assert record["asked_for"] == ["book_meeting"]
        assert record["chooser"]["choice"] == "book_meeting"
        assert record["tokens_spent"] == 208
        assert "choose" in record["timings_ms"]
        assert "ada@lifts.example" not in server.asked[0].words
        assert "[email_1]" in server.asked[0].words


async def test_when_the_larger_model_fails_the_visitor_is_asked(tmp_path: Path, server: FakeOpenAi) -> None:
    server.will(says("Happy to help! They want a meeting."))

    async with a_house(tmp_path, server, "chooser: {when: unsure}") as house:
        (record,) = await records(house, UNSURE)

        assert record["play"] == "clarify"
        assert record["chooser"]["failed"] == "chooser.not_a_choice"


async def test_a_clear_message_and_a_playbook_that_says_never_ask_nobody(
    tmp_path: Path, server: FakeOpenAi
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with a_house(tmp_path / "a", server, "chooser: {when: unsure}") as house:
        (clear,) = await records(house, "can I book a demo")
    async with a_house(tmp_path / "b", server, "") as house:
        (doubtful,) = await records(house, UNSURE)

    assert clear["chooser"] is None
    assert (doubtful["chooser"], doubtful["play"]) == (None, "clarify")
    assert server.asked == []
