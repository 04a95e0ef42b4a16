"""Which language short chat messages are in."""

from __future__ import annotations

import pytest

from intents.language import detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("how much is it", "en"),
        ("pricing?", "en"),
        ("was kostet das?", "de"),
        ("vielen dank", "de"),
        ("bonjour", "fr"),
        ("ça ne marche pas", "fr"),
        ("hola", "es"),
        ("¿cuánto cuesta?", "es"),
        ("كم السعر؟", "ar"),
        ("شكرا", "ar"),
        ("Wie viele Nutzer sind in dem Plan dabei und kann ich später wechseln?", "de"),
    ],
)
def test_a_short_message_tells_its_language(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["40", "ok?!?", "[email_1]", "demo", ""])
def test_too_little_tells_nothing_or_english(text: str) -> None:
    assert detect(text) in {"und", "en"}
