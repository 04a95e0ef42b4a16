"""What the writer may cost: tokens by site and day, and a pause after it failed again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from knowledge.writing.ports import SpentToday

FAILURES = 3
"""In a row, after which the writer is left alone for a while."""
PAUSE_S = 60.0
_LOG_GOOD_FOR_S = 60.0


@dataclass(frozen=True, slots=True)
class Allowance:
    """An operator's limits; what does not fit is answered extractively."""

    seconds: float = 6.0
    tokens_per_turn: int = 4_000
    tokens_per_day: int = 200_000


class Purse:
    """Tokens spent today by site, those of calls under way included."""

    def __init__(self) -> None:
        self._day: date | None = None
        self._spent: dict[str, int] = {}

    def spent(self, site: str, now: datetime) -> int:
        self._turn_page(now)
        return self._spent.get(site, 0)

    def learn(self, site: str, now: datetime, logged: int) -> None:
        """What the log says was spent today: more than this process knows after a restart, or with others beside it."""
        self._turn_page(now)
        self._spent[site] = max(self._spent.get(site, 0), logged)

    def change(self, site: str, now: datetime, tokens: int) -> None:
        """Reserve before a call, and settle after it with the difference."""
        self._turn_page(now)
        # A call that began before midnight settles a page that is turned.
        if now.date() == self._day:
            self._spent[site] = max(0, self._spent.get(site, 0) + tokens)

    def _turn_page(self, now: datetime) -> None:
        if self._day is None or now.date() > self._day:
            self._day, self._spent = now.date(), {}


class DayBook:
    """One day's tokens of everything that asks the outside model: what the log knows, and what is under way."""

    def __init__(
        self, spent_today: SpentToday, clock: Callable[[], float], purse: Purse | None = None
    ) -> None:
        self.purse = purse or Purse()
        self._spent_today = spent_today
        self._clock = clock
        self._read_at: dict[str, float] = {}

    async def left(self, site: str, now: datetime, tokens_per_day: int) -> int:
        """Reads the log after a restart, and now and then for what other processes spend."""
        read_at = self._read_at.get(site)
        if read_at is None or self._clock() - read_at > _LOG_GOOD_FOR_S:
            self._read_at[site] = self._clock()
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
            self.purse.learn(site, now, await self._spent_today(site, midnight))
        return tokens_per_day - self.purse.spent(site, now)


class Breaker:
    """Opens after failures in a row; after the pause one call may try."""

    def __init__(
        self, clock: Callable[[], float], *, failures: int = FAILURES, pause_s: float = PAUSE_S
    ) -> None:
        self._clock = clock
        self._limit = failures
        self._pause_s = pause_s
        self._failed = 0
        self._closed_until = 0.0

    def lets_through(self) -> bool:
        if self._clock() < self._closed_until:
            return False
        if self._failed >= self._limit:
            # One call at a time finds out whether it is well again.
            self._closed_until = self._clock() + self._pause_s
        return True

    def went_well(self) -> None:
        self._failed, self._closed_until = 0, 0.0

    def failed(self, pause_s: float = 0.0) -> None:
        """`pause_s`: what the endpoint asked for."""
        self._failed += 1
        pause = max(pause_s, self._pause_s if self._failed >= self._limit else 0.0)
        self._closed_until = max(self._closed_until, self._clock() + pause)
