"""Every data set of a folder becomes rows of one table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from evals.errors import BadData
from evals.report import Report, printed
from evals.suites.intent_sets import run
from tests.support.intents_world import HashingEmbedder

WORDS = ("apples", "bicycles", "candles")


def lines(file: Path, texts: Sequence[tuple[str, str]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = (json.dumps({"text": text, "intent": intent}) for text, intent in texts)
    file.write_text("\n".join(rows), encoding="utf-8")


def several(start: int, count: int) -> list[tuple[str, str]]:
    return [(f"{word} number {n}", word) for word in WORDS for n in range(start, start + count)]


def quiet(_doing: str) -> None:
    """Nobody watches."""


def rows_of(folder: Path, shots: int = 0) -> dict[str, Report]:
    found = run(folder, {"default": HashingEmbedder()}, quiet, shots=shots, seeds=2)
    return {report.name.removesuffix(", default"): report for report in found}


def test_folders_of_lines_and_tables_of_sentences_stand_in_one_table(tmp_path: Path) -> None:
    lines(tmp_path / "shop" / "train.jsonl", several(0, 12))
    lines(tmp_path / "shop" / "valid.jsonl", several(20, 4))
    lines(tmp_path / "shop" / "train_5.jsonl", several(0, 5))
    lines(tmp_path / "shop" / "oos_valid.jsonl", [("is it raining in rome", "oos"), ("who won", "oos")])
    said = "".join(f"{text},{intent},\n" for text, intent in several(0, 12))
    (tmp_path / "bots").mkdir()
    (tmp_path / "bots" / "fruit_train.csv").write_text(f"sentence,label,\n{said}", encoding="utf-8")

    found = rows_of(tmp_path, shots=6)

    assert list(found) == [
        "bots fruit, a quarter held out, mean of 3",
        "shop, full, valid",
        "shop, 6 an intent, mean of 2, valid",
        "shop, train_5, valid",
    ]
    assert [report.figures["train_texts"] for report in found.values()] == [27, 36, 18, 15]
    assert found["shop, full, valid"].figures["accuracy"] == 1.0
    assert all(report.figures["oos_auroc"] is not None for report in found.values())
    assert printed(list(found.values())).count("\n| ") == len(found)


def test_a_table_with_a_test_file_is_asked_it_and_its_strangers_are_no_intent(tmp_path: Path) -> None:
    for part, start in (("train", 0), ("test", 20)):
        said = "".join(f"{text},{intent}\n" for text, intent in several(start, 8))
        strangers = "is it raining,NO_NODES_DETECTED\n" if part == "test" else ""
        (tmp_path / f"fruit_{part}.csv").write_text(f"sentence,label\n{said}{strangers}", encoding="utf-8")

    (report,) = rows_of(tmp_path).values()

    assert (report.figures["test_texts"], report.figures["intents"]) == (24, 3)
    assert report.figures["oos_auroc"] is not None


def test_a_folder_without_data_sets_says_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(BadData, match=r"train\.jsonl"):
        rows_of(tmp_path)
    (tmp_path / "x_train.csv").write_text("text,label\nhello,greeting\n", encoding="utf-8")
    with pytest.raises(BadData, match="sentence and label"):
        rows_of(tmp_path)
