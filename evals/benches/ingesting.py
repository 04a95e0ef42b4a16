"""How much of an ingest's time the embedder is at work: the rest is what everything else makes it wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.benches.large_site import Texts
from evals.report import Figures
from knowledge.library import Library
from knowledge.ports import Embedder
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.wiring import embedder_of

_PER_PAGE = 5


class Metered:
    """An embedder that tells for how long anybody was inside it."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._lock = threading.Lock()
        self._inside = 0
        self._since = 0.0
        self.busy_s = 0.0
        self.texts = 0

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dim(self) -> int:
        return self._embedder.dim

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        with self._lock:
            self.texts += len(texts)
            self._inside += 1
            if self._inside == 1:
                self._since = time.perf_counter()
        try:
            return self._embedder.embed(texts)
        finally:
            with self._lock:
                self._inside -= 1
                if self._inside == 0:
                    self.busy_s += time.perf_counter() - self._since


async def measure(made: Settings, texts: Texts, pages: int, source: Path) -> Figures:
    """A folder of pages that were never seen, from its files to the moment in which they are answered from."""
    _write(texts, pages, source)
    embedder = Metered(embedder_of(made))
    embedder.embed(["the model is opened before the clock starts"])
    embedder.busy_s, embedder.texts = 0.0, 0
    engine = open_engine(made.database)
    try:
        library = Library(open_sessions(engine), embedder)
        began = time.perf_counter()
        report = await library.ingest("bench", [source], base_url="/docs", now=datetime.now(UTC))
        took = time.perf_counter() - began
    finally:
        await engine.dispose()
    assert len(report.added) == pages, (
        f"{len(report.added)} of {pages} pages were ingested: {report.broken[:3]}"
    )
    return {
        "busy_share": embedder.busy_s / took,
        "ingest_s": took,
        "ingest_pages": pages,
        "ingest_passages": embedder.texts,
    }


def _write(texts: Texts, pages: int, source: Path) -> None:
    source.mkdir()
    for number in range(pages):
        (source / f"page-{number}.md").write_text(_markdown(texts, number), encoding="utf-8")


def _markdown(texts: Texts, number: int) -> str:
    """A page of real passages below headings; the number keeps pages apart that come round to the same ones."""
    parts = [f"# Page {number}"]
    for place in range(number * _PER_PAGE, (number + 1) * _PER_PAGE):
        one = place % len(texts.bodies)
        parts.append(f"## {texts.titles[one]} {number}\n\n{texts.bodies[one]}")
    return "\n\n".join(parts)
