"""What visitors do on the signed pages reaches the CRM in the very transaction in which they do it."""

from __future__ import annotations

from typing import assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.proposals import Activity, Kind
from server.actions import outbox
from server.actions.pricing import money
from server.actions.trial import told
from server.actions.values import CartOrdered, Happening, MeetingChanged, TrialVerified
from server.desk import Desk
from server.dialogue.decide import score_of
from server.moves import Happened, news
from server.moves.meetings import meeting_news
from server.store import outcomes
from server.store.conversations import load_talk

_PROPOSED = "frontdesk.proposed"


async def tell_crm(desk: Desk, session: AsyncSession, happening: Happening) -> None:
    """Propose the CRM update that follows; `start_what_follows` starts it once the transaction stands."""
    now = desk.clock()
    conversation, happened = _news(desk, happening)
    talk = await load_talk(session, desk.vault, _site(happening), conversation)
    policy = desk.policy(talk.site)
    telling = news.Telling(talk, talk.state, score_of(policy, talk.state, talk.consent), now)
    if isinstance(happening, TrialVerified):
        await outcomes.mark(session, talk.site, talk.id, "trial_activated", by="the trial's link", now=now)
    update = await desk.ledger.propose(session, news.of(telling, happened), now=now, id=desk.new_id())
    if update.is_due:
        session.info.setdefault(_PROPOSED, []).append(update.id)


async def start_what_follows(desk: Desk, session: AsyncSession) -> None:
    """Start the effects and deliveries that the committed transaction left."""
    await desk.starter.effects(outbox.take_queued(session))
    await desk.starter.deliveries(tuple(session.info.pop(_PROPOSED, ())))


def _site(happening: Happening) -> str:
    match happening:
        case MeetingChanged(meeting=meeting):
            return meeting.site
        case TrialVerified(trial=trial):
            return trial.site
        case CartOrdered(order=order):
            return order.site
    assert_never(happening)


def _news(desk: Desk, happening: Happening) -> tuple[str, Happened]:
    now = desk.clock()
    match happening:
        case MeetingChanged(change=change, meeting=meeting):
            kind: Kind = "meeting.moved" if change == "moved" else "meeting.cancelled"
            return meeting.conversation, meeting_news(meeting, kind, now)
        case TrialVerified(trial=trial):
            activity = Activity("trial", f"Trial of {trial.plan} runs", told(trial, now), now)
            return trial.conversation, Happened("trial.verified", f"{trial.id}:verified", activity)
        case CartOrdered(order=order):
            total = money(order.cart.total, order.cart.currency)
            activity = Activity("cart", "Ordered the cart", f"{total} a {order.cart.period}.", now)
            return order.conversation, Happened("cart.filled", f"{order.id}:ordered", activity)
    assert_never(happening)
