"""An answer with the origin of each of its parts, as a rep reads it: which page, which sentence, which value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import listing
from server.dialogue.derivation import Derivation, Given, Named, Phrased, Piece, Quoted, values_of, word_of
from server.dialogue.record import DecisionRecord
from server.recording import rebuilt_frames
from server.store.tables import Logged

_MADE_BY = {
    "playbook": "the playbook",
    "catalogue": "the list of intents",
    "document": "the name of a page",
    "action": "made in this turn",
    "approved": "an approved answer",
    "writer": "the outside writer, checked against the pages",
    "joint": "joins the parts beside it",
}
_UNREAD = frozenset({"passage", "quote"})
"""Words of a source that the reply carries along; the sources are shown once."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A part of the answer and where it is from."""

    text: str
    kind: Literal["quote", "name", "phrase", "given"]
    words: str
    """What it is, in words."""
    detail: str = ""
    source: int | None = None


@dataclass(frozen=True, slots=True)
class SourceNow:
    """A source of the answer, and what became of its page since."""

    number: int
    title: str
    heading: str
    document: str
    version: str
    start: int
    end: int
    text: str
    """What it said then."""
    state: Literal["same", "changed", "gone"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The answer made again from its record."""

    blocks: tuple[tuple[str, tuple[Origin, ...]], ...]
    """Kind of each block, and its parts."""
    sources: tuple[SourceNow, ...]
    is_as_sent: bool
    """Whether what was made again is byte for byte what stands in the conversation's log."""


async def evidence_of(session: AsyncSession, record: DecisionRecord) -> Evidence | None:
    """The evidence of a record; None for one of before records held it, or of which words were erased."""
    derivation = record.derivation
    if derivation is None:
        return None
    return Evidence(
        tuple(
            (str(block.get("kind", "")), tuple(_origins(derivation, block))) for block in derivation.blocks
        ),
        await _sources(session, record.site, derivation),
        await _is_as_sent(session, record),
    )


async def _is_as_sent(session: AsyncSession, record: DecisionRecord) -> bool:
    logged = await session.scalars(
        select(Logged.body)
        .where(
            Logged.site == record.site,
            Logged.conversation == record.conversation,
            Logged.turn == record.turn,
            Logged.type == "block",
        )
        .order_by(Logged.seq)
    )
    return list(logged) == rebuilt_frames(record)


async def _sources(session: AsyncSession, site: str, derivation: Derivation) -> tuple[SourceNow, ...]:
    wanted = {source.document for source in derivation.sources}
    now = await listing.versions_of(session, site, wanted)

    def state(document: str, version: str) -> Literal["same", "changed", "gone"]:
        if document not in now:
            return "gone"
        return "same" if now[document] == version else "changed"

    return tuple(
        SourceNow(
            number=number,
            title=source.title,
            heading=source.heading,
            document=source.document,
            version=source.version,
            start=source.start,
            end=source.start + len(source.text),
            text=source.text,
            state=state(source.document, source.version),
        )
        for number, source in enumerate(derivation.sources, 1)
    )


def _origins(derivation: Derivation, value: Any) -> Sequence[Origin]:
    """The parts of a block in the order in which they stand in it."""
    match value:
        case {"$text": int(at)}:
            return [_origin(derivation, piece) for piece in derivation.texts[at]]
        case dict():
            members = [each for key, each in value.items() if key not in _UNREAD]
            return [origin for each in members for origin in _origins(derivation, each)]
        case list():
            return [origin for each in value for origin in _origins(derivation, each)]
        case _:
            return []


def _origin(derivation: Derivation, piece: Piece) -> Origin:
    text = word_of(derivation, piece)
    match piece:
        case Quoted():
            at = derivation.sources[piece.source].start
            detail = f"characters {at + piece.start} to {at + piece.end}"
            return Origin(text, "quote", "said by a page", detail, piece.source + 1)
        case Named():
            return Origin(text, "name", f"{piece.part} of the page", source=piece.source + 1)
        case Phrased():
            values = ", ".join(f"{name} = {value}" for name, value in values_of(piece).items())
            return Origin(text, "phrase", f"our sentence {piece.name} ({piece.language})", values)
        case Given():
            if piece.by == "joint" and any(each.isalnum() for each in text):
                return Origin(text, "given", "found in none of the sources")
            return Origin(text, "given", _MADE_BY[piece.by], piece.key)
