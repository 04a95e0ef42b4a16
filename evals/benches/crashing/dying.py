"""A run that dies at every step of it: at each the process that came so far is killed, and its fork goes on."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import anyio.to_thread
from aiosqlite import core as aiosqlite

from evals.benches.crashing.outside import Steps
from evals.benches.forking import ChildFailed, Work, in_child

CAN_ADOPT = sys.platform == "linux"
_ADOPT = 36
"""PR_SET_CHILD_SUBREAPER: whose parent was killed becomes our child, so that we learn of its death too."""


@dataclass
class DyingSteps(Steps):
    """At each step: fork, die for real, and go on in the fork once it is let."""

    go: int = -1

    def __call__(self, name: str) -> None:
        super().__call__(name)
        if self.go < 0:
            return
        loop = asyncio.get_running_loop()
        if os.fork():
            os.kill(os.getpid(), signal.SIGKILL)
        # The loop knows its process by the id.
        asyncio._set_running_loop(loop)  # noqa: SLF001
        if not os.read(self.go, 1):
            os._exit(1)

    def stop(self) -> None:
        self.go = -1


def deaths(work: Callable[[DyingSteps], Work]) -> Iterator[None]:
    """Each time that a process of this work was killed; it goes on when the next one is asked for.

    What it left is to be copied before. Call it where no other child and no other thread runs.
    """
    _adopt()
    read, write = os.pipe()
    steps = DyingSteps(go=read)

    async def dying() -> None:
        os.close(write)
        await work(steps)()

    try:
        in_child(dying, wait=False)
        while True:
            _, status = os.waitpid(-1, 0)
            if os.WIFEXITED(status):
                if os.WEXITSTATUS(status):
                    raise ChildFailed("a process failed before it could be killed; its traceback is above")
                return
            if os.WTERMSIG(status) != signal.SIGKILL:
                raise ChildFailed(f"a process was ended by signal {os.WTERMSIG(status)}")
            yield
            os.write(write, b"1")
    finally:
        os.close(read)
        os.close(write)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let nothing run beside the event loop: only the thread that forks lives on in the fork."""
    whole: Any = aiosqlite
    before = whole.Thread, whole.SimpleQueue, anyio.to_thread.run_sync
    whole.Thread, whole.SimpleQueue = _NoThread, _Here
    anyio.to_thread.run_sync = _here  # type: ignore[assignment]
    try:
        yield
    finally:
        whole.Thread, whole.SimpleQueue, anyio.to_thread.run_sync = before


class _NoThread:
    """Where the driver of SQLite would start a thread for each connection."""

    def __init__(self, target: object, args: tuple[object, ...]) -> None:
        pass

    def start(self) -> None:
        pass


class _Here:
    """What is put to the thread is done at once."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        future, function = item
        try:
            result = function()
        except Exception as error:  # noqa: BLE001  whoever waits for it gets it
            if future is not None:
                future.set_exception(error)
            return
        if future is not None:
            future.set_result(result)


async def _here(work: Callable[..., Any], *arguments: object, **_: object) -> Any:
    return work(*arguments)


def _adopt() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_ADOPT, 1, 0, 0, 0):
        raise ChildFailed("this system does not let a process adopt the children of its killed children")
