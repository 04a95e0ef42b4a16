"""Blocking calls in threads: who stopped waiting is not written past by a request that begins late."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from crm_sync.errors import ProviderUnfinished
from crm_sync.providers.threads import Deadline, in_thread


async def test_a_thread_that_is_still_signing_in_when_nobody_waits_sends_nothing() -> None:
    go, sent, ended = threading.Event(), [], threading.Event()

    def work(deadline: Deadline) -> None:
        go.wait()
        try:
            deadline.limits(15.0)
            sent.append("PATCH")
        finally:
            ended.set()

    with ThreadPoolExecutor(1) as threads:
        with pytest.raises(ProviderUnfinished, match=r"It did not answer in 0\.01 s\."):
            await in_thread(threads, 0.01, "It did not answer", work)
        go.set()
        ended.wait()

    assert sent == []


def test_a_request_gets_no_more_time_than_is_left() -> None:
    connect_s, read_s = Deadline(time.monotonic() + 2.0).limits(15.0)

    assert connect_s <= 2.0
    assert read_s <= 2.0
