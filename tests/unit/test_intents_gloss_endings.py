"""Words of other languages that the glossary has in another form, apart or with a slip."""

from __future__ import annotations

import pytest

from intents.gloss import gloss
from intents.gloss.repair import repaired
from intents.redaction import seal


@pytest.mark.parametrize(
    ("text", "language", "part"),
    [
        ("das wurde mir nie zugeschickt", "de", "send"),
        ("wir melden uns dann alle an", "de", "register"),
        ("reservaremos mañana", "es", "we book"),
        ("avisadnos cuando esté", "es", "notify us"),
        ("nous hébergerons les fichiers", "fr", "store"),
        ("jutiliserai lappli", "fr", "i use"),
        ("سنترجم النص", "ar", "we translate"),
    ],
)
def test_a_verb_is_found_in_every_person_and_tense(text: str, language: str, part: str) -> None:
    said = gloss(text, language)

    assert said is not None
    assert part in said.text


def test_a_particle_at_the_end_of_its_clause_belongs_to_the_verb() -> None:
    said = gloss("stornieren oder ruft ihr mich morgen an, bitte", "de")

    assert said is not None
    assert said.text.startswith("cancel or call")
    assert " an" not in said.text


@pytest.mark.parametrize(
    ("word", "language", "meant"),
    [
        ("rechnugn", "de", "rechnung"),
        ("telechrger", "fr", "telecharger"),
        ("factrua", "es", "factura"),
        ("Lexware", "de", None),
        ("Sagex", "fr", None),
        ("meeting", "es", None),
        ("dolores", "es", None),
    ],
)
def test_one_slip_is_put_right_but_no_name_and_no_english_word(
    word: str, language: str, meant: str | None
) -> None:
    assert repaired(word, language) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Vielen Dank für die Hilfe",
        "1.200 Euro im Monat",
        "wir haben uns anders entschieden",
        "La factura de Abril está mal",
        "¿Tienen clientes en el sector de la limpieza?",
    ],
)
def test_everyday_words_of_other_languages_are_nobodys_name(text: str) -> None:
    assert "[person" not in seal(text).text


def test_an_everyday_word_is_a_name_where_somebody_is_called_so() -> None:
    assert "[person_1]" in seal("hola, soy rosa y quiero una demo").text
