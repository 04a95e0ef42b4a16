"""Database engines: SQLite in WAL mode out of the box, PostgreSQL by changing the URL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import event, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from server.store.sqlite import BRIEF, WAITS, asked_briefly


def open_engine(url: str) -> AsyncEngine:
    """An engine for `url`; nothing is connected until it is used.

    Its errors leave the parameters out: they would carry visitors' words into logs.
    """
    if not url.startswith("sqlite"):
        # As many as the pool would open anyhow, but kept: opening one takes longer than most transactions.
        return create_async_engine(
            url, pool_size=15, max_overflow=0, pool_pre_ping=True, hide_parameters=True
        )
    # A connection is used by one task at a time, on its own thread or, where a statement is brief, on the loop's.
    arguments = {"timeout": 30, "check_same_thread": False}
    engine = create_async_engine(asked_briefly(make_url(url)), connect_args=arguments, hide_parameters=True)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # FULL: an acknowledged message survives the power going, at 0.17 ms a transaction.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        # The driver must not begin transactions on its own: see `begin` below.
        connection.isolation_level = None

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Any) -> None:
        # A transaction that reads first and writes later fails at once when another one wrote in between, without
        # waiting for busy_timeout; taking the write lock at the start makes writers queue. Readers need no lock.
        reads_only = connection.get_execution_options().get("reads_only", False)
        connection.exec_driver_sql("BEGIN" if reads_only else WAITS)

    return engine


def open_sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions whose objects stay readable after commit; commit is explicit, rollback the default."""
    return async_sessionmaker(engine, expire_on_commit=False)


def open_readers(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    """Sessions that only read, so that they never wait for a writer."""
    return open_sessions(engine.execution_options(reads_only=True))


async def begin_brief(session: AsyncSession) -> None:
    """Begin a transaction whose statements touch a few rows each: on SQLite they run without a change of threads.

    For the turn, which is a dozen of them. What reads or writes much must not: the event loop would stand still.
    """
    await session.connection(execution_options={BRIEF: True})
