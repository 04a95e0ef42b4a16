"""Training with reviewed messages: start it, see what would change, switch, and go back."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from intents.errors import IntentsError
from server.errors import FrontdeskError
from server.review.deps import Seat
from server.review.doubts_page import understanding_page
from server.review.knowledge_desk import form_of
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.visit import is_part
from server.store import doubts

AnyRequest = Request[Any, Any, Any]


@get("/understanding/training", opt=needs(Role.MANAGER))
async def training(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """The model that reads, and the one that waits; while one is trained the page asks for itself again."""
    values = await _values(seat)
    if is_part(request):
        return page(seat, "training_state.html", **values)
    return await understanding_page(request, seat, "training.html", "training", **values)


@post("/understanding/training/start", opt=needs(Role.MANAGER), status_code=200)
async def start(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Train beside what serves."""
    _must_see_all(seat)
    await seat.desk.models.start(by=seat.person.login)
    if is_part(request):
        return page(seat, "training_state.html", **await _values(seat))
    return go(f"{seat.url}/understanding/training?done=started")


@post("/understanding/training/switch", opt=needs(Role.MANAGER), status_code=303)
async def switch(request: AnyRequest, seat: NamedDependency[Seat]) -> Response[Any]:
    """Read with the model whose preview was looked at, and no other."""
    _must_see_all(seat)
    version = (await form_of(request)).get("version", "")
    try:
        await seat.desk.models.switch(version, by=seat.person.login)
    except IntentsError as error:
        raise FrontdeskError(str(error), code="not_switched", status=409) from error
    return go(f"{seat.url}/understanding/training?done=switched")


@post("/understanding/training/discard", opt=needs(Role.MANAGER), status_code=303)
async def discard(seat: NamedDependency[Seat]) -> Response[Any]:
    """Forget the model that waits."""
    _must_see_all(seat)
    await seat.desk.models.discard(by=seat.person.login)
    return go(f"{seat.url}/understanding/training?done=discarded")


@post("/understanding/training/back", opt=needs(Role.MANAGER), status_code=303)
async def back(seat: NamedDependency[Seat]) -> Response[Any]:
    """Read with the model before."""
    _must_see_all(seat)
    try:
        await seat.desk.models.go_back(by=seat.person.login)
    except IntentsError as error:
        raise FrontdeskError(str(error), code="not_switched", status=409) from error
    return go(f"{seat.url}/understanding/training?done=back")


async def _values(seat: Seat) -> dict[str, Any]:
    models = seat.desk.models
    async with seat.desk.readers() as session:
        ready = len(await doubts.candidates(session, seat.sites))
    return {
        "serving": models.serving(),
        "previous": models.previous(),
        "running": models.running,
        "failed": models.failed,
        "waiting": models.waiting(),
        "candidates": ready,
        "may_switch": _sees_all(seat),
    }


def _sees_all(seat: Seat) -> bool:
    return all(seat.person.may_see(site) for site in seat.desk.sites)


def _must_see_all(seat: Seat) -> None:
    """One model reads for all sites; and the preview may show what was said at any of them."""
    if not _sees_all(seat):
        raise FrontdeskError(
            "one model reads for all sites of this installation; ask somebody whose account sees all of them",
            code="not_all_sites",
            status=409,
        )
