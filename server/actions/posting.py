"""Posts to an address that an operator named: only where it can be meant, within limits, and never elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpcore

from knowledge.sources.addresses import Resolve, resolve, why_not
from server.errors import FrontdeskError

CONNECT_S = 5.0
WHOLE_S = 20.0
"""Well within the lease of an effect."""
MAX_ANSWER_BYTES = 65_536


class NotPosted(FrontdeskError):
    """The address was not asked, or did not answer. `refused` says that asking again would be refused again."""

    code = "not_posted"

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message, code="address_refused" if refused else "no_answer")
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked, as the crawler does: a second look-up can not lead elsewhere."""

    def __init__(self, resolve_host: Resolve, *, allow_private: bool) -> None:
        self._resolve = resolve_host
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the name {host!r} can not be resolved") from error
        for address in found:
            if reason := why_not(address, allow_private=self._allow_private):
                hint = "; if it is yours, set allow_private in the playbook" if "private" in reason else ""
                raise NotPosted(f"{host!r} leads to {address}, which {reason}{hint}", refused=True)
        if not found:
            raise httpcore.ConnectError(f"the name {host!r} has no address")
        return await self._inner.connect_tcp(found[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise NotPosted(f"{path!r} is not an address of the web", refused=True)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


@dataclass(frozen=True, slots=True)
class Poster:
    """Sends one body and reads the answer; redirects are not followed, for a signature is for one address."""

    resolve_host: Resolve = resolve
    seconds: float = WHOLE_S

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool = False
    ) -> Answered:
        """The answer, whatever its status; raises `NotPosted`."""
        _must_be_of_the_web(url)
        guard = _Guarded(self.resolve_host, allow_private=allow_private)
        sent: list[tuple[str, str]] = [("user-agent", "Frontdesk"), *headers.items()]
        try:
            async with (
                asyncio.timeout(self.seconds),
                httpcore.AsyncConnectionPool(network_backend=guard) as pool,
            ):
                timeouts = {
                    "connect": CONNECT_S,
                    "read": self.seconds,
                    "write": self.seconds,
                    "pool": CONNECT_S,
                }
                stream = pool.stream(
                    "POST", url, headers=dict(sent), content=body, extensions={"timeout": timeouts}
                )
                async with stream as answer:
                    return Answered(answer.status, _plain(answer.headers), await _whole(answer))
        except (httpcore.TimeoutException, TimeoutError) as error:
            raise NotPosted(f"{_host(url)} did not answer within {self.seconds:g} s") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            raise NotPosted(f"{_host(url)} can not be reached ({type(error).__name__})") from error


def _must_be_of_the_web(url: str) -> None:
    try:
        parts = urlsplit(url)
        _ = parts.port
        url.encode("ascii")
    except ValueError as error:
        raise NotPosted("the address is not one of the web", refused=True) from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise NotPosted("the address is not one of the web, or holds a password", refused=True)


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _plain(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in headers}


async def _whole(answer: httpcore.Response) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_stream():
        body += chunk
        if len(body) > MAX_ANSWER_BYTES:
            break
    return bytes(body[:MAX_ANSWER_BYTES])
