"""Chores of several processes: one of them goes round at a time."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import cast

import pytest
from sqlalchemy import text

from server.desk import Desk
from server.store.engine import open_engine, open_sessions
from server.wiring.life import alone
from tests.support.postgres import fresh_database


async def test_a_chore_that_another_process_does_is_left_to_it() -> None:
    done: list[str] = []
    with fresh_database() as url:
        engines = [open_engine(url) for _ in range(2)]
        mine, theirs = (cast("Desk", SimpleNamespace(readers=open_sessions(engine))) for engine in engines)

        async def work(name: str) -> None:
            done.append(name)

        async def mine_takes_long() -> None:
            await work("mine begins")
            await alone(theirs, "round", lambda: work("theirs"))
            await alone(theirs, "other", lambda: work("another chore"))
            raise RuntimeError("it died")

        with pytest.raises(RuntimeError):
            await alone(mine, "round", mine_takes_long)
        await alone(theirs, "round", lambda: work("theirs, later"))
        await asyncio.gather(*(engine.dispose() for engine in engines))

    assert done == ["mine begins", "another chore", "theirs, later"]


async def test_no_transaction_stands_open_while_a_chore_goes_on() -> None:
    open_ones: list[int] = []
    with fresh_database() as url:
        engine, other = open_engine(url), open_engine(url)
        desk = cast("Desk", SimpleNamespace(readers=open_sessions(engine)))

        async def look() -> None:
            async with other.connect() as connection:
                counted = (
                    "SELECT count(*) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
                )
                open_ones.append(await connection.scalar(text(counted)))

        await alone(desk, "round", look)
        await engine.dispose()
        await other.dispose()

    assert open_ones == [0]
