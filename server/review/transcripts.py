"""A conversation as a person reads it: the log, grouped into what was said and what the assistant answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.dialogue.blocks import Block
from server.files.kinds import ENDINGS
from server.store.tables import Logged, Rating, Sealed
from server.store.vault import Vault

_COLLEAGUE = "[colleague_"
_BLOCK: TypeAdapter[Block] = TypeAdapter(Block)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file that came with words; its name is a detail, and stands here as its placeholder."""

    id: str
    mark: str
    kind: str
    size: int

    @property
    def ending(self) -> str:
        """What it is, in a word."""
        return ENDINGS.get(self.kind, "file").upper()


@dataclass(frozen=True, slots=True)
class Words:
    """Something typed, by the visitor or a person of the company, or a line of the system."""

    seq: int
    message: str
    author: Literal["visitor", "person", "system"]
    name: str | None
    text: str
    at: datetime
    files: tuple[Attached, ...] = ()
    kind: Literal["words"] = "words"


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the assistant."""

    seq: int
    turn: str
    blocks: tuple[Block, ...]
    at: datetime
    kind: Literal["turn"] = "turn"


Item = Words | Turn


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, oldest first; `head` is the last sequence number that it covers."""

    items: tuple[Item, ...]
    head: int


async def transcript(
    session: AsyncSession,
    site: str,
    conversation: str,
    *,
    after: int = 0,
    limit: int = 2_000,
    vault: Vault | None = None,
) -> Transcript:
    """The conversation from the frame that follows `after`; with `vault` colleagues' own names stand as typed."""
    rows = list(
        await session.scalars(
            select(Logged)
            .where(Logged.site == site, Logged.conversation == conversation, Logged.seq > after)
            .order_by(Logged.seq)
            .limit(limit)
        )
    )
    items = arrange(rows)
    if vault is not None and any(_COLLEAGUE in item.text for item in items if isinstance(item, Words)):
        details = await vault.details(session, site, conversation)
        own = {mark: value for mark, value in details.items() if mark.startswith(_COLLEAGUE)}
        items = tuple(_as_typed(item, own) for item in items)
    return Transcript(items, rows[-1].seq if rows else after)


def _as_typed(item: Item, own: Mapping[str, str]) -> Item:
    """Nobody's secret: they wrote it for the visitor to read."""
    if not isinstance(item, Words) or item.author != "person":
        return item
    text = item.text
    for mark, value in own.items():
        text = text.replace(mark, value)
    return replace(item, text=text)


def arrange(rows: Sequence[Logged]) -> tuple[Item, ...]:
    """Frames in order, with the pieces of one turn put together where its first one stands."""
    items: list[Item] = []
    places: dict[str, int] = {}
    for row in rows:
        if row.type == "message":
            items.append(_words(row))
        elif row.type == "block" and (block := _block(row.body)) is not None:
            turn = str(row.turn or row.body.get("turn", ""))
            if turn in places:
                begun = items[places[turn]]
                assert isinstance(begun, Turn)
                items[places[turn]] = Turn(begun.seq, turn, (*begun.blocks, block), begun.at)
            else:
                places[turn] = len(items)
                items.append(Turn(row.seq, turn, (block,), row.at))
    return tuple(items)


def _words(row: Logged) -> Words:
    body = row.body
    author = body.get("author")
    return Words(
        seq=row.seq,
        message=str(row.message or body.get("id", "")),
        author=author if author in ("visitor", "person") else "system",
        name=body.get("name"),
        text=str(body.get("text", "")),
        at=row.at,
        files=tuple(
            Attached(str(file["id"]), str(file["name"]), str(file["type"]), int(file["bytes"]))
            for file in body.get("files") or ()
        ),
    )


def _block(body: Mapping[str, Any]) -> Block | None:
    try:
        return _BLOCK.validate_python(body.get("block"))
    except ValidationError:
        # A block of a version that we no longer know; the rest of the conversation is worth reading.
        return None


async def ratings(session: AsyncSession, site: str, conversation: str) -> dict[str, Rating]:
    """The visitor's thumbs by turn, with what they said was wrong."""
    rows = await session.scalars(
        select(Rating).where(Rating.site == site, Rating.conversation == conversation)
    )
    return {row.turn: row for row in rows}


async def sealed(session: AsyncSession, site: str, conversation: str) -> list[str]:
    """The placeholders of a conversation, without opening any."""
    return list(
        await session.scalars(
            select(Sealed.placeholder)
            .where(Sealed.site == site, Sealed.conversation == conversation, Sealed.kind != "colleague")
            .order_by(Sealed.created_at, Sealed.placeholder)
        )
    )
