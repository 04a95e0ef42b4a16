"""Training, calibration, and models on disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from intents import model_store
from intents.classifier import Classifier, softmax
from intents.errors import ModelError
from intents.training import Labelled, calibration_error, train
from tests.support.intents_world import HashingEmbedder, shipped

TEXTS = ["how much is it", "can i see a demo", "my login is broken", "hello", "is it raining in rome"]


def test_training_on_any_labelled_list_sorts_it() -> None:
    rows = [
        Labelled(f"{word} number {n}", word) for word in ("apples", "bicycles", "candles") for n in range(12)
    ]

    model = train(rows, HashingEmbedder())
    prediction = Classifier(model, HashingEmbedder()).predict(["apples please", "some candles"])

    assert [prediction.best(row, 1)[0][0] for row in range(2)] == ["apples", "candles"]
    assert np.allclose(prediction.probabilities.sum(axis=1), 1.0, atol=1e-5)


def test_two_intents_are_enough_and_one_is_not() -> None:
    two = [Labelled(f"{word} {n}", word) for word in ("yes", "no") for n in range(6)]

    assert train(two, HashingEmbedder()).names == ("no", "yes")
    with pytest.raises(ModelError, match="at least two intents"):
        train(two[:6], HashingEmbedder())


def test_an_intent_with_a_single_text_does_not_stop_training() -> None:
    rows = [Labelled(f"{word} {n}", word) for word in ("apples", "candles") for n in range(8)]

    model = train([*rows, Labelled("a lonely bicycle", "bicycles")], HashingEmbedder())

    assert "bicycles" in model.names


def test_progress_runs_from_nothing_to_done() -> None:
    seen: list[float] = []
    rows = [Labelled(f"{word} {n}", word) for word in ("yes", "no") for n in range(6)]

    train(rows, HashingEmbedder(), progress=lambda _, done: seen.append(done))

    assert seen == sorted(seen)
    assert (seen[0], seen[-1]) == (0.0, 1.0)


def test_most_examples_are_in_scope_and_most_strangers_are_not() -> None:
    catalogue, model = shipped()
    classifier = Classifier(model, HashingEmbedder())

    inside = classifier.predict([item.text for item in catalogue.labelled()]).scope
    outside = classifier.predict(list(catalogue.out_of_scope)).scope

    assert (inside > 0).mean() >= 0.95
    assert (outside < 0).mean() >= 0.65


def test_metrics_name_the_confusions_with_their_examples() -> None:
    _, model = shipped()

    assert {
        "accuracy",
        "macro_f1",
        "calibration_error",
        "out_of_scope_recall",
        "confusions",
    } <= model.metrics.keys()
    assert all(row["examples"] for row in model.metrics["confusions"])
    intent_of = {item.text: item.intent for item in shipped()[0].labelled()}
    assert all(
        intent_of[near] == row["read_as"] for row in model.metrics["confusions"] for near in row["nearest"]
    )


def test_the_same_data_gives_the_same_version() -> None:
    rows = [Labelled(f"{word} {n}", word) for word in ("yes", "no") for n in range(6)]

    assert train(rows, HashingEmbedder()).version == train(rows, HashingEmbedder()).version
    assert train(rows, HashingEmbedder()).version != train(rows[1:], HashingEmbedder()).version


def test_a_saved_model_predicts_the_same(tmp_path: Path) -> None:
    _, model = shipped()

    verdict = model_store.save(model, tmp_path)
    again = model_store.load(tmp_path)

    assert verdict.switched
    before, after = (Classifier(m, HashingEmbedder()).predict(TEXTS) for m in (model, again))
    assert np.allclose(before.probabilities, after.probabilities, atol=1e-6)
    assert np.allclose(before.scope, after.scope, atol=0.02)
    assert again.metrics == model.metrics


def test_no_pickle_lies_in_a_models_folder(tmp_path: Path) -> None:
    verdict = model_store.save(shipped()[1], tmp_path)

    assert verdict.folder is not None
    assert {file.suffix for file in verdict.folder.iterdir()} == {".npy", ".json"}


def test_a_worse_model_is_refused_unless_forced(tmp_path: Path) -> None:
    good = shipped()[1]
    worse = replace(good, version="worse", metrics={**good.metrics, "accuracy": 0.1})
    model_store.save(good, tmp_path)

    refused = model_store.save(worse, tmp_path)

    assert not refused.switched
    assert "--force" in refused.reason
    assert model_store.load(tmp_path).version == good.version
    assert model_store.save(worse, tmp_path, force=True).switched
    assert model_store.load(tmp_path).version == "worse"


def test_a_model_of_other_intents_is_not_held_against_the_one_before(tmp_path: Path) -> None:
    good = shipped()[1]
    model_store.save(good, tmp_path)
    names = ("site_visit", *good.names[1:])
    other = replace(good, version="other", names=names, metrics={**good.metrics, "accuracy": 0.1})

    verdict = model_store.save(other, tmp_path)

    assert verdict.switched
    assert f"adds site_visit and leaves out {good.names[0]}" in verdict.reason


def test_a_model_that_can_not_serve_any_more_is_replaced_however_good_it_was(tmp_path: Path) -> None:
    good = shipped()[1]
    folder = model_store.save(good, tmp_path).folder
    assert folder is not None
    about = (folder / "model.json").read_text(encoding="utf-8")
    (folder / "model.json").write_text(about.replace('"layout": 3', '"layout": 2'), encoding="utf-8")

    worse = replace(good, version="worse", metrics={**good.metrics, "accuracy": 0.1})

    assert model_store.save(worse, tmp_path).switched


def test_a_model_of_another_embedder_can_not_serve_and_is_replaced(tmp_path: Path) -> None:
    good = replace(shipped()[1], metrics={"accuracy": 0.95}, embedder="two at once")
    model_store.save(good, tmp_path)

    worse = replace(good, version="worse", metrics={"accuracy": 0.80}, embedder="one alone")

    assert model_store.save(worse, tmp_path).switched


def test_nothing_half_written_is_left_behind(tmp_path: Path) -> None:
    model_store.save(shipped()[1], tmp_path)
    model_store.save(shipped()[1], tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([shipped()[1].version, "current"])


def test_a_missing_or_broken_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="frontdesk train"):
        model_store.load(tmp_path)
    folder = model_store.save(shipped()[1], tmp_path).folder
    assert folder is not None
    (folder / "dense.npy").write_bytes(b"broken")
    with pytest.raises(ModelError, match="frontdesk train"):
        model_store.load(tmp_path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda about: [],
        lambda about: "a text",
        lambda about: {key: value for key, value in about.items() if key != "scope"},
        lambda about: {**about, "scope": {**about["scope"], "margin": {"middle": 1.0}}},
        lambda about: {**about, "names": None},
        lambda about: {**about, "names": about["names"][2:]},
        lambda about: {**about, "grams": about["grams"][1:]},
        lambda about: {**about, "temperature": "warm"},
        lambda about: {**about, "neighbours": 3},
        lambda about: {**about, "metrics": None},
    ],
)
def test_a_model_damaged_in_any_way_says_what_to_do(
    tmp_path: Path, damage: Callable[[dict[str, Any]], Any]
) -> None:
    folder = model_store.save(shipped()[1], tmp_path).folder
    assert folder is not None
    about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    (folder / "model.json").write_text(json.dumps(damage(about)), encoding="utf-8")

    with pytest.raises(ModelError, match="frontdesk train"):
        model_store.load(tmp_path)


def test_a_damaged_pointer_says_what_to_do_and_is_written_anew(tmp_path: Path) -> None:
    model = shipped()[1]
    model_store.save(model, tmp_path)
    (tmp_path / "current").write_bytes(b"\xff\xfe")

    with pytest.raises(ModelError, match="frontdesk train"):
        model_store.load(tmp_path)
    assert model_store.save(model, tmp_path).switched
    assert model_store.load(tmp_path).version == model.version


def test_whoever_looks_while_the_version_that_serves_is_written_again_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shipped()[1]
    model_store.save(model, tmp_path)
    found: list[str] = []
    rename = Path.rename

    def looked_at(here: Path, there: Path) -> Path:
        renamed = rename(here, there)
        found.append(model_store.load(tmp_path).version)
        return renamed

    monkeypatch.setattr(Path, "rename", looked_at)
    model_store.save(model, tmp_path)

    assert found == [model.version, model.version]


def test_a_crash_while_the_version_that_serves_is_written_again_leaves_a_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = shipped()[1]
    model_store.save(model, tmp_path)
    rename = Path.rename

    def dies(here: Path, there: Path) -> Path:
        if here.name.startswith(".writing-"):
            raise KeyboardInterrupt
        return rename(here, there)

    monkeypatch.setattr(Path, "rename", dies)
    with pytest.raises(KeyboardInterrupt):
        model_store.save(model, tmp_path)
    monkeypatch.undo()

    assert model_store.load(tmp_path).version == model.version
    assert model_store.load(tmp_path / model.version).version == model.version
    model_store.save(model, tmp_path)
    assert not list(tmp_path.glob(".*")), "the next training clears what a crash left"


def test_calibration_error_is_the_gap_between_said_and_true() -> None:
    sure = np.full(10, 0.9, dtype=np.float32)

    assert calibration_error(sure, np.array([True] * 9 + [False])) == pytest.approx(0.0, abs=1e-6)
    assert calibration_error(sure, np.array([False] * 10)) == pytest.approx(0.9)


def test_softmax_rows_sum_to_one_for_large_values() -> None:
    assert np.allclose(softmax(np.array([[1000.0, 0.0]], dtype=np.float32)), [[1.0, 0.0]])


def test_a_text_near_a_negative_loses_probability_for_that_intent_only() -> None:
    fruit = [
        "red apples",
        "green apples",
        "apples in a bag",
        "a pound of apples",
        "sweet apples",
        "apples today",
    ]
    wheels = [
        "red bicycles",
        "bicycles to rent",
        "a bicycle with gears",
        "my bicycle",
        "bicycles today",
        "bicycle",
    ]
    lights = [
        "red candles",
        "candles on a cake",
        "a candle at night",
        "candles today",
        "two candles",
        "my candle",
    ]
    rows = [
        Labelled(text, intent)
        for intent, texts in (("apples", fruit), ("bicycles", wheels), ("candles", lights))
        for text in texts
    ]
    near = ["apples painted on my bicycle", "apples painted on two candles"]
    denied = [Labelled(f"apples painted on {what}", "apples") for what in ("a bicycle", "candles", "a wall")]

    free = Classifier(train(rows, HashingEmbedder()), HashingEmbedder()).predict([*near, "sweet apples"])
    held = Classifier(train(rows, HashingEmbedder(), negatives=denied), HashingEmbedder())
    after = held.predict([*near, "sweet apples"])

    at = free.names.index("apples")
    assert (after.probabilities[:2, at] < free.probabilities[:2, at]).all()
    assert after.best(2, 1)[0][0] == "apples"
    assert held.model.version != train(rows, HashingEmbedder()).version


def test_negatives_of_an_intent_that_is_not_trained_say_nothing() -> None:
    rows = [Labelled(f"{word} {n}", word) for word in ("yes", "no") for n in range(6)]

    model = train(rows, HashingEmbedder(), negatives=[Labelled("yes 1 but", "maybe")])

    assert model.names == ("no", "yes")


def test_negatives_work_between_two_intents_and_in_folds_without_one_of_them() -> None:
    rows = [Labelled(f"{word} {n}", word) for word in ("apples", "candles") for n in range(8)]
    both = [Labelled("candles of apples", "apples"), Labelled("apples by the candles", "candles")]

    two = train(rows, HashingEmbedder(), negatives=both)
    lonely = train(
        [*rows, Labelled("a bicycle", "bicycles")],
        HashingEmbedder(),
        negatives=[*both, Labelled("a bicycle apple", "bicycles")],
    )

    for model in (two, lonely):
        asked = Classifier(model, HashingEmbedder()).predict(["apples 3", "candles 4"])
        assert [asked.best(row, 1)[0][0] for row in range(2)] == ["apples", "candles"]
