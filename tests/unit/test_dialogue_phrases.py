"""What the assistant says in five languages: nothing is missing, and it is written as one writes there."""

from __future__ import annotations

import string
from datetime import date

import pytest

from server.dialogue.languages import LANGUAGES, locale_of
from server.dialogue.phrases import Entry, catalogue, phrase

OTHERS = [language for language in LANGUAGES if language != "en"]


def names_in(entry: Entry) -> set[str]:
    """The {names} that a sentence, or any of its plural forms, is filled in with."""
    sentences = entry.values() if isinstance(entry, dict) else [entry]
    return {name for each in sentences for _, name, _, _ in string.Formatter().parse(each) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_every_sentence_stands_in_every_language(language: str) -> None:
    assert catalogue(language).keys() == catalogue("en").keys()


@pytest.mark.parametrize("language", OTHERS)
def test_every_translation_fills_in_the_same_names(language: str) -> None:
    english = catalogue("en")

    different = [
        key for key, entry in catalogue(language).items() if names_in(entry) != names_in(english[key])
    ]

    assert different == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_with_a_count_has_every_plural_form_of_its_language(language: str) -> None:
    wanted = {*locale_of(language).plural_form.tags, "other"} - {"many" if language in {"fr", "es"} else ""}

    lacking = {
        key: wanted - entry.keys()
        for key, entry in catalogue(language).items()
        if isinstance(entry, dict) and not wanted <= entry.keys()
    }

    assert lacking == {}


@pytest.mark.parametrize(
    ("language", "count", "says"),
    [
        ("en", 1, "1 day of Business"),
        ("en", 14, "14 days of Business"),
        ("de", 14, "14 Tage Business"),
        ("fr", 0, "0 jour de Business"),
        ("ar", 2, "يومان من \u2068Business\u2069"),
        ("ar", 5, "5 أيام من \u2068Business\u2069"),
        ("ar", 14, "14 يومًا من \u2068Business\u2069"),
    ],
)
def test_a_count_chooses_its_plural_form(language: str, count: int, says: str) -> None:
    assert phrase("page_trial_days", {"count": count, "plan": "Business"}, language) == says


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "Your trial runs until 3 March 2026."),
        ("de", "Ihre Testphase läuft bis zum 3. März 2026."),
        ("fr", "Votre essai court jusqu'au 3 mars 2026."),
        ("es", "Su prueba dura hasta el 3 de marzo de 2026."),
        ("ar", "تستمر التجربة حتى \u20683 مارس 2026\u2069."),
    ],
)
def test_a_date_is_written_as_the_language_writes_it(language: str, says: str) -> None:
    assert phrase("trial_runs", {"day": date(2026, 3, 3)}, language) == says


def test_a_language_that_we_do_not_speak_gets_english() -> None:
    assert phrase("thanks", language="pt") == "You're welcome."
