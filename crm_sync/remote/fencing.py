"""Puts the lease before every effect: none begins without it, and none outlives it unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from crm_sync.errors import ProviderUnfinished
from crm_sync.remote.leases import Lease
from crm_sync.remote.ports import Backend

_EFFECTS = frozenset({"create", "change", "remove", "tie", "untie", "enter", "revise", "take_out"})


class _Fenced:
    """A backend for the length of one attempt; what only reads goes straight through."""

    def __init__(self, backend: Backend, held: Lease) -> None:
        self._backend, self._held = backend, held

    def __getattr__(self, name: str) -> Any:
        there = getattr(self._backend, name)
        return self._effect(there) if name in _EFFECTS else there

    def _effect(self, call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def fenced(*args: Any, **named: Any) -> Any:
            longest_s = self._backend.longest_call_s
            await self._held.hold_on()
            self._held.is_in_flight = True
            try:
                async with asyncio.timeout(longest_s):
                    done = await call(*args, **named)
            except TimeoutError:
                # Its last request may have begun a moment ago.
                await self._held.hold_on()
                raise ProviderUnfinished(
                    f"{self._backend.name} took longer than {longest_s:g} s for one change.",
                    retry_after_s=longest_s,
                ) from None
            except ProviderUnfinished:
                raise
            except Exception:
                self._held.is_in_flight = False
                raise
            # Whoever is cancelled in between leaves it in flight: a thread may still send what it was given.
            self._held.is_in_flight = False
            return done

        return fenced


def fenced(backend: Backend, held: Lease) -> Backend:
    """`backend` under the lease of one attempt."""
    return cast("Backend", _Fenced(backend, held))
