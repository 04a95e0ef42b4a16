"""Public keys that a host application publishes (JWKS): kept for minutes, asked for again when an unknown one signs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from server.members.keys import Algorithm, TrustedKey, unfit
from server.telemetry import log

REFRESH_S, KEEP_S = 300.0, 600.0
"""When they are asked for again, and from when on they are not believed without having been."""
AGAIN_S = 60.0
"""Between two askings for one address, whatever tokens come."""
_TIMEOUT_S = 5.0
_MAX_BYTES = 65_536
_MAX_KEYS = 20
_KINDS: dict[str, tuple[Algorithm, type[RSAKey | ECKey | OKPKey]]] = {
    "RSA": ("RS256", RSAKey),
    "EC": ("ES256", ECKey),
    "OKP": ("EdDSA", OKPKey),
}
"""A shared secret (`oct`) is published by nobody who means it."""

Fetch = Callable[[str], Awaitable[bytes]]


@dataclass(slots=True)
class _Shelf:
    keys: tuple[TrustedKey, ...] = ()
    read_at: float | None = None
    asked_at: float | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Published:
    """The published keys of every address; one asking at a time each."""

    def __init__(
        self, fetch: Fetch | None = None, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch = fetch or fetched
        self._monotonic = monotonic
        self._shelves: dict[str, _Shelf] = {}

    async def of(self, url: str, kid: str) -> tuple[TrustedKey, ...]:
        """The keys of an address; when none of them is called `kid`, they are asked for anew, once a minute at most.

        Empty when the address has not answered for too long: who is signed in is then not known.
        """
        shelf = self._shelves.setdefault(url, _Shelf())
        age = self._age(shelf)
        is_there = not kid or any(key.kid == kid for key in shelf.keys)
        if is_there and age < KEEP_S and (age < REFRESH_S or shelf.lock.locked()):
            return shelf.keys
        async with shelf.lock:
            if self._may_ask(shelf):
                await self._ask(url, shelf)
        return shelf.keys if self._age(shelf) < KEEP_S else ()

    def _age(self, shelf: _Shelf) -> float:
        return KEEP_S if shelf.read_at is None else self._monotonic() - shelf.read_at

    def _may_ask(self, shelf: _Shelf) -> bool:
        return shelf.asked_at is None or self._monotonic() - shelf.asked_at >= AGAIN_S

    async def _ask(self, url: str, shelf: _Shelf) -> None:
        shelf.asked_at = self._monotonic()
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                shelf.keys = keys_in(await self._fetch(url))
            shelf.read_at = self._monotonic()
        except (OSError, TimeoutError, ValueError, httpx.HTTPError) as error:
            log().warning("members.published_keys_away", url=url, error=type(error).__name__)


async def fetched(url: str) -> bytes:
    """What the address answers; raises for anything but a short 200, redirects included."""
    async with (
        httpx.AsyncClient(timeout=_TIMEOUT_S, follow_redirects=False) as client,
        client.stream("GET", url, headers={"accept": "application/json"}) as answer,
    ):
        if answer.status_code != 200:
            raise ValueError(f"answered {answer.status_code}")
        body = b""
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > _MAX_BYTES:
                raise ValueError(f"more than {_MAX_BYTES} bytes")
        return body


def keys_in(body: bytes) -> tuple[TrustedKey, ...]:
    """The usable keys of a JWK set; those for other purposes are passed over. Raises `ValueError` for no such set."""
    try:
        listed = list(json.loads(body)["keys"])
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("no JWK set") from error
    return tuple(key for one in listed[:_MAX_KEYS] if (key := _key(one)) is not None)


def _key(given: Any) -> TrustedKey | None:
    if not isinstance(given, dict) or given.get("use", "sig") != "sig" or "d" in given:
        return None
    algorithm, kind = _KINDS.get(str(given.get("kty")), (None, None))
    if algorithm is None or kind is None or given.get("alg", algorithm) != algorithm:
        return None
    try:
        key: Key = kind.import_key(given)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return None if unfit(key, algorithm) else TrustedKey(str(given.get("kid", "")), algorithm, key)
