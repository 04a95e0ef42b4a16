"""Tells open pages that something changed, never what: a watcher of each site, some words for each listener."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from crm_sync.deciding import queue
from server.actions import handoff
from server.errors import FrontdeskError
from server.hub import Hub
from server.store.tables import Conversation
from server.telemetry import log

Readers = async_sessionmaker[AsyncSession]
ALL = "all"
"""Look at everything: the first hint of each stream, and what too many hints become."""
MOST_HINTS = 50
"""So many wait for a listener at once."""
_WAITING = 100
_MOST_TALKS = 200
_OVERLAP = timedelta(seconds=10)
"""Clocks of several processes differ, and who commits last need not have begun last."""
_REST_S = 0.2
"""Between two looks, however often the watcher is woken."""


class TooManyStreams(FrontdeskError):
    """Somebody has as many pages open as one person may listen with."""

    code = "too_many_streams"
    status = 429


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a site has got to; two of them differ where something happened."""

    inbox: int = 0
    talks: Mapping[str, str] = field(default_factory=dict)
    """Of conversations in which something happened lately: how often they were saved."""
    waiting: Mapping[str, str] = field(default_factory=dict)
    """Of conversations in which somebody waits: for whom."""
    newest: datetime | None = None

    def hints_since(self, before: Stand) -> dict[str, str]:
        """What to look at anew, each with its cursor."""
        hints: dict[str, str] = {}
        if self.inbox != before.inbox:
            hints["inbox"] = str(self.inbox)
        moved = {talk: to for talk, to in self.talks.items() if before.talks.get(talk) != to}
        others = {
            talk: self.talks.get(talk, "waits")
            for talk in {*self.waiting, *before.waiting}
            if self.waiting.get(talk) != before.waiting.get(talk)
        }
        if moved or others:
            hints["talks"] = self.newest.isoformat() if self.newest else "none"
        hints |= {f"talk:{talk}": cursor for talk, cursor in {**others, **moved}.items()}
        return hints


async def look(session: AsyncSession, site: str, before: Stand | None) -> Stand:
    """Where the site stands now: three short queries by index."""
    mine = Conversation.site == site
    newest = (
        before.newest
        if before
        else await session.scalar(select(func.max(Conversation.updated_at)).where(mine))
    )
    lately = select(Conversation.id, Conversation.version, Conversation.updated_at).where(mine)
    if newest is not None:
        lately = lately.where(Conversation.updated_at >= newest - _OVERLAP)
    found = (
        await session.execute(lately.order_by(Conversation.updated_at.desc()).limit(_MOST_TALKS))
    ).tuples().all()  # fmt: skip
    waits = await handoff.waiting(session, site, _WAITING)
    return Stand(
        inbox=await queue.head(session, site),
        talks={talk: str(version) for talk, version, _ in found},
        waiting={each.conversation: f"{each.id} {each.state} {each.assigned}" for each in waits},
        newest=max([at for _, _, at in found] + ([newest] if newest else []), default=None),
    )


class Listener:
    """What one open page has not been told yet; a second hint at the same thing takes the place of the first."""

    def __init__(self) -> None:
        self._waiting: dict[str, str] = {}
        self._grown = asyncio.Event()
        self.is_over = False

    def tell(self, hints: Mapping[str, str]) -> None:
        self._waiting |= hints
        if len(self._waiting) > MOST_HINTS:
            self._waiting = {ALL: "0"}
        self._grown.set()

    def end(self) -> None:
        self.is_over = True
        self._grown.set()

    async def next(self, within_s: float) -> dict[str, str]:
        """What waits, or came in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._grown.wait()
        self._grown.clear()
        hints, self._waiting = self._waiting, {}
        return {ALL: hints[ALL]} if ALL in hints else hints


@dataclass(slots=True)
class _Watch:
    """The listeners of one site, and who looks for them."""

    listeners: set[Listener] = field(default_factory=set)
    task: asyncio.Task[None] | None = None
    is_resting: bool = False
    """Between two looks; in the midst of one its connection is not taken from it."""


@dataclass(slots=True)
class Live:
    """All streams of this process. A missed hint costs latency and no news: pages still ask by themselves, seldom."""

    hub: Hub = field(default_factory=Hub)
    every_s: float = 1.0
    """How often a watcher looks for what other processes did; turns in this one wake it at once."""
    beat_s: float = 20.0
    """How often a silent stream shows that it lives."""
    check_s: float = 15.0
    """How often a stream asks whether its session still stands."""
    most: int = 12
    """Streams of one account; a page with an open conversation has two."""
    _watches: dict[str, _Watch] = field(default_factory=dict)
    _streams: Counter[str] = field(default_factory=Counter)

    def make_room(self, account: str) -> None:
        """Raises `TooManyStreams`."""
        if self._streams[account] >= self.most:
            raise TooManyStreams(
                f"{self.most} pages of yours are listening already; this one asks every few seconds instead"
            )

    @contextmanager
    def occupied(self, account: str) -> Iterator[None]:
        """A stream of the account that listens to something else counts like the others."""
        self._streams[account] += 1
        try:
            yield
        finally:
            self._streams -= Counter([account])

    @contextmanager
    def listen(self, readers: Readers, site: str, account: str) -> Iterator[Listener]:
        """A listener of the site, told first to look at everything; the last one to leave stops the watcher."""
        watch, listener = self._watches.setdefault(site, _Watch()), Listener()
        self._streams[account] += 1
        watch.listeners.add(listener)
        try:
            if watch.task is None:
                watch.task = asyncio.create_task(self._look_out(readers, site, watch))
            else:
                listener.tell({ALL: "0"})
            if self.hub.is_closed or self._streams[account] > self.most:
                listener.end()
            yield listener
        finally:
            watch.listeners.discard(listener)
            self._streams -= Counter([account])
            if not watch.listeners:
                self._watches.pop(site, None)
                if watch.task is not None and watch.is_resting:
                    watch.task.cancel()

    async def _look_out(self, readers: Readers, site: str, watch: _Watch) -> None:
        before: Stand | None = None
        with self.hub.listen_to_all() as grown:
            while watch.listeners and not self.hub.is_closed:
                grown.clear()
                try:
                    async with readers() as session:
                        stand = await look(session, site, before)
                    # Only now, so that what a page asks for upon its first hint is not older than what we compare with.
                    hints = stand.hints_since(before) if before else {ALL: "0"}
                    before = stand
                except Exception:  # noqa: BLE001  pages still ask by themselves; the next look may go better
                    log().exception("live.not_looked", site=site)
                    hints = {}
                if hints:
                    for listener in watch.listeners:
                        listener.tell(hints)
                watch.is_resting = True
                await _pause(grown, self.every_s)
                watch.is_resting = False
        for listener in watch.listeners:
            listener.end()


async def _pause(grown: asyncio.Event, most_s: float) -> None:
    """Until something grew, but not for less than a breath and not for more than `most_s`."""
    await asyncio.sleep(min(_REST_S, most_s))
    with suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, most_s - _REST_S)):
            await grown.wait()
