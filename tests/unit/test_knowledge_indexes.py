"""The indexes: packed passages come back as they were, words are weighed as BM25 says, masks hold in both searches."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import bm25s
import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge.indexes.cells import part
from knowledge.indexes.dense import DenseIndex
from knowledge.indexes.keywords import KeywordIndex
from knowledge.indexes.pile import Card, PileMaker
from knowledge.indexes.postings import Postings, PostingsMaker
from knowledge.indexes.shelf import Shelf
from knowledge.indexes.strings import Strings
from knowledge.indexes.vocabulary import Vocabulary
from knowledge.snapshot import Snapshot
from knowledge.values import Passage, Unit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BAGS = [
    ["team", "plan", "price", "price"],
    ["webhook", "retri"],
    ["price", "webhook", "team", "team", "team", "seat", "invoic"],
    ["seat"],
]


def postings_of(bags: list[list[str]]) -> Postings:
    maker = PostingsMaker()
    for bag in bags:
        maker.add_page([bag], bag)
    return Postings(maker.arrays())


def unit_vectors(count: int, *, seed: int = 1) -> NDArray[np.float32]:
    """In clouds, as texts about a few subjects lie."""
    chance = np.random.default_rng(seed)
    middles = chance.standard_normal((40, 24))
    drawn = middles[chance.integers(0, 40, count)] + 0.6 * chance.standard_normal((count, 24))
    unit: NDArray[np.float32] = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return unit


def test_strings_come_back_and_are_found_in_order() -> None:
    words = sorted(["", "naïve", "a\ud800b", "zebra", "日本", "a"])
    packed = Strings.of(words)

    assert list(packed) == words
    assert [packed.place(word) for word in words] == list(range(len(words)))
    assert packed.place("absent") == -1
    assert Strings.of([]).place("a") == -1


def test_a_packed_passage_is_equal_to_the_one_that_was_added() -> None:
    units = (Unit("step", 0, 4, 3, "", 1, 2), Unit("code", 5, 9, 0, "bash", 0, 1))
    first = Passage("p1", "d", ("Größe\x1f", ""), "größe", "naïve text 日本", 7, 20, units)
    second = Passage("p2", "d", (), "", "", 0, 0)
    maker = PileMaker()
    maker.add(Card("d", "a", "/a", "A", frozenset({"public"}), "v1", None), [first, second])

    shelf = Shelf(maker.done(np.eye(2, 4, dtype=np.float32)))

    assert [entry.passage for entry in shelf.entries] == [first, second]
    assert shelf.entries[-1].passage == second
    with pytest.raises(IndexError):
        shelf.entries[2]


def test_scores_are_those_of_a_reference_bm25() -> None:
    ids = {term: number for number, term in enumerate(sorted({term for bag in BAGS for term in bag}))}
    reference = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    corpus = ([[ids[term] for term in bag] for bag in BAGS], ids)
    reference.index(corpus, show_progress=False, create_empty_token=False)
    index = KeywordIndex(postings_of(BAGS))

    for asked in (["price"], ["team", "price"], ["seat", "webhook", "seat"]):
        expected = reference.get_scores_from_ids([ids[term] for term in asked])
        np.testing.assert_allclose(index.scores(asked), expected, rtol=1e-5)
    assert not index.scores(["zebra"]).any()


def test_a_shelf_of_some_rows_weighs_words_as_if_there_were_no_others() -> None:
    rows = np.array([0, 2])
    some = KeywordIndex(postings_of(BAGS), rows)
    alone = KeywordIndex(postings_of([BAGS[0], BAGS[2]]))

    for term in ("team", "price", "webhook", "seat", "retri"):
        assert some.scores([term]).tolist() == alone.scores([term]).tolist()
        assert some.rarity(term) == alone.rarity(term)
        assert some.knows(term) == alone.knows(term)
        assert some.holding(term, np.arange(2)).tolist() == alone.holding(term, np.arange(2)).tolist()


def test_cells_find_nearly_what_comparing_all_finds_and_exactly_its_scores() -> None:
    vectors = unit_vectors(6_000)
    exact = DenseIndex(vectors)
    cells = part(vectors, np.arange(len(vectors)))
    by_cells = DenseIndex(vectors, cells=cells)
    found = 0
    for vector in unit_vectors(50, seed=2):
        rows, scores = by_cells.search(vector, 10)
        found += len(set(rows.tolist()) & set(exact.search(vector, 10)[0].tolist()))
        assert scores.tolist() == exact.scores_of(vector, rows).tolist()

    assert found / 500 >= 0.95


def test_the_same_vectors_make_the_same_cells_wherever_they_are_stored() -> None:
    own = unit_vectors(300)
    among = np.concatenate([unit_vectors(50, seed=9), own, unit_vectors(70, seed=8)])

    alone, beside = part(own, np.arange(300)), part(among, np.arange(50, 350))

    assert (alone.centres == beside.centres).all()
    assert (alone.places == beside.places).all()
    assert sorted(alone.places.tolist()) == list(range(300))


def a_shelf_with_ends() -> Shelf:
    maker = PileMaker()
    for number, expires in enumerate([None, NOW, NOW + timedelta(days=1)]):
        card = Card(f"d{number}", f"p{number}", f"/{number}", "T", frozenset({"public"}), "v", None, expires)
        maker.add(card, [Passage(f"p{number}", card.id, (), "", f"words {number}", 0, 7)])
    return Shelf(maker.done(np.eye(3, 4, dtype=np.float32)))


def test_a_page_past_its_end_and_one_left_out_are_masked() -> None:
    shelf = a_shelf_with_ends()

    def shown(*, days: int, without: frozenset[str] = frozenset()) -> list[bool] | None:
        mask = shelf.allowed(NOW + timedelta(days=days), without)
        return None if mask is None else mask.tolist()

    assert shown(days=-1) is None
    assert shown(days=0) == [True, False, True]
    assert shown(days=2) == [True, False, False]
    assert shown(days=-1, without=frozenset({"d0", "stranger"})) == [False, True, True]


def test_arbitrary_audiences_do_not_pile_up() -> None:
    maker = PileMaker()
    for number in range(40):
        card = Card(f"d{number}", f"p{number:02}", "/", "T", frozenset({f"role-{number}"}), "v", None)
        maker.add(card, [Passage(f"p{number}", card.id, (), "", f"words {number}", 0, 7)])
    snapshot = Snapshot(1, maker.done(np.eye(40, 64, dtype=np.float32)))

    for number in range(40):
        assert len(snapshot.shelf([f"role-{number}", "nobody"])) == 1

    assert len(snapshot._shelves) <= 16


def test_what_replaces_a_page_is_made_out_among_the_pages_of_one_audience() -> None:
    maker = PileMaker()
    for path, label, supersedes in (
        ("a", "staff", ("old",)),
        ("b", "public", ("old",)),
        ("old", "public", ()),
    ):
        card = Card(path, path, f"/{path}", path, frozenset({label}), "v", None, None, "", supersedes)
        maker.add(card, [Passage(f"p-{path}", path, (), "", f"words {path}", 0, 7)])
    snapshot = Snapshot(1, maker.done(np.eye(3, 4, dtype=np.float32)))

    def replacing(audience: str, row: int) -> str:
        found = snapshot.shelf((audience,)).successor(row)
        return found.title if found else ""

    assert [replacing("public", row) for row in range(2)] == ["", "b"]
    assert [replacing("staff", row) for row in range(3)] == ["", "", "a"]


def test_words_that_could_be_meant_are_those_of_like_length_and_letters() -> None:
    known = Vocabulary.of(["webhook", "webhooks", "workflow", "web", "webhook"])

    assert known.like("webhok", 1, shortest=4) == ["webhook"]
    assert known.like("webhoko", 1, shortest=4) == ["webhook", "webhooks"]
    assert known.count("webhook") == 2
    assert known.count("stranger") == 0
