"""The catalogue is data: what is wrong in it is named with file, line and fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from intents.catalogue import load_catalogue
from intents.errors import CatalogueError
from intents.training import Labelled

GOOD = """\
version: 1
intents:
  - name: pricing
    description: What it costs.
    plays: [answer]
    examples: [how much, what does it cost, price, rates pls, cost for ten]
  - name: greeting
    description: Says hello.
    plays: [smalltalk]
    examples: [hi, hello, hey, hiya, good day]
out_of_scope: [is it raining]
"""


def complaint(tmp_path: Path, text: str) -> str:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(tmp_path)
    return str(caught.value).replace(f"{tmp_path}/", "")


def test_the_shipped_catalogue_holds_and_is_rich_enough() -> None:
    catalogue = load_catalogue()

    assert len(catalogue.intents) >= 32
    assert all(len(intent.examples) >= 25 for intent in catalogue.intents.values())
    assert len(catalogue.out_of_scope) >= 60
    assert catalogue.plays("pricing") == ("answer", "qualify", "book")
    assert catalogue.plays("no_such_intent") == ()


def test_the_shipped_catalogue_names_no_company_of_ours() -> None:
    texts = [item.text.lower() for item in load_catalogue().labelled()]

    assert not [text for text in texts if "fernway" in text or "frontdesk" in text]


def test_a_good_file_loads(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(GOOD, encoding="utf-8")

    catalogue = load_catalogue(tmp_path)

    assert [item.intent for item in catalogue.labelled()] == ["pricing"] * 5 + ["greeting"] * 5
    assert catalogue.out_of_scope == ("is it raining",)


@pytest.mark.parametrize(
    ("broken", "starts", "fix"),
    [
        (
            GOOD.replace("plays: [answer]", "plays: [sell]"),
            "mine.yaml:5: intents.0.plays.0:",
            "use one of the values named",
        ),
        (
            GOOD.replace("description: What", "descripton: What"),
            "mine.yaml:3: intents.0.description:",
            "add it",
        ),
        (GOOD.replace("name: pricing", "name: Pricing!"), "mine.yaml:3: intents.0.name:", "lower case"),
        (
            GOOD.replace("[hi, hello, hey, hiya, good day]", "[hi, yes]"),
            "mine.yaml:10: intents.1.examples",
            "quotes",
        ),
        (
            GOOD.replace("[hi, hello, hey, hiya, good day]", "[hi, hello]"),
            "mine.yaml:10: intents.1.examples:",
            "add more",
        ),
        (
            GOOD.replace("name: greeting", "name: pricing"),
            "mine.yaml:7: intent 'pricing' is already defined at mine.yaml:3",
            "rename",
        ),
        (GOOD.replace("[hi,", "[How much,"), "mine.yaml:10: example 'How much' of 'greeting'", "remove one"),
        (GOOD.replace("  - name: greeting", "  - name: [greeting"), "mine.yaml:", "check indentation"),
        ("just words", "mine.yaml:1:", "add them"),
        ("version: 1\n", "", "at least two intents"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_fix(
    tmp_path: Path, broken: str, starts: str, fix: str
) -> None:
    said = complaint(tmp_path, broken)

    assert said.startswith(starts)
    assert fix in said


def test_an_empty_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"no \*\.yaml file"):
        load_catalogue(tmp_path)


def test_a_text_can_not_be_an_example_of_an_intent_and_count_against_it(tmp_path: Path) -> None:
    text = GOOD.replace("cost for ten]", "cost for ten]\n    negatives: [why is it raining, 'Price?']")

    said = complaint(tmp_path, text)

    assert said.startswith("mine.yaml:")
    assert all(word in said for word in ("'Price?'", "'pricing'", "remove one"))


def test_negatives_carry_the_intent_that_they_count_against(tmp_path: Path) -> None:
    text = GOOD.replace("cost for ten]", "cost for ten]\n    negatives: [cost of the war]")
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")

    assert load_catalogue(tmp_path).negatives() == [Labelled("cost of the war", "pricing")]
