"""Makes one draft: gathers, composes, holds every sentence against its source, and lays it into the queue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups import cadences, queue
from server.actions.follow_ups.composing import compose
from server.actions.follow_ups.linting import lint
from server.actions.follow_ups.timing import next_allowed
from server.actions.follow_ups.values import (
    Cadence,
    Content,
    Draft,
    FollowUp,
    Material,
    NextStep,
    Rule,
    Terms,
)
from server.actions.site import DeskOf
from server.actions.tables import TrialRow
from server.actions.when import known_zone
from server.desk import Desk
from server.dialogue.decide import score_of
from server.following.gathering import Gathered, gather
from server.following.grounds import grounds_for
from server.following.looking import Seen, own_details
from server.store.conversations import Talk


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the next mail of a cadence is about."""

    cadence: Cadence
    rule: Rule
    terms: Terms
    seen: Seen
    talk: Talk


async def draft(
    desk: Desk, desk_of: DeskOf, cadence: Cadence, terms: Terms, seen: Seen, *, now: datetime
) -> FollowUp | None:
    """The draft as it lies in the queue, or None when there is nothing to say; the cadence is moved along."""
    rule = terms.rule(cadence.rule)
    assert rule is not None, "the verdict ends a cadence whose rule is gone"
    assert seen.talk is not None, "the verdict ends a cadence whose conversation is gone"
    plan = _Plan(cadence, rule, terms, seen, seen.talk)
    made = await _made(desk, desk_of, plan, now=now)
    async with desk.writers() as session:
        # First, for it locks the cadence: what ended or was erased while we wrote gets no draft.
        goes_on = await cadences.set_state(
            session, cadence.site, cadence.id, "active", why="", now=now, step=cadence.step
        )
        if not goes_on:
            return None
        if made is None:
            await cadences.end(session, cadence.site, cadence.id, why="nothing_to_tell", now=now)
            await session.commit()
            return None
        kept = await queue.put(session, made, now=now)
        if terms.is_auto and kept.state == "waiting" and not kept.findings and kept.score >= terms.auto_score:
            kept = await queue.approve(session, cadence.site, kept.id, terms=terms, by="auto", now=now)
        await session.commit()
    return kept


async def _made(desk: Desk, desk_of: DeskOf, plan: _Plan, *, now: datetime) -> FollowUp | None:
    """In the outside writer's words where that is allowed and they pass; else in the documents' own."""
    for worded in (True, False) if plan.terms.is_worded and desk.scribe is not None else (False,):
        gathered = await gather(
            desk, plan.talk.site, plan.talk.id, now=now, worded=worded, only_new=plan.cadence.step > 0
        )
        async with desk.readers() as session:
            material = await _material(desk, session, desk_of, plan, gathered)
            written = compose(material)
            if written is None:
                return None
            content = _content(desk, plan, gathered, written, material)
            grounds = await grounds_for(
                desk, session, desk_of, site=plan.talk.site, conversation=plan.talk.id, language=plan.seen.language,
                content=content, now=now,
            )  # fmt: skip
        findings = lint(written.body, grounds)
        if worded and findings:
            continue
        return _follow_up(desk, plan, written, replace(content, findings=findings), gathered.tokens, now)
    return None


async def _material(
    desk: Desk, session: AsyncSession, desk_of: DeskOf, plan: _Plan, gathered: Gathered
) -> Material:
    talk, seen = plan.talk, plan.seen
    company = desk_of(talk.site)
    step = plan.rule.steps[plan.cadence.step]
    where = await _next(session, talk, step.next)
    before = await queue.thread(session, talk.site, seen.person)
    zone = ZoneInfo(known_zone(talk.time_zone))
    assert seen.ended_at is not None
    link = "" if where == "reply" else desk.links.absolute(plan.terms.links.get(where, company.home))
    return Material(
        language=seen.language,
        company=company.name,
        talked_on=seen.ended_at.astimezone(zone).date(),
        exchanges=gathered.exchanges,
        sources=gathered.sources,
        step=plan.cadence.step,
        next=where,
        link=link,
        documents_in=() if seen.language in gathered.languages else gathered.languages,
        open=gathered.unanswered if plan.cadence.step == 0 else (),
        earlier_subject=before[0].subject if before else "",
        name=own_details(talk).get("person", ""),
    )


async def _next(session: AsyncSession, talk: Talk, wished: NextStep) -> NextStep:
    """Nobody is sent to a trial that they have."""
    if wished != "trial":
        return wished
    tried = select(TrialRow.id).where(TrialRow.site == talk.site, TrialRow.conversation == talk.id)
    return "reply" if await session.scalar(tried.limit(1)) is not None else "trial"


def _content(desk: Desk, plan: _Plan, gathered: Gathered, written: Draft, material: Material) -> Content:
    asked = (*(each.question for each in gathered.exchanges if each.question), *gathered.unanswered)
    home = desk.links.absolute("/")
    return Content(
        sources=written.sources,
        turns=tuple(each.turn for each in gathered.exchanges if each.turn),
        asked=asked,
        ours=written.ours,
        links=tuple(dict.fromkeys(each for each in (material.link, home) if each)),
        own=tuple(own_details(plan.talk).values()),
        zone=plan.talk.time_zone,
        talked_on=material.talked_on.isoformat(),
    )


def _follow_up(
    desk: Desk, plan: _Plan, written: Draft, content: Content, tokens: int, now: datetime
) -> FollowUp:
    talk, cadence = plan.talk, plan.cadence
    score = score_of(desk.policy(talk.site), talk.state, talk.consent).total
    return FollowUp(
        id=desk.new_id(),
        site=talk.site,
        conversation=talk.id,
        cadence=cadence.id,
        person=plan.seen.person,
        email=plan.seen.situation.email,
        rule=cadence.rule,
        step=cadence.step,
        language=plan.seen.language,
        state="waiting",
        why=cadence.why,
        subject=written.subject,
        body=written.body,
        content=content,
        score=round(score),
        is_edited=False,
        by="",
        due_at=next_allowed(plan.terms, now, talk.home_zone),
        hidden_until=None,
        created_at=now,
        settled_at=None,
        tokens=tokens,
    )
