"""The chore of follow-ups: finds what ended, drafts what is due, pauses, resumes, ends, and drops what is too old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from server.actions import outbox
from server.actions.follow_ups import cadences, queue
from server.actions.follow_ups.standing import Shown, Verdict, rule_for, verdict
from server.actions.follow_ups.values import Cadence, FollowUp, Rule, Terms
from server.actions.site import DeskOf
from server.desk import Desk
from server.dialogue.decide import score_of
from server.following.drafting import draft
from server.following.gathering import records_of
from server.following.looking import Seen, look, wrote_after
from server.following.telling import tell
from server.store.tables import Conversation
from server.telemetry import log

_LOOKS_BACK = timedelta(days=3)
"""When the section is switched on, nobody of last month gets a mail."""
_AT_ONCE = 100
_WATCHED = 500


@dataclass(frozen=True, slots=True)
class Rounds:
    """Goes round the sites; whatever a round does, the next one finds done."""

    desk: Desk
    desk_of: DeskOf
    reached: dict[str, str] = field(default_factory=dict)
    """By site: the last cadence that the round before this one looked at."""

    async def go(self) -> None:
        """One round of every site; one that fails holds up no other."""
        for site in self.desk.playbooks.sites:
            rules = self.desk.playbooks.of(site).follow_ups
            if rules is None:
                continue
            try:
                await self.of_site(site, rules.terms(), now=self.desk.clock())
            except Exception:  # noqa: BLE001  tried again with the next round; the log says what it was
                log().exception("follow_ups.round_failed", site=site)

    async def of_site(self, site: str, terms: Terms, *, now: datetime) -> list[FollowUp]:
        """The drafts that this round made."""
        async with self.desk.writers() as session:
            await queue.expire(session, site, older_than=terms.expires, now=now)
            await session.commit()
        await self._begin(site, terms, now=now)
        await self._watch(site, terms, now=now)
        async with self.desk.readers() as session:
            due = await cadences.due(session, site, now=now)
        made: list[FollowUp] = []
        for cadence in due:
            try:
                drafted = await self._step(cadence, terms, now=now)
            except Exception:  # noqa: BLE001  one that fails holds up no other; it is tried again with the next round
                log().exception("follow_ups.not_drafted", site=site, conversation=cadence.conversation)
                continue
            if drafted is not None:
                made.append(drafted)
        return made

    # -- what ended -------------------------------------------------------------------------------------------

    async def _begin(self, site: str, terms: Terms, *, now: datetime) -> None:
        async with self.desk.readers() as session:
            wanted = select(Conversation.id, Conversation.head, Conversation.updated_at).where(
                Conversation.site == site,
                Conversation.head > 0,
                Conversation.updated_at <= now - terms.idle,
                Conversation.updated_at > now - terms.idle - _LOOKS_BACK,
            )
            rows = (await session.execute(wanted.order_by(Conversation.updated_at))).tuples().all()
            known = await cadences.known(session, site, [conversation for conversation, _, _ in rows])
            fresh = [row for row in rows if known.get(row[0], -1) < row[1]][:_AT_ONCE]
            asked = [
                row
                for row in fresh
                if row[0] not in known or await wrote_after(session, site, row[0], known[row[0]])
            ]
        for conversation, head, ended in asked:
            try:
                await self._begin_one(site, terms, conversation, head, ended, now=now)
            except Exception:  # noqa: BLE001  one that fails holds up no other
                log().exception("follow_ups.not_begun", site=site, conversation=conversation)

    async def _begin_one(
        self, site: str, terms: Terms, conversation: str, head: int, ended: datetime, *, now: datetime
    ) -> None:
        """Begin a cadence, or note that this conversation has none, so that it is not looked at in every round."""
        async with self.desk.writers() as session:
            seen = await look(self.desk, session, site, conversation, now=now, head=head)
            records = await records_of(session, site, conversation)
            rule = self._rule(site, terms, seen, records)
            stands = verdict(seen.situation, terms, rule) if rule else Verdict("end", "no_rule")
            goes = rule is not None and stands.act != "end"
            first = rule.steps[0].after if rule else timedelta()
            begun = await cadences.begin(
                session,
                Cadence(
                    id=self.desk.new_id(), site=site, conversation=conversation, person=seen.person if goes else "",
                    rule=rule.key if goes and rule else "", step=0, state="active" if goes else "ended",
                    why="" if goes else stands.why, next_at=max(now, ended + first) if goes else None, head=head,
                ),
                now=now,
            )  # fmt: skip
            if goes:
                # One person, one cadence: what an earlier conversation left gives way.
                await cadences.end_all(
                    session, site, person=seen.person, but=begun.id, why="newer_conversation", now=now
                )
                await _stop_others(session, site, seen.person, begun.id, now=now)
            await session.commit()

    def _rule(self, site: str, terms: Terms, seen: Seen, records: list[Mapping[str, Any]]) -> Rule | None:
        if seen.talk is None:
            return None
        intents = {str(name) for record in records for name in record.get("asked_for") or ()}
        plays = {str(record.get("play")) for record in records}
        score = score_of(self.desk.policy(site), seen.talk.state, seen.talk.consent).total
        return rule_for(Shown(frozenset(intents), frozenset(plays), round(score)), terms)

    # -- what goes on -----------------------------------------------------------------------------------------

    async def _watch(self, site: str, terms: Terms, *, now: datetime) -> None:
        """What happened meanwhile pauses or ends those that wait, and lets paused ones go on."""
        async with self.desk.readers() as session:
            waiting = await cadences.waiting(session, site, after=self.reached.get(site, ""), limit=_WATCHED)
        # The next round goes on behind these, and begins again once it has seen them all.
        self.reached[site] = waiting[-1].id if len(waiting) == _WATCHED else ""
        for cadence in waiting:
            async with self.desk.readers() as session:
                seen = await look(self.desk, session, site, cadence.conversation, now=now, head=cadence.head)
            stands = verdict(seen.situation, terms, terms.rule(cadence.rule))
            # Most stand as they stood; the writers' queue is for those that do not.
            if stands.act == "go" and cadence.state == "active":
                continue
            async with self.desk.writers() as session:
                if await self._apply(session, cadence, stands, terms, now=now):
                    await session.commit()

    async def _step(self, cadence: Cadence, terms: Terms, *, now: datetime) -> FollowUp | None:
        async with self.desk.writers() as session:
            seen = await look(
                self.desk, session, cadence.site, cadence.conversation, now=now, head=cadence.head
            )
            stands = verdict(seen.situation, terms, terms.rule(cadence.rule))
            if stands.act != "go":
                await self._apply(session, cadence, stands, terms, now=now)
                await session.commit()
                return None
        made = await draft(self.desk, self.desk_of, cadence, terms, seen, now=now)
        if made is not None:
            await tell(self.desk, "followup.scheduled", made, now=now)
            await self.desk.starter.effects(await self._queued(made, now))
        return made

    async def _queued(self, made: FollowUp, now: datetime) -> tuple[str, ...]:
        """What an automatic approval left to be done at once; the sweep would find it too, later."""
        if made.state != "approved" or made.due_at > now:
            return ()
        async with self.desk.readers() as session:
            return await outbox.due(session, now=now)

    async def _apply(
        self, session: AsyncSession, cadence: Cadence, stands: Verdict, terms: Terms, *, now: datetime
    ) -> bool:
        if stands.act == "end":
            await cadences.end(session, cadence.site, cadence.id, why=stands.why, now=now)
            await queue.stop_open(session, cadence.site, cadence=cadence.id, why=stands.why, now=now)
            return True
        if stands.act == "pause" and (cadence.state, cadence.why) != ("paused", stands.why):
            await cadences.set_state(session, cadence.site, cadence.id, "paused", why=stands.why, now=now)
            await queue.stop_open(session, cadence.site, cadence=cadence.id, why=stands.why, now=now)
            return True
        if stands.act == "go" and cadence.state == "paused":
            # Not at once: whoever just talked with a person has some time.
            await cadences.set_state(
                session, cadence.site, cadence.id, "active", why="", now=now, next_at=now + terms.idle
            )
            return True
        return False


async def _stop_others(session: AsyncSession, site: str, person: str, cadence: str, *, now: datetime) -> None:
    for each in await queue.open_of(session, site, person):
        if each.cadence != cadence:
            await queue.stop_open(session, site, cadence=each.cadence, why="newer_conversation", now=now)
