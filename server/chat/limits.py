"""How fast one visitor may send, and how much at once, over all their connections. Pure but for its memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Limiter:
    """Allows `per_minute` on average and that many at once; forgets whoever has been quiet for a minute."""

    def __init__(self, per_minute: int) -> None:
        self._capacity = float(per_minute)
        self._rate = per_minute / 60
        self._buckets: dict[str, _Bucket] = {}

    def wait_s(self, who: str, now: float) -> float:
        """0 when `who` may send now (and it is counted), else the seconds until they may."""
        bucket = self._buckets.get(who)
        if bucket is None:
            self._forget(now)
            bucket = self._buckets[who] = _Bucket(self._capacity, now)
        bucket.tokens = min(self._capacity, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0.0
        return (1 - bucket.tokens) / self._rate

    def _forget(self, now: float) -> None:
        if len(self._buckets) >= 10_000:
            self._buckets = {who: bucket for who, bucket in self._buckets.items() if now - bucket.at < 60}


class AtOnce:
    """Allows `most` at the same time for each."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._going_on: Counter[str] = Counter()

    @contextmanager
    def one(self, who: str) -> Iterator[bool]:
        """Whether `who` may have this one as well; it counts until it is over."""
        may = self._going_on[who] < self._most
        self._going_on[who] += may
        try:
            yield may
        finally:
            self._going_on[who] -= may
            if not self._going_on[who]:
                del self._going_on[who]
