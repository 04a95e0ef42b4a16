"""Understanding the question before the search: typos, other words, references to what was asked before."""

from __future__ import annotations

import pytest

from knowledge.followups import resolve
from knowledge.indexes.vocabulary import Vocabulary
from knowledge.spelling import Speller
from knowledge.words import widened

SEATS = "How many seats are in the Team plan?"


@pytest.mark.parametrize(
    ("question", "resolved"),
    [
        ("and for the Enterprise plan?", "How many seats are in the Enterprise plan?"),
        ("what about Business?", "How many seats are in the Business plan?"),
        ("And what does it cost?", "what does it cost? (seats Team plan)"),
        ("is that per month?", "is that per month? (seats Team plan)"),
    ],
)
def test_a_short_follow_up_is_made_whole(question: str, resolved: str) -> None:
    assert resolve(question, [SEATS]) == resolved


@pytest.mark.parametrize(
    ("earlier", "question", "searched_for"),
    [
        (SEATS, "and in German?", "How many seats are in the Team plan in German?"),
        (SEATS, "and Enterprise?", "How many seats are in the Enterprise plan?"),
        (SEATS, "ok and how much is that?", "how much is that? (seats Team plan)"),
        (SEATS, "why?", "why? (seats Team plan)"),
        ("How do I set up SSO?", "how do I turn it off?", "how do I turn it off? (set SSO)"),
        ("How do I set up SSO?", "and on mobile?", "How do I set up SSO on mobile?"),
        ("What does Team cost?", "what about annual?", "What does Team cost annual?"),
        ("What does Team cost?", "with VAT?", "What does Team cost with VAT?"),
        ("Does the app work offline?", "for how long?", "how long? (app work offline)"),
        (
            "Where is our data hosted?",
            "how long do you keep them?",
            "how long do you keep them? (data hosted)",
        ),
        ("Where is our data hosted?", "Can I export invoices as PDF?", "Can I export invoices as PDF?"),
        (
            "Where is our data hosted?",
            "For which plans is SSO available?",
            "For which plans is SSO available?",
        ),
        ("Where is our data hosted?", "thanks!", "thanks!"),
    ],
)
def test_what_a_follow_up_is_searched_as(earlier: str, question: str, searched_for: str) -> None:
    assert resolve(question, [earlier]) == searched_for


@pytest.mark.parametrize(
    "question", ["How do I reset my password?", "Is it possible to export reports?", "SSO"]
)
def test_a_question_that_stands_by_itself_is_left_alone(question: str) -> None:
    assert resolve(question, [SEATS]) == question


def test_without_an_earlier_question_nothing_is_added() -> None:
    assert resolve("and for Business?", []) == "and for Business?"


def test_abbreviations_are_no_typos_in_the_plural_or_with_their_number() -> None:
    speller = Speller(Vocabulary.of(["crm", "arms", "soc", "2", "arms"]))

    assert speller.mend("Which CRMs do you have, and soc2?") == "Which CRM do you have, and soc 2?"


def test_typos_are_mended_with_the_words_of_the_documents() -> None:
    speller = Speller(Vocabulary.of(["password", "webhook", "webhook", "invoice", *["fernway"] * 3]))

    assert speller.mend("How do I reset my pasword for Frenway?") == "How do I reset my password for fernway?"


def test_english_words_that_the_documents_lack_are_not_bent() -> None:
    speller = Speller(Vocabulary.of(["host", "complain", "sheet"]))

    assert speller.mend("Is it compliant and what does it cost?") == "Is it compliant and what does it cost?"


@pytest.mark.parametrize(
    "question",
    [
        "Does it work with Zapier or VoIP?",  # names and abbreviations that the documents do not know
        "What is in webhook_ur and OAuth2 and chmop()?",
        'Where does it say "pasword"?',
        "How do I deactivate or uninstall it, correlating rows?",  # forms that no list of words has
        "Is tweaking it aperiodic?",
    ],
)
def test_what_is_no_slip_is_left_as_it_was_written(question: str) -> None:
    known = [
        "paper",
        "void",
        "password",
        "activate",
        "install",
        "correcting",
        "taking",
        "periodic",
        "webhook",
    ]
    speller = Speller(Vocabulary.of(known * 5))

    assert speller.mend(question) == question


def test_two_words_written_as_one_are_searched_as_two() -> None:
    speller = Speller(Vocabulary.of(["self", "hosted", "self", "hosted"]))

    assert speller.mend("is there a selfhosted version") == "is there a self hosted version"


def test_a_shouted_question_is_mended_like_any_other() -> None:
    speller = Speller(Vocabulary.of(["password"]))

    assert speller.mend("RESET MY PASWORD") == "RESET MY password"


def test_two_swapped_letters_are_mended_even_in_a_word_of_their_own() -> None:
    speller = Speller(Vocabulary.of(["trial"] * 12 + ["quiet"]))

    assert speller.mend("how long is the trail") == "how long is the trial"
    assert speller.mend("is it quite safe") == "is it quite safe"


def test_other_words_for_a_thing_are_searched_as_well() -> None:
    assert widened("Do you support SSO?") == "Do you support SSO? (single sign-on)"
    assert widened("Do you support webhooks?") == "Do you support webhooks?"
