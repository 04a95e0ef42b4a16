"""Why a row of the inbox stands high, in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crm_sync.deciding.queue import Queued
from server.review.filters import Filters
from server.review.urgency import PERSON_WAITS, gap, presses, reasons

NOW = datetime(2026, 3, 10, 10, 30, tzinfo=UTC)
IN_TWO_HOURS = NOW + timedelta(hours=2)


def a_row(**values: Any) -> Queued:
    told: dict[str, Any] = {
        "id": "u", "conversation": "c", "kind": "contact.qualified", "status": "awaiting_approval",
        "created_at": NOW, "line": "", "fields": (), "score": None, "stage": None, "seats": None, "amount": None,
        "event_at": None, "due_at": None, "owner": None,
    }  # fmt: skip
    return Queued(**{**told, **values})


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"due_at": NOW - timedelta(hours=3)}, ["overdue by 3 h"]),
        ({"due_at": IN_TWO_HOURS, "seats": 80, "stage": "at_risk"}, ["due in 2 h", "80 seats", "at risk"]),
        ({"due_at": NOW + timedelta(days=3)}, []),
        ({"amount": 12_000.0, "seats": 3}, ["deal of 12,000"]),
        ({"score": 55.0, "stage": "research"}, ["score 55"]),
        ({"score": 20.0}, []),
        ({"event_at": NOW + timedelta(minutes=50)}, ["in 50 min"]),
        ({"event_at": NOW - timedelta(minutes=50)}, []),
        ({"created_at": NOW - timedelta(days=4)}, ["waits 4 d"]),
    ],
)  # fmt: skip
def test_the_reasons_say_what_presses_and_what_it_is_worth(row: dict[str, Any], words: list[str]) -> None:
    assert [each.words for each in reasons(a_row(**row), NOW, {})] == words


def test_whoever_waits_for_a_person_outweighs_a_meeting_of_the_same_conversation() -> None:
    found = presses([("c", NOW - timedelta(minutes=9))], [("c", NOW + timedelta(hours=1))], NOW)

    assert (found["c"].points, found["c"].words) == (PERSON_WAITS, "waits for a person for 9 min")
    assert [each.words for each in reasons(a_row(), NOW, found)] == ["person wanted"]


def test_a_meeting_soon_presses_more_than_one_tomorrow() -> None:
    soon = presses([], [("c", NOW + timedelta(hours=1))], NOW)["c"]
    later = presses([], [("c", NOW + timedelta(hours=20))], NOW)["c"]

    assert soon.points > later.points
    assert (soon.short, later.short) == ("meeting in 1 h", "meeting in 20 h")


def test_a_length_of_time_is_one_figure() -> None:
    assert [gap(timedelta(seconds=each)) for each in (5, 3_600, 47 * 3_600, 50 * 3_600)] == [
        "1 min",
        "1 h",
        "47 h",
        "2 d",
    ]


def test_a_view_comes_back_from_its_own_address() -> None:
    view = Filters.read(
        {"tab": "trouble", "whose": "mine", "q": " forty  vans ", "sort": "oldest", "kind": "x"}
    )

    assert view.query == "?tab=trouble&whose=mine&kind=x&q=forty+vans&sort=oldest"
    assert Filters.read(view.told) == view


def test_what_an_address_makes_up_is_left_out() -> None:
    assert Filters.read({"tab": "nowhere", "whose": "everybody", "sort": "colour"}) == Filters()
    assert Filters().query == ""
