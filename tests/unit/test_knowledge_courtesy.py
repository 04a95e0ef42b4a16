"""What is asked, freed of politeness; two questions taken apart; one answer made of two."""

from __future__ import annotations

from dataclasses import fields

import pytest

from knowledge.answerability import Model, Signals, names_a_stranger
from knowledge.answering import answer
from knowledge.corpora import CorpusIndex, CorpusPage
from knowledge.courtesy import without_courtesy
from knowledge.several import apart, without_introduction
from knowledge.values import Sentences
from tests.support.knowledge import WordEmbedder

PAGES = [
    CorpusPage("trial", "Trial", "The trial lasts fourteen days.\n\nNobody has to enter a credit card.\n"),
    CorpusPage("support", "Support", "Support answers within a working day.\n"),
]
# Answers whatever shares a word with a passage, and nothing else.
COVERED = Model(tuple(8.0 if field.name == "coverage" else 0.0 for field in fields(Signals)), -2.0, 0.5)


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("hi there, quick q: can u tell me what it costs, pls", "what it costs"),
        ("Guten Tag, how do I invite people?", "how do I invite people?"),
        ("Bonjour, s'il vous plaît: is there a trial?", "is there a trial?"),
        ("Hola, por favor, which plans are there? Gracias!", "which plans are there?"),
        ("sorry to bother you, but could you tell me whether SSO is included", "whether SSO is included"),
        ("does it work? thanks!", "does it work?"),
        ("is the app free, please?", "is the app free?"),
    ],
)
def test_politeness_is_not_searched_for(said: str, asked: str) -> None:
    assert without_courtesy(said) == asked


@pytest.mark.parametrize("said", ["hello", "thanks", "How do I say hello to customers?", "only admins?"])
def test_what_is_all_politeness_or_none_stays_as_it_is(said: str) -> None:
    assert without_courtesy(said) == said


@pytest.mark.parametrize(
    ("message", "pieces"),
    [
        (
            "how long is the trial and do i need a credit card",
            ("how long is the trial", "do i need a credit card"),
        ),
        ("Who may invite people, and how?", ("Who may invite people, and how?",)),
        (
            "What does Team cost? And is there a discount?",
            ("What does Team cost?", "And is there a discount?"),
        ),
        ("where and when can I meet you", ("where and when can I meet you",)),
        ("can it read the forecast and move roof jobs", ("can it read the forecast and move roof jobs",)),
        ("are we tracked? our council will ask", ("are we tracked? our council will ask",)),
    ],
)
def test_two_questions_are_two_and_one_is_one(message: str, pieces: tuple[str, ...]) -> None:
    assert apart(message) == pieces


def test_both_questions_of_a_message_are_answered_in_their_order() -> None:
    embedder = WordEmbedder()

    made = answer(
        CorpusIndex(PAGES, embedder).shelf,
        embedder,
        "how fast does support answer and do I need a credit card?",
        model=COVERED,
    )

    said = [line.text for part in made.parts if isinstance(part, Sentences) for line in part.lines]
    assert said == ["Support answers within a working day.", "Nobody has to enter a credit card."]
    assert [cited.n for cited in made.citations] == [1, 2]
    assert made.notes == ()


def test_the_part_without_an_answer_is_named() -> None:
    embedder = WordEmbedder()

    made = answer(
        CorpusIndex(PAGES, embedder).shelf,
        embedder,
        "how fast does support answer and is there a helicopter?",
        model=COVERED,
    )

    assert not made.abstained
    assert [(note.kind, dict(note.values)) for note in made.notes] == [
        ("unanswered", {"question": "is there a helicopter?"})
    ]


def test_a_name_that_no_document_mentions_is_a_stranger() -> None:
    def known(term: str) -> bool:
        return term in {"xero", "app"}

    assert names_a_stranger("Do you connect to Shopify?", known)
    assert names_a_stranger("is it ISO27001 certified", known)
    assert not names_a_stranger("Do you connect to Xero?", known)
    assert not names_a_stranger("Shopify", known), "the first word has its capital from the sentence"


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("We're a lift firm with 30 technicians. What does Team cost?", "What does Team cost?"),
        ("We are 12 people. Which?", "We are 12 people. Which?"),
        ("The app crashed. What does it log?", "The app crashed. What does it log?"),
    ],
)
def test_who_asks_is_not_searched_for(message: str, asked: str) -> None:
    assert without_introduction(message) == asked
