"""The golden questions about the demo company: what they expect stands in its public documents."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from server.demo import DemoSite
from server.markdown import render

ROOT = Path(__file__).parents[2]
CASES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (ROOT / "evals/golden/demo_answers.jsonl").read_text(encoding="utf-8").splitlines()
]
PAGES = {page.path: page for group in DemoSite(ROOT / "demo").contents() for page in group.pages}
SUPPORTED = [case for case in CASES if case["page"] is not None]


def test_there_are_enough_questions_of_every_kind_and_none_twice() -> None:
    kinds = Counter(case["kind"] for case in CASES)

    assert len(CASES) >= 170
    assert set(kinds) == {"answerable", "unanswerable", "followup", "typo", "polite", "several"}
    assert kinds["unanswerable"] >= 25
    assert len({case["id"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", SUPPORTED, ids=lambda case: case["id"])
def test_the_expected_words_stand_on_the_expected_public_page(case: dict[str, Any]) -> None:
    words = BeautifulSoup(render(PAGES[case["page"]].source).html, "html.parser").get_text()

    assert case["must_contain"]
    assert [expected for expected in case["must_contain"] if expected not in words] == []


def test_only_unanswerable_questions_have_no_page_and_only_followups_need_what_came_before() -> None:
    for case in CASES:
        assert case["id"].startswith("unanswerable-") == (case["page"] is None), case["id"]
        assert case["kind"] != "unanswerable" or case["page"] is None, case["id"]
        assert case["kind"] != "followup" or case["previous"], case["id"]


def test_every_public_page_is_asked_about() -> None:
    asked = {case["page"] for case in SUPPORTED}

    assert set(PAGES) - asked <= {"customers/facility-management"}
