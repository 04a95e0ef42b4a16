"""A PostgreSQL for tests, from a wheel: one server for the run, one fresh database for each test that asks."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest


@cache
def server() -> Any:
    """The server, started on first use and removed when the process ends."""
    with warnings.catch_warnings():
        # It looks for a runtime folder that a container does not have, and finds another.
        warnings.simplefilter("ignore")
        import pgserver

    # A socket's path may have 107 characters at most, so the folder stays near the root.
    folder = Path(tempfile.mkdtemp(prefix="fd-pg-"))
    return pgserver.get_server(folder, cleanup_mode="delete")


@contextmanager
def fresh_database() -> Iterator[str]:
    """The SQLAlchemy URL (asyncpg) of an empty database that is dropped afterwards."""
    running = server()
    name = f"t{uuid4().hex}"
    running.psql(f"CREATE DATABASE {name};")
    socket = running.get_postmaster_info().socket_dir
    try:
        yield f"postgresql+asyncpg://postgres@/{name}?host={socket}"
    finally:
        running.psql(f"DROP DATABASE {name} WITH (FORCE);")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of either kind; a module that imports it has each of its tests on both."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'test.db'}"
    else:
        with fresh_database() as fresh:
            yield fresh
