"""Wake-ups between writers and readers of a conversation's log: hints only, the log is the truth."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class Hub:
    """In-process fan-out. A missed wake-up costs latency and never a frame: readers catch up from their cursor."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._to_all: set[asyncio.Event] = set()
        self.is_closed = False

    def wake(self, conversation: str) -> None:
        """Something was appended to the conversation's log."""
        for event in (*self._listeners.get(conversation, ()), *self._to_all):
            event.set()

    def close(self) -> None:
        """The server goes down: whoever does nothing but listen to all of it stops."""
        self.is_closed = True
        for event in self._to_all:
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
