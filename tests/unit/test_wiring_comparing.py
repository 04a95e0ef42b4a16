"""When a site's CRM is compared with the ledger, and how fast."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_sync import Reconciled
from server.wiring.comparing import is_due

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
NIGHT = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
EVENING = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
"""Half past midnight in Berlin."""


def a_round(began: datetime, *, done: bool = True) -> Reconciled:
    return Reconciled(1, 0, 0, is_done=done, began_at=began, since=began)


@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, NOON, True),
        (a_round(NIGHT - timedelta(days=1)), NOON, False),
        (a_round(NIGHT - timedelta(days=1)), EVENING, False),
        (a_round(NIGHT - timedelta(days=1)), NIGHT, True),
        (a_round(NIGHT - timedelta(hours=1)), NIGHT, False),
        (a_round(NIGHT - timedelta(hours=1), done=False), NIGHT, True),
        (a_round(NOON - timedelta(hours=2), done=False), NOON, False),
        (a_round(NOON - timedelta(days=3)), NOON, True),
    ],
)
def test_once_a_night_and_by_day_only_what_was_missed(
    last: Reconciled | None, now: datetime, due: bool
) -> None:
    assert is_due(last, now, BERLIN) is due
