"""A full retrieval (mend, embed, both searches, fuse, re-score) at 2,000 passages against one bare embedding."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals import gates
from evals.benches.stopwatch import both_sides, one_thread, ratio, spread
from evals.report import Report
from evals.suites.demo_answers import GOLDEN, read
from knowledge.corpora import CorpusIndex, CorpusPage
from knowledge.ports import Embedder
from server.settings import Settings
from server.wiring import DEMO, embedder_of

PASSAGES = 2_000

Tell = Callable[[str], None]


class _DrawnPassages:
    """Embeds questions for real and passages by chance: an exact search takes as long whatever the vectors are, and
    2,000 real ones would take a minute and a half to make."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._chance = np.random.default_rng(7)

    @property
    def name(self) -> str:
        return self._embedder.name

    @property
    def dim(self) -> int:
        return self._embedder.dim

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        if len(texts) == 1:
            return self._embedder.embed(texts)
        drawn = self._chance.standard_normal((len(texts), self.dim)).astype(np.float32)
        unit: NDArray[np.float32] = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        return unit


def run(settings: Settings, tell: Tell) -> Report:
    """The words are real (the demo's pages, repeated), so keyword search and spelling do their usual work."""
    with one_thread():
        embedder = embedder_of(settings, tell)
        tell(f"indexing {PASSAGES} passages")
        index = _index(embedder)
        questions = [case.question for case in read(GOLDEN)]
        tell(f"asking {len(questions)} questions")
        full, bare = both_sides(index.find, embedder, questions)
    figures = {
        "ratio_to_embedding": ratio(full, bare),
        **spread("retrieval", full),
        **spread("embedding", bare),
        "passages": len(index.shelf),
        "queries": len(questions),
    }
    return Report("retrieval", figures, gates.bars("bench-retrieval", figures))


def _index(embedder: Embedder) -> CorpusIndex:
    sources = sorted((DEMO / "docs").rglob("*.md"))
    pages = [_page(source, 0) for source in sources]
    a_round = len(CorpusIndex(pages, _DrawnPassages(embedder)).shelf)
    rounds = max(1, round(PASSAGES / a_round))
    return CorpusIndex(
        [_page(source, number) for number in range(rounds) for source in sources], _DrawnPassages(embedder)
    )


def _page(source: Path, number: int) -> CorpusPage:
    body = source.read_text(encoding="utf-8").split("---", 2)[-1]
    return CorpusPage(f"{source.stem}-{source.parent.name}-{number}", source.stem.replace("-", " "), body)
