"""Reads and writes documents, passages and embeddings; a generation changes in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from knowledge.tables import DocumentRow, EmbeddingRow, GenerationRow, PassageRow
from knowledge.values import Document, Passage, Unit

_BATCH = 400
"""Below SQLite's and PostgreSQL's limits on the number of bound values."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page ready to be saved."""

    document: Document
    digest: str
    passages: tuple[Passage, ...]
    hashes: tuple[str, ...]
    """Of each passage's embedded text."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a page without reading it."""

    id: str
    digest: str


async def generation_of(session: AsyncSession, site: str) -> int:
    """0 before the first ingest."""
    found = await session.scalar(select(GenerationRow.number).where(GenerationRow.site == site))
    return found or 0


async def lock_generation(session: AsyncSession, site: str) -> int:
    """The site's generation, held until the transaction ends, so that two ingests queue up."""
    held = select(GenerationRow.number).where(GenerationRow.site == site).with_for_update()
    return await session.scalar(held) or 0


async def stored_pages(session: AsyncSession, site: str) -> dict[str, Stored]:
    """By path."""
    wanted = select(DocumentRow.path, DocumentRow.id, DocumentRow.digest).where(DocumentRow.site == site)
    return {
        path: Stored(page_id, digest) for path, page_id, digest in (await session.execute(wanted)).tuples()
    }


async def save_generation(
    session: AsyncSession, site: str, changed: Sequence[Prepared], gone: Sequence[str], now: datetime
) -> int:
    """Replaces what changed, deletes what is gone (ids), and numbers the new generation; the caller commits."""
    replaced = [one.document.id for one in changed] + list(gone)
    for ids in _batches(replaced):
        await session.execute(
            delete(PassageRow).where(PassageRow.site == site, PassageRow.document_id.in_(ids))
        )
        await session.execute(delete(DocumentRow).where(DocumentRow.site == site, DocumentRow.id.in_(ids)))
    for one in changed:
        session.add(_document_row(one, now))
    await session.flush()
    for one in changed:
        session.add_all(_passage_rows(one))
    await _drop_unused_embeddings(session, site)
    number = await generation_of(session, site) + 1
    await session.merge(GenerationRow(site=site, number=number, at=now))
    await session.flush()
    return number


async def _drop_unused_embeddings(session: AsyncSession, site: str) -> None:
    used = select(PassageRow.text_hash).where(PassageRow.site == site)
    await session.execute(
        delete(EmbeddingRow)
        .where(EmbeddingRow.site == site, EmbeddingRow.text_hash.not_in(used))
        .execution_options(synchronize_session=False)
    )


async def load_generation(
    session: AsyncSession, site: str
) -> list[tuple[Document, list[tuple[Passage, str]]]]:
    """Every document with its passages and their hashes, in the order of paths and positions."""
    rows = list(
        await session.scalars(select(DocumentRow).where(DocumentRow.site == site).order_by(DocumentRow.path))
    )
    passages: dict[str, list[tuple[Passage, str]]] = {row.id: [] for row in rows}
    texts = {row.id: row.text for row in rows}
    wanted = (
        select(PassageRow).where(PassageRow.site == site).order_by(PassageRow.document_id, PassageRow.start)
    )
    for row in await session.scalars(wanted):
        if row.document_id in texts:
            passages[row.document_id].append((_passage(row, texts[row.document_id]), row.text_hash))
    return [(_document(row), passages[row.id]) for row in rows]


async def document_at(session: AsyncSession, site: str, path: str) -> Document | None:
    """The page at a path."""
    row = await session.scalar(select(DocumentRow).where(DocumentRow.site == site, DocumentRow.path == path))
    return _document(row) if row else None


async def all_documents(session: AsyncSession, site: str) -> list[Document]:
    """In the order of their paths."""
    wanted = select(DocumentRow).where(DocumentRow.site == site).order_by(DocumentRow.path)
    return [_document(row) for row in await session.scalars(wanted)]


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


async def save_embeddings(
    session: AsyncSession, site: str, embedder: str, vectors: Mapping[str, NDArray[np.float32]]
) -> None:
    """Adds to the cache; a hash that another ingest saved meanwhile is left as it is."""
    for text_hash, vector in vectors.items():
        row = EmbeddingRow(
            site=site, embedder=embedder, text_hash=text_hash, vector=vector.astype("<f4").tobytes()
        )
        await session.merge(row)


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for at in range(0, len(items), _BATCH):
        yield items[at : at + _BATCH]


def _document_row(one: Prepared, now: datetime) -> DocumentRow:
    document = one.document
    return DocumentRow(
        id=document.id,
        site=document.site,
        path=document.path,
        url=document.url,
        title=document.title,
        description=document.description,
        text=document.text,
        source=document.source,
        format=document.format,
        audience=list(document.audience),
        digest=one.digest,
        updated=document.updated,
        meta=dict(document.meta),
        ingested_at=now,
    )


def _passage_rows(one: Prepared) -> list[PassageRow]:
    return [
        PassageRow(
            id=passage.id,
            site=one.document.site,
            document_id=passage.document_id,
            heading_path=list(passage.heading_path),
            anchor=passage.anchor,
            start=passage.start,
            end=passage.end,
            units=[list(astuple(unit)) for unit in passage.units],
            text_hash=text_hash,
        )
        for passage, text_hash in zip(one.passages, one.hashes, strict=True)
    ]


def _document(row: DocumentRow) -> Document:
    return Document(
        id=row.id,
        site=row.site,
        path=row.path,
        url=row.url,
        title=row.title,
        description=row.description,
        text=row.text,
        source=row.source,
        format=cast("Literal['markdown', 'html', 'text', 'pdf']", row.format),
        audience=tuple(row.audience),
        version=row.digest[:12],
        updated=row.updated,
        meta=row.meta,
    )


def _passage(row: PassageRow, text: str) -> Passage:
    return Passage(
        id=row.id,
        document_id=row.document_id,
        heading_path=tuple(row.heading_path),
        anchor=row.anchor,
        text=text[row.start : row.end],
        start=row.start,
        end=row.end,
        units=tuple(_unit(fields) for fields in row.units),
    )


def _unit(fields: list[Any]) -> Unit:
    return Unit(*fields)
