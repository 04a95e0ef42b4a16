"""What a passage's score is made of: frames, phrases, and weights that never hold a match against a passage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from knowledge import rescoring
from knowledge.corpora import CorpusIndex, CorpusPage
from knowledge.rescoring import Candidates, fitted, rescore
from knowledge.words import terms


class Alike:
    """Finds everything equally near, so that only words decide."""

    name = "alike"
    dim = 2

    def embed(self, texts: Sequence[str], /) -> NDArray[np.float32]:
        return np.tile(np.array([1.0, 0.0], np.float32), (len(texts), 1))


def _index(*pages: tuple[str, str]) -> CorpusIndex:
    return CorpusIndex([CorpusPage(name, name, text) for name, text in pages], Alike())


def _rows(index: CorpusIndex) -> NDArray[np.int64]:
    return np.arange(len(index.shelf), dtype=np.int64)


def test_a_page_that_says_it_in_several_sections_beats_one_that_says_it_once() -> None:
    index = _index(
        ("visits", "## Plan\n\nA visit needs a van.\n\n## Move\n\nA visit can be moved.\n"),
        ("vans", "## Vans\n\nA visit needs a van.\n\n## Paint\n\nColours are free to choose.\n"),
    )

    framed = index.shelf.frames.scores(terms("visit"), _rows(index))

    assert framed.page[0] == framed.page[1] > framed.page[2] == framed.page[3] > 0


def test_a_passage_is_read_with_its_neighbours_but_never_with_another_pages() -> None:
    index = _index(
        (
            "a",
            "## One\n\nFirst words here.\n\n## Two\n\nThe invoice is sent.\n\n## Three\n\nLast words here.\n",
        ),
        ("b", "## Four\n\nOther words here.\n"),
    )

    near = index.shelf.frames.scores(terms("invoice"), _rows(index)).near

    assert min(near[:3]) > 0
    assert near[3] == 0


def test_frames_agree_with_counting_the_words_of_the_page() -> None:
    index = _index(("a", "## One\n\nvan van\n\n## Two\n\nvan\n"), ("b", "## Three\n\nboat\n"))

    scores = index.shelf.frames.scores(["van"], _rows(index))

    lengths = index.shelf.keywords.lengths
    whole = float(lengths[:2].sum())
    mean = float(lengths.sum()) / 2
    norm = 1.5 * (0.25 + 0.75 * whole / mean)
    assert scores.page[0] == pytest.approx(np.log(1 + 1.5 / 1.5) * 3 / (3 + norm), rel=1e-5)


def test_words_that_stand_together_in_the_question_count_where_they_stand_together() -> None:
    index = _index(
        ("apart", "The billing of a new address happens when mail comes back.\n"),
        ("together", "The billing address is new when mail comes back to you.\n"),
    )

    together = rescoring.phrases(index.shelf, "new billing address", _rows(index), np.arange(2))["phrases"]

    assert together[1] > together[0]


def test_no_signal_counts_against_a_passage() -> None:
    assert fitted()
    assert all(weight >= 0 for weight in fitted().values())


def test_scores_lie_between_the_least_and_the_best_of_what_was_found() -> None:
    index = _index(("a", "A van.\n"), ("b", "A boat with a van.\n"), ("c", "Nothing of it.\n"))
    found = Candidates(_rows(index), np.array([0.9, 0.5, 0.1], np.float32), np.array([1, 2, 0], np.float32))

    scores = rescore(index.shelf, "is there a van?", terms("van"), found)

    assert scores.min() == 0
    assert scores.max() == 1


def test_one_candidate_alone_is_the_best() -> None:
    index = _index(("a", "A van.\n"))
    found = Candidates(_rows(index), np.array([0.9], np.float32), np.array([1], np.float32))

    assert rescore(index.shelf, "van", terms("van"), found).tolist() == [1.0]
