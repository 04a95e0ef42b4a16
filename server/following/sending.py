"""Sends an approved follow-up once, after asking again whether it may still go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions.follow_ups import cadences, queue
from server.actions.follow_ups.linting import lint
from server.actions.follow_ups.standing import verdict
from server.actions.follow_ups.timing import is_allowed, next_allowed
from server.actions.follow_ups.values import KIND, Cadence, CadenceState, FollowUp, Terms
from server.actions.outbox import compensation_of
from server.actions.people_tables import RouteRow
from server.actions.ports import EffectHandler, Mailer, Unseal
from server.actions.site import DeskOf
from server.actions.values import Effect
from server.desk import Desk
from server.following.grounds import grounds_for
from server.following.letter import letter
from server.following.looking import Seen, look
from server.following.telling import propose
from server.store import touches
from server.store.touches import Cap, Who

_AGAIN = timedelta(days=1)
"""When a cap was reached: tomorrow, at an hour that suits."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """Everything that the mail needs once it may go."""

    made: FollowUp
    terms: Terms
    reply_to: str
    thread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowUpPost:
    """Turns an approved draft into a mail. It may run more than once: the mail has one key, its state says the rest."""

    desk: Desk
    desk_of: DeskOf
    mailer: Mailer
    unseal: Unseal

    def handlers(self) -> Mapping[str, EffectHandler]:
        return {queue.EFFECT: self.mail, compensation_of(queue.EFFECT): self.given_up}

    async def mail(self, effect: Effect) -> None:
        """Ask again, count the touch, mail, note that it went."""
        async with self.desk.writers() as session:
            ready = await self._prepared(session, effect, now=self.desk.clock())
            await session.commit()
        if ready is None:
            return
        made = ready.made
        to = await self.unseal(made.site, made.conversation, made.email)
        if "@" not in to:
            return  # erased between the two transactions: nobody is left to write to
        body = await self.unseal(made.site, made.conversation, made.body)
        stop = self.desk.links.unsubscribe(made.site, made.person, follow_up=made.id, now=made.created_at)
        mail = letter(made, body=body, to=to, reply_to=ready.reply_to, stop=stop, thread=ready.thread)
        await self.mailer.send(made.site, mail, key=made.mail_key)
        due = await self._note_sent(ready, now=self.desk.clock())
        await self.desk.starter.deliveries(due)

    async def given_up(self, effect: Effect) -> None:
        """No mail server took it, however often it was tried: neither it nor what would follow waits any more."""
        now = self.desk.clock()
        async with self.desk.writers() as session:
            made = await queue.taken(session, effect.site, str(effect.payload["follow_up"]))
            if made is not None:
                await queue.mark(session, made, "stopped", now=now, why="not_delivered")
                await cadences.end(session, made.site, made.cadence, why="not_delivered", now=now)
            await session.commit()

    async def _prepared(self, session: AsyncSession, effect: Effect, *, now: datetime) -> _Ready | None:
        """What to send, or None when it was stopped, has to wait, or went back to the queue."""
        made = await queue.taken(session, effect.site, str(effect.payload["follow_up"]))
        if made is None:
            return None
        rules = self.desk.playbooks.of_or_default(made.site).follow_ups
        cadence = await cadences.load(session, made.site, made.cadence)
        if rules is None or cadence is None or cadence.state == "ended":
            await queue.mark(
                session, made, "stopped", now=now, why=cadence.why if cadence else "switched_off"
            )
            return None
        terms = rules.terms()
        seen = await look(self.desk, session, made.site, made.conversation, now=now, head=cadence.head)
        stands = verdict(seen.situation, terms, terms.rule(made.rule))
        if stands.act != "go":
            state: CadenceState = "ended" if stands.act == "end" else "paused"
            await cadences.set_state(session, made.site, made.cadence, state, why=stands.why, now=now)
            await queue.mark(session, made, "stopped", now=now, why=stands.why)
            return None
        if made.state == "approved" and not await self._may_go(session, effect, made, terms, seen, now=now):
            return None
        await queue.mark(session, made, "sending", now=now)
        thread = tuple(each.mail_key for each in await queue.thread(session, made.site, made.person))
        return _Ready(made, terms, await self._reply_to(session, made), thread)

    async def _may_go(
        self,
        session: AsyncSession,
        effect: Effect,
        made: FollowUp,
        terms: Terms,
        seen: Seen,
        *,
        now: datetime,
    ) -> bool:
        """Once a mail: the hour, the words against the pages of today, and the caps, for which it counts then."""
        assert seen.talk is not None, "the verdict ends what was erased"
        again = int(effect.payload.get("again", 0)) + 1
        if not is_allowed(terms, now, seen.talk.home_zone):
            at = next_allowed(terms, now, seen.talk.home_zone)
            await queue.postpone(session, made, at, again=again, now=now)
            return False
        grounds = await grounds_for(
            self.desk, session, self.desk_of, site=made.site, conversation=made.conversation, language=made.language,
            content=made.content, now=now,
        )  # fmt: skip
        findings = lint(made.body, grounds)
        if any(finding.blocks for finding in findings):
            content = replace(made.content, findings=findings)
            await queue.mark(session, made, "waiting", now=now, content=content)
            return False
        who = Who(made.site, seen.talk.visitor, made.conversation, made.person)
        caps = (
            Cap(KIND, terms.per_person_week, timedelta(days=7)),
            Cap(KIND, terms.per_site_day, timedelta(days=1), "site"),
        )
        if await touches.note_within(session, who, KIND, made.rule, now, caps) is None:
            return True
        if now - made.created_at > terms.expires:
            await queue.mark(session, made, "stopped", now=now, why="cap_reached")
            await cadences.end(session, made.site, made.cadence, why="cap_reached", now=now)
            return False
        at = next_allowed(terms, now + _AGAIN, seen.talk.home_zone)
        await queue.postpone(session, made, at, again=again, now=now)
        return False

    async def _reply_to(self, session: AsyncSession, made: FollowUp) -> str:
        """The rep whose lead it is, else the team."""
        company = self.desk_of(made.site)
        routed = await session.scalar(
            select(RouteRow.rep).where(RouteRow.site == made.site, RouteRow.conversation == made.conversation)
        )
        rep = next((each for each in company.calendar.reps if each.key == routed), None)
        return rep.email if rep is not None else company.sales_email

    async def _note_sent(self, ready: _Ready, *, now: datetime) -> tuple[str, ...]:
        made = ready.made
        async with self.desk.writers() as session:
            # What was stopped while the mail was on its way was sent all the same.
            await queue.mark(session, made, "sent", now=now)
            cadence = await cadences.load(session, made.site, made.cadence)
            if cadence is not None:
                await _advance(session, cadence, made, ready.terms, now=now)
            due = await propose(
                self.desk,
                session,
                "followup.sent",
                made.site,
                made.conversation,
                f"{made.id}:sent",
                made.subject,
                now=now,
            )
            await session.commit()
        return due


async def _advance(
    session: AsyncSession, cadence: Cadence, made: FollowUp, terms: Terms, *, now: datetime
) -> None:
    rule = terms.rule(made.rule)
    following = made.step + 1
    if rule is None or following >= len(rule.steps):
        await cadences.end(session, made.site, cadence.id, why="finished", now=now)
        return
    at = now + rule.steps[following].after
    await cadences.set_state(
        session, made.site, cadence.id, "active", why="", now=now, next_at=at, step=following
    )
