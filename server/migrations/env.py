"""Alembic's entry: one history for the tables of every room."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import create_engine
from sqlalchemy.types import TypeDecorator

import crm_sync.comparing.tables
import crm_sync.deciding.tables
import crm_sync.delivering.tables
import crm_sync.remote.tables
import crm_sync.tables
import knowledge.tables
import server.actions.follow_ups.tables
import server.actions.people_tables
import server.actions.tables
import server.store.closing_tables
import server.store.event_tables
import server.store.file_tables
import server.store.help_tables
import server.store.member_tables
import server.store.sign_in_tables
import server.store.tables

METADATA = [
    server.store.tables.Base.metadata,
    server.actions.tables.Base.metadata,
    knowledge.tables.Base.metadata,
    crm_sync.tables.Base.metadata,
]


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types as what the database sees, so that a migration never imports the code of today."""
    if kind == "type" and isinstance(item, TypeDecorator):
        inner = item.impl_instance
        return "sa.DateTime(timezone=True)" if type(inner).__name__ == "DateTime" else f"sa.{inner!r}"
    return False


def run() -> None:
    """Migrate the database that the caller named."""
    engine = create_engine(context.config.get_main_option("sqlalchemy.url") or "")
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            render_item=render_item,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
