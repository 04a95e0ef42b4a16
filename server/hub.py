"""Wake-ups between writers and readers of a conversation's log: hints only, the log is the truth."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

_MOST_SIGNS = 16
"""So many wait for one who can not keep up; later ones are lost, and nothing with them."""
_MOST_SEEN = 20_000


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that is true for a moment, told to those who look just now: kept in no log and no database."""

    kind: Literal["typing", "seen"]
    by: Literal["visitor", "person"]
    name: str | None = None
    up_to: int = 0
    """For `seen`: the sequence number up to which it was read."""


class Hub:
    """In-process fan-out. A missed wake-up costs latency and never a frame: readers catch up from their cursor."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._to_all: set[asyncio.Event] = set()
        self._watching: defaultdict[str, set[asyncio.Queue[Sign]]] = defaultdict(set)
        self._seen: dict[tuple[str, str], Sign] = {}
        self.is_closed = False

    def wake(self, conversation: str) -> None:
        """Something was appended to the conversation's log."""
        for event in (*self._listeners.get(conversation, ()), *self._to_all):
            event.set()

    def sign(self, conversation: str, sign: Sign) -> None:
        """Tell those who look at the conversation in this process, and of what was read also those who come later."""
        if sign.kind == "seen":
            before = self._seen.pop((conversation, sign.by), None)
            if before is not None and before.up_to >= sign.up_to:
                self._seen[conversation, sign.by] = before
                return
            if len(self._seen) >= _MOST_SEEN:
                del self._seen[next(iter(self._seen))]
            self._seen[conversation, sign.by] = sign
        for queue in self._watching.get(conversation, ()):
            with suppress(asyncio.QueueFull):
                queue.put_nowait(sign)

    @contextmanager
    def watch(self, conversation: str, by: Literal["visitor", "person"]) -> Iterator[asyncio.Queue[Sign]]:
        """The signs of a conversation that come while it is looked at; first how far `by` has read."""
        queue: asyncio.Queue[Sign] = asyncio.Queue(_MOST_SIGNS)
        if (seen := self._seen.get((conversation, by))) is not None:
            queue.put_nowait(seen)
        self._watching[conversation].add(queue)
        try:
            yield queue
        finally:
            self._watching[conversation].discard(queue)
            if not self._watching[conversation]:
                del self._watching[conversation]

    def close(self) -> None:
        """The server goes down: whoever does nothing but listen stops."""
        self.is_closed = True
        for event in (
            *self._to_all,
            *(event for listening in self._listeners.values() for event in listening),
        ):
            event.set()

    @contextmanager
    def listen_to_all(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever any log grew, and at the end; the listener clears it before it looks."""
        event = asyncio.Event()
        self._to_all.add(event)
        try:
            yield event
        finally:
            self._to_all.discard(event)

    @contextmanager
    def listen(self, conversation: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever the log grew; the listener clears it before it reads."""
        event = asyncio.Event()
        self._listeners[conversation].add(event)
        try:
            yield event
        finally:
            self._listeners[conversation].discard(event)
            if not self._listeners[conversation]:
                del self._listeners[conversation]


class Turnstile:
    """Lets one turn of a conversation through at a time."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._waiting: dict[str, int] = {}

    @asynccontextmanager
    async def through(self, conversation: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(conversation, asyncio.Lock())
        self._waiting[conversation] = self._waiting.get(conversation, 0) + 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[conversation] -= 1
            if not self._waiting[conversation]:
                del self._waiting[conversation], self._locks[conversation]
