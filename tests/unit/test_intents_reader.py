"""One message read as a whole: wishes, none of these, several at once, answers, mood and language."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from intents.errors import ModelError
from intents.gloss.glossary import glossary_of
from intents.language import _english_words, _identifier, detect
from intents.reader import Reader
from intents.sentiment import read_mood
from intents.values import Asked, ReadingContext
from tests.support.intents_world import HashingEmbedder, a_context, a_reader, shipped


def test_a_clear_wish_is_read_with_its_probability() -> None:
    reading = a_reader().read("how much does the team plan cost", a_context())

    assert reading.asked_for == ("pricing",)
    assert reading.intents[0].name == "pricing"
    assert 0.5 < reading.intents[0].probability <= 1.0
    assert not reading.out_of_scope


@pytest.mark.parametrize(
    "text",
    ["what should i have for breakfast today", "write a poem about autumn leaves", "how do i make pancakes"],
)
def test_none_of_these_is_said_when_it_is_true(text: str) -> None:
    reading = a_reader().read(text, a_context())

    assert reading.out_of_scope
    assert reading.asked_for == ()
    assert reading.scope_score < 0
    assert len(reading.intents) >= 2


def test_two_wishes_in_one_line_are_both_read() -> None:
    reading = a_reader().read("how much is it and can i see a demo", a_context())

    assert set(reading.asked_for) == {"pricing", "book_meeting"}


def test_manners_beside_a_wish_are_no_wish() -> None:
    reading = a_reader().read("hello! how much is it?", a_context())

    assert reading.asked_for == ("pricing",)


def test_a_bare_answer_to_our_question_is_no_wish_and_not_out_of_scope() -> None:
    reading = a_reader().read("40", a_context(asked=Asked("team_size", "number")))

    assert reading.is_answer
    assert reading.asked_for == ()
    assert not reading.out_of_scope
    fact = reading.fact("team_size")
    assert fact is not None
    assert fact.value == 40


def test_a_question_instead_of_an_answer_stays_a_question() -> None:
    reading = a_reader().read("how much does it cost", a_context(asked=Asked("current_tool", "text")))

    assert not reading.is_answer
    assert reading.asked_for == ("pricing",)
    assert reading.fact("current_tool") is None


def test_the_message_is_embedded_once_and_redacted_before() -> None:
    embedder = HashingEmbedder()
    catalogue, model = shipped()
    reader = Reader(embedder, model, catalogue)

    reading = reader.read("mail me at ada@example.com. how much is it?", a_context())

    assert embedder.calls == 1
    assert "ada@example.com" not in repr(reading)


def test_given_vectors_save_embedding() -> None:
    embedder = HashingEmbedder()
    catalogue, model = shipped()
    reader = Reader(embedder, model, catalogue)
    redacted = reader.redact("how much is it")
    vectors = embedder.embed(reader.texts_to_embed(redacted))

    reading = reader.read("how much is it", a_context(), redacted=redacted, vectors=vectors)

    assert embedder.calls == 1
    assert reading.asked_for == ("pricing",)


def test_a_model_of_another_embedder_is_refused() -> None:
    class Other(HashingEmbedder):
        name = "other"

    catalogue, model = shipped()
    with pytest.raises(ModelError, match="frontdesk train"):
        Reader(Other(), model, catalogue)


def test_a_clock_without_a_zone_is_refused() -> None:
    from datetime import datetime

    with pytest.raises(ValueError, match="no time zone"):
        ReadingContext(now=datetime(2026, 1, 1))  # noqa: DTZ001


def test_threads_read_the_same() -> None:
    reader = a_reader()
    texts = ["how much is it", "I'm Ada from Acme GmbH in Berlin", "demo next tuesday at 3pm?", "hi"] * 5

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda text: reader.read(text, a_context()), texts))

    alone = [reader.read(text, a_context()) for text in texts]
    assert [(r.asked_for, r.facts, r.redacted) for r in together] == [
        (r.asked_for, r.facts, r.redacted) for r in alone
    ]


@pytest.mark.parametrize("text", ["", "   ", "?", "\U0001f600", "a" * 5000, "\x00", "[email_1]"])
def test_odd_messages_are_read_without_failing(text: str) -> None:
    reading = a_reader().read(text, a_context())

    assert reading.timings_ms.keys() == {"redact", "language", "embed", "intent", "facts", "mood"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("this is the third time i ask", "again"),
        ("still not working", "still_not"),
        ("nobody answered for days", "no_reply"),
        ("this is ridiculous", "unacceptable"),
        ("that's not what i asked", "not_understood"),
        ("hello???", "punctuation"),
        ("WHY IS NOTHING WORKING HERE", "shouting"),
    ],
)
def test_frustration_gives_its_reason(text: str, reason: str) -> None:
    mood = read_mood(text)

    assert mood.frustration > 0
    assert reason in mood.reasons


def test_more_reasons_are_more_frustration_and_never_above_one() -> None:
    one = read_mood("still not working")
    more = read_mood("this is the third time, still not working, this is ridiculous, you are useless!!!")

    assert one.frustration < more.frustration <= 1.0


@pytest.mark.parametrize(
    "text", ["how much is it?", "thanks, great", "no problem", "do you support SAML SSO and SCIM"]
)
def test_calm_messages_are_calm(text: str) -> None:
    assert read_mood(text).frustration == 0


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("can we book a call next tuesday", "en"),
        ("was kostet das für 20 leute", "de"),
        ("bonjour, combien ça coûte", "fr"),
        ("¿cuánto cuesta para veinte personas?", "es"),
        ("كم السعر لعشرين شخصا", "ar"),
        ("40", "und"),
        ("[email_1]", "und"),
        ("hi", "en"),
    ],
)
def test_the_language_is_told_or_left_open(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize(
    "text", ["What does Beacon cost?", "how much is the Lamp plan", "Is Lantern better than Beacon Pro?"]
)
def test_products_and_plans_are_nobodys_name(text: str) -> None:
    assert a_reader().redact(text).text == text


def test_a_name_that_is_only_mentioned_is_sealed_and_not_taken_for_the_writers() -> None:
    reading = a_reader().read("please ask Grace Hopper about it", a_context())

    person = reading.fact("person")
    assert "Grace Hopper" not in reading.redacted.text
    assert person is not None
    assert person.confidence < 0.8


def test_exporting_from_the_product_is_no_request_about_personal_data() -> None:
    for text in ("can i export to csv?", "how do I export my logs"):
        assert "data_request" not in a_reader().read(text, a_context()).asked_for


def test_a_warm_reader_holds_what_the_first_message_needs() -> None:
    for loaded in (_identifier, _english_words, glossary_of):
        loaded.cache_clear()

    a_reader().warm()

    assert [loaded.cache_info().currsize for loaded in (_identifier, _english_words, glossary_of)] == [
        1,
        1,
        4,
    ]
