"""Messages in other languages put into English words, and what is read of them."""

from __future__ import annotations

from collections import Counter

import pytest

from intents.facts import find_facts
from intents.gloss import GLOSSED, gloss
from intents.gloss.glossary import entries
from intents.language import detect
from intents.values import Asked, Redacted
from tests.support.intents_world import PLANS, a_context, a_reader


@pytest.mark.parametrize("language", sorted(GLOSSED))
def test_a_glossary_gives_every_form_one_meaning(language: str) -> None:
    forms = Counter(form for _, form, _ in entries(language))

    assert len(forms) >= 700
    assert [form for form, count in forms.items() if count > 1] == []


@pytest.mark.parametrize("language", sorted(GLOSSED))
def test_numbers_of_a_glossary_are_numbers(language: str) -> None:
    assert all(english.isdigit() for english, _, is_number in entries(language) if is_number)


@pytest.mark.parametrize(
    ("text", "language", "english"),
    [
        ("Was kostet der Team-Tarif für 20 Leute?", "de", "what costs Team plan for 20 people?"),
        ("so ungefähr fünfundzwanzig", "de", "around 25"),
        ("nous sommes une vingtaine de personnes", "fr", "we are 20 people"),
        ("soixante-douze", "fr", "72"),
        ("treinta y cinco", "es", "35"),
        ("el presupuesto es de 1.200,50 euros", "es", "budget is from 1200.50 euros"),
        ("خمسة وعشرون", "ar", "25"),
        ("حوالي ٤٠ شخصا", "ar", "around 40 people"),
        ("بياناتنا", "ar", "our data"),
        ("hören Sie auf zu fragen", "de", "stop asking me questions"),
        ("hören Sie bitte auf, mich zu fragen", "de", "stop you please, asking me questions"),
        ("no me pregunte más", "es", "stop asking me questions"),
        ("لا تسألني مرة أخرى", "ar", "stop asking me questions"),
        ("توقف عن السؤال", "ar", "stop asking me questions"),
        ("ne me demandez plus", "fr", "stop asking me questions"),
        ("ce n'est pas ce que j'ai demandé", "fr", "this is not what i asked"),
        ("das ist nicht, was ich gefragt habe", "de", "this is not what i asked"),
        ("danach habe ich nicht gefragt", "de", "i did not ask that"),
        ("eso no es lo que pregunté", "es", "this is not what i asked"),
        ("هذا ليس ما سألت عنه", "ar", "this is not what i asked"),
        ("لم أسأل عن هذا", "ar", "i did not ask that"),
        ("Freitag, den 14.", "de", "friday the 14th"),
        ("Freitag den 14. Dezember", "de", "friday 14. december"),
        ("une heure de Paris", "fr", "hour Paris"),
    ],
)
def test_a_message_is_put_into_english_words(text: str, language: str, english: str) -> None:
    said = gloss(text, language, {"team"})

    assert said is not None
    assert said.text == english


def test_words_of_the_gloss_know_their_place_in_the_message() -> None:
    text = "Was kostet der Team-Tarif für 20 Leute?"

    said = gloss(text, "de", {"team"})

    assert said is not None
    start, end = said.place(said.text.index("20"), said.text.index("?"))
    assert text[start:end] == "20 Leute"


def test_placeholders_are_left_as_they_are() -> None:
    said = gloss("schreiben Sie mir an [email_1] bitte", "de")

    assert said is not None
    assert "[email_1]" in said.text


def test_english_has_no_gloss() -> None:
    assert gloss("how much is it", "en") is None


@pytest.mark.parametrize(
    ("text", "name", "value", "words"),
    [
        ("on a un budget de 500 € par mois", "budget", 500, "on a un budget de 500 € par mois"),
        ("Wir sind etwa 40 Leute", "team_size", 40, "Wir sind etwa 40 Leute"),
        ("حوالي ٤٠ شخصا", "team_size", 40, "حوالي ٤٠ شخصا"),
    ],
)
def test_a_fact_stands_where_the_visitors_own_words_stand(
    text: str, name: str, value: int, words: str
) -> None:
    language = detect(text)

    facts = find_facts(Redacted(text), a_context(), PLANS, gloss(text, language))

    found = next(fact for fact in facts if fact.name == name)
    assert (found.value["amount"] if name == "budget" else found.value) == value
    assert found.text == text[found.start : found.end]
    assert found.text in words


@pytest.mark.parametrize(
    ("text", "spoken"),
    [("überspringen", "de"), ("passer", "fr"), ("saltar", "es"), ("تخطي", "ar"), ("weiß nicht", "de")],
)
def test_a_question_is_declined_in_every_language(text: str, spoken: str) -> None:
    said = gloss(text, detect(text, spoken))

    facts = find_facts(Redacted(text), a_context(asked=Asked("industry", "text")), PLANS, said)

    assert [fact.name for fact in facts if fact.name != "yes_no"] == ["declined"]


@pytest.mark.parametrize(
    ("text", "spoken", "language"),
    [
        ("demo", "de", "de"),
        ("ok", "ar", "ar"),
        ("demo", "", "und"),
        ("can you speak english", "de", "en"),
        ("40", "de", "und"),
        ("überspringen", "", "de"),
    ],
)
def test_what_was_spoken_before_decides_where_words_do_not(text: str, spoken: str, language: str) -> None:
    assert detect(text, spoken) == language


def test_the_reader_hands_out_the_gloss_and_reads_frustration_in_it() -> None:
    reading = a_reader().read("das ist eine Zeitverschwendung, zum dritten Mal!", a_context())

    assert reading.language == "de"
    assert "waste of time" in reading.gloss
    assert reading.frustration > 0.4


def test_an_english_message_has_no_gloss() -> None:
    assert a_reader().read("how much is it for 20 people", a_context()).gloss == ""


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "we are in Austrİa, call me on tueſday", {"country": "Austrİa", "when": "on tueſday"}),
        ("en", "we use ſap", {"current_tool": "ſap"}),
        ("de", "Termin am Dıenstag", {"when": "am Dıenstag"}),
        ("es", "podemos hablar el jueveſ a las 4", {"when": "el jueveſ a las 4"}),
    ],
)
def test_letters_that_a_pattern_takes_for_others_are_read_as_those(
    language: str, text: str, words: dict[str, str]
) -> None:
    facts = find_facts(Redacted(text), a_context(), PLANS, gloss(text, language))

    assert {fact.name: fact.text for fact in facts} == words
