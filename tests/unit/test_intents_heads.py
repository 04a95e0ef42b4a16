"""Two machines and the neighbours become one decision."""

from __future__ import annotations

import numpy as np
import pytest

from intents.classifier import votes
from intents.features import learn_vocabulary
from intents.heads import Mix, Spread, choose_mix, fit_machines, said_name
from intents.ports import Vectors

TEXTS = ["how much is it", "what does it cost", "price please", "book a demo", "see a demo", "demo on friday"]
TARGETS = np.array([0, 0, 0, 1, 1, 1])


def vectors() -> Vectors:
    drawn = np.random.default_rng(3).normal(size=(len(TEXTS), 8)).astype(np.float32)
    drawn[:3, 0] += 4
    drawn[3:, 1] += 4
    unit: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return unit


def test_the_mixed_head_decides_what_the_mix_of_both_machines_decides() -> None:
    vocabulary = learn_vocabulary(TEXTS, at_least=1)
    machines = fit_machines(vectors(), TEXTS, TARGETS, 3, vocabulary)
    svm = machines.svm.decide(vectors(), TEXTS, vocabulary)
    logistic = machines.logistic.decide(vectors(), TEXTS, vocabulary)
    mix = Mix(2, 0.5, 0.0, Spread.of(svm), Spread.of(logistic), Spread(0.0, 1.0))

    served = mix.head(machines).decide(vectors(), TEXTS, vocabulary)

    assert np.allclose(served, mix.linear(svm, logistic), atol=1e-4)
    assert np.allclose(served[:, 2], svm[:, 2])


def test_a_class_without_texts_is_never_decided_for() -> None:
    vocabulary = learn_vocabulary(TEXTS, at_least=1)

    machines = fit_machines(vectors(), TEXTS, TARGETS, 3, vocabulary)

    for head in (machines.svm, machines.logistic):
        assert set(head.decide(vectors(), TEXTS, vocabulary).argmax(axis=1)) == {0, 1}


def test_the_part_that_is_right_gets_the_say() -> None:
    targets = np.arange(200) % 4
    right = np.eye(4, dtype=np.float32)[targets] * 2 - 1
    chance = np.random.default_rng(5).normal(size=right.shape).astype(np.float32)

    mix, _ = choose_mix(chance, right, chance[::-1], targets)

    assert mix.logistic >= 0.65
    assert mix.neighbours <= 0.3


def test_neighbours_vote_for_the_intent_of_the_nearest() -> None:
    examples = vectors()

    said, near = votes(examples[[0, 4]], examples, np.array([0, 3]), nearest=1)

    assert list(said.argmax(axis=1)) == [0, 1]
    assert near == pytest.approx([1.0, 1.0], abs=1e-5)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("card_arrival", "card arrival"),
        ("CheckAvailability", "check availability"),
        ("intent_17", ""),
        ("42", ""),
        ("label c", ""),
    ],
)
def test_an_intents_name_is_an_example_when_it_says_something(name: str, said: str) -> None:
    assert said_name(name) == said


@pytest.mark.slow
def test_many_intents_with_few_texts_still_teach_the_likelihoods() -> None:
    rng = np.random.default_rng(3)
    middles = rng.normal(size=(300, 384)).astype(np.float32)
    vectors = np.repeat(middles, 3, axis=0) + rng.normal(scale=0.4, size=(900, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    texts = [f"text {number}" for number in range(900)]
    targets = np.repeat(np.arange(300), 3)

    machines = fit_machines(vectors, texts, targets, 300, learn_vocabulary(texts))

    assert np.abs(machines.logistic.dense).max() > 0.1
