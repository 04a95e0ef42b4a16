"""Asks one address of the web at a time, and only one that the operator can have meant."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Literal, Self
from urllib.parse import urljoin, urlsplit

import httpcore

from knowledge.errors import KnowledgeError
from knowledge.sources.addresses import Resolve, resolve, why_not
from knowledge.sources.pages import MAX_BYTES

MAX_REDIRECTS = 5
MAX_MEMBERS = 1_000
"""Of one gzip body; servers that join packed files send a handful."""
_MEMBER = b"\x1f\x8b"
CONNECT_S = 10.0
READ_S = 20.0
WHOLE_S = 90.0
_REDIRECTS = {301, 302, 303, 307, 308}

Why = Literal["refused", "elsewhere", "gone", "transient", "unread", "failed"]
"""Refused: not asked, for safety. Elsewhere: it leads out of the source. Gone: 404 or 410. Transient: may be well soon.
Unread: of a type that is not read. Failed: answered, of no use."""


class NotFetchedError(KnowledgeError):
    """An address gave no document."""

    code = "knowledge.not_fetched"

    def __init__(self, message: str, why: Why, *, retry_after: str = "") -> None:
        super().__init__(message)
        self.why = why
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Response:
    """What came back, decompressed."""

    url: str
    """The address that answered in the end."""
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one answer may take."""

    max_bytes: int = MAX_BYTES
    connect_s: float = CONNECT_S
    read_s: float = READ_S
    whole_s: float = WHOLE_S


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to the very address that was checked: a name that is resolved a second time can not lead elsewhere."""

    def __init__(self, resolve_host: Resolve, *, allow_private: bool) -> None:
        self._resolve = resolve_host
        self._allow_private = allow_private
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, port, timeout)
        for number, address in enumerate(addresses, start=1):
            try:
                return await self._inner.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(addresses):
                    raise
        raise httpcore.ConnectError(f"No address for {host!r}")

    async def _checked(self, host: str, port: int, seconds: float | None) -> list[str]:
        try:
            async with asyncio.timeout(seconds):
                found = list(dict.fromkeys(await self._resolve(host, port)))
        except (OSError, UnicodeError, TimeoutError) as error:
            raise httpcore.ConnectError(f"The name {host!r} can not be resolved") from error
        for address in found:
            # One bad address among good ones is the mark of a trick, not of a site.
            reason = why_not(address, allow_private=self._allow_private)
            if reason:
                hint = (
                    ": if it is yours, allow it for this source with --allow-private (in the console: "
                    "“It stands inside your own network”)"
                    if "private" in reason
                    else ""
                )
                raise NotFetchedError(f"{host!r} leads to {address}, which {reason}{hint}", "refused")
        return found[:3]

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109 - the signature is httpcore's
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> httpcore.AsyncNetworkStream:
        raise NotFetchedError(f"{path!r} is not an address of the web", "refused")

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class Reacher:
    """One client for the length of a reading. It sends no cookies, no credentials, and asks no proxy."""

    def __init__(
        self,
        *,
        user_agent: str,
        allow_private: bool,
        ports: frozenset[int] = frozenset(),
        limits: Limits | None = None,
        resolve_host: Resolve = resolve,
    ) -> None:
        self._user_agent = user_agent
        self._ports = {80, 443, *ports}
        self._limits = limits or Limits()
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=4,
            keepalive_expiry=30,
            network_backend=_Guarded(resolve_host, allow_private=allow_private),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._pool.aclose()

    async def fetch(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        wants: Callable[[str], bool] = lambda _: True,
        may_follow: Callable[[str], bool] = lambda _: True,
    ) -> Response:
        """One document with its redirects; raises `NotFetchedError`.

        `wants` judges the content type before the body is read, `may_follow` each address a redirect names.
        """
        try:
            async with asyncio.timeout(self._limits.whole_s):
                return await self._follow(url, dict(headers or {}), wants, may_follow)
        except TimeoutError as error:
            raise NotFetchedError(
                f"{url} took longer than {self._limits.whole_s:g} s", "transient"
            ) from error

    async def _follow(
        self,
        url: str,
        headers: dict[str, str],
        wants: Callable[[str], bool],
        may_follow: Callable[[str], bool],
    ) -> Response:
        for _ in range(MAX_REDIRECTS + 1):
            response = await self._ask(url, headers, wants)
            if response.status == 304 and not headers:
                raise NotFetchedError(f"{url} says that it did not change, unasked", "failed")
            target = response.headers.get("location", "")
            if response.status not in _REDIRECTS or not target:
                return replace(response, url=url)
            url = urljoin(url, target).partition("#")[0]
            if not may_follow(url):
                raise NotFetchedError(f"It leads to {url}, outside of the source", "elsewhere")
            # What was remembered of the first address says nothing about another.
            headers = {}
        raise NotFetchedError(f"{url} comes after more than {MAX_REDIRECTS} redirects", "failed")

    async def _ask(self, url: str, headers: dict[str, str], wants: Callable[[str], bool]) -> Response:
        self._refuse_unsafe(url)
        sent: dict[bytes | str, bytes | str] = {
            "User-Agent": self._user_agent,
            "Accept": "text/html, */*;q=0.5",
            "Accept-Encoding": "gzip",
        }
        sent.update(headers)
        timeouts = {
            "connect": self._limits.connect_s,
            "read": self._limits.read_s,
            "write": self._limits.read_s,
            "pool": self._limits.connect_s,
        }
        try:
            async with self._pool.stream(
                "GET", url, headers=sent, extensions={"timeout": timeouts}
            ) as answer:
                return await self._read(url, answer, wants)
        except (httpcore.TimeoutException, httpcore.NetworkError) as error:
            reason = str(error) or "no answer in time"
            raise NotFetchedError(f"{url} can not be reached ({reason})", "transient") from error
        except (httpcore.ProtocolError, httpcore.UnsupportedProtocol, ValueError) as error:
            raise NotFetchedError(f"{url} does not answer as the web does ({error})", "transient") from error

    def _refuse_unsafe(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port or (443 if parts.scheme == "https" else 80)
            url.encode("ascii")
        except ValueError as error:
            raise NotFetchedError(f"{url!r} is not an address", "refused") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise NotFetchedError(f"{url!r} is not an address of the web", "refused")
        if "@" in parts.netloc:
            raise NotFetchedError(f"The address at {parts.hostname!r} holds a user or a password", "refused")
        if port not in self._ports:
            raise NotFetchedError(f"{url} asks for port {port}, which is not the source's", "refused")

    async def _read(self, url: str, answer: httpcore.Response, wants: Callable[[str], bool]) -> Response:
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        status = answer.status
        if status in _REDIRECTS or status == 304:
            return Response(url, status, headers, b"")
        if status in {404, 410}:
            raise NotFetchedError(f"{url} is not there ({status})", "gone")
        if status in {408, 425, 429} or status >= 500:
            wait = headers.get("retry-after", "")
            raise NotFetchedError(f"{url} answers {status} for now", "transient", retry_after=wait)
        if status != 200:
            raise NotFetchedError(f"{url} answers {status}: it is not open to everybody", "failed")
        if not wants(headers.get("content-type", "")):
            kind = headers.get("content-type", "no content type")
            raise NotFetchedError(f"{url} is {kind}, which is not read", "unread")
        return Response(url, status, headers, await self._body(url, headers, answer))

    async def _body(self, url: str, headers: Mapping[str, str], answer: httpcore.Response) -> bytes:
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise NotFetchedError(f"{url} is packed as {encoding!r}, which was not asked for", "failed")
        chunks = answer.aiter_stream()
        if encoding in {"", "identity"}:
            return await _gathered(url, chunks, self._limits.max_bytes, None)
        return await _gathered(url, chunks, self._limits.max_bytes, _Unpacking())


class _Unpacking:
    """Gzip or deflate as it comes; a gzip body may be several members one after the other."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=47)
        self._members = 1
        self._held = b""
        """The first byte of what may be a member, its second not yet being there."""
        self.is_over = False
        """Whether something follows that is none of the body."""

    @property
    def is_whole(self) -> bool:
        return self._stream.eof

    def take(self, packed: bytes, most: int) -> bytes:
        """What the next bytes unpack to, cut off once it is longer than `most`."""
        body = bytearray()
        packed, self._held = self._held + packed, b""
        while packed and len(body) <= most:
            if self._stream.eof and not self._begins_another(packed):
                break
            body += self._stream.decompress(packed, most + 1 - len(body))
            packed = self._stream.unused_data
        return bytes(body)

    def _begins_another(self, packed: bytes) -> bool:
        if packed == _MEMBER[:1]:
            self._held = packed
            return False
        self.is_over = not packed.startswith(_MEMBER)
        if self.is_over:
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise zlib.error(f"in more than {MAX_MEMBERS:,} parts")
        self._stream = zlib.decompressobj(wbits=31)
        return True


async def _gathered(url: str, chunks: AsyncIterator[bytes], most: int, unpack: _Unpacking | None) -> bytes:
    """The whole body, given up as soon as it is too long, also once it is unpacked."""
    body = bytearray()
    came = 0
    async for chunk in chunks:
        came += len(chunk)
        try:
            body += chunk if unpack is None else unpack.take(chunk, most - len(body))
        except zlib.error as error:
            raise NotFetchedError(f"{url} is packed wrongly ({error})", "transient") from error
        # What is packed counts too: empty blocks unpack to nothing, for as long as somebody sends them.
        if max(came, len(body)) > most:
            raise NotFetchedError(f"{url} is larger than {most / 1_000_000:g} MB", "failed")
        if unpack is not None and unpack.is_over:
            break
    if unpack is not None and not unpack.is_whole:
        raise NotFetchedError(f"{url} ended before it was whole", "transient")
    return bytes(body)
