"""The inbox: CRM updates with their evidence, the most pressing first, some rows at a time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.by_hand import browsing
from crm_sync.deciding import queue
from crm_sync.deciding.deadlines import stands_in_for
from crm_sync.delivering.desk import Attempt
from crm_sync.values import CrmRecord, UndoResult
from server.actions import handoff
from server.actions.tables import MeetingRow
from server.review.changes import (
    HEADINGS,
    HOW_WORDS,
    REJECT_REASONS,
    TABS,
    Line,
    Sheet,
    decided_line,
    history,
    lines,
    sheet,
    stands_otherwise,
)
from server.review.deps import Seat
from server.review.filters import SORTS, WHOSE, Filters, whole
from server.review.pages import nothing, page
from server.review.presence_page import colleagues
from server.review.roles import Role, needs, polled
from server.review.transcripts import Transcript, transcript
from server.review.urgency import SOON, Press, presses
from server.review.visit import is_part
from server.review.why import of_update

AnyRequest = Request[Any, Any, Any]
SHOWN = 60
"""How many rows come at once; the next ones follow when the end of the list comes into sight."""
TOLD_AT_ONCE = 200
"""Of how many rows news is brought; whoever was away longer gets the list anew."""
_WAITING = 100


class Conversing(Protocol):
    """Whatever belongs to a conversation."""

    @property
    def conversation(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Shelf:
    """Some rows of a view, and what its filters offer."""

    filters: Filters
    rows: tuple[Line, ...]
    facets: queue.Facets
    skip: int
    at: datetime
    """What came after this moment is not among the rows: it is told of, and comes with the next list."""
    head: int
    """Where the ledger had got to."""

    @property
    def left(self) -> int:
        return max(0, self.facets.total - self.skip - len(self.rows))

    @property
    def more(self) -> dict[str, str]:
        """What the address of the next rows tells."""
        return {
            **self.filters.told,
            "skip": str(self.skip + len(self.rows)),
            "at": self.at.isoformat(),
        }


@get("/inbox", opt=needs(Role.VIEWER))
async def inbox(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """One view with its first item open; for htmx only its rows."""
    shelf = await a_shelf(seat, Filters.read(request.query_params))
    if is_part(request):
        address = {"hx-push-url": f"{seat.url}/inbox{shelf.filters.query}"}
        return page(seat, "inbox_part.html", headers=address, **await _around(seat, shelf), item=None)
    first = shelf.rows[0].id if shelf.rows else None
    chosen = sheet(await seat.desk.ledger.update(seat.site, first)) if first else None
    return await _desk(seat, shelf, chosen, opened=False)


@get("/inbox/{update:str}", opt=needs(Role.VIEWER))
async def inbox_item(
    request: AnyRequest, update: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """One update with its conversation; on its own for htmx, with the queue around it otherwise."""
    chosen = sheet(await seat.desk.ledger.update(seat.site, update))
    filters = Filters.read({"tab": _tab_of(chosen), **request.query_params})
    if is_part(request):
        return page(seat, "inbox_work.html", **await the_work(seat, chosen, filters))
    return await _desk(seat, await a_shelf(seat, filters), chosen, opened=True)


@get("/inbox/more", opt=needs(Role.VIEWER))
async def more(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The rows that follow those which the page has; without htmx a page of their own."""
    told = request.query_params
    at = _moment(told.get("at", "")) or seat.now
    shelf = await a_shelf(seat, Filters.read(told), at=at, skip=whole(told.get("skip", "")) or 0)
    if is_part(request):
        return page(seat, "inbox_rows.html", shelf=shelf, filters=shelf.filters, item=None)
    return await _desk(seat, shelf, None, opened=False)


