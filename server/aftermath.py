"""What visitors do on the signed pages reaches the CRM in the very transaction in which they do it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, assert_never

from sqlalchemy.ext.asyncio import AsyncSession

from crm_sync.proposals import Activity, Kind, Task
from server.actions import notices, outbox
from server.actions.pricing import money
from server.actions.trial import told
from server.actions.values import (
    CartOrdered,
    Happening,
    MeetingChanged,
    TrialChanged,
    TrialStep,
    TrialVerified,
    Unsubscribed,
)
from server.actions.when import said
from server.desk import Desk
from server.dialogue.blocks import MeetingBlock, TrialBlock
from server.dialogue.decide import score_of
from server.dialogue.phrases import phrase
from server.frames import BlockFrame, Done, Message
from server.moves import Happened, news
from server.moves.meetings import meeting_news
from server.store import outcomes
from server.store.conversations import Entry, load_talk, lock, save_talk

_PROPOSED = "frontdesk.proposed"
_GROWN = "frontdesk.grown"
_TOLD: dict[TrialStep, tuple[str, bool]] = {
    "ready": ("Trial of {plan} is ready", False),
    "failed": ("Trial of {plan} could not be set up", True),
    "activated": ("Trial of {plan} is used", False),
    "converted": ("Trial of {plan} became a subscription", False),
    "expired": ("Trial of {plan} ended", False),
}
"""What the CRM reads, and whether somebody has to do something."""
_CHANGES: dict[str, Kind] = {
    "booked": "meeting.booked",
    "moved": "meeting.moved",
    "cancelled": "meeting.cancelled",
}


async def tell_crm(desk: Desk, session: AsyncSession, happening: Happening) -> None:
    """Propose the CRM update that follows; `start_what_follows` starts it once the transaction stands."""
    now = desk.clock()
    conversation, happened = _news(desk, happening)
    await tell_visitor(desk, session, happening)
    talk = await load_talk(session, desk.vault, _site(happening), conversation)
    policy = desk.policy(talk.site)
    telling = news.Telling(
        talk, talk.state, score_of(policy, talk.state, talk.consent), now, fields=policy.fields
    )
    for kind, by in _outcomes(happening):
        await outcomes.mark(session, talk.site, talk.id, kind, by=by, now=now)
        if kind == "trial_activated":
            plan = desk.notice_plan(talk.site)
            await notices.tell(session, plan, talk.site, kind, conversation=talk.id, cause=talk.id, now=now)
    update = await desk.ledger.propose(session, news.of(telling, happened), now=now, id=desk.new_id())
    if update.is_due:
        session.info.setdefault(_PROPOSED, []).append(update.id)


async def tell_visitor(desk: Desk, session: AsyncSession, happening: Happening) -> None:
    """What became of it elsewhere stands in the conversation as well, and in a panel that is open at once."""
    told = _told_visitor(desk, happening)
    if told is None:
        return
    conversation, show = told
    site, now, turn = _site(happening), desk.clock(), desk.new_id()
    # Until this transaction ends nobody else writes there, so that nothing is lost for a word that came meanwhile.
    await lock(session, site, conversation)
    talk = await load_talk(session, desk.vault, site, conversation)
    if talk.head == 0:
        return
    block = show(await desk.language_of(session, site, conversation))
    state = replace(talk.state, trial_prompt="") if isinstance(block, TrialBlock) else talk.state
    if talk.state.with_person:
        company = desk.playbooks.of_or_default(site).site.name
        words = block.text if isinstance(block, TrialBlock) else f"{block.title}, {block.when}"
        line = Message(seq=0, id=desk.new_id(), author="system", text=words, at=now, name=company)
        entries = [Entry("message", _unnumbered(line), message=line.id)]
    else:
        shown = BlockFrame(seq=0, turn=turn, index=0, at=now, block=block)
        done = Done(seq=0, turn=turn, at=now)
        entries = [
            Entry("block", _unnumbered(shown), turn=turn),
            Entry("done", _unnumbered(done), turn=turn),
        ]
    await save_talk(session, talk, state=state, entries=entries, now=now)
    session.info.setdefault(_GROWN, []).append(conversation)


def _told_visitor(
    desk: Desk, happening: Happening
) -> tuple[str, Callable[[str], TrialBlock | MeetingBlock]] | None:
    """Where it is told, and as what in a language; None for what the chat has no card for."""
    now = desk.clock()
    match happening:
        case TrialVerified(trial=trial) | TrialChanged(step="ready", trial=trial) if trial.conversation:

            def state_of(language: str) -> TrialBlock:
                ready = phrase("trial_ready", language=language) if trial.provision == "ready" else ""
                words = f"{ready} {told(trial, now, language)}".strip()
                return TrialBlock(state="verified", text=words, lang=language)

            return trial.conversation, state_of
        case MeetingChanged(change="moved" | "cancelled" as change, meeting=meeting):
            site = desk.playbooks.of_or_default(meeting.site).desk("")

            def card(language: str) -> MeetingBlock:
                return MeetingBlock(
                    lang=language,
                    state=change,
                    title=site.title_of(meeting, language),
                    when=said(meeting.start, meeting.zone, language),
                    start=meeting.start,
                    end=meeting.end,
                    zone=meeting.zone,
                    ics_url=None if change == "cancelled" else desk.links.invite(meeting),
                    manage_url=None if change == "cancelled" else desk.links.manage(meeting),
                )

            return meeting.conversation, card
        case _:
            return None


def _unnumbered(frame: Message | BlockFrame | Done) -> dict[str, Any]:
    """The log numbers what is kept."""
    return frame.model_dump(mode="json", exclude={"seq"})


async def start_what_follows(desk: Desk, session: AsyncSession) -> None:
    """Start the effects and deliveries that the committed transaction left, and wake who looks on."""
    for conversation in session.info.pop(_GROWN, ()):
        desk.hub.wake(conversation)
    await desk.starter.effects(outbox.take_queued(session))
    await desk.starter.deliveries(tuple(session.info.pop(_PROPOSED, ())))


def _outcomes(happening: Happening) -> list[tuple[outcomes.Kind, str]]:
    """What became of the lead by that. A product that is told of trials tells itself when one is used."""
    match happening:
        case TrialVerified(trial=trial) if not trial.provision:
            return [("trial_activated", "the trial's link")]
        case TrialChanged(step="activated"):
            return [("trial_activated", "the product")]
        case TrialChanged(step="converted"):
            return [("won", "the product")]
        case TrialChanged(step="expired"):
            return [("lost", "the product")]
        case CartOrdered(order=order) if order.paid_at is not None:
            return [("won", "the payment")]
        case _:
            return []


def _site(happening: Happening) -> str:
    match happening:
        case MeetingChanged(meeting=meeting):
            return meeting.site
        case TrialVerified(trial=trial) | TrialChanged(trial=trial):
            return trial.site
        case CartOrdered(order=order):
            return order.site
        case Unsubscribed(site=site):
            return site
    assert_never(happening)


def _news(desk: Desk, happening: Happening) -> tuple[str, Happened]:
    now = desk.clock()
    match happening:
        case MeetingChanged(change=change, meeting=meeting):
            kind = _CHANGES[change]
            return meeting.conversation, meeting_news(meeting, kind, now)
        case TrialVerified(trial=trial):
            activity = Activity("trial", f"Trial of {trial.plan} runs", told(trial, now), now)
            return trial.conversation, Happened("trial.verified", f"{trial.id}:verified", activity)
        case TrialChanged(step=step, trial=trial):
            subject, task = _TOLD[step]
            priority = Task(
                f"Set up the trial of {trial.plan} by hand, or try again in the console", priority="high"
            )
            text = "It is not set up." if step == "failed" else told(trial, now)
            activity = Activity(
                "trial", subject.format(plan=trial.plan), text, now, task=priority if task else None
            )
            return trial.conversation, Happened("trial.changed", f"{trial.id}:{step}", activity)
        case CartOrdered(order=order):
            total = money(order.cart.total, order.cart.currency)
            done = "paid" if order.paid_at else "ordered"
            activity = Activity(
                "cart",
                "Paid the cart" if order.paid_at else "Ordered the cart",
                f"{total} a {order.cart.period}.",
                now,
            )
            return order.conversation, Happened("cart.filled", f"{order.id}:{done}", activity)
        case Unsubscribed(conversation=conversation):
            activity = Activity(
                "followup", "Wants no follow-up mails", "Unsubscribed by the link in a mail.", now
            )
            return conversation, Happened("followup.stopped", f"{conversation}:unsubscribed", activity)
    assert_never(happening)
