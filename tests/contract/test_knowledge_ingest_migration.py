"""The second migration: a database of the first version keeps its documents and gaps, on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from knowledge.library import Library
from knowledge.tables import Base
from server import schema
from tests.support.knowledge import NOW, WordEmbedder, write_pages
from tests.support.postgres import fresh_database

AT = datetime(2026, 1, 1, tzinfo=UTC)
DOCUMENT = {
    "id": "d1", "site": "demo", "path": "prices", "url": "/docs/prices", "title": "Prices", "description": "",
    "text": "Team costs 12 EUR.", "source": "Team costs 12 EUR.", "format": "markdown", "audience": '["public"]',
    "digest": "0" * 64, "updated": None, "meta": "{}", "ingested_at": AT,
}  # fmt: skip
PASSAGE = {
    "id": "p1", "site": "demo", "document_id": "d1", "heading_path": "[]", "anchor": "", "start": 0, "end_at": 18,
    "units": '[["prose", 0, 18, 0, "", 0, 0]]', "text_hash": "h",
}  # fmt: skip
GAP = {
    "id": "g1", "site": "demo", "key": "k", "question": "Dark mode?", "nearest": "[]", "count": 3, "state": "open",
    "first_at": AT, "last_at": AT,
}  # fmt: skip


@contextmanager
def a_url(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite+aiosqlite:///{folder / 'old.db'}"
        return
    with fresh_database() as url:
        yield url


def _insert(connection: sa.Connection, table: str, values: Mapping[str, object]) -> None:
    is_postgres = connection.dialect.name == "postgresql"
    json = {"audience", "meta", "heading_path", "units", "nearest"}
    names = ", ".join(f'"{name}"' for name in values)
    holes = ", ".join(
        f"CAST(:{name} AS json)" if is_postgres and name in json else f":{name}" for name in values
    )
    connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({holes})"), values)


def an_old_database(url: str) -> None:
    """As the first migration leaves it, with a document and a gap."""
    command.upgrade(schema.config(url), "0001")
    engine = sa.create_engine(schema.synchronous(url))
    with engine.begin() as connection:
        _insert(connection, "knowledge_documents", DOCUMENT)
        _insert(connection, "knowledge_passages", PASSAGE)
        _insert(connection, "knowledge_gaps", GAP)
        _insert(connection, "knowledge_generations", {"site": "demo", "number": 4, "at": AT})
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
async def test_an_old_database_is_brought_up_to_date_and_serves(kind: str, tmp_path: Path) -> None:
    with a_url(kind, tmp_path) as url:
        an_old_database(url)
        schema.upgrade(url)
        engine = create_async_engine(url)
        library = Library(async_sessionmaker(engine, expire_on_commit=False), WordEmbedder())
        await library.refresh("demo")
        found = library.find("demo", "Team", now=NOW)
        gaps = await library.gaps("demo", 5)
        report = await library.ingest(
            "demo",
            [write_pages(tmp_path / "docs", {"new.md": "# New\n\nNew words.\n"})],
            base_url="/docs",
            now=NOW,
        )
        await engine.dispose()

    assert [one.passage.text for one in found] == ["Team costs 12 EUR."]
    assert [(gap.question, gap.count) for gap in gaps] == [("Dark mode?", 3)]
    assert (report.removed, report.added) == (("prices",), ("new",))
    assert report.generation == 5


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_the_migrations_make_the_tables_that_the_code_describes(kind: str, tmp_path: Path) -> None:
    with a_url(kind, tmp_path) as url:
        schema.upgrade(url)
        engine = sa.create_engine(schema.synchronous(url))
        with engine.connect() as connection:
            differences = compare_metadata(MigrationContext.configure(connection), Base.metadata)
        engine.dispose()

    ours = [one for one in differences if "knowledge_" in repr(one)]
    assert ours == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_going_back_to_the_first_version_keeps_the_documents(kind: str, tmp_path: Path) -> None:
    with a_url(kind, tmp_path) as url:
        an_old_database(url)
        schema.upgrade(url)
        command.downgrade(schema.config(url), "0001")
        engine = sa.create_engine(schema.synchronous(url))
        with engine.connect() as connection:
            kept = connection.execute(sa.text("SELECT path, (SELECT count(*) FROM knowledge_passages) FROM knowledge_documents")).all()  # fmt: skip  # noqa: E501
        engine.dispose()

    assert [tuple(row) for row in kept] == [("prices", 1)]
