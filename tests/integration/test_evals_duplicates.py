"""The labelled pairs and the look through many contacts, as their commands run them."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.benches import duplicates as bench
from evals.errors import BadData
from evals.suites import duplicates


def quiet(_line: str) -> None:
    """Nobody reads along."""


def test_the_labelled_pairs_hold_their_bars() -> None:
    report = duplicates.run(quiet)

    assert report.figures["pairs"] == 185
    assert {bar.bar for bar in report.bars if not bar.holds} == set()


def test_a_line_that_is_no_pair_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"object": "person", "first": {}, "second": {}, "same": true}\n', encoding="utf-8")

    with pytest.raises(BadData, match=r"pairs\.jsonl:1"):
        duplicates.run(quiet, file)


def test_contacts_that_stand_there_twice_are_found_among_many() -> None:
    report = bench.run(quiet, contacts=400)

    assert report.figures["found"] == 1
    assert report.figures["put_besides"] == 0
    assert report.figures["fresh_again"] == 0
