"""CONSULT: what reps' own calendars say to the move that was decided; no transaction is open."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from crm_sync.values import Snapshot
from server.actions import booking, calendar
from server.actions.elsewhere import NOWHERE, BusyTimes, Elsewhere
from server.actions.errors import SlotNotOffered
from server.actions.meeting_rows import uid_of
from server.actions.site import SiteCalendar
from server.actions.values import Interval
from server.crm_looks import Held
from server.desk import Desk
from server.dialogue.prompts import OpenForm
from server.dialogue.values import AskForm, Book, OfferSlots
from server.moves import people
from server.thinking import Thought, address_of

_OWNERS = frozenset({"contact.owner", "company.owner"})


async def consult(busy: BusyTimes, thought: Thought, now: datetime) -> Elsewhere:
    """Nothing, unless times are to be offered, kept or booked; and then nothing where nobody keeps a calendar."""
    site = thought.talk.site
    for move in thought.decision.moves:
        match move:
            case OfferSlots(moving=moving):
                return await look(busy, site, _calendar(thought), now, moving=moving)
            case Book(slot=slot, moving=moving):
                return await look(busy, site, _calendar(thought), now, moving=moving, slot=slot)
            case AskForm(purpose="booking") if isinstance(thought.decision.state.open, OpenForm):
                return await look(busy, site, _calendar(thought), now)
            case _:
                continue
    return NOWHERE


async def consult_crm(desk: Desk, thought: Thought, now: datetime) -> Held:
    """What the CRM holds. Without the consent it is asked only for whom a rep is needed: whose contact that is."""
    if thought.held.read_at is not None or thought.talk.consent != "necessary":
        return thought.held
    if thought.playbook.routing is None or not people.needs_rep(thought.decision):
        return thought.held
    address = address_of(thought.talk, thought.case.reading)
    if not address:
        return thought.held
    found = await desk.crm_looks.look(desk.ledger, thought.talk.site, thought.talk.id, address, now=now)
    return owner_of(found)


def owner_of(found: Held) -> Held:
    """Nothing else of what was read: no consent covers that it is compared with what the visitor says."""
    owners = {name: value for name, value in found.snapshot.fields.items() if name in _OWNERS}
    return Held(Snapshot(owners), found.read_at)


async def look(
    busy: BusyTimes,
    site: str,
    offer: SiteCalendar | None,
    now: datetime,
    *,
    moving: str | None = None,
    slot: str | None = None,
) -> Elsewhere:
    """All reps' calendars as offers need them; with `slot`, its rep's calendar at that time as of this moment."""
    if offer is None:
        return NOWHERE
    furthest = max((rep.schedule.horizon_days for rep in offer.reps), default=0)
    window = Interval(now, now + timedelta(days=furthest))
    ignoring = uid_of(site, moving) if moving else ""
    every = busy.to_offer(site, (rep.key for rep in offer.reps), window, now=now, ignoring=ignoring)
    chosen = _stretch(slot, offer) if slot else None
    if chosen is None:
        return await every
    rep, stretch = chosen
    offered, fresh = await asyncio.gather(every, busy.to_book(site, rep, stretch, now=now, ignoring=ignoring))
    known = {**offered.busy, rep: (*offered.busy.get(rep, ()), *fresh.busy.get(rep, ()))}
    return Elsewhere(known, offered.linked | fresh.linked, (offered.away - {rep}) | fresh.away)


async def look_for_page(
    busy: BusyTimes, site: str, offer: SiteCalendar, now: datetime, moving: str, slot: str | None
) -> Elsewhere:
    """The same for the page of a meeting."""
    return await look(busy, site, offer, now, moving=moving, slot=slot)


def _stretch(value: str, offer: SiteCalendar) -> tuple[str, Interval] | None:
    """Whose time a chosen slot could take, and which; None when it makes no sense, which the booking says.

    As long as the longest type takes: the page of a meeting offers its own type's times without naming it.
    """
    try:
        slot = booking.read_slot(value, offer.default_type)
    except SlotNotOffered:
        return None
    stretches = [calendar.held(kind, slot.start) for kind in offer.types.values()]
    return slot.rep, Interval(min(each.start for each in stretches), max(each.end for each in stretches))


def _calendar(thought: Thought) -> SiteCalendar | None:
    return thought.playbook.calendar()
