"""Once a person has written, no assistant message follows until it is handed back: raced, step by step."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.desk import Desk
from server.dialogue.phrases import phrase
from server.errors import Conflict, FrontdeskError
from server.floor import Floor, Joined
from server.frames import Hello, Say
from server.store.conversations import Entry, load_talk, open_talk, save_talk
from server.store.engine import open_engine, open_sessions
from server.store.tables import Base, Logged
from server.store.vault import Vault
from server.turn import take_turn
from server.wiring import House, build
from tests.support.models import an_installation
from tests.support.postgres import fresh_database
from tests.support.racing import Actor, race

SEEDS = range(8)
"""Without the version that a save is checked against, every second of them would fail."""
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JOINED, LEFT = phrase("person_joined", {"company": "Fernway"}), phrase("person_left")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    built = build(an_installation(tmp_path))
    await built.desk.library.refresh("demo")
    yield built
    built.desk.pool.shutdown()
    await built.engine.dispose()


def broken_at(frames: Sequence[dict[str, Any]]) -> list[int]:
    """Where the assistant speaks although a person does."""
    found, with_person = [], False
    for seq, frame in enumerate(frames, start=1):
        if frame["type"] in {"block", "done"} and with_person:
            found.append(seq)
        if frame["type"] == "message" and (frame["author"] == "person" or frame["text"] == JOINED):
            with_person = True
        elif frame["type"] == "message" and frame["text"] == LEFT:
            with_person = False
    return found


async def log_of(sessions: async_sessionmaker[AsyncSession], conversation: str) -> list[dict[str, Any]]:
    async with sessions() as session:
        rows = await session.scalars(
            select(Logged).where(Logged.conversation == conversation).order_by(Logged.seq)
        )
        return [row.body for row in rows]


def says(joined: Joined, words: str) -> Actor:
    """The visitor, in one of their tabs."""

    async def act(desk: Desk) -> object:
        frame = Say(type="say", id=uuid.uuid4().hex, text=words)
        return await take_turn(desk, joined.site, joined.conversation, frame)

    return act


def joins_and_writes(joined: Joined, login: str, *, leaves: bool = False) -> Actor:
    """A rep; of two who come at once, one is told that the other has it."""

    async def act(desk: Desk) -> object:
        floor = Floor(desk)
        await floor.take_over("demo", joined.conversation, login)
        await floor.say_as_person("demo", joined.conversation, login, "Hello, this is the sales team.")
        if leaves:
            await floor.hand_back("demo", joined.conversation, login)
        return "joined"

    return act


def writes_at_once(joined: Joined, login: str) -> Actor:
    """A rep whose first words take the conversation over."""

    async def act(desk: Desk) -> object:
        await Floor(desk).say_as_person("demo", joined.conversation, login, "I am here.")
        return "joined"

    return act


def gives_up_waiting(joined: Joined) -> Actor:
    """The effect that tells a visitor that nobody came."""

    async def act(desk: Desk) -> object:
        return await Floor(desk).nobody_came("demo", joined.conversation)

    return act


async def a_visitor(house: House, *, waiting: bool) -> Joined:
    joined = await Floor(house.desk).join(Hello(type="hello", site="demo", consent="conversation"))
    if waiting:
        await says(joined, "I want to talk to a person")(house.desk)
    return joined


async def test_whoever_moves_first_the_assistant_never_speaks_after_a_person(house: House) -> None:
    for seed in SEEDS:
        joined = await a_visitor(house, waiting=seed % 2 == 1)
        rep = joins_and_writes if seed % 3 else writes_at_once
        late = joins_and_writes(joined, "ben") if seed % 5 == 0 else gives_up_waiting(joined)
        second = "let me talk to a human" if seed % 4 else "Does it work offline?"
        actors = [says(joined, "What does Team cost?"), says(joined, second), rep(joined, "ada"), late]

        came_to = await race(house.desk, actors, seed)

        frames = await log_of(house.desk.readers, joined.conversation)
        assert broken_at(frames) == [], f"seed {seed}"
        unexpected = [
            each for each in came_to if isinstance(each, Exception) and not isinstance(each, FrontdeskError)
        ]
        assert unexpected == [], f"seed {seed}"
        assert "joined" in came_to, f"seed {seed}"
        asked = [frame for frame in frames if frame["type"] == "message" and frame["author"] == "visitor"]
        assert len(asked) == 2 + seed % 2, f"seed {seed}: the visitor's messages are kept, whoever answers"


async def test_handed_back_in_the_middle_of_it_the_assistant_answers_again_and_only_then(
    house: House,
) -> None:
    for seed in range(4):
        joined = await a_visitor(house, waiting=True)
        actors = [
            says(joined, "What does Team cost?"),
            says(joined, "Does it work offline?"),
            joins_and_writes(joined, "ada", leaves=True),
        ]

        await race(house.desk, actors, seed)
        await says(joined, "What does Business cost?")(house.desk)

        frames = await log_of(house.desk.readers, joined.conversation)
        assert broken_at(frames) == []
        assert frames[-1]["type"] == "done"


async def test_whoever_writes_to_the_log_can_not_make_the_assistant_speak_over_a_person(house: House) -> None:
    joined = await a_visitor(house, waiting=False)
    await Floor(house.desk).take_over("demo", joined.conversation, "ada")

    async with house.desk.writers() as session:
        talk = await load_talk(session, house.desk.vault, "demo", joined.conversation)
        with pytest.raises(FrontdeskError, match="a person talks in conversation"):
            await save_talk(session, talk, state=talk.state, entries=[Entry("block", {})], now=NOW)


@pytest.fixture
def postgres() -> Iterator[str]:
    with fresh_database() as url:
        yield url


@pytest.mark.slow
async def test_on_postgresql_an_answer_in_flight_loses_against_the_person_too(postgres: str) -> None:
    engine = open_engine(postgres)
    sessions = open_sessions(engine)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    vault = Vault(sessions, "a secret for tests only")
    try:
        for number in range(20):
            conversation = await _begun(sessions, number)
            both_loaded = asyncio.Barrier(2)
            await asyncio.gather(
                _answers(sessions, vault, conversation, both_loaded),
                _takes_over(sessions, vault, conversation, both_loaded),
            )
            frames = await log_of(sessions, conversation)

            assert broken_at(frames) == []
            assert any(frame.get("author") == "person" for frame in frames)
    finally:
        await engine.dispose()


async def _begun(sessions: async_sessionmaker[AsyncSession], number: int) -> str:
    async with sessions() as session:
        begun = await open_talk(
            session, site="demo", visitor=f"v-{number}", conversation=None, new_id=f"c-{number}", mode="chat",
            consent="conversation", locale="en", time_zone="UTC", now=NOW,
        )  # fmt: skip
        await session.commit()
    return begun


async def _answers(
    sessions: async_sessionmaker[AsyncSession], vault: Vault, conversation: str, loaded: asyncio.Barrier
) -> None:
    """A turn that goes on in any case until it is saved or silenced, as `take_turn` does."""
    is_first = True
    while True:
        async with sessions() as session:
            talk = await load_talk(session, vault, "demo", conversation)
            if is_first:
                await loaded.wait()
            is_first = False
            entries = [] if talk.state.with_person else [Entry("block", {"type": "block"})]
            try:
                await save_talk(session, talk, state=talk.state, entries=entries, now=NOW)
            except Conflict:
                continue
            await session.commit()
            return


async def _takes_over(
    sessions: async_sessionmaker[AsyncSession], vault: Vault, conversation: str, loaded: asyncio.Barrier
) -> None:
    is_first = True
    while True:
        async with sessions() as session:
            talk = await load_talk(session, vault, "demo", conversation)
            if is_first:
                await loaded.wait()
            is_first = False
            state = replace(talk.state, with_person=True, person="ada")
            said = Entry("message", {"type": "message", "author": "person", "text": "I am here."})
            try:
                await save_talk(session, talk, state=state, entries=[said], now=NOW)
            except Conflict:
                continue
            await session.commit()
            return
