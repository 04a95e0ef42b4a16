"""A server that delivers and is killed: every update that a visitor was told of arrives once and in order."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_sync.delivering import lining_up
from evals.benches import killing


@pytest.mark.parametrize("provider", killing.PROVIDERS)
def test_killed_again_and_again_while_a_fifth_of_the_calls_fail(
    provider: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`frontdesk bench delivery --conversations 1000 --kills 100 --faults 0.2` is the same at length."""
    # Who was killed holds an update until the lease ends; nobody should have to wait half a minute for that here.
    monkeypatch.setattr(lining_up, "LEASE", timedelta(seconds=2))

    figures = killing.run(
        lambda _: None, conversations=6, kills=2, faults=0.2, provider=provider, updates=2
    ).figures

    assert figures["kills"] in {1, 2}
    assert (figures["acknowledged"], figures["effects"]) == (12, 12)
    assert (figures["missing"], figures["doubled"], figures["out_of_order"]) == (0, 0, 0)
