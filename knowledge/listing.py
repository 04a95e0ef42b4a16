"""Documents as lists show them: a page at a time, without their text, of every audience. For operators only."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Select, String, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import store
from knowledge.schedule import FILES
from knowledge.tables import DocumentRow, PassageRow, SourceRow
from knowledge.values import PUBLIC, Document

State = Literal["", "expired", "expiring", "superseded"]
_Any = tuple[object, ...]
_MOST_REPLACED = 10_000
"""Below the databases' limits on the number of bound values."""
_COLUMNS = (
    DocumentRow.id, DocumentRow.path, DocumentRow.url, DocumentRow.title, DocumentRow.format, DocumentRow.audience,
    DocumentRow.digest, DocumentRow.updated, DocumentRow.owner, DocumentRow.language, DocumentRow.expires,
    DocumentRow.superseded_by, DocumentRow.source_id, DocumentRow.ingested_at,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """A document in a list."""

    id: str
    path: str
    url: str
    title: str
    format: str
    audience: tuple[str, ...]
    version: str
    updated: date | None
    owner: str
    language: str
    expires: datetime | None
    superseded_by: str
    source: str
    read_at: datetime

    @property
    def is_public(self) -> bool:
        return PUBLIC in self.audience


@dataclass(frozen=True, slots=True)
class Sought:
    """Which documents a list shows."""

    words: str = ""
    """In title or path."""
    source: str = ""
    audience: str = ""
    language: str = ""
    state: State = ""
    soon: datetime | None = None
    """Up to when an expiry counts as coming."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A passage of a document, without its words."""

    heading_path: tuple[str, ...]
    anchor: str
    start: int
    end: int


async def listed(
    session: AsyncSession, site: str, sought: Sought, *, now: datetime, limit: int, after: str = ""
) -> list[Listed]:
    """In the order of their paths, those behind `after`."""
    replaced = await store.standing(session, site)
    wanted = _matching(select(*_COLUMNS), site, sought, now, replaced).where(DocumentRow.path > after)
    names = {"": FILES} | {row.id: row.name for row in await session.scalars(_sources(site))}
    rows = await session.execute(wanted.order_by(DocumentRow.path).limit(limit))
    return [
        Listed(
            id=row.id,
            path=row.path,
            url=row.url,
            title=row.title,
            format=row.format,
            audience=tuple(row.audience),
            version=row.digest[:12],
            updated=row.updated,
            owner=row.owner,
            language=row.language,
            expires=row.expires,
            superseded_by=replaced.get(row.path, ""),
            source=names.get(row.source_id, ""),
            read_at=row.ingested_at,
        )
        for row in rows
    ]


async def count(session: AsyncSession, site: str, sought: Sought, *, now: datetime) -> int:
    """How many there are of them."""
    replaced = await store.standing(session, site) if sought.state == "superseded" else {}
    wanted = _matching(select(func.count()).select_from(DocumentRow), site, sought, now, replaced)
    return await session.scalar(wanted) or 0


async def document(session: AsyncSession, site: str, path: str) -> tuple[Document, str] | None:
    """A document of any audience with its source's name."""
    found = await store.document_at(session, site, path)
    if found is None:
        return None
    named = select(SourceRow.name).where(SourceRow.site == site, SourceRow.id == found.source_id)
    return found, await session.scalar(named) or FILES


async def stretches(session: AsyncSession, site: str, document_id: str) -> list[Stretch]:
    """Its passages in reading order."""
    wanted = select(PassageRow).where(PassageRow.site == site, PassageRow.document_id == document_id)
    return [
        Stretch(tuple(row.heading_path), row.anchor, row.start, row.end)
        for row in await session.scalars(wanted.order_by(PassageRow.start))
    ]


async def paths(session: AsyncSession, site: str, ids: Sequence[str]) -> dict[str, str]:
    """Of a few documents, by id."""
    wanted = select(DocumentRow.id, DocumentRow.path).where(DocumentRow.site == site, DocumentRow.id.in_(ids))
    return dict((await session.execute(wanted)).tuples().all())


async def audiences(session: AsyncSession, site: str) -> Sequence[str]:
    """Every audience that a document of the site names, the public first."""
    # As text: PostgreSQL can not tell whether two JSON values are the same.
    held = select(cast(DocumentRow.audience, String)).where(DocumentRow.site == site).distinct()
    names = {name for text in await session.scalars(held) for name in json.loads(text)}
    return sorted(names | {PUBLIC}, key=lambda name: (name != PUBLIC, name))


async def languages(session: AsyncSession, site: str) -> Sequence[str]:
    """Every language that a document of the site is in."""
    wanted = select(DocumentRow.language).where(DocumentRow.site == site, DocumentRow.language != "")
    return sorted(set(await session.scalars(wanted.distinct())))


async def versions_of(session: AsyncSession, site: str, documents: Collection[str]) -> Mapping[str, str]:
    """The version in which each of these documents stands now; one that is gone has none."""
    if not documents:
        return {}
    wanted = select(DocumentRow.id, DocumentRow.digest).where(
        DocumentRow.site == site, DocumentRow.id.in_(documents)
    )
    return {key: digest[:12] for key, digest in (await session.execute(wanted)).all()}


async def languages_of(session: AsyncSession, site: str, documents: Collection[str]) -> Sequence[str]:
    """The languages of these documents, each once; empty for one that names none."""
    wanted = select(DocumentRow.language).where(DocumentRow.site == site, DocumentRow.id.in_(documents))
    return sorted(set(await session.scalars(wanted.distinct())))


def _sources(site: str) -> Select[SourceRow]:
    return select(SourceRow).where(SourceRow.site == site)


def _matching(
    query: Select[*_Any], site: str, sought: Sought, now: datetime, replaced: Mapping[str, str]
) -> Select[*_Any]:
    query = query.where(DocumentRow.site == site)
    for word in sought.words.split()[:8]:
        query = query.where(
            or_(
                DocumentRow.title.icontains(word, autoescape=True),
                DocumentRow.path.icontains(word, autoescape=True),
            )
        )
    if sought.source:
        ids = select(SourceRow.id).where(SourceRow.site == site, SourceRow.name == sought.source)
        own = DocumentRow.source_id.in_(ids)
        query = query.where(or_(own, DocumentRow.source_id == "") if sought.source == FILES else own)
    if sought.audience:
        # A JSON list of texts, on both databases the same, with letters beyond ASCII and quotes escaped.
        held = cast(DocumentRow.audience, String)
        query = query.where(held.contains(json.dumps(sought.audience), autoescape=True))
    if sought.language:
        query = query.where(DocumentRow.language == sought.language)
    match sought.state:
        case "expired":
            query = query.where(DocumentRow.expires <= now)
        case "expiring":
            query = query.where(DocumentRow.expires > now, DocumentRow.expires <= (sought.soon or now))
        case "superseded":
            query = query.where(DocumentRow.path.in_(list(replaced)[:_MOST_REPLACED]))
        case _:
            pass
    return query
