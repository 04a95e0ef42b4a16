"""Many updates of the inbox decided together: what will be written is said first, then they go some at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from litestar import Request, Response, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency

from crm_sync import CrmError
from crm_sync.deciding import queue
from crm_sync.deciding.verdicts import Decided
from crm_sync.delivering.states import BACK
from crm_sync.values import Status
from server.errors import FrontdeskError
from server.review.changes import HEADINGS, REJECT_REASONS, lines
from server.review.deps import Seat
from server.review.filters import Filters, whole
from server.review.inbox import counts, me, names, pressing
from server.review.inbox_deciding import read_reason
from server.review.pages import page
from server.review.roles import Role, needs
from server.review.visit import is_part

AnyRequest = Request[Any, Any, Any]
AT_ONCE = 25
"""So many are decided in one request: a visitor's turn waits no longer than that takes, and one sees it go on."""
UNDOABLE = 200
"""Up to so many decided together can be taken back together."""
_FAILED_SHOWN = 20
_RELEASED: tuple[Status, ...] = ("awaiting_approval", "needs_review")


@dataclass(frozen=True, slots=True)
class Choice:
    """Which updates are meant: marked ones, or all of a view as it stood at a moment."""

    ids: tuple[str, ...]
    is_all: bool
    at: datetime
    filters: Filters
    head: int | None = None
    """Where the ledger had got to when it was confirmed: what moved since was not what was looked at."""

    @classmethod
    def read(cls, form: FormMultiDict, now: datetime) -> Choice:
        ids = tuple(dict.fromkeys(str(each) for each in form.getall("update", [])))
        told = str(form.get("at", ""))
        try:
            at = datetime.fromisoformat(told)
        except ValueError:
            at = now
        filters = Filters.read({name: str(value) for name, value in form.items()})
        is_all, moment = form.get("all") == "yes", at if at.tzinfo else now
        return cls(ids, is_all, moment, filters, whole(form.get("head")))

    async def wish(self, seat: Seat) -> queue.Wish:
        """The rows of it that still wait."""
        if self.is_all:
            wish = self.filters.wish(await me(seat), {}, until=self.at)
            may = tuple(each for each in wish.statuses if each in _RELEASED)
            return replace(wish, statuses=may, unmoved=self.head)
        return queue.Wish(_RELEASED, ids=self.ids)


@dataclass(frozen=True, slots=True)
class Round:
    """How far a batch has got."""

    done: int
    ids: tuple[str, ...]
    """Of what is done, as many as can be taken back together; fewer than `done` when they are more."""
    failed: tuple[tuple[str, str], ...]
    """Id and why."""
    total: int

    @property
    def settled(self) -> int:
        return self.done + len(self.failed)

    def and_(self, decided: Iterable[Decided]) -> Round:
        """With these as well."""
        known = tuple(decided)
        good = tuple(each.id for each in known if each.is_done)
        bad = tuple((each.id, each.why) for each in known if not each.is_done)
        ids = (*self.ids, *good) if self.done + len(good) <= UNDOABLE else ()
        return Round(self.done + len(good), ids, (*self.failed, *bad), self.total)


