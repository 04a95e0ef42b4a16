"""The same pages and weights behind a Haystack hybrid pipeline, measured in the same run; needs `frontdesk[peers]`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

from evals.datasets import RetrievalSet
from evals.metrics import mean, median, ndcg
from evals.report import Figures
from knowledge.chunking import index_text
from knowledge.corpora import CorpusIndex
from knowledge.embedders.exporting import packaged_model
from knowledge.ports import Embedder

INSTALL = "pip install 'frontdesk[peers]'"
_WARM_UP = 3
_POOL = 60
"""Candidates from each of the two searches, as ours."""

Tell = Callable[[str], None]


def is_installed() -> bool:
    return find_spec("haystack") is not None and find_spec("haystack_integrations") is not None


def measure(
    data: RetrievalSet, embedder: Embedder, tell: Tell, weights: str = ""
) -> tuple[Figures, tuple[str, ...]]:
    """CPU a query and nDCG@10 of both sides; of ours alone when the peer is not there, and how to get it.

    `weights`: the folder of the model that the embedder was exported from; nothing means the packaged one.
    """
    index = CorpusIndex(data.pages, embedder)
    questions = data.questions
    tell(f"asking {len(questions)} questions of {len(index.shelf)} passages")
    ours = _asked(data, lambda text: [page for page, _ in index.pages(text, k=10)])
    figures: dict[str, float | None] = {"ndcg_at_10": ours[0], "cpu_ms": ours[1]}
    if not is_installed():
        missing = dict.fromkeys(("peer_ndcg_at_10", "peer_cpu_ms", "peer_cpu_ratio", "ndcg_over_peer"))
        return {**figures, **missing}, (f"the peer is not installed: {INSTALL}",)
    tell("asking the peer")
    theirs = _asked(data, _haystack(index, weights or str(packaged_model())))
    figures |= {
        "peer_ndcg_at_10": theirs[0],
        "peer_cpu_ms": theirs[1],
        "peer_cpu_ratio": ours[1] / theirs[1],
        "ndcg_over_peer": ours[0] - theirs[0],
    }
    return figures, ()


def _asked(data: RetrievalSet, pages: Callable[[str], Sequence[str]]) -> tuple[float, float]:
    """Mean nDCG@10 and median CPU milliseconds a query, all threads together."""
    for question in data.questions[:_WARM_UP]:
        pages(f"{question.text} warm")
    gains: list[float] = []
    laps: list[float] = []
    for question in data.questions:
        began = time.process_time()
        found = pages(question.text)
        laps.append((time.process_time() - began) * 1000)
        gains.append(ndcg(found, data.relevant[question.id]))
    return mean(gains), median(laps)


def _haystack(index: CorpusIndex, weights: str) -> Callable[[str], list[str]]:
    """BM25 and vectors from its in-memory store, joined by reciprocal rank, as its documentation sets them up."""
    # Read when it is imported; nothing that we measure is anybody else's business.
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    from haystack import Document, Pipeline
    from haystack.components.joiners import DocumentJoiner
    from haystack.components.retrievers import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.utils import ComponentDevice
    from haystack_integrations.components.embedders.sentence_transformers import (
        SentenceTransformersDocumentEmbedder,
        SentenceTransformersTextEmbedder,
    )

    same_weights: dict[str, Any] = {
        "model": weights,
        "device": ComponentDevice.from_str("cpu"),
        "progress_bar": False,
        "normalize_embeddings": True,
        "local_files_only": True,
    }
    store = InMemoryDocumentStore(embedding_similarity_function="dot_product")
    documents = [
        Document(
            content=index_text(entry.document.title, entry.passage),
            meta={"page": entry.document.path, "row": row},
        )
        for row, entry in enumerate(index.shelf.entries)
    ]
    embedding = SentenceTransformersDocumentEmbedder(**same_weights)
    embedding.warm_up()
    store.write_documents(embedding.run(documents=documents)["documents"])
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(**same_weights))
    pipeline.add_component("meaning", InMemoryEmbeddingRetriever(store, top_k=_POOL))
    pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=_POOL))
    pipeline.add_component("joiner", DocumentJoiner(join_mode="reciprocal_rank_fusion"))
    pipeline.connect("embedder.embedding", "meaning.query_embedding")
    pipeline.connect("meaning", "joiner")
    pipeline.connect("words", "joiner")

    def pages(text: str) -> list[str]:
        asked = {"embedder": {"text": text}, "words": {"query": text}}
        found = pipeline.run(asked)["joiner"]["documents"]
        return list(dict.fromkeys(str(one.meta["page"]) for one in found))[:10]

    return pages
