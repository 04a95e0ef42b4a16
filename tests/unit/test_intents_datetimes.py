"""Dates and times that used to go wrong, in English and in small words of other languages, and what is no time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from intents.facts.dates import Calendar, find_moments
from intents.values import Asked
from tests.support.intents_world import WEDNESDAY, a_context, facts_in, values_of


def moments(text: str, now: datetime = WEDNESDAY) -> list[str]:
    """`date 2026-11-26`, `timerange 14:00:00 to 16:00:00`, `duration 1800.0`, one for each moment."""
    found = find_moments(text, Calendar(now.replace(tzinfo=None), day_first=True))
    return [
        " ".join(
            str(part)
            for part in (one.kind, one.bound, one.begins, "to" if one.ends else "", one.ends, one.seconds)
            if part not in {None, ""}
        )
        for one in found
    ]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("26.11.", "2026-11-26T00:00"),
        ("10am New York time on friday", "2026-11-20T10:00:00-05:00"),
        ("10am New York", "2026-11-18T10:00:00-05:00"),
        ("friday 14:00 UTC+5:30", "2026-11-20T14:00:00+05:30"),
        ("2026-12-01T14:30", "2026-12-01T14:30"),
        ("the 3rd at half four", "2026-12-03T16:30"),
        ("next week tuesday", "2026-11-24T00:00"),
        ("next week tuesday, wednesday or thursday", "2026-11-24T00:00"),
        ("move it to 4", "2026-11-18T16:00"),
        ("by friday", "2026-11-18T00:00"),
        ("from monday", "2026-11-23T00:00"),
        ("morgen um 15 Uhr", "2026-11-19T15:00"),
        ("nächsten Dienstag um halb vier", "2026-11-24T15:30"),
        ("am Montag zwischen 9 und 11 Uhr", "2026-11-23T09:00"),
        ("demain à 15h30", "2026-11-19T15:30"),
        ("mardi prochain à 10h", "2026-11-24T10:00"),
        ("mañana a las 3", "2026-11-19T15:00"),
        ("el próximo martes a las 10 de la mañana", "2026-11-24T10:00"),
    ],
)
def test_a_wish_begins_when_it_says(text: str, start: str) -> None:
    first, *_ = values_of("when", text)

    assert isinstance(first, dict)
    assert first["start"].startswith(start)


@pytest.mark.parametrize(
    "text", ["31 February", "on 30.02. at 3", "the 31st of november", "29 february 2027"]
)
def test_an_impossible_date_is_said_to_be_impossible_and_not_moved(text: str) -> None:
    assert values_of("impossible_date", text)
    assert values_of("when", text) == []


def test_a_weekday_that_differs_from_its_date_makes_the_wish_unsure() -> None:
    (right,) = [fact for fact in facts_in("friday 27 november") if fact.name == "when"]
    (wrong,) = [fact for fact in facts_in("friday 26 november") if fact.name == "when"]

    assert right.confidence > 0.8
    assert wrong.confidence <= 0.5
    assert wrong.value["start"].startswith("2026-11-26")


def test_any_weekday_keeps_the_hours_that_go_with_it() -> None:
    (value,) = values_of("when", "any weekday after lunch")

    assert isinstance(value, dict)
    assert value["daily"] == {"from": "13:00", "to": "15:00"}


def test_a_meeting_takes_as_long_as_was_said() -> None:
    (value,) = values_of("when", "tomorrow at 2pm for 30 minutes")

    assert isinstance(value, dict)
    assert value["end"].startswith("2026-11-19T14:30")
    assert values_of("meeting_length", "a 45 minute demo next week") == [45]


@pytest.mark.parametrize(
    "text",
    [
        "yesterday it crashed",
        "since last tuesday",
        "right now we use paper",
        "do you have a 14 day trial",
        "Guten Morgen, was kostet das?",
        "is monday.com better",
        "5/10 people like it",
        "our uptime was 99.9 in 2024",
        "we want it before Q3",
    ],
)
def test_what_is_no_wish_for_a_meeting_is_left_alone(text: str) -> None:
    assert values_of("when", text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from 2 july to 10 july", ["daterange 2027-07-02 to 2027-07-11"]),
        ("november 19-20", ["daterange 2026-11-19 to 2026-11-21"]),
        ("between the 21st and 23rd", ["daterange 2026-11-21 to 2026-11-24"]),
        ("may to march", ["daterange 2026-05-01 to 2027-04-01"]),
        ("before Q3", ["daterange before to 2027-07-01"]),
        ("3 days after easter", ["date 2027-03-31"]),
        ("two weeks ago", ["date 2026-11-04"]),
        ("first week of january", ["daterange 2027-01-04 to 2027-01-11"]),
        ("from 10 am for 3 hours 30 minutes", ["timerange 10:00:00 to 13:30:00"]),
        ("half an hour from now", ["datetime 2026-11-18 10:30:00"]),
        ("seven thirty pm", ["time 19:30:00"]),
        ("ten past nine in the evening", ["time 21:10:00"]),
        ("an hour and a half", ["duration 5400.0"]),
        ("monday 11-4", ["datetimerange 2026-11-23 11:00:00 to 2026-11-23 16:00:00"]),
        ("anytime after 3pm on thursday", ["datetimerange after 2026-11-19 15:00:00"]),
    ],
)
def test_every_kind_has_its_exact_value(text: str, expected: list[str]) -> None:
    assert moments(text) == expected


def test_the_words_of_another_language_stand_where_the_fact_says() -> None:
    text = "passt Ihnen übermorgen Nachmittag um 15 Uhr?"

    (fact,) = [one for one in facts_in(text) if one.name == "when"]

    assert fact.text == "übermorgen Nachmittag um 15 Uhr"


def test_the_later_of_two_contradicting_words_holds_and_says_why() -> None:
    facts: list[Any] = [fact for fact in facts_in("we are 40. sorry, 14") if fact.name == "team_size"]

    assert [fact.value for fact in facts] == [40, 14]
    assert facts[0].reason == ""
    assert facts[1].reason == "corrects 'we are 40'"


def test_the_reference_is_the_visitors_clock() -> None:
    assert values_of("when", "in 3 hours", a_context(zone="Asia/Tokyo")) == [
        {"start": "2026-11-18T21:00:00+09:00", "end": "2026-11-18T22:00:00+09:00", "grain": "minute"}
    ]


def test_a_bare_time_that_is_over_is_told_where_a_time_was_asked_for() -> None:
    asked = a_context(asked=Asked("when", "when"))

    assert values_of("past_date", "yesterday at 3", asked) == ["yesterday at 3"]
    assert values_of("past_date", "yesterday at 3") == []
