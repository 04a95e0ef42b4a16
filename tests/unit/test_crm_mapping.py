"""From proposals to documents: previous values, unchanged fields, keys, the policy's tiers, corrections."""

from __future__ import annotations

from typing import Any

import pytest

from crm_sync import Consent, Point, Score, Target
from crm_sync.deciding.policy import Policy
from crm_sync.documents.mapping import Draft, draft, edited, key_of, known_after, masked
from crm_sync.documents.validation import problem_of
from tests.support.crm import NOW, a_note, a_proposal, learned


def drafted(*facts: Any, known: dict[str, Any] | None = None, **changes: Any) -> Draft:
    return draft(
        a_proposal(*facts, **changes),
        update_id="u-1",
        held_id="u-2",
        known=known or {},
        waiting_already={},
        policy=Policy(),
    )


def written(found: Draft) -> dict[str, Any]:
    fields = (found.now or {"fields": []})["fields"]
    return {f"{change['object']}.{change['name']}": change["value"] for change in fields}


def test_a_full_proposal_becomes_a_valid_document() -> None:
    score = Score(30, 25, 55, "evaluation", (Point("asked_price", 25, "intent", "Asked the price", "m-1"),))

    found = drafted(
        learned("contact.email", "[email_1]"),
        learned("company.team_size", 40),
        learned("deal.custom.region", "north"),
        target=Target("email", "[email_1]"),
        activity=a_note(),
        score=score,
        consent=Consent("conversation", NOW),
    )

    assert found.now is not None
    assert problem_of(found.now) is None
    assert written(found) == {
        "contact.email": "[email_1]",
        "company.team_size": 40,
        "deal.custom.region": "north",
        "contact.lead_score": 55,
        "contact.lead_fit": 30,
        "contact.lead_intent": 25,
        "contact.lead_stage": "evaluation",
        "contact.consent_level": "conversation",
    }


def test_unchanged_fields_are_dropped_and_previous_values_named() -> None:
    found = drafted(
        learned("company.team_size", 40),
        learned("deal.plan", "Team"),
        known={"company.team_size": 40, "deal.plan": "Pro"},
    )

    assert found.now is not None
    assert written(found) == {"deal.plan": "Team"}
    assert found.now["fields"][0]["previous"] == "Pro"


def test_true_is_not_one() -> None:
    found = drafted(learned("deal.custom.pilot", True), known={"deal.custom.pilot": 1})

    assert written(found) == {"deal.custom.pilot": True}


def test_the_last_word_on_a_field_counts() -> None:
    found = drafted(learned("deal.seats", 10), learned("deal.seats", 20))

    assert written(found) == {"deal.seats": 20}


def test_nothing_new_makes_no_document() -> None:
    found = drafted(learned("deal.seats", 10), known={"deal.seats": 10})

    assert (found.now, found.held) == (None, None)


def test_an_activity_alone_is_worth_a_document() -> None:
    found = drafted(activity=a_note())

    assert found.now is not None
    assert found.now["activity"]["subject"] == "Asked about SSO"


def test_unsure_values_are_held_back_from_a_document_that_goes_ahead() -> None:
    found = drafted(
        learned("deal.seats", 10), learned("deal.budget", "10k", confidence=0.4), activity=a_note()
    )

    assert found.now is not None
    assert found.held is not None
    assert (found.now["id"], found.held["id"]) == ("u-1", "u-2")
    assert found.now["idempotency_key"] != found.held["idempotency_key"]
    assert found.held["activity"] is None
    assert written(found) == {"deal.seats": 10}


def test_when_everything_waits_the_update_itself_waits() -> None:
    found = drafted(learned("deal.budget", "10k", confidence=0.4))

    assert found.now is None
    assert found.held is not None
    assert found.held["id"] == "u-1"


def test_an_owner_is_never_written() -> None:
    found = drafted(learned("deal.owner", "rep@example.com"), learned("deal.seats", 3))

    assert found.withheld == ("deal.owner",)
    assert written(found) == {"deal.seats": 3}


@pytest.mark.parametrize("part", ["site", "cause", "kind", "target"])
def test_the_key_depends_on_site_cause_kind_and_target(part: str) -> None:
    base: dict[str, Any] = {
        "site": "demo",
        "cause": "t-1",
        "kind": "cart.filled",
        "target": {"object": "contact"},
    }
    other: Any = {"object": "deal"} if part == "target" else "other"

    assert key_of(**base) == key_of(**base)
    assert key_of(**{**base, part: other}) != key_of(**base)


def test_later_documents_overlay_earlier_ones() -> None:
    earlier = {"fields": [{"object": "deal", "name": "seats", "value": 10}]}
    later = {"fields": [{"object": "deal", "name": "seats", "value": 20}]}

    assert known_after({"deal.plan": "Team"}, [earlier, later]) == {"deal.plan": "Team", "deal.seats": 20}


def test_a_correction_is_marked_and_keeps_the_evidence() -> None:
    found = drafted(learned("deal.seats", 10))
    assert found.now is not None

    corrected = edited(found.now, {"deal.seats": 12})

    change = corrected["fields"][0]
    assert (change["value"], change["how"], change["confidence"]) == (12, "edited", 1.0)
    assert change["evidence"] == found.now["fields"][0]["evidence"]
    assert found.now["fields"][0]["value"] == 10


def test_striking_out_keeps_placeholders_and_plain_fields() -> None:
    found = drafted(
        learned("contact.email", "ada@example.com"),
        learned("contact.name", "[person_1]"),
        learned("deal.seats", 3),
    )
    assert found.now is not None

    values = [change["value"] for change in masked(found.now)["fields"]]

    assert values == ["(struck out: it was not sealed)", "[person_1]", 3]
