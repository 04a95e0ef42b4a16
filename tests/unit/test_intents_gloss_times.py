"""Times of other languages: whose clock is meant, and which day."""

from __future__ import annotations

import pytest

from intents.facts import find_facts
from intents.gloss import gloss
from intents.sentiment import read_mood
from intents.values import Fact, Redacted
from tests.support.intents_world import PLANS, a_context


def _facts(text: str, language: str) -> list[Fact]:
    return list(find_facts(Redacted(text), a_context(), PLANS, gloss(text, language)))


@pytest.mark.parametrize(
    ("language", "text", "zone", "start"),
    [
        (
            "de",
            "10 Uhr New Yorker Zeit am Freitag für eine Demo bitte",
            "America/New_York",
            "20T10:00:00-05:00",
        ),
        ("de", "Freitag 15 Uhr Londoner Zeit", "Europe/London", "20T15:00:00+00:00"),
        ("de", "Montag um 9 Uhr Zeit in Tokio", "Asia/Tokyo", "23T09:00:00+09:00"),
        ("de", "morgen um 14 Uhr Ortszeit New York", "America/New_York", "19T14:00:00-05:00"),
        ("de", "morgen um 14 Uhr indischer Zeit", "Asia/Kolkata", "19T14:00:00+05:30"),
        ("fr", "une démo vendredi à 10h heure de New York", "America/New_York", "20T10:00:00-05:00"),
        ("fr", "10h heure de New York vendredi", "America/New_York", "20T10:00:00-05:00"),
        ("fr", "vendredi à 15h, heure de Londres", "Europe/London", "20T15:00:00+00:00"),
        ("es", "el viernes a las 10 hora de Nueva York", "America/New_York", "20T10:00:00-05:00"),
        ("es", "a las 10 hora de Nueva York", "America/New_York", "18T10:00:00-05:00"),
        ("es", "mañana a las 15:00, hora de Londres", "Europe/London", "19T15:00:00+00:00"),
        ("ar", "الساعة 10 بتوقيت نيويورك", "America/New_York", "18T10:00:00-05:00"),
        ("ar", "يوم الجمعة الساعة 10 صباحا بتوقيت لندن", "Europe/London", "20T10:00:00+00:00"),
        ("ar", "غدا الساعة 3 مساء بتوقيت الإمارات", "Asia/Dubai", "19T15:00:00+04:00"),
    ],
)
def test_a_time_is_that_of_the_clock_which_is_named(language: str, text: str, zone: str, start: str) -> None:
    wishes = [fact.value for fact in _facts(text, language) if fact.name == "when"]

    assert [(wish["zone"], wish["start"]) for wish in wishes] == [(zone, f"2026-11-{start}")]


@pytest.mark.parametrize("text", ["Freitag den 14.", "am Freitag, den 14.", "Freitag der 14."])
def test_a_figure_with_a_dot_after_a_weekday_is_a_day_of_the_month(text: str) -> None:
    (wish,) = _facts(text, "de")

    assert (wish.value["start"][:10], wish.value["grain"]) == ("2026-12-14", "day")
    assert wish.how == "rule:when_weekday_differs"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Freitag den 20. um 10 Uhr", "2026-11-20T10:00:00+01:00"),
        ("Freitag 14 Uhr", "2026-11-20T14:00:00+01:00"),
        ("Freitag um 14.", "2026-11-20T14:00:00+01:00"),
    ],
)
def test_an_hour_beside_such_a_day_stays_an_hour(text: str, start: str) -> None:
    (wish,) = _facts(text, "de")

    assert wish.value["start"] == start


@pytest.mark.parametrize("text", ["يوم 31 فبراير", "يوم 31 من فبراير", "في يوم 31 من شهر فبراير"])
def test_a_day_of_an_arabic_month_is_no_count_of_days(text: str) -> None:
    said = gloss(text, "ar")

    assert said is not None
    assert [fact.name for fact in _facts(text, "ar")] == ["impossible_date"]
    assert read_mood(said.text).frustration == 0
