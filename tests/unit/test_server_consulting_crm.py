"""Without the consent the CRM is asked for one thing: whose contact a visitor is who wants a rep."""

from __future__ import annotations

from datetime import UTC, datetime

from crm_sync import Snapshot
from server.consulting import owner_of
from server.crm_looks import UNREAD, Held

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def test_only_the_owner_is_kept_of_what_was_read_for_a_rep() -> None:
    read = Snapshot(
        {"contact.owner": "cy", "company.owner": "ben", "company.team_size": 40, "deal.budget": "9k"},
        personal=frozenset({"contact.phone"}),
        typed=frozenset({"company.team_size"}),
        records={"contact": "7"},
    )

    kept = owner_of(Held(read, NOW))

    assert kept == Held(Snapshot({"contact.owner": "cy", "company.owner": "ben"}), NOW)


def test_what_could_not_be_read_stays_unread() -> None:
    assert owner_of(UNREAD) == UNREAD
