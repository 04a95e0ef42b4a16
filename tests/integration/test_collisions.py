"""A transaction that the database undid so that another could go on is taken again, by a turn and by a person."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError

from server.floor import Floor, Joined
from server.frames import Hello, Say
from server.saving import save
from server.store.conversations import frames_after, save_talk
from server.turn import take_turn
from server.wiring import House, build
from tests.support.models import an_installation


class Refused(Exception):
    """What a driver raises."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate


class Once:
    """Fails the first time, and then does what it stands for."""

    def __init__(self, real: Any, error: Exception) -> None:
        self.real, self.error, self.calls = real, error, 0

    async def __call__(self, *given: Any, **named: Any) -> Any:
        self.calls += 1
        if self.calls == 1:
            raise self.error
        return await self.real(*given, **named)


DEADLOCK = DBAPIError("insert", {}, Refused("40P01"))
SERIALIZATION = DBAPIError("update", {}, Refused("40001"))
SAME_SEAL = IntegrityError("insert", {}, Refused("23505"))
FULL_DISK = DBAPIError("insert", {}, Refused("53100"))


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


async def a_visitor(house: House) -> Joined:
    return await Floor(house.desk).join(Hello(type="hello", site="demo", consent="conversation"))


async def words_of(house: House, joined: Joined) -> list[str]:
    async with house.desk.readers() as session:
        frames = await frames_after(session, house.desk.vault, "demo", joined.conversation, 0)
    return [frame["text"] for frame in frames if frame["type"] == "message"]


@pytest.mark.parametrize("error", [DEADLOCK, SERIALIZATION, SAME_SEAL], ids=["deadlock", "serial", "seal"])
async def test_what_collided_is_done_again_and_once(
    house: House, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    turn = Once(save, error)
    person = Once(save_talk, error)
    monkeypatch.setattr("server.turn.save", turn)
    joined = await a_visitor(house)

    await take_turn(
        house.desk, "demo", joined.conversation, Say(type="say", id=uuid.uuid4().hex, text="hello there")
    )
    monkeypatch.setattr("server.store.conversations.save_talk", person)
    await Floor(house.desk).say_as_person("demo", joined.conversation, "ada", "I am reading along.")

    assert await words_of(house, joined) == ["hello there", "I am reading along."]
    assert (turn.calls, person.calls) == (2, 2)


async def test_what_would_fail_again_is_not_done_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    person = Once(save_talk, FULL_DISK)
    joined = await a_visitor(house)
    monkeypatch.setattr("server.store.conversations.save_talk", person)

    with pytest.raises(DBAPIError):
        await Floor(house.desk).say_as_person("demo", joined.conversation, "ada", "I am reading along.")

    assert person.calls == 1


async def test_a_turn_takes_its_conversation_before_the_ledger_as_consent_and_erasing_do(
    house: House,
) -> None:
    joined = await a_visitor(house)
    written: list[str] = []

    @event.listens_for(house.engine.sync_engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        table = statement.removeprefix("UPDATE ").partition(" ")[0]
        if table in ("conversations", "crm_audit_heads"):
            written.append(table)

    said = "We are 40 people and my address is ada@lifts.example"
    await take_turn(house.desk, "demo", joined.conversation, Say(type="say", id=uuid.uuid4().hex, text=said))
    event.remove(house.engine.sync_engine, "before_cursor_execute", note)

    assert list(dict.fromkeys(written)) == ["conversations", "crm_audit_heads"]
