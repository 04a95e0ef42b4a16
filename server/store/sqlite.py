"""How SQLite is asked: a statement is one visit to the connection's thread, or none where it is brief."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from sqlalchemy import URL
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_

BRIEF = "brief"
"""Execution option of a transaction whose statements touch a few rows each: they run where they stand."""
WAITS = "BEGIN IMMEDIATE"
"""Waits for other writers, so it is never run on the event loop; neither is a commit, which waits for the disk."""


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """Executes and fetches in one piece; the driver's own visits the thread three to four times."""

    __slots__ = ("in_place",)

    _cursor: Any  # sqlite3's own, not the driver's

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection  # noqa: SLF001  what is adapted
        self._cursor = cast("Any", self._connection)._conn.cursor()  # noqa: SLF001  no I/O yet
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()
        self.in_place = False

    def execute(self, operation: Any, parameters: Any = None) -> None:
        self._do(partial(self._cursor.execute, operation, () if parameters is None else parameters))

    def executemany(self, operation: Any, seq_of_parameters: Any) -> None:
        self._do(partial(self._cursor.executemany, operation, seq_of_parameters))

    def close(self) -> None:
        self._rows.clear()
        self._cursor.close()

    async def _async_soft_close(self) -> None:
        """Every row was fetched already."""

    def _do(self, work: Callable[[], object]) -> None:
        try:
            if self.in_place:
                self._fetched(work)
            else:
                await_(cast("Any", self._connection)._execute(self._fetched, work))  # noqa: SLF001
        except Exception as error:  # noqa: BLE001  translated and raised again
            self._adapt_connection._handle_exception(error)  # noqa: SLF001

    def _fetched(self, work: Callable[[], object]) -> None:
        work()
        if self._cursor.description:
            self._rows = deque(self._cursor.fetchall())


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _Cursor

    def rollback(self) -> None:
        """Waits for nobody; after a cancelled statement the connection is closed instead."""
        if (raw := cast("Any", self._connection)._connection) is not None:  # noqa: SLF001
            raw.rollback()


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *arg: Any, **kw: Any) -> _Connection:
        return _Connection(self, super().connect(*arg, **kw)._connection)  # noqa: SLF001


class FrontdeskSqlite(SQLiteDialect_aiosqlite):
    """SQLAlchemy's dialect with brief statements."""

    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> AsyncAdapt_aiosqlite_dbapi:
        return _Driver(__import__("aiosqlite"), __import__("sqlite3"))

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        if isinstance(cursor, _Cursor):  # a cursor that streams stays on the thread
            cursor.in_place = _is_brief(context) and statement != WAITS
        cursor.execute(statement, parameters)

    def do_executemany(
        self, cursor: Any, statement: str, parameters: Sequence[Any], context: Any = None
    ) -> None:
        if isinstance(cursor, _Cursor):
            cursor.in_place = _is_brief(context)
        cursor.executemany(statement, parameters)


def _is_brief(context: Any) -> bool:
    return context is not None and bool(context.execution_options.get(BRIEF))


def asked_briefly(url: URL) -> URL:
    """The URL of the same database, for this way of asking."""
    registry.register("sqlite.frontdesk", __name__, FrontdeskSqlite.__name__)
    return url.set(drivername="sqlite+frontdesk")
