"""Outcomes as blocks of the conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from server.actions import shown
from server.actions.booking import read_slot
from server.actions.pricing import price
from server.actions.values import ChoiceDay, Choices, Meeting, SavedCart, Trial, TrialOutcome
from tests.support.actions_world import CATALOGUE, DEMO, MONDAY, berlin_slot

MEETING = Meeting(
    id="m-1",
    site="demo",
    conversation="c-1",
    rep="ada",
    meeting_type="demo",
    title="Fernway demo",
    start=berlin_slot(14).start,
    end=berlin_slot(14).end,
    zone="Europe/Berlin",
    email="[email_1]",
    name="[person_1]",
    topic="",
    state="confirmed",
    sequence=0,
    uid="m-1@demo",
)
TRIAL = Trial("t-1", "demo", "c-1", "[email_1]", "Business", 14, "sent", 1, MONDAY, None)


def test_offered_times_can_be_read_back_from_the_choice() -> None:
    offered = Choices("America/New_York", (ChoiceDay(date(2026, 3, 3), (berlin_slot(14),)),), wish_met=True)

    block = shown.slots_block(offered, DEMO, prompt="p", text="When?", today=date(2026, 3, 2))

    assert (block.zone_label, block.duration_minutes) == ("New York", 30)
    assert block.days[0].label == "Tuesday 3 March"
    assert block.days[0].slots[0].label == "08:00"
    assert read_slot(block.days[0].slots[0].value, DEMO) == berlin_slot(14)


def test_a_meeting_is_shown_as_it_stands() -> None:
    urls = {"ics_url": "https://d.example/i", "manage_url": "https://d.example/m"}

    fresh = shown.meeting_block(MEETING, **urls)
    moved = shown.meeting_block(replace(MEETING, sequence=1), **urls)
    gone = shown.meeting_block(replace(MEETING, sequence=2, state="cancelled"), **urls)

    assert [fresh.state, moved.state, gone.state] == ["confirmed", "moved", "cancelled"]
    assert fresh.when == "Tuesday 3 March, 14:00 (Berlin)"
    assert (gone.ics_url, gone.manage_url) == (None, None)


@pytest.mark.parametrize(
    ("outcome", "state", "says"),
    [
        (TrialOutcome("mail_sent", TRIAL), "mail_sent", "sent you a link"),
        (TrialOutcome("waiting", TRIAL), "mail_sent", "already on its way"),
        (
            TrialOutcome("exists", replace(TRIAL, ends_at=datetime(2026, 3, 16, 9, tzinfo=UTC))),
            "exists",
            "until Monday 16 March 2026",
        ),
        (TrialOutcome("ended", replace(TRIAL, ends_at=MONDAY - timedelta(days=1))), "exists", "had its trial"),
    ],
)
def test_a_trial_says_how_far_it_is(outcome: TrialOutcome, state: str, says: str) -> None:
    block = shown.trial_block(outcome)

    assert block.state == state
    assert says in block.text
    assert "@" not in block.text


def test_a_cart_shows_prices_of_the_catalogue() -> None:
    saved = SavedCart("k-1", "demo", "c-1", price(CATALOGUE, [("team", 5)], "year"), "open", None, None)

    block = shown.cart_block(saved, checkout_url="https://d.example/cart")

    assert [item.model_dump() for item in block.items] == [
        {"plan": "Team", "quantity": 5, "unit_price": "12 EUR", "total": "720 EUR"}
    ]
    assert (block.period, block.total) == ("year", "720 EUR")
    assert "billed yearly" in block.note
