"""SAVE: the visitor's words, the reply, the decision record and everything that must follow, in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from knowledge import gaps
from knowledge.values import Answer
from knowledge.words import content_terms
from server.actions import outbox
from server.actions.values import Presence
from server.desk import Desk
from server.dialogue import phrases
from server.dialogue.prompts import OpenReading
from server.dialogue.values import Abstain, Chose, GiveAnswer, Said
from server.doubting import note_chosen, note_unsure
from server.errors import Conflict
from server.frames import BlockFrame, Done, Message
from server.hearing import Arrived
from server.moves import Played, Scene, carry_out, news, people, refusing
from server.recording import record
from server.store import touches
from server.store.conversations import Entry, keep_record, save_talk
from server.store.engine import begin_brief
from server.store.history import caps_of, offer_caps_of, who_of
from server.telemetry import turns
from server.thinking import Thought


@dataclass(frozen=True, slots=True)
class Saved:
    """What a turn left behind; the effects and deliveries wait to be started."""

    turn: str
    head: int
    effects: tuple[str, ...]
    deliveries: tuple[str, ...]


async def save(desk: Desk, thought: Thought, frame: Arrived, *, turn: str, now: datetime) -> Saved:
    """Commit the turn, or nothing of it. Raises `Conflict` when the conversation moved on meanwhile."""
    started = time.perf_counter()
    talk = thought.talk
    async with desk.writers() as session:
        await begin_brief(session)
        desk.vault.seal(
            session,
            site=talk.site,
            conversation=talk.id,
            details=((detail.placeholder, detail.kind, detail.value) for detail in thought.sealed),
            now=now,
        )
        scene = _scene(desk, session, thought, turn, now, cause=f"{talk.id}:{frame.id}")
        scene = await people.steer(scene, thought.decision, _owner(thought))
        with phrases.noting() as said:
            played = await carry_out(scene, thought.decision)
        await people.tell_happened(scene, thought.decision, played)
        await refusing.heed(scene, played.state)
        await _note_asked(desk, session, thought, now)
        entries = [_said(thought, frame, now), *_reply(played, turn, now)]
        head = await save_talk(session, talk, state=played.state, entries=entries, now=now)
        # The conversation before the site's ledger, as consent and erasing do: two that take them crosswise would
        # wait for each other. And all turns of a site wait for its ledger, so it is taken late.
        updates = await _propose(desk, session, thought, played, turn, now)
        effects = outbox.take_queued(session)
        if Abstain() in thought.decision.moves and (asked := _question(thought)):
            await _note_gap(desk, session, thought, asked, now)
        await note_unsure(desk, session, thought, now)
        await note_chosen(desk, session, thought, now)
        if thought.case.answer is not None and GiveAnswer() in thought.decision.moves:
            await _note_cited(desk, session, thought, thought.case.answer, turn, now)
        timings = {**thought.timings_ms, "save": (time.perf_counter() - started) * 1000}
        kept = record(
            desk,
            thought,
            played,
            turn=turn,
            message_id=thought.case.message_id,
            crm_updates=updates,
            effects=effects,
            timings_ms=timings,
            said=said,
        )
        await keep_record(session, kept, now)
        await session.commit()
    turns.labels(talk.site, thought.decision.play).inc()
    return Saved(turn, head, effects, tuple(updates))


async def _note_asked(desk: Desk, session: AsyncSession, thought: Thought, now: datetime) -> None:
    """Count what is asked and offered, over all tabs and devices; `Conflict` when another one was faster."""
    decision = thought.decision
    talk = replace(thought.talk, details=thought.details)
    who = who_of(talk, desk.secret, decision.state)
    if who.person and any(fact.name == "email" for fact in decision.learned):
        await touches.recognise(session, who)
    for key in decision.state.asked[len(thought.case.state.asked) :]:
        caps = caps_of(thought.case.policy.limits)
        if reached := await touches.note_within(session, who, "question", key, now, caps):
            raise Conflict(f"conversation {talk.id!r} asks no more: {reached.why}")
    for play in decision.state.offered[len(thought.case.state.offered) :]:
        caps = offer_caps_of(thought.case.policy.limits)
        if reached := await touches.note_within(session, who, "offer", play, now, caps):
            raise Conflict(f"conversation {talk.id!r} offers no more: {reached.why}")


def _question(thought: Thought) -> str:
    """What was asked: the words of this turn, or those of an earlier one that a choice made clear."""
    event, asked = thought.case.event, thought.talk.state.open
    if isinstance(event, Said):
        return thought.words
    return asked.text if isinstance(asked, OpenReading) and isinstance(event, Chose) else ""


async def _note_gap(desk: Desk, session: AsyncSession, thought: Thought, asked: str, now: datetime) -> None:
    """File the question for the people who write the documents."""
    near = thought.case.answer.nearest if thought.case.answer else ()
    pages = list(dict.fromkeys(page.url for page in near))
    await gaps.note_gap(
        session, thought.talk.site, missing(thought, asked), gap_id=desk.new_id(), now=now, nearest=pages
    )


def missing(thought: Thought, asked: str) -> str:
    """What the documents do not answer: "and for Business?" is filed as what it was understood to ask."""
    answer = thought.case.answer
    # Only with the words of an earlier question in it; otherwise the visitor's own words read better.
    if answer is None or not set(content_terms(answer.searched_for)) > set(content_terms(asked)):
        return asked
    return answer.searched_for


async def _note_cited(
    desk: Desk, session: AsyncSession, thought: Thought, answer: Answer, turn: str, now: datetime
) -> None:
    """Keep what was cited, so that the answer is listed when a source of it changes."""
    await desk.library.note_cited(
        session,
        thought.talk.site,
        message_id=turn,
        conversation_id=thought.talk.id,
        question=thought.words,
        answer=answer,
        now=now,
    )


def _owner(thought: Thought) -> str:
    """Who has the contact, or else the company, in the CRM; empty where nobody does."""
    held = thought.held.snapshot.fields
    return str(held.get("contact.owner") or held.get("company.owner") or "")


def _scene(
    desk: Desk, session: AsyncSession, thought: Thought, turn: str, now: datetime, *, cause: str
) -> Scene:
    return Scene(
        session=session,
        playbook=thought.playbook,
        talk=thought.talk,
        case=thought.case,
        turn=turn,
        now=now,
        links=desk.links,
        presence=Presence(reps_online=0, open_now=False),
        new_id=desk.new_id,
        cause=cause,
        secret=desk.secret,
        checkout=desk.checkout_of(thought.talk.site) if desk.checkout_of else None,
        notices=desk.notice_plan(thought.talk.site),
        elsewhere=thought.elsewhere,
    )


async def _propose(
    desk: Desk, session: AsyncSession, thought: Thought, played: Played, turn: str, now: datetime
) -> list[str]:
    policy = thought.case.policy
    talk = replace(thought.talk, details=thought.details)
    person = who_of(talk, desk.secret, played.state).person
    telling = news.Telling(
        thought.talk, played.state, thought.decision.score, now, turn, policy.fields, person=person
    )
    held = thought.held
    proposals = (
        replace(proposal, current=held.snapshot.fields, typed=held.snapshot.typed, read_at=held.read_at)
        for proposal in news.of_turn(telling, thought.decision.learned, played.happened)
    )
    updates = [
        await desk.ledger.propose(session, proposal, now=now, id=desk.new_id()) for proposal in proposals
    ]
    return [update.id for update in updates if update.is_due]


def _said(thought: Thought, frame: Arrived, now: datetime) -> Entry:
    message = Message(
        seq=0, id=thought.case.message_id, author="visitor", text=thought.words, at=now, client_id=frame.id
    )
    body = message.model_dump(mode="json", exclude={"seq"})
    return Entry("message", body, message=message.id, client_id=frame.id)


def _reply(played: Played, turn: str, now: datetime) -> list[Entry]:
    if not played.blocks:
        return []
    frames: list[BlockFrame | Done] = [
        BlockFrame(seq=0, turn=turn, index=index, at=now, block=block)
        for index, block in enumerate(played.blocks)
    ]
    frames.append(Done(seq=0, turn=turn, at=now))
    return [Entry(frame.type, frame.model_dump(mode="json", exclude={"seq"}), turn=turn) for frame in frames]
