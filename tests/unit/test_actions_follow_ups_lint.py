"""The claim linter of follow-up mails: what may stand in a mail, what may not, and how well it tells them apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.actions.follow_ups.linting import lint
from server.actions.follow_ups.values import Evidence, Grounds, PlanPrices

CORPUS: dict[str, Any] = yaml.safe_load(
    (Path(__file__).parents[1] / "support" / "follow_up_claims.yaml").read_text(encoding="utf-8")
)
PAGES = tuple(
    Evidence(n, page["title"], f"https://fernway.example/docs/{n}", page["text"])
    for n, page in enumerate(CORPUS["pages"], start=1)
)
GROUNDS = Grounds(
    language="en",
    company="Fernway",
    evidence=PAGES,
    plans=(
        PlanPrices("Team", frozenset({Decimal(12), Decimal(15), Decimal(144)})),
        PlanPrices("Business", frozenset({Decimal(24), Decimal(29), Decimal(288)})),
        PlanPrices("Enterprise", frozenset()),
    ),
    currency="EUR",
    banned=("guaranteed uptime of 100",),
    asked=("Does it work without a signal?",),
    own=frozenset({"[email_1]", "[person_1]", "sales@fernway.example"}),
    strangers=frozenset({"Grace", "grace@lifts.example"}),
    links=frozenset({"https://fernway.example/docs/prices"}),
)


@dataclass(frozen=True)
class Figures:
    right: int
    missed: tuple[str, ...]
    wrongly: tuple[str, ...]

    @property
    def recall(self) -> float:
        return self.right / (self.right + len(self.missed))

    @property
    def precision(self) -> float:
        return self.right / (self.right + len(self.wrongly))


def blocking(language: str, text: str) -> set[str]:
    return {each.code for each in lint(text, replace(GROUNDS, language=language)) if each.blocks}


def measured(part: str) -> Figures:
    """Of the bad sentences how many are blocked for the reason given, and how many good ones are blocked."""
    bad = CORPUS[part]["bad"]
    missed = tuple(text for language, text, code in bad if code not in blocking(language, text))
    wrongly = tuple(text for language, text in CORPUS[part]["good"] if blocking(language, text))
    return Figures(len(bad) - len(missed), missed, wrongly)


@pytest.mark.parametrize(("part", "least"), [("tuned", 1.0), ("held_out", 0.9)])
def test_the_linter_tells_good_sentences_from_bad_ones(part: str, least: float) -> None:
    figures = measured(part)

    assert figures.precision >= least, figures.wrongly
    assert figures.recall >= least, figures.missed


def test_a_finding_names_the_very_words_and_what_to_do() -> None:
    text = "Hello Ada,\n\nTeam is 9 EUR per seat.\n"

    [found] = [each for each in lint(text, GROUNDS) if each.blocks]

    assert text[found.start : found.end] == found.said == "9 EUR"
    assert "12" in found.fix


def test_a_page_that_is_gone_takes_its_quotation_along() -> None:
    gone = replace(GROUNDS, evidence=(PAGES[0], PAGES[1], replace(PAGES[2], text="")))

    codes = {each.code for each in lint("“The app can work offline for up to 14 days.” [3]", gone)}

    assert codes == {"source_gone"}


def test_a_page_whose_price_differs_from_the_catalogue_blocks() -> None:
    dearer = replace(GROUNDS, plans=(PlanPrices("Team", frozenset({Decimal(13)})),))

    codes = {
        each.code for each in lint("“Team costs 12 EUR per seat a month when billed yearly” [1]", dearer)
    }

    assert codes == {"price_not_in_catalogue"}


def test_a_claim_without_a_source_is_a_warning_and_no_block() -> None:
    [found] = lint("Our app also paints the vans in your colour.", GROUNDS)

    assert (found.code, found.blocks) == ("uncited_claim", False)


def test_reviewed_sentences_are_not_looked_at_again() -> None:
    ours = "You get this mail because you left your address in our chat on 3 March 2026."

    assert lint(ours, replace(GROUNDS, ours=(ours,))) == ()


def test_an_endless_draft_is_refused() -> None:
    assert "too_long" in blocking("en", "Hello. " * 1_000)
