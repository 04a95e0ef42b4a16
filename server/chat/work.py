"""What one connection was given to do: one thing after the other, and to the end even when its visitor has left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from server.chat.session import Deed
from server.frames import Consent, Csat, MailTranscript, Nudge, Ping, Rate, Track, Visit

_BACKLOG = 8
"""What of one connection may wait for its turn."""


class Work:
    """A short queue with one worker. What was put into it is done, whether or not anybody still listens."""

    def __init__(
        self,
        do: Callable[[Deed], Awaitable[None]],
        tell: Callable[[Deed, Exception], Awaitable[None]],
        answer: Callable[[Ping], Awaitable[None]],
    ) -> None:
        """`tell` says to the visitor that a deed failed, `answer` answers a ping."""
        self._do, self._tell, self._answer = do, tell, answer
        self._queue: asyncio.Queue[Deed | Ping | None] = asyncio.Queue()
        self._without_receipt = 0
        self._deeds = 0

    @property
    def is_full(self) -> bool:
        return self._deeds > _BACKLOG

    def put(self, frame: Deed) -> None:
        self._deeds += 1
        self._without_receipt += _pong_is_receipt(frame)
        self._queue.put_nowait(frame)

    async def ping(self, ping: Ping) -> None:
        """The pong is the receipt of what has no other, so it waits for that; a turn is not waited for otherwise."""
        if not self._without_receipt:
            await self._answer(ping)
        elif self._queue.qsize() <= 2 * _BACKLOG:  # who pings faster than that gets fewer pongs
            self._queue.put_nowait(ping)

    def start(self) -> asyncio.Task[None]:
        """The worker; it ends after `close`, and is not to be cancelled."""
        return asyncio.create_task(self._run())

    def close(self) -> None:
        """Nothing more comes; what is there will be done."""
        self._queue.put_nowait(None)

    async def _run(self) -> None:
        while (frame := await self._queue.get()) is not None:
            # Whoever can not be told has left, which the reading side notices; the next frame is done all the same.
            with suppress(Exception):
                if isinstance(frame, Ping):
                    await self._answer(frame)
                else:
                    await self._finish(frame)

    async def _finish(self, frame: Deed) -> None:
        try:
            await self._do(frame)
        except Exception as error:  # noqa: BLE001  the connection outlives a frame that fails; the visitor hears of it
            await self._tell(frame, error)
        finally:
            self._deeds -= 1
            self._without_receipt -= _pong_is_receipt(frame)


def _pong_is_receipt(frame: Deed) -> bool:
    """Nothing of it stands in the log."""
    return isinstance(frame, Visit | Consent | Rate | Csat | MailTranscript | Track | Nudge)
