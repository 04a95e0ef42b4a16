"""What the CRM holds of a visitor: read while no transaction is open, within a limit, and kept for some minutes."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from crm_sync import Ledger
from crm_sync.values import Snapshot
from server.telemetry import crm_looks, log

FRESH = timedelta(minutes=5)
"""How long what was read is good enough; what was delivered since is known to the ledger."""
PATIENCE_S = 0.4
"""How long a visitor waits for the CRM."""
AT_MOST_S = 30.0
"""How long it may take to answer for the turns after this one."""
TIRED_AFTER = 3
"""So many looks in a row that came too late, and nobody waits for this site's CRM for a while."""
REST = timedelta(seconds=30)
AT_ONCE = 8
"""So many looks of a site are under way at most: visitors take no delivery's place."""
_KEPT = 2_000

_Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Held:
    """What was read, and when."""

    snapshot: Snapshot = field(default_factory=Snapshot)
    read_at: datetime | None = None
    """None when nothing was: it was not asked, not in time, or it failed."""


UNREAD = Held()


@dataclass(slots=True)
class _Site:
    """How a site's CRM answered lately."""

    late: int = 0
    rests_until: datetime | None = None


def _digest(address: str) -> str:
    """What says whether it is the same one, and not which."""
    return hashlib.sha256(address.encode()).hexdigest()


class CrmLooks:
    """Looks at the CRM before a turn decides. Never call it while a transaction is open: it may wait for a network."""

    def __init__(self, *, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._kept: OrderedDict[_Place, tuple[str, datetime, Held]] = OrderedDict()
        self._running: dict[_Place, tuple[str, asyncio.Task[Held]]] = {}
        self._sites: dict[str, _Site] = {}

    async def look(
        self, ledger: Ledger, site: str, conversation: str, address: str, *, now: datetime
    ) -> Held:
        """By `address`, else by the conversation's own record. A CRM that is slow or away costs the visitor no more
        than the patience: then the turn goes on without, and what comes late is there for the next one."""
        place, address = (site, conversation), address.strip().casefold()
        by = _digest(address)
        self._expire(now)
        known = self._kept.get(place)
        if known is not None and known[0] == by and known[1] > now - FRESH:
            return known[2]
        running = self._running.get(place)
        if running is not None and running[0] == by:
            # Somebody waited for it once already.
            return UNREAD
        if sum(place[0] == site for place in self._running) >= AT_ONCE:
            crm_looks.labels(site, "full").inc()
            return UNREAD
        task = asyncio.create_task(self._read(ledger, place, address, now))
        self._running[place] = (by, task)
        rests = self._sites.setdefault(site, _Site())
        patience = 0.0 if rests.rests_until is not None and now < rests.rests_until else self._patience_s
        done, _ = await asyncio.wait({task}, timeout=patience)
        if done:
            rests.late, rests.rests_until = 0, None
            return task.result()
        rests.late += 1
        if rests.late >= TIRED_AFTER:
            rests.rests_until = now + REST
        crm_looks.labels(site, "late").inc()
        log().warning("crm.look_late", site=site, conversation=conversation, waited_s=patience)
        return UNREAD

    def _expire(self, now: datetime) -> None:
        """What nobody may use any more is not kept."""
        for place in [place for place, (_, as_of, _) in self._kept.items() if as_of <= now - FRESH]:
            del self._kept[place]

    async def _read(self, ledger: Ledger, place: _Place, address: str, now: datetime) -> Held:
        """Never raises: a turn does not depend on the CRM."""
        site, conversation = place
        try:
            async with asyncio.timeout(AT_MOST_S):
                if address:
                    found = await ledger.look(site, by="email", match=address)
                else:
                    found = await ledger.look(site, by="conversation", match=conversation)
        except Exception as error:  # noqa: BLE001  whatever is wrong with the CRM, the visitor gets an answer
            crm_looks.labels(site, "failed").inc()
            log().warning("crm.look_failed", site=site, conversation=conversation, error=type(error).__name__)
            held = UNREAD
        else:
            crm_looks.labels(site, "read").inc()
            held = Held(found, now)
        finally:
            running = self._running.get(place)
            if running is not None and running[1] is asyncio.current_task():
                del self._running[place]
        # One that failed is kept for a moment as well, so that not every turn waits for it again.
        as_of = now if held.read_at else now - FRESH + REST
        self._kept[place] = (_digest(address), as_of, held)
        self._kept.move_to_end(place)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return held
