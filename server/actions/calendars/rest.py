"""How Google's and Microsoft's calendars are asked: tokens renewed, patience where they want it, one deadline."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Protocol

import httpx

from server.actions.calendars.ports import CalendarAway, CalendarRefused

_PATIENCE = 2.0
"""Seconds that a call itself waits when it is asked to; beyond, it is for the caller to come back."""
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: Mapping[str, Any]
    retry_after: float | None = None

    @property
    def etag(self) -> str:
        return str(self.body.get("etag") or self.body.get("@odata.etag") or "")


class Tokens(Protocol):
    """Access tokens, kept until they end."""

    async def token(self, http: httpx.AsyncClient) -> str: ...

    def forget(self, token: str) -> None:
        """It was refused: the next one is a new one."""
        ...


class Manners(Protocol):
    """What each side's answers mean."""

    def wants_patience(self, answer: Answer) -> bool: ...

    def refused(self, answer: Answer) -> CalendarRefused: ...


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, as whom, and how long."""

    name: str
    base: str
    tokens: Tokens
    manners: Manners
    timeout: float = 10
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep, repr=False)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Line]:
        """A connection of the caller's event loop; what happens on it ends within the timeout."""
        try:
            async with (
                asyncio.timeout(self.timeout),
                httpx.AsyncClient(verify=_trust(), timeout=self.timeout) as http,
            ):
                yield Line(self, http)
        except TimeoutError:
            raise CalendarAway(f"{self.name} did not answer within {self.timeout:g} s") from None
        except httpx.TimeoutException:
            raise CalendarAway(f"{self.name} did not answer within {self.timeout:g} s") from None
        except httpx.HTTPError as lost:
            raise CalendarAway(f"{self.name} can not be reached ({type(lost).__name__})") from lost


@dataclass(frozen=True, slots=True)
class Line:
    """An open connection."""

    endpoint: Endpoint
    http: httpx.AsyncClient

    async def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        fine: Collection[int] = (),
    ) -> Answer:
        """One request. Statuses other than success are refusals, unless they are `fine` to the caller."""
        url = path if path.startswith(self.endpoint.base + "/") else self.endpoint.base + path
        renewed = False
        tries = 0
        while True:
            token = await self.endpoint.tokens.token(self.http)
            sent = await self.http.request(
                method,
                url,
                params=params,
                json=json,
                headers={**(headers or {}), "Authorization": f"Bearer {token}"},
            )
            answer = read(sent)
            if answer.status < 300 or answer.status in fine:
                return answer
            if answer.status == 401 and not renewed:
                self.endpoint.tokens.forget(token)
                renewed = True
                continue
            if not (
                answer.status >= 500 or answer.status == 429 or self.endpoint.manners.wants_patience(answer)
            ):
                raise self.endpoint.manners.refused(answer)
            tries += 1
            await self._wait(answer, tries)

    async def _wait(self, answer: Answer, tries: int) -> None:
        """Wait as long as it asks, or twice as long as before; raises when that is too long for a call."""
        pause = answer.retry_after
        if pause is None:
            pause = 0.25 * 2**tries * random.uniform(0.75, 1.25)  # noqa: S311  spreads load, guards nothing
        if tries >= _TRIES or pause > _PATIENCE:
            after = None if answer.retry_after is None else timedelta(seconds=answer.retry_after)
            raise CalendarAway(
                f"{self.endpoint.name} asks for patience (status {answer.status})", after=after
            )
        await self.endpoint.sleep(pause)


def read(sent: httpx.Response) -> Answer:
    """The answer; a body that is not JSON, as proxies send, is none."""
    try:
        body = sent.json() if sent.content else {}
    except ValueError:
        body = {}
    return Answer(sent.status_code, body if isinstance(body, dict) else {}, _retry_after(sent))


def _retry_after(sent: httpx.Response) -> float | None:
    """Seconds, which may be given as a date."""
    said = sent.headers.get("Retry-After")
    if said is None:
        return None
    try:
        return max(0.0, float(said))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    """The certificates that are trusted, read once."""
    return httpx.create_ssl_context()
