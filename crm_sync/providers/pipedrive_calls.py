"""Requests to Pipedrive's REST API: one connection pool a loop, and its refusals as our errors.

Statuses as Pipedrive's page "HTTP status codes" lists them. 402 (the account is not open), a 403 that names a limit of
the plan, and a 403 that is not JSON (the firewall before the API, which shuts out a token that went on after many
429) hit whatever is asked next, so they pause the site; any other 403 is about this one request.

How long a 429 lasts: `retry-after` if it is there (not documented, seen), else `x-ratelimit-reset`, whose unit is not
documented either and which is taken as seconds of the window of two seconds. Two limits share that status: when
requests are left in the window, it is the day's budget of tokens that is used up, and we come back in an hour.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from crm_sync.errors import OVER_A_DAY_S, ProviderBusy, ProviderDenied, ProviderRefused
from crm_sync.providers.tls import tls

_HOUR_S = 3_600.0
_WINDOW_S = 60.0
"""Above this a reset can not be the seconds that are left of a window."""
PAGE = 500
"""The most that a page may hold; a request costs the same however much it brings."""
_MOST_PAGES = 20


class Missing(ProviderRefused):
    """There is no such thing, or none that our user may see."""


class Forbidden(ProviderRefused):
    """Our user may not do this."""


class Calls:
    """One account, asked as the user whose token it is."""

    def __init__(self, token: str, url: str, timeout_s: float) -> None:
        self._token, self._url, self._timeout_s = token, url.rstrip("/"), timeout_s
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()

    async def ask(
        self,
        what: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """The whole answer. Never repeated: whoever asks decides, with the same key."""
        try:
            answer = await self._client().request(
                method,
                f"/api/{path}",
                params=dict(params or {}),
                json=body,
                headers={"x-api-token": self._token},
            )
        except httpx.HTTPError as error:
            raise ProviderBusy(
                f"Pipedrive did not answer when asked to {what}: {type(error).__name__}."
            ) from error
        told = _json(answer)
        if answer.is_success and told.get("success") is True:
            return told
        raise _refusal(what, answer, told, body, params)

    async def pages(
        self, what: str, path: str, params: Mapping[str, Any], *, most: int = _MOST_PAGES
    ) -> AsyncIterator[dict[str, Any]]:
        """What a list of v2 holds, page after page (`cursor`)."""
        asked = {"limit": PAGE, **params}
        for _ in range(most):
            told = await self.ask(what, "GET", path, params=asked)
            for each in told.get("data") or ():
                yield each
            cursor = (told.get("additional_data") or {}).get("next_cursor")
            if not cursor:
                return
            asked["cursor"] = cursor

    async def delete(self, what: str, path: str) -> None:
        """Mark something as deleted; what is gone already is no error."""
        try:
            await self.ask(what, "DELETE", path)
        except Missing:
            return

    async def aclose(self) -> None:
        """Close what is open in this loop."""
        client = self._clients.pop(asyncio.get_running_loop(), None)
        if client is not None:
            await client.aclose()

    def _client(self) -> httpx.AsyncClient:
        loop = asyncio.get_running_loop()
        if (client := self._clients.get(loop)) is None:
            # Redirects are not followed: the token is for this address.
            client = httpx.AsyncClient(
                base_url=self._url, timeout=self._timeout_s, verify=tls(), follow_redirects=False
            )
            self._clients[loop] = client
        return client


def _json(answer: httpx.Response) -> dict[str, Any]:
    try:
        told = answer.json()
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _refusal(
    what: str, answer: httpx.Response, told: Mapping[str, Any], *sent: object
) -> ProviderBusy | ProviderRefused:
    status, code = answer.status_code, str(told.get("code") or "")
    said = _words(told, sent) or f"HTTP status {status}"
    if status in (401, 402):
        return ProviderDenied(
            f"Pipedrive refused the account when asked to {what}: {said}. Put a valid API token into the keys file, or"
            " open the account again."
        )
    if status == 403:
        if not told or code.startswith("feature_capping") or "limit" in said.casefold():
            return ProviderDenied(f"Pipedrive takes no more when asked to {what}: {said}")
        return Forbidden(f"Pipedrive does not let our user {what}: {said}")
    if status == 429:
        pause_s = _pause(answer.headers)
        return ProviderBusy(
            f"Pipedrive had too many requests to {what}.",
            retry_after_s=pause_s,
            pauses_s=OVER_A_DAY_S if pause_s == _HOUR_S else None,
        )
    if status == 408 or status >= 500:
        return ProviderBusy(
            f"Pipedrive could not {what} now: {said}",
            retry_after_s=_seconds(answer.headers.get("retry-after")),
        )
    if status in (404, 410):
        return Missing(f"Pipedrive has nothing there when asked to {what}: {said}")
    return ProviderRefused(f"Pipedrive refused to {what}: {said}")


def _pause(headers: httpx.Headers) -> float | None:
    if (told := _seconds(headers.get("retry-after"))) is not None:
        return told
    left = _seconds(headers.get("x-ratelimit-remaining"))
    if left is not None and left > 0:
        return _HOUR_S
    reset = _seconds(headers.get("x-ratelimit-reset"))
    return reset if reset is not None and reset <= _WINDOW_S else None


def _seconds(value: str | None) -> float | None:
    return float(value) if value is not None and re.fullmatch(r"\d+(\.\d+)?", value.strip()) else None


def _words(told: Mapping[str, Any], sent: Sequence[object]) -> str:
    """Pipedrive's words without the values that we sent: what is kept of an error stands outside the vault."""
    words = str(told.get("error") or "").strip()
    info = str(told.get("error_info") or "").strip()
    if info and "developers.pipedrive.com" not in info:
        words = f"{words} ({info})"
    for value in sorted(set(_texts(sent)), key=len, reverse=True):
        words = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "…", words, flags=re.IGNORECASE)
    return words[:600]


def _texts(sent: object) -> Iterator[str]:
    if isinstance(sent, Mapping):
        sent = [value for name, value in sent.items() if name not in ("type", "fields", "sort_by")]
    if isinstance(sent, list | tuple):
        for each in sent:
            yield from _texts(each)
    elif isinstance(sent, str) and len(sent) > 2:
        yield sent
