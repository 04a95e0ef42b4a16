"""Runs a package's blocking calls in threads, so that none begins a request after we stopped waiting for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TypeVar

from crm_sync.errors import ProviderUnfinished

T = TypeVar("T")
_CONNECT_S = 5.0


@dataclass(frozen=True, slots=True)
class Deadline:
    """When whoever asked stops waiting."""

    at: float

    def limits(self, read_s: float) -> tuple[float, float]:
        """The seconds that a request which begins now may take to connect and to answer, never past the deadline.
        Raises ProviderUnfinished when it is over: nobody waits any more, and a newer order may have been written."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise ProviderUnfinished("Nobody waits for this request any more, so it was not sent.")
        return min(_CONNECT_S, left), min(read_s, left)


async def in_thread(threads: Executor, limit_s: float, late: str, work: Callable[[Deadline], T]) -> T:
    """What `work` returns, within `limit_s` from now; `late` says what did not happen in time."""
    deadline = Deadline(time.monotonic() + limit_s)
    try:
        # Packages limit the wait for each piece of an answer; this limits the whole of it.
        async with asyncio.timeout(limit_s):
            return await asyncio.get_running_loop().run_in_executor(threads, work, deadline)
    except TimeoutError:
        raise ProviderUnfinished(f"{late} in {limit_s:g} s.") from None
