"""A CRM update as a rep reads it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from crm_sync.values import PendingUpdate, Status
from server.review.changes import TABS, read_edits, sheet

NOW = datetime(2026, 3, 10, 10, 30, tzinfo=UTC)


def a_change(**values: Any) -> dict[str, Any]:
    return {
        "object": "company", "name": "team_size", "value": 40, "previous": None, "how": "said", "confidence": 0.7,
        "reasons": [], "consent": "conversation",
        "evidence": [{"message_id": "m-1", "quote": "forty", "start": 7, "end": 12}], **values,
    }  # fmt: skip


def an_update(*changes: dict[str, Any], kind: str = "contact.qualified", **row: Any) -> PendingUpdate:
    document = {
        "schema_version": 1, "id": "u-1", "site": "demo", "kind": kind, "idempotency_key": "0" * 64,
        "occurred_at": NOW.isoformat(), "conversation": "c-1", "turn": None, "activity": None, "score": None,
        "target": {"object": "contact", "match": {"by": "conversation", "value": "c-1"}},
        "fields": list(changes), "consent": {"level": "conversation", "at": None}, "policy_version": "1",
    }  # fmt: skip
    values: dict[str, Any] = {
        "id": "u-1", "site": "demo", "conversation": "c-1", "contact": "c-1", "kind": kind,
        "idempotency_key": "0" * 64, "status": "awaiting_approval", "document": document, "attempts": 0,
        "created_at": NOW, **row,
    }  # fmt: skip
    return PendingUpdate(**values)


def test_the_queue_line_names_the_values_that_are_decided_on() -> None:
    update = an_update(
        a_change(),
        a_change(name="industry", value="Lifts"),
        a_change(object="contact", name="lead_score", value=3, how="scored"),
    )

    assert sheet(update).summary == "Team size 40, industry Lifts"


def test_the_queue_line_does_not_repeat_its_heading() -> None:
    update = an_update(kind="handoff.requested")
    activity = {
        "type": "handoff",
        "subject": "Asked for a person",
        "body": "About dates.",
        "at": NOW.isoformat(),
    }

    shown = sheet(replace(update, document={**update.document, "activity": activity}))

    assert (shown.heading, shown.summary) == ("Asked for a person", "About dates.")


def test_a_document_that_does_not_fit_is_shown_all_the_same() -> None:
    broken = replace(an_update(), document={"id": "u-1"}, status="quarantined")

    shown = sheet(broken)

    assert shown.update is None
    assert shown.summary == "does not fit the schema"
    assert shown.can_reject
    assert not shown.can_approve


def test_every_quote_of_a_message_is_marked_in_the_order_of_its_text() -> None:
    early = [{"message_id": "m-1", "quote": "we", "start": 0, "end": 2}]
    update = an_update(a_change(), a_change(name="industry", value="Lifts", evidence=early))

    assert sheet(update).marks == {"m-1": ((0, 2), (7, 12))}


def test_only_corrections_that_differ_are_edits_and_keep_their_type() -> None:
    shown = sheet(
        an_update(
            a_change(),
            a_change(name="industry", value="Lifts"),
            a_change(name="custom.regions", value=["a", "b"]),
        )
    )

    edits = read_edits(
        shown,
        {
            "edit.company.team_size": " 45 ",
            "edit.company.industry": "Lifts",
            "edit.company.custom.regions": "a, b, c",
            "edit.deal.stage": "won",
            "csrf": "x",
        },
    )

    assert edits == {"company.team_size": 45, "company.custom.regions": ["a", "b", "c"]}


def test_a_correction_of_the_wrong_type_is_left_for_the_schema_to_refuse() -> None:
    assert read_edits(sheet(an_update(a_change())), {"edit.company.team_size": "many"}) == {
        "company.team_size": "many"
    }


def test_a_sealed_value_can_not_be_edited_because_nobody_sees_it() -> None:
    shown = sheet(an_update(a_change(), a_change(object="contact", name="email", value="[email_1]")))

    assert [change.name for change in shown.edits] == ["team_size"]


@pytest.mark.parametrize(
    ("status", "moves"),
    [
        ("awaiting_approval", "approve reject"),
        ("needs_review", "approve reject"),
        ("quarantined", "reject"),
        ("approved", "withdraw"),
        ("pending", "withdraw"),
        ("delivered", "undo"),
        ("delivering", ""),
        ("rejected", ""),
        ("undone", ""),
    ],
)
def test_what_can_be_done_depends_on_where_it_stands(status: Status, moves: str) -> None:
    shown = sheet(an_update(a_change(), status=status))

    possible = [move for move in ("approve", "reject", "undo", "withdraw") if getattr(shown, f"can_{move}")]

    assert " ".join(possible) == moves


def test_every_state_stands_in_exactly_one_tab() -> None:
    states = [state for _, _, found in TABS for state in found]

    assert sorted(states) == sorted(Status.__args__)  # type: ignore[attr-defined]
