"""Whether what a visitor was sent can be made again from the decision records alone, byte for byte."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from server.dialogue.derivation import Given, pieces_of, word_of
from server.dialogue.record import DecisionRecord
from server.placeholders import shown
from server.recording import rebuilt_frames
from server.store.conversations import frames_after, load_talk
from server.store.tables import DecisionRow
from server.wiring import House

_BY_KIND = {"quote": "passage", "name": "passage", "phrase": "phrase"}


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many frames were made again as they were sent, and what the words of the replies are."""

    frames: int
    same: int
    characters: Mapping[str, int]
    """Characters of the replies by where they come from."""
    wrong: tuple[str, ...] = ()


async def rebuild(house: House, site: str, conversation: str) -> Rebuilt:
    """Make all replies of a conversation again, and lay them beside what went over the line."""
    desk = house.desk
    async with desk.readers() as session:
        rows = list(
            await session.scalars(
                select(DecisionRow).where(DecisionRow.site == site, DecisionRow.conversation == conversation)
            )
        )
        sent = await frames_after(session, desk.vault, site, conversation, 0)
        details = (await load_talk(session, desk.vault, site, conversation)).details
    told = {(frame["turn"], frame["index"]): frame for frame in sent if frame["type"] == "block"}
    characters: Counter[str] = Counter()
    made: dict[tuple[str, int], dict[str, Any]] = {}
    for row in rows:
        # Without the blocks that it keeps for readers: they must not help.
        record = DecisionRecord.model_validate({**json.loads(json.dumps(row.record)), "reply": []})
        _count(record, characters)
        made |= {(frame["turn"], frame["index"]): frame for frame in rebuilt_frames(record)}
    mine = {turn for turn, _ in made} | {row.turn for row in rows}
    due = {key: frame for key, frame in told.items() if key[0] in mine}
    pairs = {key: (_bytes(frame), _again(made.get(key), frame, details)) for key, frame in due.items()}
    wrong = tuple(
        f"turn {turn}, block {index}: sent {was!r}, made again {again!r}"
        for (turn, index), (was, again) in pairs.items()
        if again != was
    )
    extra = tuple(f"turn {turn}, block {index} was never sent" for turn, index in made.keys() - due.keys())
    return Rebuilt(len(due), len(due) - len(wrong), characters, (*wrong, *extra))


def _again(
    frame: Mapping[str, Any] | None, like: Mapping[str, Any], details: Mapping[str, str]
) -> bytes | None:
    """As it goes over the line: with its place in the log, and the visitor's own details filled in."""
    return None if frame is None else _bytes(shown({**frame, "seq": like["seq"]}, details))


def _bytes(frame: Mapping[str, Any]) -> bytes:
    return json.dumps(frame, ensure_ascii=False, sort_keys=True).encode()


def _count(record: DecisionRecord, characters: Counter[str]) -> None:
    if record.derivation is None:
        return
    for piece in pieces_of(record.derivation):
        by = piece.by if isinstance(piece, Given) else _BY_KIND[piece.kind]
        characters[by] += len(word_of(record.derivation, piece))
