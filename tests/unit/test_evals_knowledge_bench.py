"""The knowledge benchmark's own parts: its made site is like a real one, its meter and its peer tell the truth."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from evals.benches import knowledge, peer
from evals.benches.ingesting import Metered
from evals.benches.large_site import pages, real_texts
from evals.datasets import Question, RetrievalSet
from knowledge.corpora import CorpusPage
from knowledge.remembered import Key, Remembered, normalised
from tests.support.knowledge import WordEmbedder


def silent(_: str) -> None:
    pass


def test_a_made_site_has_the_passages_asked_for_and_is_always_the_same(tmp_path: Path) -> None:
    texts = real_texts(WordEmbedder(), tmp_path, 60)

    made, again = (list(pages(texts, 100, site="s")) for _ in range(2))

    prepared = [page.prepared for page in made]
    passages = [passage for one in prepared for passage in one.passages]
    assert len(passages) == len({passage.id for passage in passages}) == 100
    assert prepared == [page.prepared for page in again]
    vectors = np.concatenate([page.vectors for page in made])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-5)
    assert all(one.document.text[p.start : p.end] == p.text for one in prepared for p in one.passages)


def test_real_texts_are_embedded_once(tmp_path: Path) -> None:
    embedder = WordEmbedder()

    first, second = (real_texts(embedder, tmp_path, 30) for _ in range(2))

    assert len(embedder.embedded) == 30
    assert (first.vectors == second.vectors).all()


class Slow:
    """Takes a moment for each call, which a test can hold."""

    name = "slow"
    dim = 4

    def __init__(self) -> None:
        self.go_on = threading.Event()

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        assert self.go_on.wait(5)
        return np.zeros((len(texts), 4), np.float32)


def test_time_that_two_threads_spend_in_the_embedder_counts_once() -> None:
    slow = Slow()
    metered = Metered(slow)
    threads = [threading.Thread(target=metered.embed, args=(["a", "b"],)) for _ in range(2)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    slow.go_on.set()
    for thread in threads:
        thread.join()

    assert 0 < metered.busy_s <= time.perf_counter() - began
    assert metered.texts == 4


def test_without_the_peer_ours_is_measured_and_the_way_to_get_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(peer, "is_installed", lambda: False)
    data = RetrievalSet(
        (CorpusPage("p", "Prices", "The Team plan costs 12 EUR."), CorpusPage("h", "Hosting", "In Dublin.")),
        (Question("1", "What does the Team plan cost?"),),
        {"1": {"p": 1.0}},
    )

    figures, remarks = peer.measure(data, WordEmbedder(), silent)

    assert figures["ndcg_at_10"] == 1.0
    assert figures["peer_ndcg_at_10"] is None
    assert figures["peer_cpu_ratio"] is None
    assert remarks == ("the peer is not installed: pip install 'frontdesk[peers]'",)


def test_what_was_not_measured_has_no_bar() -> None:
    bars = knowledge._bars({"ratio_2k": 2.0, "busy_share": 0.5, "peer_cpu_ratio": None})

    assert {bar.bar: bar.holds for bar in bars} == {"ratio_2k": True, "busy_share": False}


def test_the_demo_set_asks_what_its_pages_answer() -> None:
    data = knowledge.demo_set()

    held = {page.id for page in data.pages}
    assert len(data.questions) > 50
    assert all(page in held for judged in data.relevant.values() for page in judged)


def a_key(question: str = "q", *, labels: tuple[str, ...] = ("public",), generation: int = 1) -> Key:
    return Key("s", generation, frozenset(labels), b"", normalised(question))


def test_what_is_remembered_is_for_one_generation_one_audience_and_one_question() -> None:
    kept: Remembered[str] = Remembered(10)
    kept.keep(a_key("How  much\tis it? "), "12")

    assert kept.recall(a_key("How much is it?")) == "12"
    assert kept.recall(a_key("How much is IT?")) is None
    assert kept.recall(a_key("How much is it?", labels=("public", "staff"))) is None
    assert kept.recall(a_key("How much is it?", generation=2)) is None


def test_what_was_not_asked_for_the_longest_is_forgotten_first() -> None:
    kept: Remembered[int] = Remembered(2)
    kept.keep(a_key("one"), 1)
    kept.keep(a_key("two"), 2)
    kept.recall(a_key("one"))
    kept.keep(a_key("three"), 3)

    assert [kept.recall(a_key(name)) for name in ("one", "two", "three")] == [1, None, 3]
    assert len(kept) == 2
