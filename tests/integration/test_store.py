"""The store: sealed details, a log that refuses a stale writer, and a schema that is the models' own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.dialogue.prompts import OpenSlots
from server.dialogue.values import Known, State
from server.errors import Conflict, NotFound
from server.schema import config, upgrade
from server.store.conversations import (
    Entry,
    already_logged,
    frames_after,
    load_talk,
    open_talk,
    save_talk,
)
from server.store.engine import open_engine, open_sessions
from server.store.vault import Vault
from tests.support.postgres import fresh_database

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.db'}"
    upgrade(url)
    engine = open_engine(url)
    yield open_sessions(engine)
    await engine.dispose()


async def begun(sessions: async_sessionmaker[AsyncSession]) -> str:
    async with sessions() as session:
        conversation = await open_talk(
            session,
            site="demo",
            visitor="ada",
            conversation=None,
            new_id="c1",
            mode="chat",
            consent="conversation",
            locale="en",
            time_zone="UTC",
            now=NOW,
        )
        await session.commit()
    return conversation


def written(folder: Path) -> bytes:
    """Everything that stands in the database's files."""
    return b"".join(file.read_bytes() for file in folder.glob("store.db*"))


def test_the_migrations_make_exactly_the_tables_of_the_models(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'schema.db'}"
    upgrade(url)

    command.check(config(url))


def test_the_tables_of_plays_can_be_taken_back_and_made_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'schema.db'}"
    upgrade(url)

    command.downgrade(config(url), "0004")
    upgrade(url)

    command.check(config(url))


def test_the_migrations_make_the_tables_of_the_models_on_postgresql() -> None:
    with fresh_database() as url:
        upgrade(url)

        command.check(config(url))


async def test_a_state_comes_back_as_it_was_saved(sessions: async_sessionmaker[AsyncSession]) -> None:
    vault = Vault(sessions, "secret")
    conversation = await begun(sessions)
    state = State(
        facts=(Known("team_size", 40, "said", 0.9),), open=OpenSlots("p", ("a", "b"), "m1"), pages=("/",)
    )

    async with sessions() as session:
        talk = await load_talk(session, vault, "demo", conversation)
        await save_talk(session, talk, state=state, entries=[], now=NOW)
        await session.commit()
    async with sessions() as session:
        again = await load_talk(session, vault, "demo", conversation)

    assert again.state == state


async def test_a_writer_who_loaded_an_older_version_is_refused(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    vault = Vault(sessions, "secret")
    conversation = await begun(sessions)
    first = Entry("message", {"text": "one"}, "m1", client_id="f1")
    async with sessions() as session:
        stale = await load_talk(session, vault, "demo", conversation)
        await save_talk(
            session,
            stale,
            state=State(),
            entries=[first],
            now=NOW,
        )
        await session.commit()

    async with sessions() as session:
        with pytest.raises(Conflict):
            await save_talk(
                session, stale, state=State(), entries=[Entry("message", {"text": "two"})], now=NOW
            )
    async with sessions() as session:
        assert [frame["text"] for frame in await frames_after(session, vault, "demo", conversation, 0)] == [
            "one"
        ]
        assert await already_logged(session, conversation, "f1")


async def test_a_conversation_is_not_found_from_another_site(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    vault = Vault(sessions, "secret")
    conversation = await begun(sessions)

    async with sessions() as session:
        with pytest.raises(NotFound):
            await load_talk(session, vault, "other", conversation)
        assert await frames_after(session, vault, "other", conversation, 0) == []


async def test_a_sealed_detail_is_not_readable_in_the_database_and_its_reading_is_noted(
    sessions: async_sessionmaker[AsyncSession], tmp_path: Path
) -> None:
    vault = Vault(sessions, "secret")
    conversation = await begun(sessions)
    async with sessions() as session:
        details = [("[email_1]", "email", "ada@example.com")]
        vault.seal(session, site="demo", conversation=conversation, details=details, now=NOW)
        await session.commit()

    plain = await vault.unseal("demo", conversation, "write to [email_1] or [email_2]", by="test", now=NOW)

    assert plain == "write to ada@example.com or [email_2]"
    content = written(tmp_path)
    assert b"ada@example.com" not in content
    assert b"unsealings" in content
    async with sessions() as session:
        (noted,) = (await session.execute(text('select placeholder, "by" from unsealings'))).all()
    assert tuple(noted) == ("[email_1]", "test")
