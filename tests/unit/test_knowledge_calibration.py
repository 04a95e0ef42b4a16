"""Fitting whether there is an answer: unseen corpora decide, and a page taken away makes a gap."""

from __future__ import annotations

from knowledge.answerability import Signals, probability
from knowledge.calibration import Asked, Ground, Sample, fit, gather
from knowledge.corpora import CorpusPage
from tests.support.knowledge import WordEmbedder


def signals(unit: float) -> Signals:
    return Signals(0.5, unit, 0.5, 0.2, 0.5, 0.0, 0.0)


def samples(corpus: str) -> list[Sample]:
    answered = [Sample(signals(0.6 + n / 100), True, corpus) for n in range(20)]
    return answered + [Sample(signals(0.2 + n / 100), False, corpus) for n in range(20)]


def test_what_parts_answers_from_gaps_on_one_site_is_held_against_another() -> None:
    model, figures = fit([*samples("lifts"), *samples("boilers")])

    assert figures["lifts"] == 1.0
    assert figures["lifts cosine"] == 0.5
    assert probability(signals(0.75), model) > model.threshold > probability(signals(0.25), model)


def test_the_threshold_rises_until_few_answers_are_wrong() -> None:
    doubtful = [Sample(signals(0.7), False, corpus) for corpus in ("lifts", "boilers") for _ in range(8)]

    sure, _ = fit([*samples("lifts"), *samples("boilers")])
    careful, _ = fit([*samples("lifts"), *samples("boilers"), *doubtful])

    assert careful.threshold > sure.threshold


def test_a_question_is_asked_again_without_its_page_unless_another_page_answers_too() -> None:
    said = "Boilers are descaled every second summer by two fitters."
    asked = (Asked("When are boilers descaled?", frozenset({"boilers"}), said),)
    boilers = CorpusPage("boilers", "Boilers", said)
    lifts = CorpusPage("lifts", "Lifts", "Lifts are greased in winter.")
    again = CorpusPage("again", "Heating", said)

    gap = gather([Ground("one", (boilers, lifts), asked, ())], WordEmbedder(), [])
    none = gather([Ground("two", (boilers, again, lifts), asked, ())], WordEmbedder(), [])

    assert [(sample.kind, sample.answerable) for sample in gap] == [("own", True), ("removed", False)]
    assert [sample.kind for sample in none] == ["own"]
