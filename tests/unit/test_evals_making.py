"""Question sets made of documents: what is asked, what is masked, what is left alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from evals.datasets import retrieval_set
from evals.errors import BadData
from evals.making import mallard, recipes, rst
from evals.making.masking import MASK, asks, without_number
from evals.making.pages import as_markdown
from evals.making.sets import Plan, make
from knowledge.parsing.markdown import parse_markdown

BILLING = """# Billing

See also: prices.

## How do I change the billing address?

Open the latest invoice and choose Edit, then write the new address and save it at the bottom.

## Limits

A plan has limits on seats and on requests, which the table on the prices page lists in full.
"""
OTHER = (
    "# Trips\n\nThe map shows where the vans are, and when each of them will be at its next customer today.\n"
)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "billing.md").write_text(BILLING, encoding="utf-8")
    (folder / "trips.md").write_text(OTHER, encoding="utf-8")
    return folder


def test_a_question_that_a_heading_asks_becomes_a_query_judged_for_its_page(
    docs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "made"

    counts = make(Plan((docs,)), out)

    made = retrieval_set(out / "corpus.jsonl", out / "queries.jsonl", out / "qrels.tsv")
    assert counts == (2, 1)
    assert [question.text for question in made.questions] == ["How do I change the billing address?"]
    assert list(made.relevant[made.questions[0].id]) == ["billing.md"]


def test_the_question_stands_nowhere_in_the_corpus_and_its_answer_does(docs: Path, tmp_path: Path) -> None:
    out = tmp_path / "made"
    (docs / "index.md").write_text("# Contents\n\n- How do I change the billing address?\n", encoding="utf-8")

    make(Plan((docs,)), out)

    corpus = (out / "corpus.jsonl").read_text(encoding="utf-8")
    assert "How do I change" not in corpus
    assert f"## {MASK}" in corpus
    assert "choose Edit" in corpus


def test_sections_become_pages_of_their_own_without_the_heading_that_is_asked(
    docs: Path, tmp_path: Path
) -> None:
    out = tmp_path / "made"

    make(Plan((docs,), each="section"), out)

    pages = [json.loads(line) for line in (out / "corpus.jsonl").read_text(encoding="utf-8").splitlines()]
    answering = [page for page in pages if "choose Edit" in page["text"]]
    assert [page["title"] for page in answering] == [""]


def test_making_a_set_twice_gives_the_same_files(docs: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make(Plan((docs,)), tmp_path / name)

    for file in ("corpus.jsonl", "queries.jsonl", "qrels.tsv"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_documents_that_ask_nothing_are_refused_with_what_else_to_try(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(OTHER, encoding="utf-8")

    with pytest.raises(BadData, match="another --ask"):
        make(Plan((tmp_path,)), tmp_path / "made")


@pytest.mark.parametrize(
    ("heading", "is_question"),
    [
        ("How do I cancel my plan?", True),
        ("1.2. Who owns my data?", True),
        ("How to move a job to another crew", True),
        ("Why?", False),
        ("Moving jobs", False),
    ],
)
def test_headings_are_told_apart(heading: str, is_question: bool) -> None:
    assert asks(heading) is is_question


def test_the_number_before_a_question_is_not_part_of_it() -> None:
    assert without_number("Q: 1.2 Who owns my data?") == "Who owns my data?"


def test_restructured_text_keeps_headings_code_and_the_words_of_its_roles() -> None:
    source = (
        "=====\nTitle\n=====\n\n.. _a label:\n\nHow to start\n------------\n\nSee :ref:`the guide <guide>` and "
        "``run()``.\n\n.. note::\n   Mind the gap.\n\n.. code-block:: python\n   :linenos:\n\n   call(1)\n\n"
        ".. image:: a.png\n   :alt: hidden\n"
    )

    blocks = parse_markdown(rst.to_markdown(source), fallback_title="x").blocks

    assert [(block.kind, block.text) for block in blocks] == [
        ("heading", "How to start"),
        ("prose", "See the guide and run()."),
        ("prose", "Mind the gap."),
        ("code", "call(1)"),
    ]


def test_desktop_help_keeps_title_paragraphs_and_steps() -> None:
    source = (
        b'<page xmlns="http://projectmallard.org/1.0/"><info><desc>hidden</desc></info><title>Copy files</title>'
        b"<!-- hidden --><p>Drag <gui>them</gui>.</p><steps><item><p>Open a window.</p></item></steps></page>"
    )

    parsed = parse_markdown(mallard.to_markdown(source), fallback_title="x")

    assert parsed.title == "Copy files"
    assert [block.text for block in parsed.blocks] == ["Drag them.", "Open a window."]


def test_blocks_written_as_markdown_read_back_as_the_same_blocks() -> None:
    source = "# A\n\nProse.\n\n- one\n- two\n\n1. first\n2. second\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n"
    source += "```sh\nls\n```\n"
    blocks = parse_markdown(source, fallback_title="x").blocks

    again = parse_markdown(as_markdown(blocks), fallback_title="x").blocks

    assert [(block.kind, block.text, block.level) for block in again] == [
        (block.kind, block.text, block.level) for block in blocks
    ]


def test_every_recipe_that_is_shipped_can_be_read() -> None:
    names = [recipe.name for recipe in recipes.read()]

    assert len(names) == len(set(names))
    assert {name.partition("-")[0] for name in names} == {"dev", "held", "new"}


def test_a_recipe_without_documents_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "recipes.yaml"
    file.write_text('mine: { package: "npm:mine@1" }\n', encoding="utf-8")

    with pytest.raises(BadData, match="'mine' needs package and docs"):
        recipes.read(file)
