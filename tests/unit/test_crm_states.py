"""Which moves the ledger allows, and how long it waits."""

from __future__ import annotations

from typing import get_args

import pytest

from crm_sync.delivering.states import IN_FLIGHT, MOVES, backoff, check_move
from crm_sync.errors import MoveRefused
from crm_sync.values import Status

ALL: tuple[Status, ...] = get_args(Status)


def test_every_state_says_where_it_leads() -> None:
    assert set(MOVES) == set(ALL)
    assert {after for moves in MOVES.values() for after in moves} <= set(ALL)


@pytest.mark.parametrize("before", ALL)
@pytest.mark.parametrize("after", ALL)
def test_only_listed_moves_are_allowed(before: Status, after: Status) -> None:
    if after in MOVES[before]:
        check_move("u-1", before, after)
        return

    with pytest.raises(MoveRefused) as refused:
        check_move("u-1", before, after)

    assert refused.value.status == before


def test_nothing_leaves_the_crm_without_having_been_delivered() -> None:
    assert [status for status, moves in MOVES.items() if "undone" in moves] == ["delivered"]


def test_only_what_is_delivering_can_become_delivered() -> None:
    assert [status for status, moves in MOVES.items() if "delivered" in moves] == ["delivering"]


def test_a_refused_document_has_no_way_out() -> None:
    reachable: set[Status] = {"quarantined"}
    while more := {after for status in reachable for after in MOVES[status]} - reachable:
        reachable |= more

    assert reachable.isdisjoint({*IN_FLIGHT, "delivered"})


def test_pauses_double_carry_jitter_and_end_at_an_hour() -> None:
    pauses = [backoff("u-1", attempts).total_seconds() for attempts in range(1, 15)]

    assert all(2**n <= pause <= 2**n * 1.25 for n, pause in enumerate(pauses[:11], start=1))
    assert all(3_600 <= pause <= 4_500 for pause in pauses[11:])
    assert backoff("u-1", 3) == backoff("u-1", 3)
    assert backoff("u-1", 3) != backoff("u-2", 3)


def test_the_pause_that_the_provider_asked_for_is_kept() -> None:
    assert backoff("u-1", 1, retry_after_s=120).total_seconds() == 120
