"""Tells the CRM of follow-ups: drafted, sent, stopped."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.proposals import Activity, Kind
from server.actions.follow_ups.values import FollowUp
from server.desk import Desk
from server.dialogue.decide import score_of
from server.errors import NotFound
from server.moves import Happened, news
from server.store.conversations import load_talk

_SUBJECTS: dict[Kind, str] = {
    "followup.scheduled": "Drafted a follow-up mail",
    "followup.sent": "Sent a follow-up mail",
    "followup.stopped": "Wants no follow-up mails",
}


async def tell(desk: Desk, kind: Kind, made: FollowUp, *, now: datetime) -> None:
    """Propose the update in a transaction of its own; the same mail is told once."""
    async with desk.writers() as session:
        due = await propose(
            desk, session, kind, made.site, made.conversation, f"{made.id}:{kind}", made.subject, now=now
        )
        await session.commit()
    await desk.starter.deliveries(due)


async def propose(
    desk: Desk,
    session: AsyncSession,
    kind: Kind,
    site: str,
    conversation: str,
    cause: str,
    body: str,
    *,
    now: datetime,
) -> tuple[str, ...]:
    """Propose it in the caller's transaction; the updates to start once that stands."""
    try:
        talk = await load_talk(session, desk.vault, site, conversation)
    except NotFound:
        return ()  # erased meanwhile: there is nobody left to tell of
    telling = news.Telling(talk, talk.state, score_of(desk.policy(site), talk.state, talk.consent), now)
    happened = Happened(kind, cause, Activity("followup", _SUBJECTS[kind], body, now))
    update = await desk.ledger.propose(session, news.of(telling, happened), now=now, id=desk.new_id())
    return (update.id,) if update.is_due else ()
