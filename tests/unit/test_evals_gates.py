"""Bars: what holds, what does not, and how they are written down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from evals.errors import BadData
from evals.gates import GATES, bars, bars_of_known
from evals.report import Bar, Report, as_json, keep, table

AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


def some_gates(folder: Path, text: str) -> Path:
    file = folder / "gates.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_floor_holds_from_its_target_up_and_a_ceiling_down_from_it() -> None:
    assert Bar("accuracy", 0.9, 0.9).holds
    assert not Bar("accuracy", 0.89, 0.9).holds
    assert Bar("ratio", 2.5, 2.5, is_floor=False).holds
    assert not Bar("ratio", 2.6, 2.5, is_floor=False).holds


def test_a_figure_that_could_not_be_measured_holds_no_bar() -> None:
    assert not Bar("auroc", None, 0.0).holds


def test_a_list_of_figures_makes_the_best_of_them_the_bar(tmp_path: Path) -> None:
    file = some_gates(tmp_path, "suites: {s: {at_least: {ours: [one, two]}}}\nknown: {}")

    (bar,) = bars("s", {"ours": 0.8, "one": 0.7, "two": 0.81}, file)

    assert (bar.bar, bar.target, bar.holds) == ("ours_over_the_best_alone", 0.81, False)


def test_anybody_elses_data_has_no_bars(tmp_path: Path) -> None:
    file = some_gates(tmp_path, "suites: {}\nknown: {abc: {at_least: {ours: 0.5}}}")

    assert bars_of_known("something else", {"ours": 0.1}, file) == ()
    assert [bar.holds for bar in bars_of_known("abc", {"ours": 0.6}, file)] == [True]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("suites: {s: {at_least: {oers: 1}}}", "no figure 'oers'; use one of ours"),
        ("sweets: {}", "no mapping under 'suites'"),
        ("suites: [", "not valid YAML"),
    ],
)
def test_gates_that_can_not_be_read_are_named(tmp_path: Path, text: str, complaint: str) -> None:
    file = some_gates(tmp_path, text)

    with pytest.raises(BadData, match=rf"{file}:\d+: .*{complaint}"):
        bars("s", {"ours": 0.1}, file)


def test_the_shipped_gates_speak_of_suites_and_benchmarks_that_exist() -> None:
    from evals.commands import BENCHES, SUITES

    gates = yaml.safe_load(GATES.read_text(encoding="utf-8"))

    benches = {f"bench-{name}" for name in BENCHES}
    ways = {"bench-delivery-killed", "bench-delivery-backlog", "duplicates-bench"}
    assert set(gates["suites"]) <= {*SUITES, *benches, *ways}
    assert all(set(entry) <= {"about", "at_least", "at_most"} for entry in gates["known"].values())


def test_one_report_is_the_object_and_several_are_a_list_in_it() -> None:
    one, two = Report("one", {"x": 0.123456}, (Bar("x", 0.1235, 0.1),)), Report("two", {"y": None})

    assert as_json([one], "eval") == {
        "name": "one",
        "figures": {"x": 0.1235},
        "bars": [{"bar": "x", "value": 0.1235, "target": 0.1, "holds": True}],
    }
    assert as_json([one, two], "eval") == {"name": "eval", "suites": [one.as_json(), two.as_json()]}


def test_the_table_for_people_shows_figures_bars_and_remarks() -> None:
    shown = table(Report("one", {"x": 0.5, "none": None}, (Bar("x", 0.5, 0.6),), ("look there",)))

    assert "MISSED  x >= 0.6, measured 0.5" in shown
    assert "look there" in shown
    assert "none  -" in shown


def test_every_outcome_is_appended_with_date_commit_and_machine(tmp_path: Path) -> None:
    file = tmp_path / "made" / "results.jsonl"

    keep(Report("one", {"x": 1.0}), file, "eval", {"train": Path("a.jsonl"), "test": None}, AT)
    keep(Report("two", {"x": 2.0}), file, "bench", {}, AT)

    first, second = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert first["at"] == "2026-03-02T08:00:00+00:00"
    assert first["given"] == {"train": "a.jsonl"}
    assert {"commit", "machine", "name", "figures", "bars"} <= set(first)
    assert "cores" in first["machine"]
    assert (second["command"], second["name"]) == ("bench", "two")


def test_the_file_of_results_holds_figures_and_no_word_of_what_was_said(tmp_path: Path) -> None:
    remark = "booking.yaml: turn 2: “I am zqwert@zqplm.example” is read as pricing"
    report = Report("conversations", {"passed": 0.5}, (Bar("passed", 0.5, 1.0),), (remark,))

    keep(report, tmp_path / "evals.jsonl", "eval", {"site": "demo"}, AT)

    written = (tmp_path / "evals.jsonl").read_text(encoding="utf-8")
    assert '"passed": 0.5' in written
    for place in (written, json.dumps(as_json([report], "eval"), ensure_ascii=False)):
        assert "zqwert" not in place
        assert "pricing" not in place