@post("/inbox/batch", opt=needs(Role.REP), status_code=200)
async def confirm(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Say what approving all of these writes, and ask."""
    choice = Choice.read(await request.form(), seat.now)
    if not choice.is_all and not choice.ids:
        raise FrontdeskError(
            "nothing is marked; mark rows with x or their boxes first", code="nothing_marked"
        )
    async with seat.desk.readers() as session:
        press = await pressing(session, seat)
        choice = replace(choice, head=await queue.head(session, seat.site))
        wish = replace(await choice.wish(seat), sort="urgent")
        facets = await queue.facets(session, seat.site, wish)
        first = await queue.rows(session, seat.site, wish, now=seat.now, limit=8)
        talks = await queue.conversations(session, seat.site, wish)
        known = await names(session, seat, first)
    return page(
        seat, "inbox_batch.html", nav="inbox", is_whole=not is_part(request), choice=choice, facets=facets,
        first=lines(first, seat.now, press, known), talks=talks, headings=HEADINGS, part="inbox_batch_part.html",
        filters=choice.filters, item=None, reject_reasons=REJECT_REASONS,
    )  # fmt: skip


@post("/inbox/batch/approve", opt=needs(Role.REP), status_code=200)
async def approve(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Approve some of them, and go on with the next when these are done; what can not be is listed with its reason."""
    form = await request.form()
    choice, before = Choice.read(form, seat.now), _read_round(form)
    ids, left = await _next(seat, choice, before)
    before = before if before.total else replace(before, total=len(ids) + left)
    decided = await seat.desk.ledger.approve_many(seat.site, ids, by=seat.person.login, now=seat.now)
    for each in decided:
        if each.is_done:
            await seat.desk.start_delivery(each.id)
    rest = replace(choice, ids=choice.ids[len(ids) :])
    # Nothing done in a whole round: what is left can not be done at all.
    goes_on = left > 0 and any(each.is_done for each in decided)
    return await _shown(request, seat, rest, before.and_(decided), ids, "Approved", goes_on=goes_on)


@post("/inbox/batch/reject", opt=needs(Role.REP), status_code=200)
async def reject(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Reject some of them for one reason, and go on with the next when these are done."""
    form = await request.form()
    code, reason = read_reason(form)
    choice, before = Choice.read(form, seat.now), _read_round(form)
    ids, left = await _next(seat, choice, before)
    before = before if before.total else replace(before, total=len(ids) + left)
    decided = await seat.desk.ledger.reject_many(
        seat.site, ids, by=seat.person.login, now=seat.now, code=code, reason=reason
    )
    rest = replace(choice, ids=choice.ids[len(ids) :])
    goes_on = left > 0 and any(each.is_done for each in decided)
    return await _shown(
        request, seat, rest, before.and_(decided), ids, "Rejected", goes_on=goes_on,
        why={"code": code, "reason": reason},
    )  # fmt: skip


@post("/inbox/batch/undo", opt=needs(Role.REP), status_code=200)
async def undo(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Take back what was just decided together, as far as the CRM has not heard of it; the rest is undone there."""
    form = await request.form()
    choice = Choice.read(form, seat.now)
    tried = choice.ids[:UNDOABLE]
    whys = {update: await _take_back(seat, update) for update in tried}
    done = tuple(update for update, why in whys.items() if not why)
    failed = tuple((update, why) for update, why in whys.items() if why)
    ended = Round(len(done), done, failed, len(tried))
    return await _shown(request, seat, choice, ended, tried, "Taken back")


async def _take_back(seat: Seat, update: str) -> str:
    """Why it could not be; empty when it was."""
    try:
        row = await seat.desk.ledger.update(seat.site, update)
        if row.status in BACK:
            await seat.desk.ledger.reopen(seat.site, update, by=seat.person.login, now=seat.now)
            return ""
        result = await seat.desk.ledger.undo(seat.site, update, by=seat.person.login, now=seat.now)
    except CrmError as error:
        return str(error)
    return "" if result.outcome == "undone" else "it was changed in the CRM since; open it and decide there"


async def _next(seat: Seat, choice: Choice, before: Round) -> tuple[list[str], int]:
    """The updates of this round, and how many are left after it."""
    if not choice.is_all:
        return list(choice.ids[:AT_ONCE]), max(0, len(choice.ids) - AT_ONCE)
    # Released ones no longer fit; those that failed still may, so as many more are looked at.
    tried = {one for one, _ in before.failed}
    async with seat.desk.readers() as session:
        wish = replace(await choice.wish(seat), sort="oldest")
        found = await queue.ids(session, seat.site, wish, limit=AT_ONCE + len(tried) + 1)
        total = (await queue.facets(session, seat.site, wish)).total
    ids = [each for each in found if each not in tried][:AT_ONCE]
    return ids, max(0, total - len(tried) - len(ids))


async def _shown(
    request: AnyRequest,
    seat: Seat,
    choice: Choice,
    so_far: Round,
    ids: Sequence[str],
    verb: str,
    *,
    goes_on: bool = False,
    why: Mapping[str, str] | None = None,
) -> Response[Any]:
    """How far it is, the rows that changed, and what could not be done."""
    async with seat.desk.readers() as session:
        rows = await queue.some(session, seat.site, ids)
        failed = await queue.some(session, seat.site, [one for one, _ in so_far.failed[:_FAILED_SHOWN]])
        known = await names(session, seat, (*rows, *failed))
        touched = lines(rows, seat.now, await pressing(session, seat), known)
        named = lines(failed, seat.now, {}, known)
    said = "" if goes_on else f"{verb}: {so_far.done} of {so_far.total}."
    return page(
        seat, "inbox_batch_done.html", nav="inbox", is_whole=not is_part(request), choice=choice, round=so_far,
        goes_on=goes_on, verb=verb, why=why or {}, rows=touched, failed_rows={each.id: each for each in named},
        standing=await seat.desk.ledger.provider_state(seat.site, seat.now),
        part="inbox_batch_done_part.html", counts=await counts(seat), filters=choice.filters, item=None,
        headers={"hx-trigger-after-settle": json.dumps({"batch": {"said": said}})},
    )  # fmt: skip


def _read_round(form: FormMultiDict) -> Round:
    failed = (str(each).partition("|") for each in form.getall("failed", []))
    return Round(
        whole(form.get("done")) or 0,
        tuple(str(each) for each in form.getall("did", [])),
        tuple((one, why) for one, _, why in failed),
        whole(form.get("total")) or 0,
    )
