"""What reps' own calendars have taken: read before a transaction opens, kept for a moment, known as of a time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.actions.calendars.ports import CalendarAway, CalendarRefused, Calendars, NoCalendars
from server.actions.values import Interval

FRESH = timedelta(seconds=60)
"""How long an answer is good enough to offer times by."""
LAST_KNOWN = timedelta(minutes=30)
"""How old an answer may be to offer times by while the calendar is away."""
PATIENCE_S = 4.0
"""How long a visitor waits for a calendar."""
_KEPT = 500


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The state of reps' own calendars, as far as it is known."""

    busy: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    linked: frozenset[str] = frozenset()
    """Reps who keep a calendar of their own."""
    away: frozenset[str] = frozenset()
    """Those among them of whose calendar nothing recent enough is known."""

    def takes(self, rep: str, stretch: Interval) -> bool:
        """Whether the rep is known to be busy at some time of it."""
        return any(taken.overlaps(stretch) for taken in self.busy.get(rep, ()))


NOWHERE = Elsewhere()
"""Where nobody keeps a calendar elsewhere."""


@dataclass(frozen=True, slots=True)
class _Read:
    at: datetime
    window: Interval
    busy: tuple[Interval, ...]


class BusyTimes:
    """Reads the calendars of an installation. Never call it while a transaction is open: it waits for a network."""

    def __init__(self, calendars: Calendars | None = None, *, patience_s: float = PATIENCE_S) -> None:
        self.calendars: Calendars = calendars or NoCalendars()
        self._patience_s = patience_s
        self._known: OrderedDict[tuple[str, str, str], _Read] = OrderedDict()

    async def to_offer(
        self, site: str, reps: Iterable[str], window: Interval, *, now: datetime, ignoring: str = ""
    ) -> Elsewhere:
        """What offers go by: read within the last minute, or lately, where a calendar does not answer."""
        return await self._look(site, reps, window, now, ignoring, fresh=FRESH, last_known=LAST_KNOWN)

    async def to_book(
        self, site: str, rep: str, window: Interval, *, now: datetime, ignoring: str = ""
    ) -> Elsewhere:
        """What a booking goes by: read this moment, or not known."""
        return await self._look(site, (rep,), window, now, ignoring, fresh=None, last_known=None)

    async def _look(
        self,
        site: str,
        reps: Iterable[str],
        window: Interval,
        now: datetime,
        ignoring: str,
        *,
        fresh: timedelta | None,
        last_known: timedelta | None,
    ) -> Elsewhere:
        asked = tuple(dict.fromkeys(reps))
        linked = frozenset(rep for rep in asked if self._is_linked(site, rep))
        reads = await asyncio.gather(
            *(
                self._read(site, rep, window, now, ignoring, fresh, last_known)
                for rep in asked
                if rep in linked
            )
        )
        found = dict(zip((rep for rep in asked if rep in linked), reads, strict=True))
        busy = {rep: taken for rep, taken in found.items() if taken is not None}
        return Elsewhere(busy, linked, linked - busy.keys())

    def _is_linked(self, site: str, rep: str) -> bool:
        try:
            return self.calendars.of(site, rep) is not None
        except CalendarRefused:
            return True

    async def _read(
        self,
        site: str,
        rep: str,
        window: Interval,
        now: datetime,
        ignoring: str,
        fresh: timedelta | None,
        last_known: timedelta | None,
    ) -> tuple[Interval, ...] | None:
        """None when it did not answer and nothing recent enough is known."""
        place = (site, rep, ignoring)
        known = self._known.get(place)
        if fresh is not None and known is not None and _covers(known, window, now - fresh):
            return known.busy
        try:
            calendar = self.calendars.of(site, rep)
            assert calendar is not None, "only linked calendars are read"
            async with asyncio.timeout(self._patience_s):
                busy = tuple(await calendar.busy(window, ignoring=ignoring or None))
        except (CalendarAway, CalendarRefused, TimeoutError):
            if last_known is not None and known is not None and _covers(known, window, now - last_known):
                return known.busy
            return None
        if fresh is not None:
            self._known[place] = _Read(now, window, busy)
            self._known.move_to_end(place)
            while len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return busy


def _covers(known: _Read, window: Interval, since: datetime) -> bool:
    """The window moves on with the clock: what lies past the end of an earlier reading is days away."""
    slack = timedelta(hours=1)
    return known.at >= since and known.window.start <= window.start and known.window.end >= window.end - slack
