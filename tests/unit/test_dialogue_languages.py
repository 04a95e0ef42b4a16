"""Which language is spoken: the widget's at first, then the one in which the visitor clearly writes."""

from __future__ import annotations

from datetime import date

import pytest

from server.dialogue import languages
from server.dialogue.languages import direction, language_of, spoken


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de-AT", "de"), ("ar", "ar"), ("fr_CA", "fr"), ("EN", "en"), ("pt-BR", ""), ("", ""), ("*", "")],
)
def test_a_locale_is_one_of_our_languages_or_none(locale: str, language: str) -> None:
    assert language_of(locale) == language


@pytest.mark.parametrize(
    ("current", "locale", "heard", "words", "answered_in"),
    [
        ("", "de-AT", "und", "", "de"),
        ("", "pt-BR", "und", "", "en"),
        ("", "en", "de", "Was kostet der Tarif im Monat?", "de"),
        ("de", "en", "en", "ok", "de"),
        ("de", "en", "en", "how much is the team plan", "en"),
        ("", "en", "fr", "bonjour", "en"),
        ("", "en", "ar", "مرحبا", "ar"),
        ("de", "de", "pt", "quanto custa isto por mês para nós", "en"),
        ("de", "de", "nl", "hoe gaat het", "de"),
        ("", "de", "en", "[email_1] https://a.example/x y z", "de"),
    ],
)
def test_the_visitor_is_followed_only_when_it_is_clear(
    current: str, locale: str, heard: str, words: str, answered_in: str
) -> None:
    assert spoken(current, locale, "en", heard=heard, words=words) == answered_in


def test_a_site_s_own_language_is_spoken_where_the_widget_s_is_not() -> None:
    assert spoken("", "pt", "de") == "de"


def test_only_scripts_that_run_that_way_run_from_right_to_left() -> None:
    assert [direction(language) for language in languages.LANGUAGES] == ["ltr", "ltr", "ltr", "ltr", "rtl"]


@pytest.mark.parametrize(
    ("language", "label"),
    [
        ("en", "Tuesday 3 March 2026"),
        ("de", "Dienstag, 3. März 2026"),
        ("fr", "mardi 3 mars 2026"),
        ("es", "martes, 3 de marzo de 2026"),
        ("ar", "الثلاثاء، 3 مارس 2026"),
    ],
)
def test_a_day_is_written_as_the_language_writes_it(language: str, label: str) -> None:
    assert languages.day(date(2026, 3, 3), language, year=True) == label
