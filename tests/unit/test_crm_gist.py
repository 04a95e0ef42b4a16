"""What a queue knows of an update without opening its document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from crm_sync.deciding.gist import columns, gist


def a_change(
    name: str, value: Any, *, record: str = "company", how: str = "said", quote: str = ""
) -> dict[str, Any]:
    evidence = [{"quote": quote, "message_id": "m-1"}] if quote else []
    return {"object": record, "name": name, "value": value, "how": how, "evidence": evidence}


def test_the_line_says_the_values_and_leaves_out_the_score_and_consent() -> None:
    read = gist(
        "contact.qualified",
        {
            "fields": [
                a_change("team_size", 1200),
                a_change("industry", "Lifts"),
                a_change("lead_score", 50, record="contact", how="scored"),
                a_change("consent_level", "remembered", record="contact"),
            ]
        },
    )

    assert read.line == "Team size 1,200, industry Lifts"
    assert read.fields == " company.team_size company.industry contact.lead_score contact.consent_level "


def test_the_line_of_what_happened_is_its_body_on_one_line() -> None:
    read = gist(
        "handoff.requested", {"activity": {"subject": "Asked for a person", "body": "About\nrollout."}}
    )

    assert read.line == "About rollout."


def test_quotes_and_fields_beyond_the_line_can_be_searched() -> None:
    names = ["one", "two", "three", "four", "five"]
    read = gist(
        "contact.qualified", {"fields": [a_change(name, name, quote=f"said {name}") for name in names]}
    )

    assert read.line.endswith("and 1 more")
    assert "said two" in read.words
    assert "five five" in read.words


def test_a_purchase_with_many_seats_is_worth_more_than_an_evaluation_with_few() -> None:
    def worth(stage: str, seats: int, amount: float) -> int:
        fields = [a_change("seats", seats, record="deal"), a_change("amount", amount, record="deal")]
        return gist("contact.qualified", {"fields": fields, "score": {"total": 40, "stage": stage}}).worth

    assert worth("purchase", 300, 60_000.0) > worth("purchase", 300, 1_000.0) > worth("evaluation", 5, 0.0)


@pytest.mark.parametrize(
    ("activity", "at"),
    [
        ({"meeting": {"start": "2026-03-10T14:00:00+00:00", "state": "moved"}}, datetime(2026, 3, 10, 14, tzinfo=UTC)),
        ({"meeting": {"start": "2026-03-10T14:00:00+00:00", "state": "cancelled"}}, None),
        ({"task": {"due": "2026-03-10T09:00:00+00:00"}}, datetime(2026, 3, 10, 9, tzinfo=UTC)),
        ({"task": {"due": "soon"}}, None),
    ],
)  # fmt: skip
def test_when_it_takes_place_is_read_from_the_meeting_or_the_task(
    activity: dict[str, Any], at: datetime | None
) -> None:
    assert gist("meeting.booked", {"activity": activity}).event_at == at


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"fields": "none", "score": 3, "activity": []},
        {
            "fields": [3, {"name": None, "value": None, "evidence": [4]}],
            "score": {"total": "much", "stage": 7},
        },
    ],
)
def test_a_refused_document_has_a_gist_too(document: dict[str, Any]) -> None:
    read = columns("contact.qualified", document)

    assert set(read) >= {"gist_line", "gist_worth"}
    assert read["gist_score"] is None
