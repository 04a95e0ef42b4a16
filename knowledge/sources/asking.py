"""Asks a web server politely: at a steady pace, only for what changed, and again later when it is busy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version

from knowledge.errors import SourceUnreachableError
from knowledge.sources.fetches import Fetch, FetchStore
from knowledge.sources.reaching import NotFetchedError, Reacher, Response

TRIES = 3
MAX_WAIT_S = 120.0
"""A server that asks to wait longer is left alone until the next reading."""
MAX_CRAWL_DELAY_S = 30.0
MANY_FAILURES = 6
"""So many addresses in a row without an answer mean that the server is down, not the pages."""


@dataclass(frozen=True, slots=True)
class Clock:
    """Time for pacing; tests bring their own."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep


def user_agent(docs_url: str = "") -> str:
    """What a site's log says about us, and what its robots.txt can name."""
    try:
        number = version("frontdesk")
    except PackageNotFoundError:
        number = "0"
    name = f"Frontdesk/{number} (+{docs_url})" if docs_url else f"Frontdesk/{number}"
    return name.encode("ascii", "ignore").decode()


class Asker:
    """Fetches for one reading of one source."""

    def __init__(
        self,
        reacher: Reacher,
        fetches: FetchStore,
        *,
        run: str,
        now: datetime,
        per_second: float,
        clock: Clock | None = None,
    ) -> None:
        self._reacher = reacher
        self._fetches = fetches
        self._run = run
        self._now = now
        self._gap = 1 / per_second
        self._clock = clock or Clock()
        self._next_at = 0.0
        self._failures = 0

    def slow_down(self, seconds: float) -> None:
        """What robots.txt asks for, within reason."""
        self._gap = max(self._gap, min(seconds, MAX_CRAWL_DELAY_S))

    async def get(
        self,
        url: str,
        *,
        wants: Callable[[str], bool] = lambda _: True,
        may_follow: Callable[[str], bool] = lambda _: True,
    ) -> Fetch:
        """The document as it is now; raises `NotFetchedError`.

        Raises `SourceUnreachableError` once the server has failed so often that the rest need not be tried.
        """
        kept = await self._fetches.get(url)
        if kept is not None and kept.run == self._run:
            return kept
        # A remembered answer from beyond a redirect is asked for anew: its validators belong to another address.
        is_usable = kept is not None and kept.final_url == url and wants(kept.content_type)
        response = await self._patiently(
            url, _validators(kept) if kept and is_usable else {}, wants, may_follow
        )
        if response.status == 304 and kept is not None:
            fetch = replace(kept, fetched_at=self._now, run=self._run)
        else:
            fetch = _fetch(url, response, self._now, self._run)
        await self._fetches.put(fetch)
        return fetch

    async def _patiently(
        self,
        url: str,
        headers: dict[str, str],
        wants: Callable[[str], bool],
        may_follow: Callable[[str], bool],
    ) -> Response:
        for number in range(1, TRIES + 1):
            await self._pace()
            try:
                response = await self._reacher.fetch(url, headers=headers, wants=wants, may_follow=may_follow)
            except NotFetchedError as error:
                wait = _wait(error, number, self._now)
                if error.why != "transient" or number == TRIES or wait > MAX_WAIT_S:
                    self._count(error)
                    raise
                await self._clock.sleep(wait)
            else:
                self._failures = 0
                return response
        raise AssertionError("unreachable: the last try returns or raises")

    async def _pace(self) -> None:
        ahead = self._next_at - self._clock.now()
        if ahead > 0:
            await self._clock.sleep(ahead)
        self._next_at = self._clock.now() + self._gap

    def _count(self, error: NotFetchedError) -> None:
        self._failures = self._failures + 1 if error.why == "transient" else 0
        if self._failures >= MANY_FAILURES:
            message = f"{MANY_FAILURES} addresses in a row gave no answer, the last one: {error}. Read it again later"
            raise SourceUnreachableError(message) from error


def _validators(kept: Fetch) -> dict[str, str]:
    told = {"If-None-Match": kept.etag, "If-Modified-Since": kept.last_modified}
    # Old servers send other bytes in a tag, which no request of ours can carry.
    return {name: value for name, value in told.items() if value.isascii() and value}


def _fetch(url: str, response: Response, now: datetime, run: str) -> Fetch:
    headers = response.headers
    return Fetch(
        url=url,
        final_url=response.url,
        status=response.status,
        etag=headers.get("etag", "")[:500],
        last_modified=headers.get("last-modified", "")[:100],
        content_type=headers.get("content-type", "")[:200],
        robots=headers.get("x-robots-tag", "")[:200],
        body=response.body,
        fetched_at=now,
        run=run,
    )


def _wait(error: NotFetchedError, number: int, now: datetime) -> float:
    """What the server asks for, else a little longer each time."""
    asked = error.retry_after.strip()
    if asked.isdecimal():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
    except ValueError:
        return (2.0, 8.0)[min(number, 2) - 1]
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())
