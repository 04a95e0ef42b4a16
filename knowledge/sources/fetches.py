"""What was fetched before: lets a reading that was interrupted go on, and a later one ask only for what changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Fetch:
    """One address as it was answered, by its normalised URL."""

    url: str
    final_url: str
    """Where redirects led."""
    status: int
    etag: str
    last_modified: str
    content_type: str
    robots: str
    """The X-Robots-Tag header."""
    body: bytes
    """Decompressed."""
    fetched_at: datetime
    run: str
    """The reading that asked last; within one run nothing is asked twice."""


class FetchStore(Protocol):
    """Keeps the last fetch of each address of one source."""

    async def get(self, url: str) -> Fetch | None: ...

    async def put(self, fetch: Fetch) -> None: ...


class ForgetfulFetches:
    """Keeps fetches for the length of one process: for a single reading, and for tests."""

    def __init__(self) -> None:
        self._kept: dict[str, Fetch] = {}

    async def get(self, url: str) -> Fetch | None:
        return self._kept.get(url)

    async def put(self, fetch: Fetch) -> None:
        self._kept[fetch.url] = fetch
