"""The database's schema: brought up to date at every start, by Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"


def synchronous(url: str) -> str:
    """The same database for a driver that does not need an event loop."""
    return url.replace("+aiosqlite", "").replace("+asyncpg", "+psycopg")


def config(url: str) -> Config:
    """Alembic's settings for a database."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.set_main_option("sqlalchemy.url", synchronous(url).replace("%", "%%"))
    return settings


def upgrade(url: str) -> None:
    """Apply what is missing; a database that is up to date is left alone."""
    command.upgrade(config(url), "head")