@get("/inbox/news", opt=needs(Role.VIEWER) | polled())
async def news(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """What happened since the page was made: rows that others decided, counts, and how many are new. No list moves."""
    told = request.query_params
    since, at = whole(told.get("since", "")), _moment(told.get("at", "")) or seat.now
    filters = Filters.read(told)
    async with seat.desk.readers() as session:
        head = await queue.head(session, seat.site)
        if since is None or head == since:
            return nothing()
        moved = await queue.touched(session, seat.site, since, TOLD_AT_ONCE)
        press = await pressing(session, seat)
        rows = await queue.some(session, seat.site, moved)
        wish = replace(filters.wish(await me(seat), press), after=at)
        fresh = (await queue.facets(session, seat.site, wish)).total
        known = await names(session, seat, rows)
    shown = lines([row for row in rows if row.created_at <= at], seat.now, press, known)
    return page(
        seat, "inbox_news.html", filters=filters, rows=shown, fresh=fresh, at=at, head=head,
        counts=await counts(seat), item=None, tabs=TABS,
    )  # fmt: skip


async def a_shelf(seat: Seat, filters: Filters, *, at: datetime | None = None, skip: int = 0) -> Shelf:
    """Rows of a view, from `skip` on; what came after `at` is left out, so that nothing moves between two pages."""
    async with seat.desk.readers() as session:
        press = await pressing(session, seat)
        head = await queue.head(session, seat.site)
        wish = filters.wish(await me(seat), press, at)
        found = await queue.rows(session, seat.site, wish, now=at or seat.now, limit=SHOWN, skip=skip)
        facets = await queue.facets(session, seat.site, wish)
        known = await names(session, seat, found)
    return Shelf(filters, lines(found, seat.now, press, known), facets, skip, at or seat.now, head)


async def names(session: AsyncSession, seat: Seat, rows: Iterable[Conversing]) -> dict[str, str]:
    """Whom the rows are about, by conversation, as the CRM has it; nothing for who may only look."""
    if seat.person.role < Role.REP:
        return {}
    return await browsing.names_of(session, seat.site, {row.conversation for row in rows})


async def pressing(session: AsyncSession, seat: Seat) -> dict[str, Press]:
    """The conversations in which somebody waits, or with a meeting within a day."""
    waits = [
        (each.conversation, each.created_at) for each in await handoff.waiting(session, seat.site, _WAITING)
    ]
    near = select(MeetingRow.conversation, MeetingRow.starts_at).where(
        MeetingRow.site == seat.site,
        MeetingRow.state != "cancelled",
        MeetingRow.starts_at.between(seat.now, seat.now + SOON),
    )
    meetings = (await session.execute(near.limit(_WAITING))).tuples().all()
    return presses(waits, meetings, seat.now)


async def me(seat: Seat) -> tuple[str, ...]:
    """Whose changes count as mine: my own, and those of whom I stand in for."""
    known = await seat.desk.ledger.delegations(seat.site, now=seat.now)
    return (seat.person.login, *stands_in_for(known, seat.person.login, seat.now))


async def counts(seat: Seat) -> dict[str, int]:
    """How many updates stand on each tab."""
    by_status = await seat.desk.ledger.counts(seat.site)
    return {key: sum(by_status.get(status, 0) for status in states) for key, _, states in TABS}


async def the_work(
    seat: Seat, chosen: Sheet, filters: Filters, *, clash: UndoResult | None = None
) -> dict[str, Any]:
    """What the item and its context need."""
    conversation = chosen.row.conversation
    async with seat.desk.readers() as session:
        words: Transcript = await transcript(session, seat.site, conversation)
        told = chosen.update
        why = await of_update(session, seat, told.score, told.turn, words) if told and told.score else None
        press = await pressing(session, seat)
        together = Filters(_tab_of(chosen)).statuses
        wish = queue.Wish(together, conversation=conversation)
        beside = await queue.rows(session, seat.site, wish, now=seat.now, limit=20)
        own = await queue.some(session, seat.site, [chosen.id])
        known = await names(session, seat, own)
        is_givable = chosen.row.status == "awaiting_approval" and seat.person.role >= Role.REP
        others = await colleagues(session, seat) if is_givable else ()
    record: CrmRecord | None = None
    if seat.person.role >= Role.REP:
        record = await seat.desk.ledger.record(seat.site, conversation)
    siblings = lines(beside, seat.now, press)
    attempts: list[Attempt] = []
    if chosen.row.status == "needs_review" and chosen.row.attempts:
        attempts = await seat.desk.ledger.attempts(seat.site, chosen.id)
    return {
        "item": chosen,
        "line": lines(own, seat.now, press, known)[0],
        "others": tuple(each for each in others if own and each.login != own[0].owner),
        "siblings": siblings if len(siblings) > 1 else (),
        "filters": filters,
        "words": words,
        "record": record,
        "why": why,
        "clash": clash,
        "how_words": HOW_WORDS,
        "reject_reasons": REJECT_REASONS,
        "history": history(chosen.row),
        "attempts": attempts,
        "decided": decided_line(chosen.row),
        "otherwise": stands_otherwise(chosen, record),
    }


async def _desk(seat: Seat, shelf: Shelf, chosen: Sheet | None, *, opened: bool) -> Response[Any]:
    work = await the_work(seat, chosen, shelf.filters) if chosen else {"item": None}
    around = await _around(seat, shelf)
    return page(seat, "inbox.html", nav="inbox", opened=opened, **{**around, **work})


async def _around(seat: Seat, shelf: Shelf) -> dict[str, Any]:
    """What the list and its filters need."""
    choices = shelf.facets
    also = {"duplicates": 0, "drift": 0}
    if shelf.filters.tab == "trouble":
        also["duplicates"] = (await seat.desk.ledger.duplicate_counts(seat.site)).get("open", 0)
        also["drift"] = sum((await seat.desk.ledger.drift_counts(seat.site)).values())
    if shelf.filters.is_narrow:
        async with seat.desk.readers() as session:
            choices = await queue.facets(session, seat.site, queue.Wish(shelf.filters.statuses))
    return {
        "shelf": shelf,
        "choices": choices,
        "also": also,
        "standing": await seat.desk.ledger.provider_state(seat.site, seat.now),
        "filters": shelf.filters,
        "tabs": TABS,
        "counts": await counts(seat),
        "whose": WHOSE,
        "sorts": SORTS,
        "order_words": dict(SORTS)[shelf.filters.order],
        "headings": HEADINGS,
    }


def _tab_of(chosen: Sheet) -> str:
    return next((key for key, _, states in TABS if chosen.row.status in states), TABS[0][0])


def _moment(told: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
