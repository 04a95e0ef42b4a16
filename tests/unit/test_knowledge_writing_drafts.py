"""Taking drafts apart, reading facts and clauses off sentences, and keeping count of what was spent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from knowledge.writing.clauses import clauses, row_clauses
from knowledge.writing.drafting import take_apart
from knowledge.writing.facts import facts_of
from knowledge.writing.spending import Breaker, Purse
from tests.support.writing import Time

NOW = datetime(2026, 3, 2, 23, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Team costs 12 EUR [1].", [("Team costs 12 EUR.", (1,), "")]),
        ("Team is free. [1] It is new. [2]", [("Team is free.", (1,), ""), ("It is new.", (2,), "")]),
        ("Both are open [1][3].", [("Both are open.", (1, 3), "")]),
        ("Both are open [1, 3].", [("Both are open.", (1, 3), "")]),
        ("It is open 【2】.", [("It is open.", (2,), "")]),
        ("It is **open** on `Team` [1].", [("It is open on Team.", (1,), "")]),
        ("It is open.", [("It is open.", (), "no_citation")]),
        ("It is open [1]. And then", [("It is open.", (1,), ""), ("And then", (), "unfinished")]),
        ("See ![a](http://x.test/a.png) [1].", [("See![a](http://x.test/a.png).", (1,), "markup")]),
        ("Press <script>go()</script> [1].", [("Press <script>go()</script>.", (1,), "markup")]),
        ("Go to javascript:alert(1) [1].", [("Go to javascript:alert(1).", (1,), "markup")]),
        ("Hello [person_1], it is open [1].", [("Hello [person_1], it is open.", (1,), "placeholder")]),
        ("| a | b |\n", [("| a | b |", (), "markup")]),
        ("```\nrm -rf\n```", [("rm -rf", (), "markup")]),
        ("", []),
    ],
)  # fmt: skip
def test_a_draft_comes_apart_into_sentences_with_their_citations(
    text: str, expected: list[tuple[str, tuple[int, ...], str]]
) -> None:
    assert [(one.text, one.cites, one.refused) for one in take_apart(text, is_whole=True)] == expected


def test_numbered_lines_are_steps_and_dashes_points() -> None:
    said = take_apart("1. Sign in [1].\n2) Choose Confirm [1]\n- A point [2]", is_whole=True)

    assert [(one.shape, one.number, one.refused) for one in said] == [
        ("step", 1, ""),
        ("step", 2, ""),
        ("point", 0, ""),
    ]


def test_the_last_item_of_a_draft_that_was_cut_off_is_unfinished() -> None:
    said = take_apart("1. Sign in [1].\n2. Choose Con [1]", is_whole=False)

    assert [one.refused for one in said] == ["", "unfinished"]


def test_facts_are_read_however_they_are_written() -> None:
    facts = facts_of("Up to fourteen days cost €1,440.00 a month, not $9, at help@fernway.example.")

    assert facts.numbers == ("14", "1440", "9")
    assert ("14", "day") in facts.measured
    assert ("1440", "eur") in facts.measured
    assert ("9", "usd") in facts.measured
    assert facts.links == {"help@fernway.example"}
    assert {"most", "month", "day"} <= facts.limits
    assert facts.denials == ("not",)


def test_a_sentence_is_cut_where_it_says_something_else() -> None:
    found = clauses("Team costs 12 EUR per seat and Business costs 24 EUR, but Starter is not billed.")

    assert [(sorted(one.names), one.facts.numbers, one.is_denied) for one in found] == [
        (["team"], ("12",), False),
        (["busi"], ("24",), False),
        (["starter"], (), True),
    ]


def test_names_in_a_row_make_one_claim() -> None:
    found = clauses("Okta, Entra ID and Keycloak are tested with every release.")

    assert len(found) == 1
    assert {"okta", "keycloak"} <= found[0].names


def test_a_dash_in_a_table_says_no() -> None:
    found = row_clauses("SSO\t–\tyes", ("Feature", "Team", "Business"))

    assert [(sorted(one.names), one.is_denied) for one in found] == [
        (["sso", "team"], True),
        (["busi", "sso"], False),
    ]


def test_a_purse_is_full_again_at_midnight() -> None:
    purse = Purse()
    purse.change("demo", NOW, 500)
    purse.learn("demo", NOW, 400)

    assert purse.spent("demo", NOW) == 500
    assert purse.spent("demo", NOW.replace(day=3)) == 0


def test_a_call_that_began_before_midnight_does_not_forget_what_today_cost() -> None:
    purse = Purse()
    yesterday, today = NOW, NOW + timedelta(days=1)
    purse.change("demo", yesterday, 4000)
    purse.change("demo", today, 300)
    purse.change("demo", yesterday, -3900)

    assert purse.spent("demo", today) == 300


def test_a_breaker_lets_one_call_find_out_whether_all_is_well() -> None:
    clock = Time()
    breaker = Breaker(clock, failures=2, pause_s=10)
    breaker.failed()
    assert breaker.lets_through()
    breaker.failed()
    assert not breaker.lets_through()

    clock.at += 11
    first, second = breaker.lets_through(), breaker.lets_through()
    breaker.went_well()

    assert (first, second) == (True, False)
    assert breaker.lets_through()
