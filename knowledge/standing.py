"""What a conversation's answers cited, and how those pages stand now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.rows import version_of
from knowledge.tables import CitedRow, DocumentRow
from knowledge.values import PUBLIC


@dataclass(frozen=True, slots=True)
class CitedWords:
    """One citation of an answer that was given."""

    answer: str
    """Id of the message that gave it."""
    n: int
    document: str
    version: str
    title: str
    url: str
    quote: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A public page as it stands now."""

    document: str
    version: str
    title: str
    url: str
    text: str
    language: str


async def cited_in(session: AsyncSession, site: str, conversation: str) -> list[CitedWords]:
    """Every citation of the conversation's answers."""
    wanted = (
        select(CitedRow)
        .where(CitedRow.site == site, CitedRow.conversation_id == conversation)
        .order_by(CitedRow.at, CitedRow.message_id, CitedRow.n)
    )
    return [
        CitedWords(row.message_id, row.n, row.document_id, row.version, row.title, row.url, row.quote)
        for row in await session.scalars(wanted)
    ]


async def standing(
    session: AsyncSession, site: str, documents: Collection[str], *, now: datetime
) -> dict[str, Standing]:
    """Those of these pages that anybody may still be told of, by id."""
    wanted = select(DocumentRow).where(
        DocumentRow.site == site,
        DocumentRow.id.in_(sorted(documents)),
        or_(DocumentRow.expires.is_(None), DocumentRow.expires > now),
    )
    return {
        row.id: Standing(row.id, version_of(row.digest), row.title, row.url, row.text, row.language)
        for row in await session.scalars(wanted)
        if PUBLIC in row.audience
    }
