"""Messages shown unasked: the server has the last word on each, keeps it with its reasons, and logs it once opened."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from server import telemetry
from server.actions import calendar
from server.chat.opened import Opened
from server.desk import Desk
from server.dialogue.decide import score_of
from server.dialogue.languages import spoken
from server.dialogue.proactive import APART, Moment, Seen, Verdict, limits, may_show
from server.dialogue.proactive_rules import Caps, ProactiveRule, ProactiveRules
from server.dialogue.stages import stage_at
from server.dialogue.values import page_path
from server.errors import Conflict, FrontdeskError
from server.floor import Joined
from server.frames import Nudge, Nudged
from server.playbook import Playbook
from server.playbook.proactive import replies
from server.store import conversations, groups, nudges, touches
from server.store.conversations import Talk
from server.store.touches import Cap, Who

_TRIES = 5


class Nudging:
    """Answers whether a message may be shown, and takes what became of it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def take(self, joined: Joined, frame: Nudge) -> Nudged | None:
        """What a `nudge` asks or tells; only a question is answered."""
        match frame.act:
            case "ask":
                return await self._ask(joined, frame)
            case "open":
                await self._open(joined, frame)
            case "dismiss":
                await self._became(joined, frame, "dismissed")
            case "off":
                await self._became(joined, frame, "off")
            case "on":
                await self._on(joined)
        return None

    async def _ask(self, joined: Joined, frame: Nudge) -> Nudged:
        desk, now = self._desk, self._desk.clock()
        talk = await self._load(joined)
        book = self._book(talk)
        section = book.proactive
        rule = section.rule(frame.rule) if section else None
        if section is None or rule is None:
            return _refused(frame, "no_rule")
        who = who_of(desk, talk)
        async with desk.writers() as session:
            if await nudges.shown_as(session, who, frame.id) == rule.key:
                return _shown(frame, rule, book.site.language)
            verdict = await self._judge(session, talk, book, section, rule, frame, now)
            if not verdict.shows:
                telemetry.nudges.labels(talk.site, rule.key, verdict.reason).inc()
                return _refused(frame, verdict.reason)
            # What was counted a moment ago may have changed: another tab asks at the same time.
            reached = await touches.note_within(
                session, who, "proactive", rule.key, now, _caps(section, rule)
            )
            if reached is not None:
                return _refused(frame, "apart")
            nudges.keep(
                session,
                who,
                new_id=desk.new_id(),
                rule=rule.key,
                asked_as=frame.id,
                page=_path(frame),
                checks=_told(verdict),
                version=book.digest,
                now=now,
            )
            await session.commit()
        telemetry.nudges.labels(talk.site, rule.key, "shown").inc()
        return _shown(frame, rule, book.site.language)

    async def _judge(
        self,
        session: AsyncSession,
        talk: Talk,
        book: Playbook,
        section: ProactiveRules,
        rule: ProactiveRule,
        frame: Nudge,
        now: datetime,
    ) -> Verdict:
        desk, state = self._desk, talk.state
        who = who_of(desk, talk)
        policy = desk.policy(talk.site)
        hours = book.schedule()
        is_capped = section.caps.per_site_day is not None or rule.caps.per_site_day is not None
        moment = Moment(
            seen=Seen(_path(frame), frame.seconds, frame.visits, frame.scrolled, frame.leaving),
            now=now,
            language=book.site.language,
            locale=talk.locale,
            time_zone=talk.home_zone,
            consent=talk.consent,
            mode=talk.mode,
            group=state.group,
            stage=stage_at(
                state,
                policy,
                in_product=talk.mode == "help",
                wrote=bool(state.questions),
                learned=talk.consent != "necessary",
            ),
            is_customer=await nudges.is_customer(session, who),
            is_open=hours is not None and calendar.is_open(hours, now),
            score=score_of(policy, state, talk.consent).total,
            is_busy=state.with_person or state.person_wanted or state.open is not None,
            past=await nudges.past(session, who, now, site=is_capped),
        )
        return may_show(section, rule, moment, policy)

    async def _open(self, joined: Joined, frame: Nudge) -> None:
        """The message becomes the assistant's first words, with a line over it that says how it came to be shown."""
        desk = self._desk
        async with desk.turnstile.through(joined.conversation):
            for _ in range(_TRIES):
                with suppress(Conflict):
                    await self._log(joined, frame)
                    break
            else:
                raise Conflict(f"conversation {joined.conversation!r} keeps changing; try again")
        desk.hub.wake(joined.conversation)

    async def _log(self, joined: Joined, frame: Nudge) -> None:
        desk, now = self._desk, self._desk.clock()
        async with desk.readers() as session:
            if await conversations.already_logged(session, joined.conversation, frame.id):
                return
        talk = await self._load(joined)
        if talk.state.with_person:
            return  # opened in another tab while a person talks: they are not talked over
        book = self._book(talk)
        rule = book.proactive.rule(frame.rule) if book.proactive else None
        who = who_of(desk, talk)
        async with desk.writers() as session:
            kept = await nudges.latest(session, who, frame.rule, now)
            if rule is None or (kept is None and rule.consent != "necessary"):
                raise FrontdeskError(
                    f"no message {frame.rule!r} was shown; reload the page", code="not_shown", status=409
                )
            state = replace(talk.state, began=f"proactive:{rule.key}")
            if kept is None:
                # Shown by the page alone, to somebody of whom nothing was known: it counts from here on.
                await touches.note(session, who, "proactive", rule.key, now)
                if state.group == "holdout":
                    await groups.release(session, talk.site, talk.id, now)
                    state = replace(state, group="")
                nudges.keep(
                    session, who, new_id=desk.new_id(), rule=rule.key, asked_as=frame.id, page=_path(frame),
                    checks={"shown_by": "the page, without consent"}, version=book.digest, now=now, became="opened",
                )  # fmt: skip
            else:
                kept.became, kept.became_at = "opened", now
            turn, message, prompt = desk.new_id(), desk.new_id(), desk.new_id()
            opened = Opened(talk, state, book, rule, frame.id, turn, message, prompt, now)
            await conversations.save_talk(session, talk, state=state, entries=opened.entries(), now=now)
            record = opened.record(desk, dict(kept.checks) if kept else {})
            await conversations.keep_record(session, record, now)
            await session.commit()

    async def _became(self, joined: Joined, frame: Nudge, became: nudges.Became) -> None:
        """Closed, or refused for good; of a message that this person was never shown there is nothing to tell."""
        desk, now = self._desk, self._desk.clock()
        talk = await self._load(joined)
        who = who_of(desk, talk)
        async with desk.writers() as session:
            kept = await nudges.latest(session, who, frame.rule, now)
            if kept is None and became == "off" and talk.consent != "necessary":
                # Shown by the page alone before anything was allowed: their word holds from now on.
                nudges.keep(
                    session, who, new_id=desk.new_id(), rule=frame.rule, asked_as=frame.id, page=_path(frame),
                    checks={}, version=self._book(talk).digest, now=now, became="off",
                )  # fmt: skip
            elif kept is not None and kept.became != "off":
                kept.became, kept.became_at = became, now
            await session.commit()

    async def _on(self, joined: Joined) -> None:
        who = who_of(self._desk, await self._load(joined))
        async with self._desk.writers() as session:
            await nudges.allow_again(session, who, self._desk.clock())
            await session.commit()

    async def _load(self, joined: Joined) -> Talk:
        async with self._desk.readers() as session:
            return await conversations.load_talk(session, self._desk.vault, joined.site, joined.conversation)

    def _book(self, talk: Talk) -> Playbook:
        """The playbook in the visitor's language."""
        book = self._desk.playbooks.of(talk.site)
        language = spoken(talk.state.language, talk.locale, book.site.language)
        said = book.spoken(language)
        return said.model_copy(update={"site": said.site.model_copy(update={"language": language})})


