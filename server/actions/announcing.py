"""What follows a change of a meeting, saved with it: mails to both, the event in the rep's calendar, reminders."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.site import MeetingCare
from server.actions.tables import MeetingRow
from server.actions.values import EffectRequest


async def change(
    session: AsyncSession, row: MeetingRow, what: str, *, now: datetime, is_new_to_rep: bool = False
) -> None:
    """Queue the mails to both sides; what was moved to another rep is news to that one, not moved."""
    await mail(session, row, what, "visitor", row.rep, now=now)
    await mail(session, row, "confirmed" if is_new_to_rep else what, "rep", row.rep, now=now)


async def mail(
    session: AsyncSession,
    row: MeetingRow,
    what: str,
    audience: str,
    rep: str,
    *,
    now: datetime,
    was: tuple[datetime, datetime] | None = None,
) -> None:
    """Queue one mail; a change has one for each audience. `was` is the time that a former rep had it at."""
    payload: dict[str, object] = {
        "meeting": row.id,
        "sequence": row.sequence,
        "change": what,
        "audience": audience,
        "rep": rep,
    }
    if was is not None:
        payload["was"] = [at.isoformat() for at in was]
    key = f"meeting:{row.id}:{row.sequence}:{audience}"
    await outbox.enqueue(session, _request(row, "meeting_mail", payload, key), now=now)


async def released(session: AsyncSession, row: MeetingRow, *, now: datetime) -> None:
    """Queue that both hear of a time that could not be had."""
    for audience in ("visitor", "rep"):
        payload = {"meeting": row.id, "sequence": row.sequence, "audience": audience}
        key = f"released:{row.id}:{row.sequence}:{audience}"
        await outbox.enqueue(session, _request(row, "meeting_released", payload, key), now=now)


async def event(session: AsyncSession, row: MeetingRow, rep: str, *, now: datetime) -> None:
    """Queue that the rep's own calendar shows what is true: the event where it belongs, or none."""
    payload = {"meeting": row.id, "sequence": row.sequence, "rep": rep, "ref": row.calendar_ref}
    key = f"event:{row.id}:{row.sequence}:{rep}"
    await outbox.enqueue(session, _request(row, "meeting_event", payload, key), now=now)


async def check(session: AsyncSession, row: MeetingRow, *, now: datetime) -> None:
    """Queue that a held meeting is confirmed or released once the rep's calendar answers."""
    payload = {"meeting": row.id, "sequence": row.sequence}
    key = f"check:{row.id}:{row.sequence}"
    await outbox.enqueue(session, _request(row, "meeting_check", payload, key), now=now)


async def reminders(session: AsyncSession, row: MeetingRow, care: MeetingCare, *, now: datetime) -> None:
    """Those of the time as it now stands, instead of the earlier ones; a moment that is over has none."""
    await no_reminders(session, row)
    for ahead in care.reminders:
        at = row.starts_at - ahead
        if at <= now + timedelta(minutes=5):
            continue
        minutes = int(ahead.total_seconds() // 60)
        payload = {"meeting": row.id, "sequence": row.sequence, "minutes": minutes}
        key = f"reminder:{row.id}:{row.sequence}:{minutes}"
        await outbox.enqueue(session, _request(row, "meeting_reminder", payload, key), now=now, at=at)


async def no_reminders(session: AsyncSession, row: MeetingRow) -> None:
    """Take back those that did not go out yet."""
    await outbox.withdraw(session, row.site, "meeting_reminder", f"reminder:{row.id}:")


def _request(row: MeetingRow, kind: str, payload: dict[str, object], key: str) -> EffectRequest:
    return EffectRequest(row.site, row.conversation, kind, payload, key)
