"""What a keystroke in the help panel's search costs at 2,000 articles, beside one embedding of the same question."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from evals.benches import large_site
from evals.benches.stopwatch import one_thread, spread
from evals.metrics import median, quantile
from evals.report import Bar, Report
from knowledge import answering, suggesting
from knowledge.embedders.remembering import RememberingEmbedder
from knowledge.indexes.shelf import Shelf
from knowledge.ports import Embedder
from knowledge.snapshot import pile_of
from knowledge.values import Found
from server.settings import Settings
from server.wiring import embedder_of

ARTICLES = 2_000
_PASSAGES_EACH = 8
_QUESTIONS = 25
_P95_MS = 30.0

Tell = Callable[[str], None]


def run(settings: Settings, tell: Tell) -> Report:
    """Questions typed letter by letter, in CPU time of one thread: what else the machine does counts for neither."""
    embedder = embedder_of(settings, tell)
    tell(f"making a site of {ARTICLES:,} articles")
    texts = large_site.real_texts(embedder, settings.data_dir / "evals")
    pages = list(large_site.pages(texts, ARTICLES * _PASSAGES_EACH, site="bench"))
    pairs = [(page.prepared.document, passage) for page in pages for passage in page.prepared.passages]
    shelf = Shelf(pile_of(pairs, np.concatenate([page.vectors for page in pages])))
    tell("typing")
    with one_thread():
        keystrokes, questions = _typed(shelf, RememberingEmbedder(embedder), texts.questions[:_QUESTIONS])
        embeddings = [_cpu_ms(partial(embedder.embed, [question])) for question in questions]
    p95, embedding = quantile(keystrokes, 0.95), median(embeddings)
    figures = {
        "articles": float(ARTICLES),
        "passages": float(len(shelf)),
        "keystrokes": float(len(keystrokes)),
        **spread("keystroke", keystrokes),
        "embedding_ms_p50": embedding,
        "keystrokes_an_embedding": embedding / median(keystrokes),
    }
    return Report("suggest", figures, (Bar("keystroke_ms_p95", p95, _P95_MS, is_floor=False),))


def _typed(shelf: Shelf, embedder: Embedder, questions: Sequence[str]) -> tuple[list[float], list[str]]:
    remembered: dict[str, Sequence[Found]] = {}

    def find(asked: str) -> Sequence[Found]:
        if asked not in remembered:
            remembered[asked] = answering.find(shelf, embedder, asked, suggesting.PASSAGES)[1]
        return remembered[asked]

    suggest = partial(suggesting.suggest, shelf, find, k=8, allowed=None)
    suggest("warm up with three words ")
    laps = [
        _cpu_ms(partial(suggest, question[:end]))
        for question in questions
        for end in range(1, len(question) + 1)
    ]
    return laps, list(questions)


def _cpu_ms(work: Callable[[], object]) -> float:
    started = time.thread_time()
    work()
    return (time.thread_time() - started) * 1000
