"""A site of any size whose passages read and lie like real ones: made of real texts, mixed in pairs of neighbours."""

from __future__ import annotations

import ast
import hashlib
import itertools
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid5

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from knowledge import store
from knowledge.chunking import index_text
from knowledge.ports import Embedder
from knowledge.rows import Prepared
from knowledge.sentences import split_sentences
from knowledge.values import PUBLIC, Document, Passage, Unit

REAL = 2_000
"""Passages that are embedded; the rest are mixtures of them."""
_PAGE = 8
_NEIGHBOURS = 20
_RARE = 1.5
"""Invented names a passage: a large site's vocabulary goes on growing with part numbers and the like."""
_NAMESPACE = UUID("1f2f6c0a-4b0e-5a6e-8c61-6a8a0c3b9d11")
_NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Texts:
    """Real passages with their vectors, and questions that they answer."""

    titles: tuple[str, ...]
    bodies: tuple[str, ...]
    vectors: NDArray[np.float32]
    questions: tuple[str, ...]


def real_texts(embedder: Embedder, folder: Path, count: int = REAL) -> Texts:
    """Documentation of Python's standard library, which is wherever this runs; vectors are kept in the folder."""
    found = list(itertools.islice(_docstrings(), count))
    titles = tuple(title for title, _ in found)
    bodies = tuple(body for _, body in found)
    texts = [f"{title}\n{body}" for title, body in found]
    digest = hashlib.sha256("\x1e".join([embedder.name, *texts]).encode()).hexdigest()[:16]
    file = folder / f"bench-vectors-{digest}.npy"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        np.save(file.with_suffix(".new.npy"), embedder.embed(texts))
        file.with_suffix(".new.npy").replace(file)
    return Texts(titles, bodies, np.load(file), tuple(_question(body) for body in bodies))


def _docstrings() -> Iterator[tuple[str, str]]:
    for file in sorted(Path(sysconfig.get_path("stdlib")).glob("*.py")):
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                body = ast.get_docstring(node) or ""
                if 150 < len(body) < 2_000:
                    yield f"{file.stem} > {getattr(node, 'name', file.stem)}", body


def _question(body: str) -> str:
    """As somebody would ask for it: its first words, in the form of a question."""
    return f"How do I {' '.join(body.split()[:10]).rstrip('.').lower()}?"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the made site."""

    prepared: Prepared
    vectors: NDArray[np.float32]


def pages(texts: Texts, count: int, *, site: str) -> Iterator[Page]:
    """Pages of eight passages, `count` passages in all; always the same ones."""
    chance = np.random.default_rng(11)
    alike = texts.vectors @ texts.vectors.T
    near = np.argpartition(-alike, _NEIGHBOURS, axis=1)[:, :_NEIGHBOURS]
    for number in range(0, count, _PAGE):
        size = min(_PAGE, count - number)
        first = chance.integers(0, len(texts.bodies), size)
        second = near[first, chance.integers(0, _NEIGHBOURS, size)]
        share = chance.uniform(0.35, 1.0, (size, 1)).astype(np.float32)
        # A direction between two texts that have nothing to do with it: not noise, which has no direction at all.
        elsewhere = texts.vectors[chance.integers(0, len(texts.bodies), (2, size))]
        drift = chance.uniform(0, 0.25, (size, 1)).astype(np.float32) * (elsewhere[0] - elsewhere[1])
        mixed = share * texts.vectors[first] + (1 - share) * texts.vectors[second] + drift
        bodies = [
            _mixed(texts.bodies[one], texts.bodies[other], part, chance)
            for one, other, part in zip(first.tolist(), second.tolist(), share[:, 0].tolist(), strict=True)
        ]
        title = texts.titles[int(first[0])]
        vectors: NDArray[np.float32] = mixed / np.linalg.norm(mixed, axis=1, keepdims=True)
        yield Page(_prepared(site, number, title, bodies), vectors.astype(np.float32))


def _mixed(one: str, other: str, share: float, chance: np.random.Generator) -> str:
    """Words of both in the share of their vectors, about 150 of them, and now and then a name of its own."""
    size = 150
    names = [f"{_syllables(chance)}-{chance.integers(10, 99)}" for _ in range(chance.poisson(_RARE))]
    ours, theirs = one.split(), other.split()
    start = int(chance.integers(0, max(1, len(ours) - 40)))
    kept = (ours[start:] + ours[:start])[: int(size * share)] + theirs[: int(size * (1 - share))]
    return " ".join([*kept, *names])


def _syllables(chance: np.random.Generator) -> str:
    return "".join(
        "bdfgklmnprstvz"[one % 14] + "aeiou"[one % 5] for one in chance.integers(0, 70, 3).tolist()
    )


def _prepared(site: str, number: int, title: str, bodies: Sequence[str]) -> Prepared:
    digest = hashlib.sha256("\x1e".join([title, *bodies]).encode()).hexdigest()
    document_id = str(uuid5(_NAMESPACE, f"{site} {number}"))
    path = f"made/{number:06}"
    passages = []
    at = 0
    for place, body in enumerate(bodies):
        units = tuple(Unit("prose", start, end) for start, end in split_sentences(body))
        passage_id = str(uuid5(_NAMESPACE, f"{site} {number} {place}"))
        names = (title, f"Part {place + 1}")
        passages.append(
            Passage(passage_id, document_id, names, f"part-{place + 1}", body, at, at + len(body), units)
        )
        at += len(body) + 2
    document = Document(
        id=document_id,
        site=site,
        path=path,
        url=f"/docs/{path}",
        title=title,
        description="",
        text="\n\n".join(bodies),
        source="\n\n".join(bodies),
        format="text",
        audience=(PUBLIC,),
        version=digest[:12],
        updated=None,
    )
    hashes = tuple(hashlib.sha256(index_text(title, passage).encode()).hexdigest() for passage in passages)
    return Prepared(document, digest, tuple(passages), hashes)


async def fill(
    sessions: async_sessionmaker[AsyncSession], embedder: Embedder, site: str, made: Sequence[Page]
) -> None:
    """Saves the pages with their vectors, as an ingest would have left them."""
    async with sessions.begin() as session:
        for some in _batches(made, 200):
            vectors = {
                text_hash: vector
                for page in some
                for text_hash, vector in zip(page.prepared.hashes, page.vectors, strict=True)
            }
            await store.save_embeddings(session, site, embedder.name, vectors, _NOW)
        await store.save_generation(session, site, [page.prepared for page in made], [], _NOW)


def _batches(made: Sequence[Page], size: int) -> Iterator[Sequence[Page]]:
    for at in range(0, len(made), size):
        yield made[at : at + size]
