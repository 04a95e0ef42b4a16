"""Time two sides of a comparison in turns, so that what else the machine does hits both alike."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from evals.metrics import median, quantile
from knowledge.ports import Embedder

_WARM_UP = 10


@contextmanager
def one_thread() -> Iterator[None]:
    """Keep every numeric library to one thread; set what is read at import, and limit what is loaded already."""
    os.environ["OMP_NUM_THREADS"] = "1"
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # publishes no types

    with threadpool_limits(limits=1):
        yield


def timed(work: Callable[[], object]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


async def timed_async(work: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds."""
    started = time.perf_counter()
    await work()
    return (time.perf_counter() - started) * 1000


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of the pairs' ratios: a pair was measured within milliseconds, so noise hits both of it."""
    return median([one / other for one, other in zip(ours, theirs, strict=True) if other > 0])


def both_sides(
    find: Callable[[str], object], embedder: Embedder, questions: Sequence[str]
) -> tuple[list[float], list[float]]:
    """Milliseconds of finding and of a bare embedding for each question, who goes first alternating."""
    for question in questions[:_WARM_UP]:
        find(f"{question} warm")
        embedder.embed([question])
    full: list[float] = []
    bare: list[float] = []
    for number, question in enumerate(questions):
        sides: list[tuple[list[float], Callable[[], object]]]
        sides = [(full, partial(find, question)), (bare, partial(embedder.embed, [question]))]
        for laps, work in sides if number % 2 else reversed(sides):
            laps.append(timed(work))
    return full, bare


def spread(name: str, laps: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile under the name."""
    return {f"{name}_ms_p50": median(laps), f"{name}_ms_p95": quantile(laps, 0.95)}
