"""How well the retriever finds the right page, beside each of its halves alone and their plain mixture."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from evals import gates
from evals.datasets import RetrievalSet
from evals.metrics import mean, median, ndcg, recall, reciprocal_rank
from evals.perturbing import PERTURBED
from evals.report import Report
from knowledge.corpora import CorpusIndex
from knowledge.ports import Embedder
from knowledge.retrieval import Mode

_COMPARED: tuple[Mode, ...] = ("bm25", "dense", "min-max")

Tell = Callable[[str], None]


def run(data: RetrievalSet, embedder: Embedder, tell: Tell) -> Report:
    """Every judged question through the served retriever and through the plainer ones, in the same run."""
    tell(f"indexing {len(data.pages)} pages")
    index = CorpusIndex(data.pages, embedder)
    tell(f"asking {len(data.questions)} questions")
    embedding = {question.id: _embedding_ms(embedder, question.text) for question in data.questions}
    # The served retriever goes first: it embeds afresh, and its time is the whole time. The others find the vector
    # remembered, so the embedder's own time is added to those that need one.
    figures = _figures(data, index, "served", dict.fromkeys(embedding, 0.0))
    for mode in _COMPARED:
        own = dict.fromkeys(embedding, 0.0) if mode == "bm25" else embedding
        compared = _figures(data, index, mode, own)
        figures |= {f"{mode.replace('-', '_')}_{name}": value for name, value in compared.items()}
    for name, changed in PERTURBED.items():
        tell(f"asking again: {name}")
        asked = tuple(replace(question, text=changed(question.text)) for question in data.questions)
        figures[f"{name}_ndcg_at_10"] = _gain(replace(data, questions=asked), index)
    figures |= {
        "embedding_ms_median": median(list(embedding.values())),
        "pages": len(data.pages),
        "passages": len(index.shelf),
        "queries": len(data.questions),
    }
    bars = gates.bars_of_known(data.known_as, figures)
    return Report("retrieval", figures, bars, _remarks(data, index))


def mean_of(reports: Sequence[Report]) -> Report:
    """The plain mean of every figure over several sets, a set counting the same however many questions it asks."""
    shared = [name for name in reports[0].figures if all(name in report.figures for report in reports)]
    figures = {name: mean([report.figures[name] or 0.0 for report in reports]) for name in shared}
    return Report("retrieval mean", figures, gates.bars("retrieval-mean", figures))


def _figures(
    data: RetrievalSet, index: CorpusIndex, mode: Mode, own_ms: dict[str, float]
) -> dict[str, float]:
    gains, recalls, ranks, laps = [], [], [], []
    for question in data.questions:
        started = time.perf_counter()
        found = [page for page, _ in index.pages(question.text, k=10, mode=mode)]
        laps.append((time.perf_counter() - started) * 1000 + own_ms[question.id])
        relevant = data.relevant[question.id]
        gains.append(ndcg(found, relevant))
        recalls.append(recall(found, relevant.keys()))
        ranks.append(reciprocal_rank(found, relevant.keys()))
    return {
        "ndcg_at_10": mean(gains),
        "recall_at_5": mean(recalls),
        "mrr_at_10": mean(ranks),
        "ms_median": median(laps),
    }


def _gain(data: RetrievalSet, index: CorpusIndex) -> float:
    """nDCG@10 of what serves."""
    return mean(
        [
            ndcg([page for page, _ in index.pages(question.text, k=10)], data.relevant[question.id])
            for question in data.questions
        ]
    )


def _embedding_ms(embedder: Embedder, text: str) -> float:
    started = time.perf_counter()
    embedder.embed([text])
    return (time.perf_counter() - started) * 1000


def _remarks(data: RetrievalSet, index: CorpusIndex) -> tuple[str, ...]:
    """Questions whose page was not among the first five."""
    missed = []
    for question in data.questions:
        found = [page for page, _ in index.pages(question.text, k=5)]
        if not set(found) & set(data.relevant[question.id]):
            first = found[0] if found else "nothing"
            missed.append(f"missed {question.id}: {question.text[:80]!r}, found {first} first")
    return tuple(missed[:10])
