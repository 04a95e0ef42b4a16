"""What may not be switched to, what a server that follows the pointer survives, and who is named for a training."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from intents.errors import ModelError
from intents.model_store import point, serving
from intents.versions import go_back, keep_waiting, switch
from server.model_desk import keep_noticing
from server.store.engine import open_engine, open_sessions
from tests.support.understanding import a_model_desk, a_preview, serve, tiny

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture
async def writers(tmp_path: Path) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    engine = open_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    yield open_sessions(engine)
    await engine.dispose()


def test_a_model_of_another_embedder_is_refused_before_anything_points_to_it(tmp_path: Path) -> None:
    now, older = tiny(), replace(tiny(learned=True), embedder="another")
    serve(tmp_path, older)
    serve(tmp_path, now)
    keep_waiting(older, tmp_path, a_preview(older.version, now.version, NOW))

    with pytest.raises(ModelError, match="another embedder"):
        go_back(tmp_path)
    with pytest.raises(ModelError, match="another embedder"):
        switch(tmp_path, older.version)

    assert serving(tmp_path) == now.version


def test_a_model_that_can_not_be_read_any_more_can_be_left(tmp_path: Path) -> None:
    serve(tmp_path, tiny())
    point(tmp_path, "gone")

    assert go_back(tmp_path) == tiny().version


async def test_a_file_that_breaks_in_an_unforeseen_way_does_not_end_the_following(
    tmp_path: Path, writers: async_sessionmaker[AsyncSession]
) -> None:
    desk = a_model_desk(tmp_path / "models", writers, NOW, ("demo",))
    serve(tmp_path / "models", tiny())
    (tmp_path / "models" / tiny().version / "bias.npy").write_bytes(b"")

    following = asyncio.create_task(keep_noticing(desk, 0.0))
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.shield(following), 0.3)

    assert not following.done()
    following.cancel()


async def test_a_training_is_told_for_whom_it_runs(
    tmp_path: Path, writers: async_sessionmaker[AsyncSession]
) -> None:
    told = tmp_path / "told"
    script = f"import pathlib, sys; pathlib.Path({str(told)!r}).write_text(' '.join(sys.argv[1:]))"
    desk = a_model_desk(tmp_path / "models", writers, NOW, (), script=script)

    await desk.start(by="manager")
    await desk.settled()

    assert told.read_text() == "--by manager"
