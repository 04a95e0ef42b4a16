"""The figures against cases computed by hand."""

from __future__ import annotations

import math

import pytest

from evals.metrics import accuracy, auroc, macro_f1, mean, median, ndcg, quantile, recall, reciprocal_rank


def test_the_only_relevant_page_in_second_place_gains_one_over_log_three() -> None:
    assert ndcg(["x", "a", "y"], {"a": 1.0}) == pytest.approx(1 / math.log2(3))


def test_gains_are_discounted_by_place_and_divided_by_the_best_order() -> None:
    # b (1) first, a (2) third: 1/1 + 2/2 = 2; the best order has 2/1 + 1/log2(3).
    assert ndcg(["b", "x", "a"], {"a": 2.0, "b": 1.0}) == pytest.approx(2 / (2 + 1 / math.log2(3)))


def test_what_stands_after_the_tenth_place_gains_nothing() -> None:
    assert ndcg([*"0123456789", "a"], {"a": 1.0}) == 0.0


def test_a_question_with_more_relevant_pages_than_places_can_still_reach_one() -> None:
    relevant = {str(page): 1.0 for page in range(20)}

    assert ndcg([str(page) for page in range(10)], relevant) == pytest.approx(1.0)


def test_nothing_found_and_nothing_relevant_are_zero() -> None:
    assert ndcg([], {"a": 1.0}) == 0.0
    assert ndcg(["a"], {}) == 0.0
    assert recall(["a"], set()) == 0.0


def test_recall_is_the_share_of_what_is_relevant() -> None:
    assert recall(["a", "x", "b", "y", "z", "c"], {"a", "b", "c", "d"}) == 0.5


def test_a_page_that_is_listed_twice_is_found_once() -> None:
    assert recall(["a", "a"], {"a", "b"}) == 0.5


def test_reciprocal_rank_looks_at_the_first_relevant_page_only() -> None:
    assert reciprocal_rank(["x", "y", "a", "b"], {"a", "b"}) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x"] * 10 + ["a"], {"a"}) == 0.0


def test_accuracy_is_the_share_that_is_right() -> None:
    assert accuracy(["a", "b", "b", "c"], ["a", "b", "c", "c"]) == 0.75


def test_macro_f1_weighs_every_label_alike() -> None:
    # a: precision 1, recall 3/4, so 6/7; b: precision 1/2, recall 1, so 2/3.
    assert macro_f1(["a", "a", "a", "b", "b"], ["a", "a", "a", "a", "b"]) == pytest.approx(
        (6 / 7 + 2 / 3) / 2
    )


def test_a_guess_of_a_label_that_is_never_true_costs() -> None:
    # a: precision 1, recall 1/2, so 2/3; b is guessed once and never true: 0.
    assert macro_f1(["a", "b"], ["a", "a"]) == pytest.approx((2 / 3 + 0) / 2)


def test_auroc_counts_the_pairs_in_the_right_order() -> None:
    # Of the six pairs only (0.4 over 0.6) is in the wrong order.
    assert auroc([0.9, 0.8, 0.4], [0.6, 0.1]) == pytest.approx(5 / 6)


def test_ties_count_half() -> None:
    assert auroc([0.5], [0.5]) == 0.5
    assert auroc([0.5, 0.9], [0.5, 0.5]) == pytest.approx((0.5 + 0.5 + 1 + 1) / 4)


def test_auroc_of_one_side_alone_is_unknown() -> None:
    assert auroc([0.5], []) is None
    assert auroc([], [0.5]) is None


def test_medians_and_quantiles() -> None:
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == 2.5
    assert quantile(list(range(1, 101)), 0.95) == 95
    assert quantile([7.0], 0.95) == 7.0


def test_nothing_measured_is_zero_and_not_an_error() -> None:
    assert mean([]) == median([]) == quantile([], 0.5) == 0.0
