"""Lists of the built-in CRM as CSV files, for managers; no cell can become a formula in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.by_hand import browsing, todo
from crm_sync.by_hand.browsing import Look
from server.errors import NotFound
from server.review.crm_shared import AnyRequest, asked, elsewhere
from server.review.deps import Seat
from server.review.pages import HEADERS
from server.review.roles import Role, needs
from server.store.deeds import write_deed

AT_ONCE = 500
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
_COLUMNS: dict[str, tuple[str, ...]] = {
    "contacts": ("id", "name", "email", "phone", "job_title", "company", "lifecycle", "lead_score", "owner",
                 "country", "language", "time_zone", "consent_level", "created_at", "updated_at"),
    "companies": ("id", "name", "domain", "industry", "team_size", "country", "owner", "created_at", "updated_at"),
    "deals": ("id", "contact_id", "name", "stage", "plan", "seats", "period", "amount", "currency", "owner",
              "timeline", "current_tool", "budget", "use_case", "created_at", "updated_at"),
    "tasks": ("id", "contact_id", "title", "due", "priority", "owner", "done_at", "created_at"),
}  # fmt: skip


@get("/crm/export/{name:str}", opt=needs(Role.MANAGER))
async def export(
    request: AnyRequest, name: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any] | Stream:
    """What the list shows, all of it; who took it with them is written down."""
    what = name.removesuffix(".csv")
    if what not in _COLUMNS:
        raise NotFound(f"there is no list {name!r} to export; use one of {', '.join(_COLUMNS)}")
    if away := elsewhere(seat):
        return away
    await write_deed(
        seat.desk.writers, seat.site, by=seat.person.login, act="crm_exported", thing=what, now=seat.now
    )
    headers = {**HEADERS, "content-disposition": f'attachment; filename="{seat.site}-{what}.csv"'}
    return Stream(
        _lines(seat, what, _wish(request, seat)), media_type="text/csv; charset=utf-8", headers=headers
    )


def cell(value: Any) -> str:
    """As a spreadsheet takes it for words: what begins like a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    text = str(value)
    is_word = isinstance(value, str) and text.lstrip(" ").startswith(_FORMULAS)
    return f"'{text}" if is_word else text


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the list was narrowed to; the tasks have their own ways."""

    look: Look
    when: todo.When | None
    owner: str


def _wish(request: AnyRequest, seat: Seat) -> _Wish:
    given = request.query_params
    when = next((each for each in todo.WHENS if each == given.get("when")), None)
    return _Wish(asked(request).look, when, seat.person.login if given.get("whose") == "mine" else "")


async def _lines(seat: Seat, what: str, wish: _Wish) -> AsyncIterator[bytes]:
    columns = _COLUMNS[what]
    # The mark that makes spreadsheets read it as UTF-8.
    yield b"\xef\xbb\xbf" + _csv([columns])
    after: str | None = None
    while True:
        # A session for each page: a slow download must not hold the database's snapshot open.
        async with seat.desk.readers() as session:
            rows, after = await _page(session, seat, what, wish, after)
        if rows:
            yield _csv([[cell(value) for value in row] for row in rows])
        if after is None:
            return


async def _page(
    session: AsyncSession, seat: Seat, what: str, wish: _Wish, after: str | None
) -> tuple[list[list[Any]], str | None]:
    site, columns, look = seat.site, _COLUMNS[what], wish.look
    if what == "contacts":
        people = await browsing.contacts(session, site, look, after=after, limit=AT_ONCE)
        at = await browsing.companies_by_id(session, site, [row.company_id for row in people.rows])
        named = {key: one.name or one.domain for key, one in at.items()}
        return [
            [named.get(row.company_id or "") if name == "company" else getattr(row, name) for name in columns]
            for row in people.rows
        ], people.after
    if what == "tasks":
        found, after = await todo.a_page(
            session, site, wish.when, now=seat.now, owner=wish.owner, after=after, limit=AT_ONCE
        )
        return [_row(each, columns) for each in found], after
    if what == "companies":
        firms = await browsing.companies(session, site, look, after=after, limit=AT_ONCE)
        return [_row(row, columns) for row in firms.rows], firms.after
    deals = await browsing.deals(session, site, look, after=after, limit=AT_ONCE)
    return [_row(row, columns) for row in deals.rows], deals.after


def _row(row: object, columns: Sequence[str]) -> list[Any]:
    return [getattr(row, name) for name in columns]


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    held = io.StringIO()
    csv.writer(held).writerows(rows)
    return held.getvalue().encode()
