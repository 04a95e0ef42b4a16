"""What follows when a person is wanted: notices to the team, and a word to whoever waits too long."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions import handoff
from server.actions.errors import NoUseTrying, TryLater
from server.actions.notices import AddressBook, Addresses
from server.actions.ports import Clock, EffectHandler
from server.actions.posting import Answered, NotPosted, Poster
from server.actions.values import Effect
from server.errors import NotFound

NobodyCame = Callable[[str, str], Awaitable[bool]]
"""Tells the visitor of a site's conversation that nobody could join; False when that has become needless."""
Details = Callable[[str, str], Awaitable[str]]
"""What a site's conversation is about, in real words; empty where its playbook lets nothing personal out."""
_TITLES = {
    "handoff_asked": "A visitor is waiting for a person",
    "nobody_there": "A visitor asked for a person and nobody was there",
    "hot_lead": "A lead is hot",
    "meeting_booked": "A meeting was booked",
    "trial_activated": "A trial was activated",
    "update_overdue": "A CRM update waits for a decision and is overdue",
    "more": "More happened this hour than is told one by one",
}
_ABOUT_DATA = "A visitor made a request about their data"
_BUSY = frozenset({408, 425, 429})
_LONGEST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Switchboard:
    """Everything that turns an effect into a notice, or into a line for a visitor who waits."""

    sessions: async_sessionmaker[AsyncSession]
    addresses: AddressBook
    poster: Poster
    url: str
    """Where the console is reached."""
    clock: Clock
    nobody_came: NobodyCame
    details: Details

    def handlers(self) -> Mapping[str, EffectHandler]:
        """By kind of effect, for `outbox.run`."""
        return {
            "notice_slack": self.slack,
            "notice_webhook": self.webhook,
            "handoff_wait": self.handoff_wait,
        }

    async def slack(self, effect: Effect) -> None:
        """One message to an incoming webhook, as Slack and those like it take them."""
        to = self.addresses.get(effect.site, Addresses())
        if not to.slack or await self._is_needless(effect):
            return
        message = slack_message(await self._facts(effect))
        headers = {"content-type": "application/json"}
        await self._post(to.slack, json.dumps(message, ensure_ascii=False), headers, to)

    async def webhook(self, effect: Effect) -> None:
        """The same as signed JSON, as Standard Webhooks has it; the receiver keeps `webhook-id`."""
        to = self.addresses.get(effect.site, Addresses())
        if not to.webhook or await self._is_needless(effect):
            return
        facts = await self._facts(effect)
        told = {"type": f"notice.{facts['event']}", "timestamp": facts["at"], "data": facts}
        body = json.dumps(told, ensure_ascii=False)
        await self._post(to.webhook, body, to.keys.headers(effect.id, body, now=self.clock()), to)

    async def handoff_wait(self, effect: Effect) -> None:
        """Whoever still waits is told that nobody came; the floor looks again, in the transaction that says so."""
        if effect.conversation is not None:
            await self.nobody_came(effect.site, effect.conversation)

    async def _is_needless(self, effect: Effect) -> bool:
        """Whether somebody came before the notice did, or the conversation is gone."""
        wanted = effect.payload.get("handoff")
        if wanted is None:
            return False
        async with self.sessions() as session:
            try:
                found = await handoff.load(session, effect.site, str(wanted))
            except NotFound:
                return True
        return found.state in {"joined", "closed"}

    async def _facts(self, effect: Effect) -> dict[str, Any]:
        """What is told: no personal details but where the playbook lets them out."""
        facts: dict[str, Any] = {key: value for key, value in effect.payload.items() if key != "handoff"}
        facts["site"] = effect.site
        told = str(facts["event"])
        facts["title"] = _ABOUT_DATA if facts.pop("about", "") == "data" else _TITLES.get(told, told)
        console = f"{self.url}/console/site/{effect.site}"
        facts["url"] = f"{console}/conversations" + (f"/{effect.conversation}" if effect.conversation else "")
        if (waits := facts.pop("update", None)) is not None:
            facts["url"] = f"{console}/inbox/{waits}"
        if facts["event"] == "more":
            async with self.sessions() as session:
                facts["waiting"] = await handoff.how_many_wait(session, effect.site)
        elif effect.conversation and (words := await self.details(effect.site, effect.conversation)):
            facts["details"] = words
        return facts

    async def _post(self, url: str, body: str, headers: Mapping[str, str], to: Addresses) -> None:
        try:
            answer = await self.poster.post(url, body.encode(), headers, allow_private=to.allow_private)
        except NotPosted as error:
            if error.refused:
                raise NoUseTrying(error.message, code=error.code) from error
            raise
        _settle(answer, self.clock())


def _settle(answer: Answered, now: datetime) -> None:
    """Take 2xx as told; raise what makes the outbox try again, later or never."""
    if 200 <= answer.status < 300:
        return
    if answer.status in _BUSY or answer.status >= 500:
        message = f"the receiver answered {answer.status}"
        raise TryLater(message, after=retry_after(answer.headers.get("retry-after", ""), now))
    # Also a redirect: where it leads nobody named.
    raise NoUseTrying(f"the receiver answered {answer.status}", code=f"refused_{answer.status}")


def retry_after(header: str, now: datetime) -> timedelta:
    """What `Retry-After` asks for, in seconds or as a date; nothing for what can not be read, and no more than 6 h."""
    try:
        if header.strip().isdecimal():
            wish = timedelta(seconds=min(int(header), 10**6))
        else:
            at = parsedate_to_datetime(header)
            wish = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, TypeError):
        return timedelta()
    return max(timedelta(), min(wish, _LONGEST))


def slack_message(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A text for the notification and blocks for the channel; whatever was typed is escaped."""
    title = _escaped(str(facts["title"]))
    lines = [f"*{title}*"]
    if reason := facts.get("reason"):
        lines.append(_escaped(str(reason)))
    if "waiting" in facts:
        lines.append(f"{facts['waiting']} wait for a person now.")
    if words := facts.get("details"):
        lines.append("\n".join(f"> {_escaped(line)}" for line in str(words).splitlines()[:20]))
    lines.append(f"<{facts['url']}|Open the console>")
    marks = [str(facts["site"])]
    marks += [f"score {facts['score']}"] if facts.get("score") is not None else []
    marks += [f"for {facts['rep']}"] if facts.get("rep") else []
    marks += [str(facts["language"])] if facts.get("language") else []
    context = [{"type": "mrkdwn", "text": _escaped(" · ".join(marks))}]
    return {
        "text": f"{title} ({_escaped(str(facts['site']))})",
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)[:2_900]}},
            {"type": "context", "elements": context},
        ],
    }


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
