"""Knowledge gaps: what visitors asked and the documents did not hold, and trying whether they do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from knowledge.gaps import GapCluster
from knowledge.values import PUBLIC, PageRef
from server.errors import NotFound
from server.review.deps import Seat
from server.review.knowledge_desk import Tried, audiences, did, knowledge_page, try_it
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.visit import is_part

AnyRequest = Request[Any, Any, Any]
MOST = 500
"""How many clusters are looked at; what is dealt with makes room for the next."""
_A_PAGE = 20
"""Each is asked anew for the page, on the threads that visitors wait for."""
_QUESTION = 400


@dataclass(frozen=True, slots=True)
class Row:
    """A gap, and what the documents say to it by now."""

    gap: GapCluster
    now: Tried

    @property
    def nearest(self) -> Sequence[PageRef]:
        """The pages that come closest as the documents are now."""
        return self.now.answer.nearest

    @property
    def by(self) -> str:
        """What answers it now; nothing while nothing does."""
        if self.now.answer.abstained:
            return ""
        cited = self.now.answer.citations
        return cited[0].title if cited else "an approved answer"


@get("/gaps", opt=needs(Role.VIEWER))
async def old_gaps(seat: NamedDependency[Seat]) -> Response[Any]:
    """Where the gaps were before they moved under Knowledge."""
    return go(f"{seat.url}/knowledge")


@get("/knowledge", opt=needs(Role.VIEWER))
async def gaps(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The open gaps, the most wanted first."""
    found = await seat.desk.library.gaps(seat.site, MOST, place=False)
    number = page_number(request)
    shown = found[(number - 1) * _A_PAGE : number * _A_PAGE]
    rows = [Row(gap, await try_it(seat, gap.question)) for gap in shown]
    return await knowledge_page(
        request, seat, "gaps.html", "gaps", rows=rows, total=len(found), number=number,
        last=max(1, -(-len(found) // _A_PAGE)), audiences=await audiences(seat), tried=None,
    )  # fmt: skip


@get("/knowledge/gaps/{gap:str}", opt=needs(Role.VIEWER))
async def gap_page(request: AnyRequest, gap: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """One gap: every way it was asked, what is nearest, and what to do about it."""
    found = await gap_of(seat, gap)
    row = Row(found, await try_it(seat, found.question))
    return await knowledge_page(
        request, seat, "gap.html", "gaps", row=row, tried=row.now, audiences=await audiences(seat)
    )


@post("/knowledge/gaps/{gap:str}/dismiss", opt=needs(Role.MANAGER), status_code=303)
async def dismiss(gap: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Nobody will write it; it opens again when it is asked again."""
    await close(seat, gap, how="dismissed")
    return go(f"{seat.url}/knowledge?done=dismissed")


@post("/knowledge/gaps/{gap:str}/close", opt=needs(Role.MANAGER), status_code=303)
async def answered(gap: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """The documents answer it by now."""
    found = await gap_of(seat, gap)
    now = await try_it(seat, found.question)
    if now.answer.approved_id:
        await close(seat, gap, how="approved", by_what=now.answer.approved_id)
    else:
        cited = now.answer.citations
        await close(seat, gap, how="document", by_what=cited[0].url if cited else "")
    return go(f"{seat.url}/knowledge?done=closed")


@get("/knowledge/try", opt=needs(Role.VIEWER))
async def try_page(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Ask a question as a visitor of some audience, and see what the answer rests on."""
    question = request.query_params.get("q", "").strip()[:_QUESTION]
    audience = request.query_params.get("audience", PUBLIC)[:64]
    tried = await try_it(seat, question, audience) if question else None
    if is_part(request):
        return page(seat, "tried.html", tried=tried)
    return await knowledge_page(
        request, seat, "try.html", "gaps", tried=tried, audiences=await audiences(seat), question=question,
        audience=audience,
    )  # fmt: skip


async def gap_of(seat: Seat, gap: str) -> GapCluster:
    """An open gap by its id; raises `NotFound`."""
    for each in await seat.desk.library.gaps(seat.site, MOST, place=False):
        if each.id == gap or any(member.id == gap for member in each.members):
            return each
    raise NotFound(f"there is no open gap {gap!r}; somebody may have closed it, go back to the list")


async def close(seat: Seat, gap: str, *, how: str, by_what: str = "") -> None:
    """Close every question of the gap, and write down who did."""
    found = await gap_of(seat, gap)
    also = did(seat, "gap_closed", f"{found.question} ({how})")
    await seat.desk.library.close_gap(
        seat.site, found.id, by=seat.person.login, how=how, what=by_what, now=seat.now, also=also
    )


def page_number(request: AnyRequest) -> int:
    """Which page of a list is asked for."""
    asked = request.query_params.get("page", "1")
    return min(max(int(asked), 1), 10_000) if asked.isascii() and asked.isdigit() else 1
