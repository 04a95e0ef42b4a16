"""A rep says what became of a lead, and takes a wrong mark back."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.review.conversations import again
from server.review.deps import Seat
from server.review.roles import Role, needs
from server.store import outcomes

AnyRequest = Request[Any, Any, Any]


@post("/conversations/{conversation:str}/outcomes/{kind:str}", opt=needs(Role.REP), status_code=200)
async def mark(
    request: AnyRequest, conversation: FromPath[str], kind: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """It became this; of held and missed, of won and lost the later mark stands."""
    async with seat.desk.writers() as session:
        await outcomes.mark(session, seat.site, conversation, kind, by=seat.person.login, now=seat.now)
        await session.commit()
    return await again(request, seat, conversation)


@post("/conversations/{conversation:str}/outcomes/{kind:str}/undo", opt=needs(Role.REP), status_code=200)
async def take_back(
    request: AnyRequest, conversation: FromPath[str], kind: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """As if it had never been marked; taken back twice is taken back once."""
    async with seat.desk.writers() as session:
        await outcomes.unmark(session, seat.site, conversation, kind, by=seat.person.login, now=seat.now)
        await session.commit()
    return await again(request, seat, conversation)
