"""Work in forked processes: what is imported already need not be imported again, and a child may be killed."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

Work = Callable[[], Coroutine[Any, Any, None]]


class ChildFailed(RuntimeError):
    """The work raised; its traceback went to stderr."""


def in_child(work: Work, *, wait: bool = True) -> int:
    """Run it in a forked process, in a loop of its own; see `forked`."""
    return forked(lambda: asyncio.run(work()), wait=wait)


def forked(work: Callable[[], object], *, wait: bool = True) -> int:
    """Run it in a forked process. The child's id, or once it was waited for, the signal that killed it (0: none).

    Call it while no other thread runs: the child would inherit their locks without them.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 1
        gc.disable()
        try:
            work()
            status = 0
        except BaseException:  # noqa: BLE001  a forked process must not return into its parent's code
            traceback.print_exc()
        finally:
            os._exit(status)
    if not wait:
        return child
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status)
    if os.WEXITSTATUS(status):
        raise ChildFailed("a child process failed; its traceback is above")
    return 0
