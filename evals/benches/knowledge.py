"""Finding at 2,000 and at 100,000 passages, the approximate index, ingest, memory, and a peer beside it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from evals import gates, installation
from evals.benches import ingesting, large_site, peer
from evals.benches.stopwatch import both_sides, one_thread, ratio, spread
from evals.datasets import Question, RetrievalSet
from evals.errors import BadData
from evals.report import Bar, Figures, Report
from evals.suites.demo_answers import GOLDEN, read
from knowledge import answering
from knowledge.corpora import CorpusPage
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.indexes.shelf import Shelf
from knowledge.ports import Embedder
from knowledge.snapshot import pile_of
from server.settings import Settings
from server.store.engine import open_engine, open_sessions
from server.wiring import DEMO, embedder_of

_SITE = "demo"
_SMALL = 2_000
_LARGE = 100_000
_QUESTIONS = 100
_BARRED = ("ratio_2k", "ratio_100k", "recall_at_10", "busy_share", "rss_mb", "rss_peak_mb", "peer_cpu_ratio")

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured: everything, or what takes seconds."""

    real: int
    fresh_pages: int
    is_whole: bool


WHOLE = Extent(real=large_site.REAL, fresh_pages=300, is_whole=True)
QUICK = Extent(real=250, fresh_pages=40, is_whole=False)


async def run(settings: Settings, tell: Tell, data: RetrievalSet, extent: Extent = WHOLE) -> Report:
    """Every figure in one run on one thread; a quick one leaves the large site and the peer out."""
    remarks: tuple[str, ...] = ()
    with tempfile.TemporaryDirectory(prefix="frontdesk-bench-") as folder, one_thread():
        embedder = embedder_of(settings, tell)
        ready = await installation.template(settings, tell)
        tell(f"embedding {extent.real} real passages; they are kept")
        texts = large_site.real_texts(embedder, settings.data_dir / "evals", extent.real)
        figures: dict[str, float | None] = {**_small(texts, embedder, tell)}
        tell(f"ingesting {extent.fresh_pages} fresh pages")
        house = installation.copy(ready, Path(folder) / "ingesting")
        figures |= await ingesting.measure(house, texts, extent.fresh_pages, Path(folder) / "fresh")
        if extent.is_whole:
            house = installation.copy(ready, Path(folder) / "large")
            figures |= await _large(house, embedder, texts, tell)
            beside, remarks = peer.measure(data, embedder, tell, settings.embedder or "")
            figures |= beside
    return Report("knowledge", figures, _bars(figures), remarks)


def _bars(figures: Mapping[str, float | None]) -> tuple[Bar, ...]:
    """Of what was measured: a quick run has no large site, and not everybody has the peer."""
    every = {**dict.fromkeys((*_BARRED, "ndcg_over_peer")), **figures}
    return tuple(bar for bar in gates.bars("bench-knowledge", every) if bar.value is not None)


def _small(texts: large_site.Texts, embedder: Embedder, tell: Tell) -> Figures:
    tell(f"asking {_QUESTIONS} questions of {_SMALL} passages")
    made = list(large_site.pages(texts, _SMALL, site=_SITE))
    pairs = [(page.prepared.document, passage) for page in made for passage in page.prepared.passages]
    shelf = Shelf(pile_of(pairs, np.concatenate([page.vectors for page in made])))
    find = partial(answering.find, shelf, RememberingEmbedder(embedder), k=answering.DEPTH)
    full, bare = both_sides(find, embedder, texts.questions[:_QUESTIONS])
    return {"ratio_2k": ratio(full, bare), **spread("retrieval_2k", full), **spread("embedding", bare)}


async def _large(house: Settings, embedder: Embedder, texts: large_site.Texts, tell: Tell) -> Figures:
    """Two processes of their own: one is weighed as it serves, the other is timed on what the first has built."""
    tell(f"making a site of {_LARGE} passages")
    engine = open_engine(house.database)
    try:
        made = list(large_site.pages(texts, _LARGE, site=_SITE))
        await large_site.fill(open_sessions(engine), embedder, _SITE, made)
    finally:
        await engine.dispose()
    del made
    questions = list(texts.questions[:_QUESTIONS])
    figures: dict[str, float | None] = {}
    for what, doing in (("serve", "serving it"), ("retrieve", "asking it")):
        tell(f"{doing} in a process of its own")
        figures |= _child(what, house.data_dir, questions)
    return figures


def _child(what: str, data_dir: Path, questions: list[str]) -> dict[str, float]:
    done = subprocess.run(  # noqa: S603  our own module
        [sys.executable, "-m", "evals.benches.serving", what, str(data_dir)],
        input=json.dumps(questions),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    if done.returncode != 0:
        raise BadData(f"the process that was to {what} ended with {done.returncode}: {done.stderr[-600:]}")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def demo_set() -> RetrievalSet:
    """The demo company's pages and the golden questions that one of them answers."""
    root = DEMO / "docs"
    pages = []
    for source in sorted(root.rglob("*.md")):
        path = source.relative_to(root).with_suffix("").as_posix().removesuffix("index").rstrip("/")
        body = source.read_text(encoding="utf-8").split("---", 2)[-1]
        pages.append(CorpusPage(path, source.stem.replace("-", " "), body))
    asked = [case for case in read(GOLDEN) if case.page is not None and not case.previous]
    held = {page.id for page in pages}
    kept = [case for case in asked if case.page in held]
    return RetrievalSet(
        tuple(pages),
        tuple(Question(case.id, case.question) for case in kept),
        {case.id: {str(case.page): 1.0} for case in kept},
    )
