"""The weights of the re-score can be fitted anew by anybody with question sets."""

from __future__ import annotations

import numpy as np

from evals.fitting import Asked, fit, gain


def question(telling: list[float], noise: list[float], *, right: int) -> Asked:
    """Two passages a page; what tells is high on the right page, the noise anywhere."""
    pages = np.arange(len(telling)) // 2
    names = tuple(f"page {number}" for number in range(len(telling) // 2))
    answers = np.zeros(len(names))
    answers[right] = 1.0
    return Asked(np.array([telling, noise]).T, pages, names, answers, {names[right]: 1.0})


SETS = [
    [
        question([0.1, 0.9, 0.2, 0.0], [0.0, 0.0, 1.0, 0.3], right=0),
        question([0.3, 0.1, 0.2, 0.8], [0.9, 1.0, 0.1, 0.2], right=1),
    ]
]


def test_what_tells_the_right_page_gets_the_weight_and_nothing_counts_against_a_page() -> None:
    telling, noise = fit(SETS)

    assert telling > 1
    assert noise == 0


def test_a_page_scores_as_its_best_passage() -> None:
    assert gain(SETS[0], np.array([1.0, 0.0])) == 1.0
    assert gain(SETS[0], np.array([0.0, 1.0])) < 1.0


def test_a_set_counts_the_same_however_many_questions_it_asks() -> None:
    contrary = [question([1.0, 0.0, 0.1, 0.0], [0.0, 0.1, 0.9, 0.0], right=1)]

    few, many = fit([SETS[0], contrary]), fit([SETS[0] * 5, contrary])

    assert np.allclose(few, many, atol=1e-2)
