"""An erased conversation leaves the reps' calendars too: its events hold the visitor's name and address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.calendars.ports import CalendarAway, CalendarRefused, Calendars
from server.actions.errors import NoUseTrying, TryLater
from server.actions.ports import EffectHandler
from server.actions.tables import EffectRow, MeetingRow
from server.actions.values import Effect, EffectRequest

_KIND = "calendar_forget"
_LEFT = {"none", "removed"}
_AGAIN = timedelta(minutes=2)
"""A worker that was writing the event while it was erased has ended by then."""
_LATER = timedelta(minutes=10)


async def forget_events(session: AsyncSession, site: str, conversation: str, *, now: datetime) -> None:
    """Queue that every event of a conversation's meetings is removed; call it while they are still there."""
    of = select(MeetingRow).where(MeetingRow.site == site, MeetingRow.conversation == conversation)
    booked = {row.id: row for row in await session.scalars(of)}
    found = {
        (row.id, row.rep): row.calendar_ref for row in booked.values() if row.calendar_state not in _LEFT
    }
    # The event of a rep who lost the meeting may still have been waiting to be removed.
    waiting = select(EffectRow.payload).where(
        EffectRow.site == site,
        EffectRow.conversation == conversation,
        EffectRow.kind == "meeting_event",
        EffectRow.status != "done",
    )
    for payload in await session.scalars(waiting):
        if payload["meeting"] in booked:
            found.setdefault((payload["meeting"], payload["rep"]), payload.get("ref"))
    for (meeting, rep), reference in found.items():
        wanted = {"rep": rep, "uid": booked[meeting].uid, "ref": reference}
        for round_, at in enumerate((now, now + _AGAIN)):
            request = EffectRequest(site, None, _KIND, wanted, f"{_KIND}:{meeting}:{rep}:{round_}")
            await outbox.enqueue(session, request, now=now, at=at)


async def rewrite_events(session: AsyncSession, site: str, conversation: str, *, now: datetime) -> None:
    """Queue that the events of a conversation's meetings are written anew, without words that were erased."""
    of = select(MeetingRow).where(MeetingRow.site == site, MeetingRow.conversation == conversation)
    for row in await session.scalars(of):
        if row.calendar_state in _LEFT:
            continue
        payload = {"meeting": row.id, "sequence": row.sequence, "rep": row.rep, "ref": row.calendar_ref}
        key = f"event:{row.id}:{row.sequence}:{row.rep}:{now.isoformat()}"
        await outbox.enqueue(
            session, EffectRequest(site, conversation, "meeting_event", payload, key), now=now
        )


@dataclass(frozen=True, slots=True)
class Forgetter:
    """Takes the events of erased meetings out of reps' calendars."""

    calendars: Calendars

    def handlers(self) -> Mapping[str, EffectHandler]:
        return {_KIND: self.forget}

    async def forget(self, effect: Effect) -> None:
        payload = effect.payload
        try:
            calendar = self.calendars.of(effect.site, payload["rep"])
            if calendar is not None:
                await calendar.remove(payload["uid"], payload["ref"])
        except CalendarRefused as refused:
            raise NoUseTrying(str(refused), code=refused.code) from refused
        except CalendarAway as away:
            raise TryLater(str(away), after=max(away.after or _LATER, _LATER), code=away.code) from away
