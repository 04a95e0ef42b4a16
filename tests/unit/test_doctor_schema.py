"""What `frontdesk doctor` says of a database that an older version left."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from server.doctor import _database
from server.schema import upgrade
from server.settings import Settings


def test_an_older_database_is_named_with_the_schema_that_it_gets(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    upgrade(settings.database)
    now = _database(settings)
    with sqlite3.connect(tmp_path / "frontdesk.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0004'")

    said = _database(settings)

    assert said == f"schema 0004; the next `serve` brings it to {now.removeprefix('schema ')}"
