"""An admin deletes a conversation, or one message of a visitor's."""

from __future__ import annotations

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from server.erasing import erase_conversation, erase_message, remove_letters
from server.review.deps import Seat
from server.review.pages import page
from server.review.roles import Role, needs


@post("/conversations/{conversation:str}/erase", opt=needs(Role.ADMIN), status_code=200)
async def erase(conversation: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """With everything that hangs on it; says what is elsewhere."""
    async with seat.desk.writers() as session:
        gone = await erase_conversation(session, seat.site, conversation, by=seat.person.login, now=seat.now)
        await session.commit()
    if seat.desk.outbox is not None:
        await seat.desk.in_thread(remove_letters, seat.desk.outbox, gone)
    if seat.desk.filing is not None:
        await seat.desk.filing.remove(seat.site, gone.files)
    return page(seat, "erased.html", nav="conversations", gone=gone)


@post(
    "/conversations/{conversation:str}/messages/{message:str}/erase", opt=needs(Role.ADMIN), status_code=200
)
async def erase_one(
    conversation: FromPath[str], message: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """The words and what they told; says what is elsewhere."""
    async with seat.desk.writers() as session:
        gone = await erase_message(
            session, seat.site, conversation, message, by=seat.person.login, now=seat.now
        )
        await session.commit()
    if seat.desk.filing is not None:
        await seat.desk.filing.remove(seat.site, gone.files)
    return page(seat, "erased.html", nav="conversations", gone=gone)
