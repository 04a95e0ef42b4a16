"""What is to do, and what happened, over all contacts of the built-in CRM."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from uuid_utils import uuid7

from crm_sync.by_hand import browsing, todo
from crm_sync.errors import EditRefused
from server.review.crm_shared import A_PAGE, AnyRequest, asked, crm_page, elsewhere
from server.review.deps import Seat
from server.review.knowledge_desk import form_of
from server.review.pages import go
from server.review.roles import Role, needs

WORDS = {"open": "Open", "late": "Overdue", "today": "Today", "later": "Later", "done": "Done"}
TYPES = ("note", "chat", "meeting", "trial", "cart", "handoff", "followup", "consent")
LISTED = 200
_END_OF_DAY = time(17, 0)
"""A day without a time means its afternoon."""


@get("/crm/tasks", opt=needs(Role.REP))
async def tasks(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Mine or everybody's, the most pressing first."""
    if away := elsewhere(seat):
        return away
    given = request.query_params
    when = next((each for each in todo.WHENS if each == given.get("when")), todo.WHENS[0])
    whose = "all" if given.get("whose") != "mine" else "mine"
    owner = seat.person.login if whose == "mine" else ""
    async with seat.desk.readers() as session:
        found = await todo.tasks(session, seat.site, when, now=seat.now, owner=owner, limit=LISTED)
        counts = await todo.counts(session, seat.site, now=seat.now, owner=owner)
    return crm_page(
        seat, "crm_tasks.html", "crm/tasks", found=found, counts=counts, when=when, whose=whose,
        when_words=WORDS, most=LISTED,
    )  # fmt: skip


@post("/crm/{contact:str}/tasks", opt=needs(Role.REP), status_code=200)
async def add(request: AnyRequest, contact: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Something to do about a contact; without a name it is its owner's."""
    fields = await form_of(request)
    async with seat.desk.writers() as session:
        await todo.add(
            session, seat.site, contact, fields.get("title", ""), id=str(uuid7()), by=seat.person.login,
            now=seat.now, due=_due(fields.get("due", "")), priority=fields.get("priority", ""),
            owner=fields.get("owner", "").strip()[:300] or None,
        )  # fmt: skip
        await session.commit()
    return go(f"{seat.url}/crm/{contact}#tasks")


@post("/crm/tasks/{task:str}", opt=needs(Role.REP), status_code=200)
async def settle(request: AnyRequest, task: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Done, or to do again."""
    fields = await form_of(request)
    async with seat.desk.writers() as session:
        row = await todo.settle(
            session, seat.site, task, done=fields.get("done") != "no", by=seat.person.login, now=seat.now
        )
        await session.commit()
    if fields.get("back") == "contact":
        return go(f"{seat.url}/crm/{row.contact_id}#tasks")
    whose = "?whose=mine" if fields.get("whose") == "mine" else ""
    return go(f"{seat.url}/crm/tasks{whose}")


@get("/crm/activities", opt=needs(Role.REP))
async def activities(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """What happened, the latest first."""
    if away := elsewhere(seat):
        return away
    want = asked(request)
    async with seat.desk.readers() as session:
        found = await browsing.activities(session, seat.site, want.look, after=want.after, limit=A_PAGE)
        people = await browsing.contacts_by_id(session, seat.site, [row.contact_id for row in found.rows])
    return crm_page(
        seat, "crm_activities.html", "crm/activities", found=found, people=people, want=want, types=TYPES
    )


def _due(given: str) -> datetime | None:
    """A day or a moment as a form says it, in UTC."""
    if not given.strip():
        return None
    try:
        found = datetime.fromisoformat(given.strip())
    except ValueError as error:
        raise EditRefused(
            "", "/task/due", f"{given[:40]!r} is no day; write one such as 2026-03-31"
        ) from error
    if "T" not in given:
        found = datetime.combine(found.date(), _END_OF_DAY)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
