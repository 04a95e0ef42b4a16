"""Composing answers: the documents' own words, shaped by what was asked."""

from __future__ import annotations

from dataclasses import fields

from knowledge.answerability import Model, Signals
from knowledge.answering import answer
from knowledge.citing import marked_url
from knowledge.corpora import CorpusIndex, CorpusPage
from knowledge.values import Answer, Code, Points, Sentences, TableRows
from tests.support.knowledge import WordEmbedder

PAGES = [
    CorpusPage(
        "prices",
        "Plans and prices",
        "Fernway has four plans.\n\n## Prices\n\n| Plan | Price |\n|---|---|\n| Starter | free |\n| Team | 12 EUR |\n\n"
        "## Discounts\n\nNon-profits pay half. This applies to every plan.\n",
    ),
    CorpusPage(
        "password",
        "Sign in",
        "## Reset a password\n\nTo reset a password:\n\n1. Open the sign-in page.\n2. Choose Forgot password.\n"
        "   - Check the spam folder.\n3. Follow the link.\n",
    ),
    CorpusPage(
        "api",
        "API",
        "## Send a request\n\nSend the key in a header, as in this example:\n\n```sh\ncurl -H 'Key: x'\n```\n",
    ),
]
ALWAYS = Model((0.0,) * len(fields(Signals)), 10.0, 0.0)


def ask(question: str) -> Answer:
    embedder = WordEmbedder()
    index = CorpusIndex(PAGES, embedder)
    return answer(index.shelf, embedder, question, model=ALWAYS)


def test_a_how_to_question_gets_the_steps_in_order_with_what_belongs_to_them() -> None:
    made = ask("How do I reset my password?")

    lead, steps = made.parts
    assert isinstance(lead, Sentences)
    assert lead.lines[0].text == "To reset a password:"
    assert isinstance(steps, Points)
    assert steps.ordered
    assert [line.text for line in steps.items] == [
        "Open the sign-in page.",
        "Choose Forgot password. Check the spam folder.",
        "Follow the link.",
    ]


def test_what_is_shown_together_is_one_source() -> None:
    made = ask("How do I reset my password?")

    assert [citation.n for citation in made.citations] == [1]
    assert made.citations[0].quote.startswith("To reset a password:")
    assert made.citations[0].quote.endswith("Follow the link.")


def test_a_figure_from_a_table_comes_under_its_header() -> None:
    made = ask("Team 12 EUR price")

    (table,) = made.parts
    assert isinstance(table, TableRows)
    assert table.header == ("Plan", "Price")
    assert ("Team", "12 EUR") in table.rows


def test_a_sentence_that_leans_back_brings_the_one_before_it() -> None:
    made = ask("Does this applies to every plan hold?")

    (paragraph,) = made.parts
    assert isinstance(paragraph, Sentences)
    assert paragraph.lines[0].text.startswith("Non-profits pay half. This applies to every plan.")


def test_a_request_for_an_example_shows_the_code() -> None:
    made = ask("Example of sending the key in a header of a request")

    code = made.parts[-1]
    assert isinstance(code, Code)
    assert (code.language, code.text) == ("sh", "curl -H 'Key: x'")


def test_a_doubtful_question_is_not_answered_but_gets_the_nearest_pages() -> None:
    embedder = WordEmbedder()
    index = CorpusIndex(PAGES, embedder)

    made = answer(index.shelf, embedder, "password", model=Model((0.0,) * len(fields(Signals)), -10.0, 0.5))

    assert made.abstained
    assert (made.parts, made.citations) == ((), ())
    assert made.nearest[0].title == "Sign in"


def test_the_link_of_a_citation_opens_the_heading_and_marks_the_words() -> None:
    short = marked_url("/docs/a", "b-c", "Pay by card, well-known.")
    across = marked_url("/docs/a", "b", "one two three four five six seven", "x y z")

    assert short == "/docs/a#b-c:~:text=Pay%20by%20card%2C%20well%2Dknown."
    assert across == "/docs/a#b:~:text=one%20two%20three%20four%20five%20six,x%20y%20z"


def test_words_that_stand_there_twice_are_marked_at_their_own_place() -> None:
    again = marked_url("/docs/a", "b", "Press Save.", before="Open Jobs. Press Save. Open Crews. ")
    alike = marked_url("/docs/a", "b", "Press Save.", before="Then Press Save. Go on. Then ")
    first = marked_url("/docs/a", "b", "Press Save.", before="Open Jobs. ")

    assert again == "/docs/a#b:~:text=Crews.-,Press%20Save."
    assert alike == "/docs/a#b:~:text=on.%20Then-,Press%20Save."
    assert first == "/docs/a#b:~:text=Press%20Save."
