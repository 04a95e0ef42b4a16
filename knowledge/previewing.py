"""What would be answered if a draft were among the documents: asked of a small index that is thrown away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import answering, store
from knowledge.chunking import index_text
from knowledge.ports import Embedder
from knowledge.preparing import text_hash
from knowledge.rows import Prepared
from knowledge.snapshot import Snapshot
from knowledge.values import Answer

ALL_UP_TO = 300
"""Documents of a site that all stand beside the draft, so that the preview is what saving will give; of a larger
site the nearest do."""


async def preview(
    sessions: async_sessionmaker[AsyncSession],
    embedder: Embedder,
    draft: Prepared,
    question: str,
    *,
    near: Sequence[str],
    audience: Sequence[str],
    now: datetime,
) -> Answer:
    """`near`: ids of the documents nearest to the question, for a site that is too large to stand there whole."""
    site, own = draft.document.site, draft.document.id
    async with sessions() as session:
        pages = await store.stored_pages(session, site)
        ids = [page.id for page in pages.values()] if len(pages) <= ALL_UP_TO else list(near)[:ALL_UP_TO]
        documents = await store.documents_of(session, site, [each for each in ids if each != own])
        passages = await store.passages_of(session, site, documents)
        hashes = [of for document in documents for _, of in passages[document.id]]
        known = await store.embeddings(session, site, embedder.name, hashes)
    pairs = [(document, passage) for document in documents for passage, _ in passages[document.id]]
    pairs += [(draft.document, passage) for passage in draft.passages]

    def ask() -> Answer:
        texts = [index_text(document.title, passage) for document, passage in pairs]
        keys = [text_hash(text) for text in texts]
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        made = embedder.embed(list(missing.values())) if missing else ()
        vectors = known | dict(zip(missing, made, strict=True))
        matrix = np.stack([vectors[key] for key in keys]) if keys else np.empty((0, embedder.dim), np.float32)
        shelf = Snapshot.of(0, pairs, matrix).shelf(audience)
        return answering.answer(shelf, embedder, question, allowed=shelf.allowed(now, frozenset()))

    return await asyncio.to_thread(ask)
