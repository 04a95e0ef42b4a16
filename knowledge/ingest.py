"""Brings folders of documents in: reads what changed, embeds what is new, and switches the generation at once."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import store
from knowledge.chunking import RECIPE, chunk, index_text
from knowledge.errors import SourceUnreadableError
from knowledge.parsing.blocks import lay_out
from knowledge.ports import Embedder
from knowledge.sources.files import Listed, Page, list_files, read_page
from knowledge.values import PUBLIC, Broken, Document, IngestReport, OnProgress, Progress

EMBED_BATCH = 64
"""Saved batch by batch: an ingest that was interrupted does not embed these again."""
_NAMESPACE = UUID("3f0d4a52-8f0e-5c52-b7a3-90f8f3f3b6a1")


@dataclass(frozen=True, slots=True)
class _Reading:
    pages: dict[str, Page]
    broken: tuple[Broken, ...]


async def ingest(
    sessions: async_sessionmaker[AsyncSession],
    embedder: Embedder,
    site: str,
    roots: Sequence[Path],
    *,
    base_url: str,
    now: datetime,
    progress: OnProgress | None = None,
) -> IngestReport:
    """Makes the site's documents what the roots hold; see `Library.ingest`."""
    tell = progress or (lambda _: None)
    reading = await asyncio.to_thread(_read, roots, base_url, tell)
    async with sessions() as session:
        known = await store.stored_pages(session, site)
    fresh = [
        page for path, page in reading.pages.items() if path not in known or known[path].digest != page.digest
    ]
    prepared = await asyncio.to_thread(_prepare_all, site, base_url, fresh)
    embedded = await _embed(sessions, embedder, site, prepared, tell)
    gone = sorted(set(known) - set(reading.pages))
    tell(Progress("saving", 0, 1))
    async with sessions.begin() as session:
        number = await store.lock_generation(session, site)
        if prepared or gone or not number:
            number = await store.save_generation(
                session, site, prepared, [known[path].id for path in gone], now
            )
    tell(Progress("saving", 1, 1))
    fresh_paths = {page.path for page in fresh}
    return IngestReport(
        generation=number,
        added=tuple(sorted(fresh_paths - set(known))),
        changed=tuple(sorted(fresh_paths & set(known))),
        unchanged=tuple(sorted(set(reading.pages) - fresh_paths)),
        removed=tuple(gone),
        broken=reading.broken,
        passages=sum(len(one.passages) for one in prepared),
        embedded=embedded,
    )


def _read(roots: Sequence[Path], base_url: str, tell: OnProgress) -> _Reading:
    listed = list_files(roots)
    pages: dict[str, Page] = {}
    broken: list[Broken] = []
    for number, one in enumerate(listed, start=1):
        tell(Progress("reading", number, len(listed), str(one.relative)))
        try:
            page = _read_one(one, base_url)
        except SourceUnreadableError as error:
            broken.append(Broken(str(one.relative), str(error)))
            continue
        if page.path in pages:
            reason = f"Another file makes the same page {page.path!r}: rename one of them"
            broken.append(Broken(str(one.relative), reason))
            continue
        pages[page.path] = page
    return _Reading(pages, tuple(broken))


def _read_one(listed: Listed, base_url: str) -> Page:
    page = read_page(listed, recipe=f"{RECIPE} {base_url}")
    if not any(block.kind != "heading" for block in page.parsed.blocks):
        raise SourceUnreadableError("The page holds no text: write some, or remove the file")
    return page


def _prepare_all(site: str, base_url: str, pages: Sequence[Page]) -> list[store.Prepared]:
    return [prepare(site, base_url, page) for page in pages]


def prepare(site: str, base_url: str, page: Page) -> store.Prepared:
    """Lays a page out and cuts it into passages."""
    parsed = page.parsed
    text, placed = lay_out(parsed.blocks)
    document = Document(
        # The same page keeps its id through all its versions.
        id=str(uuid5(_NAMESPACE, f"{site}\n{page.path}")),
        site=site,
        path=page.path,
        url=parsed.url or page_url(base_url, page.path),
        title=parsed.title,
        description=parsed.description,
        text=text,
        source=page.source,
        format=page.format,
        audience=parsed.audience or (PUBLIC,),
        version=page.digest[:12],
        updated=parsed.updated,
        meta=parsed.meta,
    )
    passages = chunk(document.id, document.version, text, placed)
    hashes = tuple(text_hash(index_text(document.title, passage)) for passage in passages)
    return store.Prepared(document, page.digest, passages, hashes)


def page_url(base_url: str, path: str) -> str:
    """Where a page is served."""
    base = base_url.rstrip("/")
    return f"{base}/{path}" if path else f"{base}/"


def text_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def _embed(
    sessions: async_sessionmaker[AsyncSession],
    embedder: Embedder,
    site: str,
    prepared: Sequence[store.Prepared],
    tell: OnProgress,
) -> int:
    """Embeds the texts that are not cached; returns how many those were."""
    texts = {
        text_hash: index_text(one.document.title, passage)
        for one in prepared
        for passage, text_hash in zip(one.passages, one.hashes, strict=True)
    }
    async with sessions() as session:
        cached = await store.embeddings(session, site, embedder.name, list(texts))
    # Texts of like length share a batch, so that little is spent on padding.
    missing = sorted(set(texts) - set(cached), key=lambda text_hash: len(texts[text_hash]))
    for at in range(0, len(missing), EMBED_BATCH):
        some = missing[at : at + EMBED_BATCH]
        vectors = await asyncio.to_thread(embedder.embed, [texts[text_hash] for text_hash in some])
        async with sessions.begin() as session:
            await store.save_embeddings(session, site, embedder.name, dict(zip(some, vectors, strict=True)))
        tell(Progress("embedding", at + len(some), len(missing)))
    return len(missing)
