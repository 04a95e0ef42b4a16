"""The table of decisions in `decide_cases/`: what is done in each situation, and what the record says of it."""

from __future__ import annotations

import pytest

from tests.support.decide_cases import Row, asked, offered, rows, said

ROWS = list(rows())


@pytest.mark.parametrize("row", ROWS, ids=[f"{row.topic}: {row.name}" for row in ROWS])
def test_a_situation_is_decided_as_the_table_says(row: Row) -> None:
    decision = row.decided()
    checks = {check.name: check for check in decision.checks}
    expect = row.expect

    assert set(expect) <= {"play", "asks", "offers", "moves", "reasons", "says", "passed", "blocked"}, (
        "a misspelled key"
    )
    if "play" in expect:
        assert decision.play == expect["play"]
    if "asks" in expect:
        assert asked(decision) == ([] if expect["asks"] == "nothing" else [expect["asks"]])
    if "offers" in expect:
        assert offered(decision) == ([] if expect["offers"] == "nothing" else [expect["offers"]])
    if "moves" in expect:
        assert [type(move).__name__ for move in decision.moves] == expect["moves"]
    assert set(expect.get("reasons", ())) <= set(decision.reasons)
    assert set(expect.get("says", ())) <= set(said(decision))
    for name in expect.get("passed", ()):
        assert checks[name].passed, checks[name].why
    for name, why in expect.get("blocked", {}).items():
        assert not checks[name].passed
        assert why in checks[name].why


def test_the_table_holds_what_it_promises() -> None:
    assert len(ROWS) >= 150
    assert len({(row.topic, row.name) for row in ROWS}) == len(ROWS), "two rows have one name"
