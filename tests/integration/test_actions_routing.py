"""Routing kept: many at once share the turns exactly, a conversation keeps its rep, and a person's word counts."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions import routing
from server.actions.people_tables import RouteRow
from server.actions.routing import Route, Team
from server.dialogue.routing import Candidate, Lead
from server.store.engine import open_engine, open_sessions
from tests.support.actions_world import MONDAY, new_id
from tests.support.postgres import url

__all__ = ["url"]

TEAM = Team((Candidate("ada", "Ada", weight=2, called=("ada",)), Candidate("ben", "Ben", called=("ben",))))


async def routed(
    sessions: async_sessionmaker[AsyncSession], conversation: str, team: Team = TEAM, *, owner: str = ""
) -> Route | None:
    async with sessions.begin() as session:
        return await routing.assign(
            session, "demo", conversation, Lead(owner=owner), team, day_began=MONDAY - timedelta(hours=7),
            now=MONDAY, id=new_id(),
        )  # fmt: skip


async def test_many_at_once_get_their_turns_exactly_and_each_only_once(url: str) -> None:
    engines = [open_engine(url) for _ in range(3)]
    several = [open_sessions(engine) for engine in engines]
    try:
        async with engines[0].begin() as connection:
            await connection.run_sync(RouteRow.metadata.create_all)

        # Every conversation twice at the same time, from processes that share only the database.
        found = await asyncio.gather(
            *(routed(several[number % 3], f"c-{number % 30}") for number in range(60))
        )

        async with several[0]() as session:
            kept = await routing.routes(session, "demo", [f"c-{number}" for number in range(30)])
        assert Counter(route.rep for route in kept.values()) == {"ada": 20, "ben": 10}
        assert all(route is not None and kept[route.conversation].rep == route.rep for route in found)
    finally:
        for engine in engines:
            await engine.dispose()


@pytest.fixture
async def sessions(tmp_path: Path) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'test.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(RouteRow.metadata.create_all)
    yield open_sessions(engine)
    await engine.dispose()


async def test_a_cap_a_day_counts_what_was_given_today(sessions: async_sessionmaker[AsyncSession]) -> None:
    capped = Team((replace(TEAM.candidates[0], per_day=2), replace(TEAM.candidates[1], per_day=1)))

    found = [await routed(sessions, f"c-{number}", capped) for number in range(5)]

    assert [route.rep if route else None for route in found] == ["ada", "ben", "ada", None, None]


async def test_an_owner_who_becomes_known_has_it_but_a_persons_word_stands(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    first = await routed(sessions, "c-1")
    again = await routed(sessions, "c-1", owner="ben")
    async with sessions.begin() as session:
        await routing.move(session, "demo", "c-1", "ada", "ben gave it to ada", now=MONDAY, id=new_id())
    later = await routed(sessions, "c-1", owner="ben")

    assert first is not None
    assert again is not None
    assert later is not None
    assert (first.rep, again.rep, again.how) == ("ada", "ben", "owner")
    assert (later.rep, later.how, later.trace[-1].said) == ("ada", "transfer", "ben gave it to ada")


async def test_a_rep_who_left_the_playbook_loses_the_lead_to_somebody_who_is_in_it(
    sessions: async_sessionmaker[AsyncSession],
) -> None:
    await routed(sessions, "c-1")

    found = await routed(sessions, "c-1", Team(TEAM.candidates[1:]))

    assert found is not None
    assert found.rep == "ben"
