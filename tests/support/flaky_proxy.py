"""A TCP proxy between a browser and the server that cuts, delays, swallows and refuses when it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_CHUNK = 65_536


@dataclass(eq=False, slots=True)
class _Pair:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    is_dead: bool = False
    """Both ends think that it stands, and nothing passes."""

    def cut(self) -> None:
        for side in (self.client, self.server):
            side.transport.abort()


@dataclass(slots=True)
class Proxy:
    """Faults hold until they are taken back; `heal` takes back all of them."""

    port: int = 0
    refuses: bool = False
    """Connections are accepted and reset at once, as by a machine without the server."""
    swallows: bool = False
    """New connections are accepted and nothing passes: a network that leads nowhere."""
    delay_s: float = 0.0
    _cuts_frames: bool = False
    _pairs: set[_Pair] = field(default_factory=set)
    _swallowed: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        for pair in list(self._pairs):
            pair.cut()

    def cut_in_the_middle(self) -> None:
        """The next bytes from the server end half-way through."""
        self._cuts_frames = True

    def half_open(self) -> None:
        """What stands now is dead, without anybody being told."""
        for pair in self._pairs:
            pair.is_dead = True

    def heal(self) -> None:
        self.refuses = self.swallows = self._cuts_frames = False
        self.delay_s = 0.0

    async def attend(self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuses:
            writer.transport.abort()
            return
        if self.swallows:
            self._swallowed.add(writer)
            return
        try:
            answers, server = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.transport.abort()
            return
        pair = _Pair(writer, server)
        self._pairs.add(pair)
        try:
            await asyncio.gather(self._pass(pair, reader, server), self._pass(pair, answers, writer))
        finally:
            self._pairs.discard(pair)

    async def _pass(self, pair: _Pair, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if pair.is_dead:
                    continue
                if self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if self._cuts_frames and writer is pair.client:
                    self._cuts_frames = False
                    writer.write(data[: len(data) // 2])
                    await writer.drain()
                    pair.cut()
                    return
                writer.write(data)
                await writer.drain()
        # Whoever is dead does not say that the other side hung up.
        if not pair.is_dead:
            pair.cut()


@asynccontextmanager
async def proxied(target: int) -> AsyncIterator[Proxy]:
    """A proxy on a free port of this machine, in front of `target`."""
    proxy = Proxy()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):
            await proxy.attend(target, reader, writer)

    listening = await asyncio.start_server(attend, "127.0.0.1", 0)
    proxy.port = listening.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.cut()
        listening.close()
