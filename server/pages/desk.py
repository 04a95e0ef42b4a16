"""What the pages work with, handed over by whoever builds the application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions.checkouts.ports import CheckoutOf
from server.actions.elsewhere import NOWHERE, Elsewhere
from server.actions.links import Links
from server.actions.ports import Clock, LanguageOf, in_english
from server.actions.site import DeskOf, SiteCalendar
from server.actions.values import Happening

OnChange = Callable[[AsyncSession, Happening], Awaitable[None]]
"""Joins the transaction of what a visitor did on a page, for instance to save the CRM update that follows."""

AfterCommit = Callable[[AsyncSession], Awaitable[None]]
"""Runs once that transaction stands: starts what it queued (`outbox.take_queued(session)` and others)."""

Look = Callable[[str, SiteCalendar, datetime, str, str | None], Awaitable[Elsewhere]]


async def nowhere(
    _site: str, _offer: SiteCalendar, _now: datetime, _moving: str, _slot: str | None
) -> Elsewhere:
    """Where nobody keeps a calendar elsewhere."""
    return NOWHERE


@dataclass(frozen=True, slots=True)
class PageDesk:
    """The parts of the pages. They never unseal: a link proves a thing's number, not who holds it."""

    sessions: async_sessionmaker[AsyncSession]
    links: Links
    desk_of: DeskOf
    clock: Clock
    on_change: OnChange
    after_commit: AfterCommit
    language_of: LanguageOf = in_english
    checkout_of: CheckoutOf | None = None
    """Where carts of a site are paid; nothing: here."""
    look: Look = nowhere
    """Reads reps' own calendars: for a site's offer, at a moment, for a meeting that may move, to a chosen slot."""
