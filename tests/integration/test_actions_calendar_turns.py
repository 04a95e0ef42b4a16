"""A conversation with a company whose rep keeps a calendar elsewhere: offered, booked, moved and cancelled there."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from server.actions import outbox
from server.floor import Floor
from server.frames import Choose, Hello, Say, Submit
from server.store.conversations import frames_after
from server.turn import take_turn
from server.wiring import DEMO, House, build
from tests.support.calendar_keepers import DavKeeper
from tests.support.models import an_installation
from tests.support.radicale import PASSWORD, USER, Radicale, a_radicale

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
TYPES = [
    {"key": "talk", "title": "A talk with engineers", "minutes": 15, "reps": ["solutions"]},
    {"key": "demo", "title": "Fernway demo", "minutes": 60, "intents": ["book_meeting"], "reps": ["sales"]},
]


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with a_radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def keeper(radicale: Radicale) -> DavKeeper:
    return DavKeeper(radicale)


@pytest.fixture
async def house(tmp_path: Path, keeper: DavKeeper) -> AsyncIterator[House]:
    book = yaml.safe_load((DEMO / "playbooks" / "demo.yaml").read_text(encoding="utf-8"))
    flat = {"title", "minutes", "buffer_before", "buffer_after"}
    book["meetings"] = {name: value for name, value in book["meetings"].items() if name not in flat} | {
        "types": TYPES
    }
    book["meetings"]["reps"][0]["calendar"] = {"kind": "caldav", "url": keeper.url, "user": USER}
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "playbooks" / "demo.yaml").write_text(
        yaml.safe_dump(book, allow_unicode=True), encoding="utf-8"
    )
    (tmp_path / "secrets.yaml").write_text(yaml.safe_dump({"sales": PASSWORD}), encoding="utf-8")
    settings = an_installation(tmp_path / "data").model_copy(
        update={
            "demo": False,
            "playbooks": tmp_path / "playbooks",
            "calendar_secrets": tmp_path / "secrets.yaml",
        }
    )
    built = build(settings, clock=lambda: NOW)
    await built.desk.library.refresh("demo")
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


class Visitor:
    """Somebody in Berlin who writes, and what they see."""

    def __init__(self, house: House, conversation: str) -> None:
        self.house, self.conversation, self.seen = house, conversation, 0

    async def does(self, frame: Say | Choose | Submit) -> dict[str, dict[str, Any]]:
        """The blocks of the answer by kind."""
        await take_turn(self.house.desk, "demo", self.conversation, frame)
        async with self.house.desk.readers() as session:
            every = await frames_after(session, self.house.desk.vault, "demo", self.conversation, self.seen)
        self.seen = every[-1]["seq"]
        return {frame["block"]["kind"]: frame["block"] for frame in every if frame["type"] == "block"}

    async def says(self, text: str) -> dict[str, dict[str, Any]]:
        return await self.does(Say(type="say", id=uuid.uuid4().hex, text=text))

    async def picks(self, offered: dict[str, Any], slot: dict[str, Any]) -> dict[str, dict[str, Any]]:
        return await self.does(
            Choose(
                type="choose",
                id=uuid.uuid4().hex,
                prompt=offered["prompt"],
                value=slot["value"],
                label=slot["label"],
            )
        )


async def a_visitor(house: House) -> Visitor:
    hello = Hello(type="hello", site="demo", time_zone="Europe/Berlin", consent="conversation")
    return Visitor(house, (await Floor(house.desk).join(hello)).conversation)


async def follow(house: House) -> None:
    """What was promised happens."""
    async with house.desk.readers() as session:
        waiting = await outbox.due(session, now=NOW)
    for effect in waiting:
        await outbox.run(house.desk.writers, house.handlers, effect, clock=house.desk.clock)


async def test_a_conversation_offers_what_is_free_there_and_books_moves_and_cancels_there(
    house: House, keeper: DavKeeper
) -> None:
    keeper.put(datetime(2026, 3, 3, 9, tzinfo=BERLIN), 180)
    visitor = await a_visitor(house)

    offered = (await visitor.says("Can I see a demo on Tuesday morning?"))["slots"]
    assert offered["duration_minutes"] == 60, "a demo was asked for: not the type that is for everybody"
    shown = {slot["start"] for day in offered["days"] for slot in day["slots"]}
    assert not any(start.startswith(("2026-03-03T0", "2026-03-03T10")) for start in shown)

    offered = (await visitor.says("Then Wednesday at 14:00, ada@lifts.example"))["slots"]
    slot = offered["days"][0]["slots"][0]
    booked = (await visitor.picks(offered, slot))["meeting"]
    await follow(house)
    ((start, _, title),) = [each for each in keeper.standing() if each[2] != "Own"]
    assert start == datetime.fromisoformat(booked["start"])
    assert title.startswith("Fernway demo")

    offered = (await visitor.says("Can we move it to Thursday morning?"))["slots"]
    moved = (await visitor.picks(offered, offered["days"][0]["slots"][0]))["meeting"]
    await follow(house)
    assert [each[0] for each in keeper.standing() if each[2] != "Own"] == [
        datetime.fromisoformat(moved["start"])
    ]

    asked = (await visitor.says("Please cancel the meeting"))["choices"]
    await visitor.does(
        Choose(type="choose", id=uuid.uuid4().hex, prompt=asked["prompt"], value="yes", label="Yes")
    )
    await follow(house)
    assert [each[2] for each in keeper.standing()] == ["Own"]