def who_of(desk: Desk, talk: Talk) -> Who:
    """The visitor, and the person behind them where their address is known."""
    email = talk.state.known("email")
    address = talk.details.get(str(email.value), "") if email else ""
    person = touches.person_key(desk.secret, talk.site, address)
    return Who(talk.site, talk.visitor, talk.id, person)


def _caps(section: ProactiveRules, rule: ProactiveRule) -> list[Cap]:
    def caps(of: Caps, key: str) -> list[Cap]:
        return [
            Cap("proactive", one.most, one.within, "site" if one.per_site else "person", key)
            for one in limits(of)
        ]

    return [Cap("proactive", 1, APART), *caps(section.caps, ""), *caps(rule.caps, rule.key)]


def _path(frame: Nudge) -> str:
    return page_path(frame.page.url) if frame.page else ""


def _told(verdict: Verdict) -> dict[str, Any]:
    return {"checks": [asdict(check) for check in verdict.checks]}


def _refused(frame: Nudge, reason: str) -> Nudged:
    return Nudged(seq=0, client_id=frame.id, rule=frame.rule, shows=False, reason=reason)


def _shown(frame: Nudge, rule: ProactiveRule, language: str) -> Nudged:
    buttons = [reply.label for reply in replies(rule, language)]
    return Nudged(
        seq=0, client_id=frame.id, rule=rule.key, shows=True, text=rule.text, why=rule.why, replies=buttons
    )
