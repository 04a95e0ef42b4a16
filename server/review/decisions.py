"""The decision record of one answer, readable by a person."""

from __future__ import annotations

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from pydantic import TypeAdapter, ValidationError

from server.dialogue.blocks import Block
from server.dialogue.record import DecisionRecord
from server.errors import NotFound
from server.review.deps import Seat
from server.review.origins import evidence_of
from server.review.pages import HEADERS, page
from server.review.roles import Role, needs
from server.review.transcripts import transcript
from server.review.why import Why, of_record, times
from server.review.words import pretty
from server.store.tables import DecisionRow

_REPLY: TypeAdapter[list[Block]] = TypeAdapter(list[Block])


@get("/decisions/{turn:str}", opt=needs(Role.VIEWER))
async def decision(turn: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """Why the assistant said it: what was read, found, checked and decided, and how long each took."""
    async with seat.desk.readers() as session:
        row = await session.get(DecisionRow, turn)
        if row is None or row.site != seat.site:
            raise NotFound(f"there is no decision record for turn {turn!r}; it may have been deleted")
        words = await transcript(session, seat.site, row.conversation)
        record = _read(row.record)
        evidence = await evidence_of(session, record) if record is not None else None
    score = of_record(record.score) if record is not None else None
    place = f"{seat.url}/conversations/{row.conversation}"
    return page(
        seat,
        "decision.html",
        nav="conversations",
        row=row,
        record=record,
        evidence=evidence,
        reply=_blocks(record),
        timings=_timings(record),
        why=Why(score, times(words), place) if score is not None and score.points else None,
    )


@get("/decisions/{turn:str}/record.json", opt=needs(Role.VIEWER))
async def download(turn: FromPath[str], seat: NamedDependency[Seat]) -> Response[Any]:
    """The record as it is stored, to be kept or looked into elsewhere."""
    async with seat.desk.readers() as session:
        row = await session.get(DecisionRow, turn)
    if row is None or row.site != seat.site:
        raise NotFound(f"there is no decision record for turn {turn!r}; it may have been deleted")
    headers = {**HEADERS, "content-disposition": f'attachment; filename="decision-{row.turn}.json"'}
    return Response(pretty(row.record), media_type="application/json", headers=headers)


def _read(stored: dict[str, Any]) -> DecisionRecord | None:
    try:
        return DecisionRecord.model_validate(stored)
    except ValidationError:
        return None  # an older version of the record: the page shows it as JSON


def _blocks(record: DecisionRecord | None) -> list[Block]:
    if record is None:
        return []
    try:
        return _REPLY.validate_python(record.reply)
    except ValidationError:
        return []


def _timings(record: DecisionRecord | None) -> list[tuple[str, float]]:
    """Longest first; a total would make every other bar look short."""
    if record is None:
        return []
    steps = [(name, ms) for name, ms in record.timings_ms.items() if name != "total"]
    return sorted(steps, key=lambda step: -step[1])
