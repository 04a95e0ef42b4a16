"""Choosing what to quote: the section that was asked for, whole remedies, nothing twice, nothing in the air."""

from __future__ import annotations

from dataclasses import fields

import pytest

from knowledge.answerability import Model, Signals
from knowledge.answering import answer
from knowledge.asked import tells_of_trouble, tells_the_figure, wants_many, wants_steps, welcomes_steps
from knowledge.corpora import CorpusIndex, CorpusPage
from knowledge.values import Answer, Line, Points, Sentences, TableRows
from tests.support.knowledge import WordEmbedder

PAGES = [
    CorpusPage(
        "metrics",
        "Metrics",
        "Words for what is counted.\n\n## Bounce rate\n\nThe share of people who leave at once. "
        "A visit is no bounce when somebody:\n\n- opens a second page\n- sends a form\n\n"
        "## Duration\n\nA high bounce rate makes the bounce rate chart of duration look short.\n",
    ),
    CorpusPage(
        "cancel",
        "Leaving",
        "A subscription may end at any time.\n\n## Cancel\n\n1. Sign in as an owner.\n2. End it.\n3. Confirm.\n",
    ),
    CorpusPage(
        "push",
        "Notifications",
        "## Push messages\n\n1. Send a test.\n2. On Android, allow push notifications.\n3. Sign out and in.\n",
    ),
    CorpusPage(
        "exclude",
        "Own visits",
        ":::tip Exclude by address\nThis is the easiest way to exclude own visits.\n:::\n\n"
        "To exclude own visits, set a flag in the browser.\n",
    ),
    CorpusPage(
        "twice",
        "Storage",
        "Team holds five gigabytes of files.\n\n## More\n\nFive gigabytes of files are what Team holds.\n",
    ),
]
ALWAYS = Model((0.0,) * len(fields(Signals)), 10.0, 0.0)


def ask(question: str) -> Answer:
    embedder = WordEmbedder()
    index = CorpusIndex(PAGES, embedder)
    return answer(index.shelf, embedder, question, model=ALWAYS)


def lines(made: Answer) -> list[str]:
    found: list[Line] = []
    for part in made.parts:
        assert isinstance(part, Sentences | Points)
        found += part.lines if isinstance(part, Sentences) else part.items
    return [line.text for line in found]


def test_a_section_headed_by_the_question_answers_with_its_opening_and_the_list_it_announces() -> None:
    made = ask("What is the bounce rate?")

    assert lines(made) == [
        "The share of people who leave at once.",
        "A visit is no bounce when somebody:",
        "opens a second page",
        "sends a form",
    ]
    assert made.citations[0].heading == "Bounce rate"


@pytest.mark.parametrize("question", ["Can I cancel a subscription?", "cancel subscription"])
def test_who_may_do_a_thing_is_shown_how(question: str) -> None:
    made = ask(question)

    assert lines(made) == [
        "A subscription may end at any time.",
        "Sign in as an owner.",
        "End it.",
        "Confirm.",
    ]
    assert [citation.heading for citation in made.citations] == ["", "Cancel"]


def test_trouble_gets_the_whole_remedy_and_not_one_step_of_it() -> None:
    assert lines(ask("no push notifications on android")) == [
        "Send a test.",
        "On Android, allow push notifications.",
        "Sign out and in.",
    ]


def test_a_sentence_that_leans_on_a_title_does_not_lead() -> None:
    assert lines(ask("exclude own visits"))[0] == "To exclude own visits, set a flag in the browser."


def test_nothing_is_said_twice() -> None:
    assert len(lines(ask("How many gigabytes of files does Team hold?"))) == 1


@pytest.mark.parametrize(
    ("question", "steps", "welcome", "many", "trouble"),
    [
        ("How do I cancel?", True, False, False, False),
        ("Can we import a sheet?", False, True, False, False),
        ("cancel subscription", False, True, False, False),
        ("Which formats can I import?", False, False, True, False),
        ("the job doesn't show up", False, True, False, True),
        ("the job doesn’t show up", False, True, False, True),
        ("What is a note?", False, False, False, False),
    ],
)
def test_a_question_says_what_form_of_answer_it_wants(
    question: str, *, steps: bool, welcome: bool, many: bool, trouble: bool
) -> None:
    assert wants_steps(question) is steps
    assert welcomes_steps(question) is welcome
    assert wants_many(question) is many
    assert tells_of_trouble(question) is trouble


@pytest.mark.parametrize(
    ("question", "told", "untold"),
    [
        ("How much is the Team plan?", "Team costs 12 EUR per seat.", "Team is one of 4 plans."),
        ("How long is the trial?", "It lasts 14 days.", "It has 20 seats."),
        ("how often are positions refreshed", "Every 60 seconds.", "Positions are refreshed."),
        ("How many seats can I have?", "Up to 50.", "Add seats under Billing."),
    ],
)
def test_a_sentence_that_tells_the_figure_asked_for_is_known(question: str, told: str, untold: str) -> None:
    assert tells_the_figure(question, told)
    assert not tells_the_figure(question, untold)


def test_a_question_for_no_figure_is_not_answered_by_one() -> None:
    assert not tells_the_figure("What is a seat?", "A seat costs 12 EUR.")


PRICES = CorpusPage(
    "prices",
    "Prices",
    "We have two plans. What you pay depends on the seats.\n\n## Prices\n\n| Plan | Price |\n| --- | --- |\n"
    "| Team | 12 EUR per seat |\n| Business | 24 EUR per seat |\n\n"
    "## What costs extra\n\nText messages cost 0.09 EUR each. Storage costs 5 EUR a month.\n",
)


@pytest.mark.parametrize("question", ["What are your prices?", "How much do your plans cost?", "pricing"])
def test_who_asks_for_the_prices_and_names_no_plan_gets_the_table_of_them(question: str) -> None:
    embedder = WordEmbedder()
    index = CorpusIndex([*PAGES, PRICES], embedder)

    made = answer(index.shelf, embedder, question, model=ALWAYS)

    assert isinstance(made.parts[0], TableRows)
    assert made.parts[0].header == ("Plan", "Price")
    assert [row[0] for row in made.parts[0].rows] == ["Team", "Business"]


def test_what_one_thing_costs_is_not_answered_with_the_table() -> None:
    embedder = WordEmbedder()
    index = CorpusIndex([*PAGES, PRICES], embedder)

    made = answer(index.shelf, embedder, "What do text messages cost?", model=ALWAYS)

    assert isinstance(made.parts[0], Sentences)
    assert made.parts[0].lines[0].text.startswith("Text messages cost 0.09 EUR each.")
