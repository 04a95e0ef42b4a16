"""Reads and writes documents, passages and embeddings; a generation changes in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import String, Table, cast, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.rows import (
    Prepared,
    Standing,
    document_of,
    document_values,
    passage_of,
    passage_values,
    replacements,
    with_source,
    without_source,
)
from knowledge.tables import Base, DocumentRow, EmbeddingRow, GenerationRow, PassageRow
from knowledge.values import Document, Passage

_BATCH = 400
"""Below SQLite's and PostgreSQL's limits on the number of bound values."""
_UNUSED_FOR = timedelta(days=1)
"""How long a vector stays that no passage uses: an ingest that was interrupted finds its work again."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a page without reading it."""

    id: str
    digest: str
    source_id: str
    url: str


async def add_missing(session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows, leaving those alone whose key is there already."""
    if not rows:
        return
    target = table.__table__
    assert isinstance(target, Table)
    is_sqlite = session.get_bind().dialect.name == "sqlite"
    statement = (
        sqlite.insert(target).on_conflict_do_nothing()
        if is_sqlite
        else postgresql.insert(target).on_conflict_do_nothing()
    )
    await session.execute(statement, [dict(row) for row in rows])


async def generation_of(session: AsyncSession, site: str) -> int:
    """0 before the first ingest."""
    found = await session.scalar(select(GenerationRow.number).where(GenerationRow.site == site))
    return found or 0


async def lock_generation(session: AsyncSession, site: str, now: datetime) -> int:
    """The site's generation, held until the transaction ends, so that two writers queue up."""
    await add_missing(session, GenerationRow, [{"site": site, "number": 0, "at": now}])
    held = select(GenerationRow.number).where(GenerationRow.site == site).with_for_update()
    return await session.scalar(held) or 0


async def next_generation(session: AsyncSession, site: str, now: datetime) -> int:
    """Tells every process that something changed; the caller holds the lock."""
    number = await lock_generation(session, site, now) + 1
    changing = update(GenerationRow).where(GenerationRow.site == site).values(number=number, at=now)
    await session.execute(changing)
    return number


_STORED = select(DocumentRow.path, DocumentRow.id, DocumentRow.digest, DocumentRow.source_id, DocumentRow.url)


async def stored_pages(session: AsyncSession, site: str) -> dict[str, Stored]:
    """By path."""
    rows = (await session.execute(_STORED.where(DocumentRow.site == site))).tuples()
    return {path: Stored(page_id, digest, source, url) for path, page_id, digest, source, url in rows}


async def stored_page(session: AsyncSession, site: str, path: str) -> Stored | None:
    """The page at a path."""
    wanted = _STORED.where(DocumentRow.site == site, DocumentRow.path == path)
    row = (await session.execute(wanted)).tuples().first()
    return Stored(*row[1:]) if row else None


async def save_generation(
    session: AsyncSession, site: str, changed: Sequence[Prepared], gone: Sequence[str], now: datetime
) -> int:
    """Replaces what changed, deletes what is gone (ids), and numbers the new generation; the caller commits."""
    number = await next_generation(session, site, now)
    replaced = [one.document.id for one in changed] + list(gone)
    for ids in _batches(replaced):
        await session.execute(
            delete(PassageRow).where(PassageRow.site == site, PassageRow.document_id.in_(ids))
        )
        await session.execute(delete(DocumentRow).where(DocumentRow.site == site, DocumentRow.id.in_(ids)))
    if changed:
        await session.execute(insert(DocumentRow), [document_values(one, now) for one in changed])
    for some in _by_passages(changed):
        if rows := [values for one in some for values in passage_values(one)]:
            await session.execute(insert(PassageRow), rows)
    await _drop_unused_embeddings(session, site, now)
    return number


async def _drop_unused_embeddings(session: AsyncSession, site: str, now: datetime) -> None:
    used = select(PassageRow.text_hash).where(PassageRow.site == site)
    is_old = or_(EmbeddingRow.saved_at.is_(None), EmbeddingRow.saved_at < now - _UNUSED_FOR)
    await session.execute(
        delete(EmbeddingRow)
        .where(EmbeddingRow.site == site, is_old, EmbeddingRow.text_hash.not_in(used))
        .execution_options(synchronize_session=False)
    )


async def standing(session: AsyncSession, site: str) -> dict[str, str]:
    """By path, the path of the page that replaces it."""
    says = or_(DocumentRow.superseded_by != "", cast(DocumentRow.supersedes, String) != "[]")
    if not await session.scalar(select(func.count()).where(DocumentRow.site == site, says)):
        return {}
    wanted = select(DocumentRow.path, DocumentRow.url, DocumentRow.superseded_by, DocumentRow.supersedes)
    rows = (await session.execute(wanted.where(DocumentRow.site == site))).tuples()
    return replacements([Standing(path, url, by, tuple(others)) for path, url, by, others in rows])


async def documents_of(
    session: AsyncSession, site: str, ids: Sequence[str], replaced: Mapping[str, str] | None = None
) -> list[Document]:
    """In the order of their paths, without their sources; `replaced` is what `standing` said already."""
    by_path = await standing(session, site) if replaced is None else replaced
    query = without_source(site)
    found = [
        document_of(site, row, by_path.get(row.path, ""))
        for some in _batches(ids)
        for row in await session.execute(query.where(DocumentRow.id.in_(some)))
    ]
    return sorted(found, key=lambda document: document.path)


async def passages_of(
    session: AsyncSession, site: str, documents: Sequence[Document]
) -> dict[str, list[tuple[Passage, str]]]:
    """The passages of these documents with the hashes of their embedded texts, by document and in order."""
    texts = {document.id: document.text for document in documents}
    found: dict[str, list[tuple[Passage, str]]] = {document.id: [] for document in documents}
    for ids in _batches(sorted(texts)):
        wanted = (
            select(PassageRow)
            .where(PassageRow.site == site, PassageRow.document_id.in_(ids))
            .order_by(PassageRow.document_id, PassageRow.start)
        )
        for row in await session.scalars(wanted):
            found[row.document_id].append((passage_of(row, texts[row.document_id]), row.text_hash))
        # The rows were only a way to the values: 100,000 of them would weigh as much again.
        session.expunge_all()
    return found


async def document_at(session: AsyncSession, site: str, path: str) -> Document | None:
    """The page at a path, with what was read."""
    row = (await session.execute(with_source(site).where(DocumentRow.path == path))).first()
    if row is None:
        return None
    return document_of(site, row, (await standing(session, site)).get(path, ""))


async def all_documents(session: AsyncSession, site: str) -> list[Document]:
    """In the order of their paths, with what was read."""
    replaced = await standing(session, site)
    return [
        document_of(site, row, replaced.get(row.path, "")) for row in await session.execute(with_source(site))
    ]


async def embeddings(
    session: AsyncSession, site: str, embedder: str, hashes: Sequence[str]
) -> dict[str, NDArray[np.float32]]:
    """Those that are cached, by hash."""
    found: dict[str, NDArray[np.float32]] = {}
    for some in _batches(sorted(set(hashes))):
        wanted = select(EmbeddingRow.text_hash, EmbeddingRow.vector).where(
            EmbeddingRow.site == site, EmbeddingRow.embedder == embedder, EmbeddingRow.text_hash.in_(some)
        )
        for text_hash, vector in (await session.execute(wanted)).tuples():
            found[text_hash] = np.frombuffer(vector, dtype="<f4").astype(np.float32)
    return found


async def embedded(session: AsyncSession, site: str, embedder: str, hashes: Sequence[str]) -> set[str]:
    """Which of these are cached."""
    found: set[str] = set()
    for some in _batches(sorted(set(hashes))):
        wanted = select(EmbeddingRow.text_hash).where(
            EmbeddingRow.site == site, EmbeddingRow.embedder == embedder, EmbeddingRow.text_hash.in_(some)
        )
        found.update(await session.scalars(wanted))
    return found


async def save_embeddings(
    session: AsyncSession,
    site: str,
    embedder: str,
    vectors: Mapping[str, NDArray[np.float32]],
    now: datetime,
) -> None:
    """Adds to the cache; a hash that another ingest saved meanwhile is left as it is."""
    rows = [
        {
            "site": site,
            "embedder": embedder,
            "text_hash": text_hash,
            "vector": vector.astype("<f4").tobytes(),
            "saved_at": now,
        }
        for text_hash, vector in vectors.items()
    ]
    await add_missing(session, EmbeddingRow, rows)


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(items), _BATCH):
        yield items[at : at + _BATCH]


def _by_passages(changed: Sequence[Prepared]) -> Iterator[Sequence[Prepared]]:
    """Some at a time: every row at once would be held in memory twice."""
    for at in range(0, len(changed), _BATCH):
        yield changed[at : at + _BATCH]
