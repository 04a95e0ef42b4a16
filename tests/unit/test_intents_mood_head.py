"""The head that hears frustration no single word tells: what it learns, what it weighs, and where it keeps still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from intents import model_store
from intents.errors import CatalogueError
from intents.mood_head import MOST, SURE, MoodHead, weight_of
from intents.mood_training import learn_mood
from intents.mood_words import RULES
from intents.moods import load_moods
from intents.reader import Reader
from intents.sentiment import SOUNDS_FRUSTRATED, read_mood
from server.review import words
from tests.support.intents_world import HashingEmbedder, a_context, shipped

SHARP = "the fourth colleague asks me for the same screenshot"
PERSON_OFFERED_FROM = 0.7


def _always_sure() -> MoodHead:
    return MoodHead(np.zeros(256, dtype=np.float32), {}, bias=9.0, leans=0.0, sure=1.0, top=2.0)


def test_the_shipped_examples_are_many_and_of_both_kinds() -> None:
    moods = load_moods()

    assert sum(each.degree > 0 for each in moods) >= 250
    assert sum(each.degree == 0 for each in moods) >= 250


def test_an_example_that_stands_twice_is_refused_with_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text(
        "version: 1\nfrustrated:\n  clear:\n    - nobody came\ncalm:\n  - Nobody came.\n", encoding="utf-8"
    )

    with pytest.raises(CatalogueError, match=r"twice\.yaml:6"):
        load_moods(tmp_path)


def test_more_certainty_never_weighs_less_and_alone_it_offers_no_person() -> None:
    weights = [weight_of(each / 10, 0.2, 1.0, 2.0) for each in range(-10, 60)]

    assert weights == sorted(weights)
    assert weights[0] == 0.0
    assert max(weights) == MOST < PERSON_OFFERED_FROM
    assert weight_of(0.999, 0.2, 1.0, 2.0) < SURE <= weight_of(1.0, 0.2, 1.0, 2.0)


def test_what_is_heard_has_a_reason_and_adds_up_with_the_rules() -> None:
    alone, both = read_mood(SHARP, 0.5), read_mood("still not working", 0.5)

    assert SOUNDS_FRUSTRATED in alone.reasons
    assert both.frustration > read_mood("still not working").frustration
    assert read_mood("our current tool is slow and dear", 0.5).frustration == 0


def test_a_head_learns_the_examples_it_is_shown() -> None:
    moods = load_moods()
    head, figures = learn_mood(moods, HashingEmbedder())
    vectors = HashingEmbedder().embed([each.text for each in moods])

    hot = [head.sum_of(v, m.text) for v, m in zip(vectors, moods, strict=True) if m.degree]
    calm = [head.sum_of(v, m.text) for v, m in zip(vectors, moods, strict=True) if not m.degree]

    assert np.mean(hot) > np.mean(calm) + 1
    assert figures["frustrated"] == len(hot)


def test_it_is_stored_with_the_model_and_read_again(tmp_path: Path) -> None:
    head = MoodHead(np.arange(4, dtype=np.float32), {"again": 0.5}, 0.1, 0.2, 0.3, 0.4)

    found = model_store.load(model_store.write(replace(shipped()[1], mood=head), tmp_path)).mood

    assert found is not None
    assert found.dense.tolist() == [0, 1, 2, 3]
    assert (found.signs, found.bias, found.leans, found.sure, found.top) == (
        {"again": 0.5},
        0.1,
        0.2,
        0.3,
        0.4,
    )


@pytest.mark.parametrize(
    ("text", "is_heard"),
    [
        (SHARP, True),
        ("the fourth colleague", False),
        ("il quarto collega mi chiede la stessa schermata della settimana scorsa", False),
        ("der vierte Kollege fragt mich nach dem gleichen Bildschirmfoto wie die anderen", True),
    ],
)
def test_it_listens_to_english_of_some_length_and_what_is_put_into_english(text: str, is_heard: bool) -> None:
    catalogue, model = shipped()
    reader = Reader(HashingEmbedder(), replace(model, mood=_always_sure()), catalogue)

    reasons = reader.read(text, a_context()).frustration_reasons

    assert (SOUNDS_FRUSTRATED in reasons) == is_heard


def test_every_reason_for_frustration_has_words_in_the_console() -> None:
    codes = {code for code, _, _ in RULES} | {SOUNDS_FRUSTRATED, "punctuation", "shouting", "negative_words"}

    assert [code for code in codes if not words.reason(f"felt:{code}").startswith("heard: ")] == []
    assert words.reason("asked_for_price") == "asked_for_price"
