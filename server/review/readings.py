"""What each message of a conversation was read to mean, and a colleague who says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from uuid_utils import uuid7

from server.doubting import note_decided
from server.errors import FrontdeskError, NotFound
from server.review.deps import Seat
from server.review.knowledge_desk import form_of
from server.review.pages import go, page
from server.review.roles import Role, needs
from server.review.visit import is_part
from server.store import doubts
from server.store.deeds import note_deed
from server.store.doubts import NONE_OF_THESE
from server.store.tables import DecisionRow, Doubt

AnyRequest = Request[Any, Any, Any]
_MOST = 500
"""Messages of a conversation whose reading is shown."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message was read to mean; `corrected` is what a colleague said instead."""

    names: tuple[str, ...]
    corrected: str = ""


async def readings(session: AsyncSession, site: str, conversation: str) -> dict[str, Reading]:
    """By message; a click or a form has none."""
    rows = await session.scalars(
        select(DecisionRow)
        .where(DecisionRow.site == site, DecisionRow.conversation == conversation)
        .order_by(DecisionRow.at.desc())
        .limit(_MOST)
    )
    told = await session.execute(
        select(Doubt.message, Doubt.label).where(
            Doubt.site == site, Doubt.conversation == conversation, Doubt.why == "corrected"
        )
    )
    corrected = {message: label or "" for message, label in told.all()}
    return {
        str(row.record["message"]): Reading(
            tuple(row.record.get("asked_for") or (NONE_OF_THESE,)),
            corrected.get(str(row.record["message"]), ""),
        )
        for row in rows
        if row.record.get("intents")
    }


@post("/conversations/{conversation:str}/correct", opt=needs(Role.REP), status_code=200)
async def correct(
    request: AnyRequest, conversation: FromPath[str], seat: NamedDependency[Seat]
) -> Response[Any]:
    """A colleague says what a message means: a manager's word makes it a candidate, a rep's waits for a manager."""
    fields = await form_of(request)
    message, label = fields.get("message", ""), fields.get("label", "")
    if label != NONE_OF_THESE and label not in seat.desk.models.catalogue.intents:
        raise FrontdeskError(f"there is no intent {label!r}; choose one of the list", code="no_such_intent")
    async with seat.desk.writers() as session:
        row = await _decision(session, seat.site, conversation, message)
        kept = await note_decided(
            session, row, "corrected", new_id=str(uuid7()), now=seat.now, label=label, by=seat.person.login
        )
        if not kept:
            raise FrontdeskError(
                "this message can not teach anything: the visitor allows the necessary only, or it is too long",
                code="not_kept",
                status=409,
            )
        if seat.person.role >= Role.MANAGER:
            found = await session.scalar(
                select(Doubt).where(Doubt.site == seat.site, Doubt.message == message)
            )
            doubts.settle([found] if found else [], label, by=seat.person.login, now=seat.now)
        await note_deed(
            session, seat.site, by=seat.person.login, act="intent_corrected", thing=f"{label}: message {message}",
            now=seat.now,
        )  # fmt: skip
        await session.commit()
    if not is_part(request):
        return go(f"{seat.url}/conversations/{conversation}#message-{message}")
    return page(
        seat, "reading.html", message=message, conversation=conversation, intents=seat.desk.models.catalogue.intents,
        reading=Reading(tuple(row.record.get("asked_for") or (NONE_OF_THESE,)), label),
    )  # fmt: skip


async def _decision(session: AsyncSession, site: str, conversation: str, message: str) -> DecisionRow:
    rows = await session.scalars(
        select(DecisionRow)
        .where(DecisionRow.site == site, DecisionRow.conversation == conversation)
        .order_by(DecisionRow.at.desc())
        .limit(_MOST)
    )
    found = next((row for row in rows if row.record.get("message") == message), None)
    if found is None:
        raise NotFound(f"there is no message {message!r} of a visitor in this conversation")
    return found
