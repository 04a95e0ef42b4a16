"""Differences between what a script expects and what happened."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from evals.replay.checking import differences, leaks
from evals.replay.script import Expected
from evals.replay.stage import Outcome


def an_outcome(**changes: Any) -> Outcome:
    record = {
        "play": "answer",
        "reasons": ["documents_answer"],
        "asked_for": ["pricing"],
        "intents": [{"name": "pricing", "probability": 0.9}],
        "reply": [
            {"kind": "text", "lines": [{"text": 'Team costs "12 EUR".', "cites": [1]}]},
            {"kind": "sources", "citations": [{"url": "/docs/plans/prices#team", "quote": "hidden words"}]},
        ],
    }
    values: dict[str, Any] = {
        "record": record,
        "facts": {"team_size": 40, "when": {"start": "2026-03-03", "end": "2026-03-04"}},
        "open_question": None,
        "crm": ("contact.qualified", "contact.qualified"),
        "crm_statuses": ("delivered", "awaiting_approval"),
        "mails": ("Booked: Fernway demo",),
        "crm_fields": ("company.team_size",),
        "rep": "sales",
    }
    return Outcome(**{**values, **changes})


@pytest.mark.parametrize(
    "expected",
    [
        Expected(),
        Expected(play="answer", reasons=("documents_answer",), intents=("pricing",)),
        Expected(blocks=("text", "sources"), shows=("text",), hides=("slots",)),
        Expected(says=('"12 EUR"',), never_says=("13 EUR",), cites="/docs/plans"),
        Expected(facts={"team_size": 40, "email": None, "when": {"start": "2026-03-03"}}, asks="nothing"),
        Expected(crm=("contact.qualified",), mails=("demo",)),
        Expected(crm_fields=("company.team_size",), rep="sales"),
    ],
)
def test_nothing_differs_when_it_happened_as_expected(expected: Expected) -> None:
    assert differences(expected, an_outcome()) == []


@pytest.mark.parametrize(
    ("expected", "complaint"),
    [
        (
            Expected(play="book"),
            "play 'book' expected, got 'answer' (asked for ['pricing'], likeliest pricing 0.90",
        ),
        (Expected(reasons=("meeting_wished",)), "reasons ['meeting_wished'] expected"),
        (Expected(intents=("pricing", "book_meeting")), "intents ['book_meeting', 'pricing'] expected"),
        (Expected(blocks=("text",)), "blocks ['text'] expected, got ['text', 'sources']"),
        (Expected(shows=("slots",)), "a slots block expected"),
        (Expected(hides=("sources",)), "no sources block expected"),
        (Expected(says=("hidden words",)), "the reply should say 'hidden words'"),
        (Expected(never_says=("hidden words",)), "the reply must not say 'hidden words'"),
        (Expected(cites="/docs/security"), "the first source should be '/docs/security'"),
        (Expected(facts={"team_size": 41}), "fact 'team_size' should be 41, it is 40"),
        (Expected(facts={"team_size": None}), "fact 'team_size' should not be known, it is 40"),
        (Expected(facts={"when": {"start": "2026-03-05"}}), "fact 'when' should be"),
        (Expected(asks="team_size"), "open question should be 'team_size', it is None"),
        (Expected(crm=()), "CRM updates [] expected, got ['contact.qualified']"),
        (Expected(crm_fields=()), "fields [] of the CRM expected, got ['company.team_size']"),
        (Expected(rep="solutions"), "the lead should be 'solutions''s, it is 'sales''s"),
        (Expected(mails=("trial",)), "a mail about 'trial' expected"),
    ],
)
def test_each_difference_says_what_was_there_instead(expected: Expected, complaint: str) -> None:
    (line,) = differences(expected, an_outcome())

    assert complaint in line


def test_an_update_that_did_not_arrive_is_a_difference_without_being_asked_for() -> None:
    (line,) = differences(Expected(), an_outcome(crm_statuses=("delivered", "quarantined")))

    assert line == "CRM update contact.qualified did not arrive, it is quarantined"


def test_a_detail_outside_the_vault_the_crm_and_sent_mail_is_a_leak(tmp_path: Path) -> None:
    database = tmp_path / "some.db"
    with closing(sqlite3.connect(database)) as connection:
        for table in ("log", "mails", "crm_updates", "crm_contacts"):
            connection.execute(f"CREATE TABLE {table} (id TEXT, body TEXT, effect TEXT)")
            connection.execute(f"INSERT INTO {table} VALUES ('1', 'to [email_1]', 'to ada@lifts.example')")
        connection.commit()

    assert leaks(database, ["ada@lifts.example"]) == ["'ada@lifts.example' stands in log.effect"]
    assert leaks(database, ["grace@lifts.example"]) == []
