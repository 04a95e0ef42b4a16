"""Touches: what a person was asked is counted over conversations, devices and processes, and never passes its cap."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.dialogue.asking_rules import Limits
from server.dialogue.values import State
from server.schema import upgrade
from server.store.conversations import Talk
from server.store.engine import open_engine, open_sessions
from server.store.history import history_of
from server.store.tables import Touch
from server.store.touches import Cap, Who, count, forget, note, note_within, person_key, recognise, touched
from tests.support.postgres import fresh_database

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ADA = Who("demo", "ada", "c1")
ONE_A_DAY = Cap("question", 1, DAY)

Sessions = async_sessionmaker[AsyncSession]


@asynccontextmanager
async def a_database(url: str) -> AsyncIterator[Sessions]:
    upgrade(url)
    engine = open_engine(url)
    yield open_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[Sessions]:
    async with a_database(f"sqlite+aiosqlite:///{tmp_path / 'touches.db'}") as made:
        yield made


async def noted(sessions: Sessions, who: Who, key: str = "team_size", at: datetime = NOW) -> None:
    async with sessions() as session:
        await note(session, who, "question", key, at)
        await session.commit()


async def test_another_tab_of_the_visitor_sees_what_was_asked_in_the_first(sessions: Sessions) -> None:
    await noted(sessions, ADA)

    async with sessions() as session:
        seen = await touched(session, replace(ADA, conversation="c2"), NOW - DAY, ["question"])

    assert [(one.key, one.conversation, one.at) for one in seen] == [("team_size", "c1", NOW)]


async def test_nobody_else_and_no_other_site_sees_it(sessions: Sessions) -> None:
    await noted(sessions, ADA)

    async with sessions() as session:
        assert await touched(session, replace(ADA, visitor="bea"), NOW - DAY) == ()
        assert await touched(session, replace(ADA, site="other"), NOW - DAY) == ()


async def test_a_person_is_known_again_on_another_device_by_their_address(sessions: Sessions) -> None:
    await noted(sessions, ADA)
    person = person_key("secret", "demo", "Ada+news@Example.com")
    async with sessions() as session:
        await recognise(session, replace(ADA, person=person))
        await session.commit()

    phone = Who("demo", "another token", "c9", person_key("secret", "demo", " ada@example.COM"))
    async with sessions() as session:
        assert await count(session, phone, ONE_A_DAY, NOW) == 1
        assert await count(session, phone, replace(ONE_A_DAY, key="industry"), NOW) == 0


async def test_what_is_older_than_the_window_does_not_count(sessions: Sessions) -> None:
    await noted(sessions, ADA, at=NOW - DAY)

    async with sessions() as session:
        assert await count(session, ADA, ONE_A_DAY, NOW) == 0


async def test_an_erased_conversation_leaves_no_touch(sessions: Sessions) -> None:
    await noted(sessions, ADA)

    async with sessions() as session:
        await forget(session, "demo", "c1")
        await session.commit()
        assert await session.scalar(select(func.count()).select_from(Touch)) == 0


async def test_a_cap_that_is_reached_is_named_and_nothing_is_written(sessions: Sessions) -> None:
    await noted(sessions, ADA)
    site_cap = Cap("question", 5, DAY, per="site")

    async with sessions() as session:
        reached = await note_within(session, ADA, "question", "industry", NOW, [site_cap, ONE_A_DAY])
        await session.commit()
        assert reached == ONE_A_DAY
        assert await count(session, ADA, site_cap, NOW) == 1


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
async def test_twelve_tabs_at_once_get_what_the_cap_allows(tmp_path: Path, database: str) -> None:
    caps = [Cap("question", 2, DAY), Cap("question", 20, DAY, per="site")]

    async def race(url: str) -> list[Cap | None]:
        async with a_database(url) as sessions:

            async def one(tab: int) -> Cap | None:
                async with sessions() as session:
                    who = replace(ADA, conversation=f"c{tab}")
                    reached = await note_within(session, who, "question", "team_size", NOW, caps)
                    await session.commit()
                    return reached

            return await asyncio.gather(*(one(tab) for tab in range(12)))

    if database == "sqlite":
        results = await race(f"sqlite+aiosqlite:///{tmp_path / 'race.db'}")
    else:
        with fresh_database() as url:
            results = await race(url)

    assert results.count(None) == 2


async def test_a_tab_that_knows_the_address_and_one_that_does_not_count_one_after_the_other() -> None:
    cap = [Cap("question", 1, DAY)]
    known = replace(ADA, person="somebody")

    with fresh_database() as url:
        async with a_database(url) as sessions, sessions() as first, sessions() as second:
            assert (
                await note_within(first, replace(ADA, person=""), "question", "team_size", NOW, cap) is None
            )
            other = asyncio.create_task(note_within(second, known, "question", "industry", NOW, cap))
            await asyncio.wait([other], timeout=0.3)
            await first.commit()

            assert await other == cap[0]


async def test_a_turn_looks_at_the_touches_of_its_visitor_only(sessions: Sessions) -> None:
    """Of a site with many visitors, SQLite would go through all that were asked lately."""
    asked: list[tuple[str, Any]] = []
    talk = Talk("c9", "demo", "ada", "chat", "remembered", "en", "UTC", 0, 0, State())

    def note_down(*call: Any) -> None:
        asked.append((call[2], call[3]))

    async with sessions() as session:
        connection = await session.connection()
        event.listen(connection.sync_connection, "before_cursor_execute", note_down)
        for who in (ADA, replace(ADA, person="somebody")):
            await count(session, who, Cap("question", 1, DAY), NOW)
            await history_of(session, talk, Limits(), who, NOW)
        plans = []
        for sql, given in [*asked]:
            plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)
            plans.append(str(plan.all()))

    assert len(plans) == 6
    # A member is looked up by their own key: as narrow.
    assert [plan for plan in plans if "visitor=?" not in plan and "member=?" not in plan] == []
