"""What each kind of effect does: loads the fact, unseals what it needs, and mails it once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from server.actions import booking, cart, handoff, letters, trial
from server.actions.links import Links
from server.actions.ports import (
    BriefOf,
    Clock,
    EffectHandler,
    LanguageOf,
    Mailer,
    Unseal,
    in_english,
    no_brief,
)
from server.actions.site import DeskOf
from server.actions.values import Effect, Meeting


@dataclass(frozen=True, slots=True)
class Postroom:
    """Everything that turns an effect into a mail."""

    sessions: async_sessionmaker[AsyncSession]
    mailer: Mailer
    unseal: Unseal
    links: Links
    desk_of: DeskOf
    clock: Clock
    language_of: LanguageOf = in_english
    brief_of: BriefOf = no_brief

    def handlers(self) -> Mapping[str, EffectHandler]:
        """By kind of effect, for `outbox.run`."""
        return {
            "meeting_mail": self.meeting_mail,
            "trial_mail": self.trial_mail,
            "order_mail": self.order_mail,
            "handoff_mail": self.handoff_mail,
            "handoff_receipt": self.handoff_receipt,
        }

    async def meeting_mail(self, effect: Effect) -> None:
        async with self.sessions() as session:
            meeting = await booking.meeting(session, effect.site, effect.payload["meeting"])
            spoken = await self.language_of(session, meeting.site, meeting.conversation)
        audience = effect.payload["audience"]
        if meeting.sequence != effect.payload["sequence"] and audience != "former_rep":
            return  # changed again before this mail went out: the newer change has its own
        desk = self.desk_of(effect.site)
        rep = desk.calendar.rep(effect.payload["rep"])
        change = cast("letters.Change", effect.payload["change"])
        guest = await self._guest(meeting)
        now = self.clock()
        if audience == "visitor":
            if not _is_address(guest[1]):
                return
            url = self.links.manage(meeting)
            mail = letters.to_visitor(
                meeting, change, desk, rep, guest=guest, url=url, now=now, language=spoken
            )
        else:
            topic = await self.unseal(meeting.site, meeting.conversation, meeting.topic)
            # For a rep who lost the meeting to a colleague it is off, although it stands.
            state = "cancelled" if change == "cancelled" else meeting.state
            was = [datetime.fromisoformat(at) for at in effect.payload.get("was", ())]
            start, end = was or (meeting.start, meeting.end)
            seen = replace(meeting, topic=topic, state=state, start=start, end=end)
            brief = self.links.brief(meeting.site, meeting.conversation)
            mail = letters.to_rep(seen, change, desk, rep, guest=guest, now=now, spoken=spoken, brief=brief)
        await self.mailer.send(effect.site, mail, key=effect.key)

    async def trial_mail(self, effect: Effect) -> None:
        async with self.sessions() as session:
            asked = await trial.trial(session, effect.site, effect.payload["trial"])
            spoken = await self.language_of(session, asked.site, asked.conversation)
        if asked.state == "verified" or asked.mails != effect.payload["mail"]:
            return  # its link would not open anything any more
        expires = datetime.fromisoformat(effect.payload["expires"])
        to = await self.unseal(asked.site, asked.conversation, asked.email)
        if not _is_address(to):
            return
        url = self.links.verify(asked, expires=expires)
        hours = effect.payload["link_hours"]
        desk = self.desk_of(effect.site)
        mail = letters.trial_link(desk, asked, link_hours=hours, to=to, url=url, language=spoken)
        await self.mailer.send(effect.site, mail, key=effect.key)

    async def order_mail(self, effect: Effect) -> None:
        async with self.sessions() as session:
            saved = await cart.load(session, effect.site, effect.payload["cart"])
            spoken = await self.language_of(session, saved.site, saved.conversation)
        desk = self.desk_of(effect.site)
        audience = effect.payload["audience"]
        to, language = desk.sales_email, desk.language
        if audience == "visitor":
            language = spoken
            to = await self.unseal(saved.site, saved.conversation, saved.email or "")
        if not _is_address(to):
            return
        mail = letters.order(saved, desk, audience=audience, to=to, language=language)
        await self.mailer.send(effect.site, mail, key=effect.key)

    async def handoff_mail(self, effect: Effect) -> None:
        async with self.sessions() as session:
            wish = await handoff.load(session, effect.site, effect.payload["handoff"])
            spoken = await self.language_of(session, wish.site, wish.conversation)
            brief = await self.brief_of(session, wish.site, wish.conversation)
        if wish.state == "closed" or handoff.mark_of(wish) != effect.payload["mark"]:
            return  # somebody came before the mail did, or there is more to tell by now, which has its own mail
        summary = await self.unseal(wish.site, wish.conversation, brief or wish.summary)
        address = await self.unseal(wish.site, wish.conversation, wish.email or "")
        email = address if _is_address(address) else ""
        desk = self.desk_of(effect.site)
        link = self.links.brief(wish.site, wish.conversation)
        is_new = effect.payload.get("brings") == "address"
        mail = letters.handoff(
            wish, desk, summary=summary, email=email, spoken=spoken, brief=link, is_address_new=is_new
        )
        await self.mailer.send(effect.site, mail, key=effect.key)

    async def handoff_receipt(self, effect: Effect) -> None:
        async with self.sessions() as session:
            wish = await handoff.load(session, effect.site, effect.payload["handoff"])
            spoken = await self.language_of(session, wish.site, wish.conversation)
        to = await self.unseal(wish.site, wish.conversation, wish.email or "")
        if _is_address(to):
            mail = letters.handed_over(self.desk_of(effect.site), to=to, language=spoken)
            await self.mailer.send(effect.site, mail, key=effect.key)

    async def _guest(self, meeting: Meeting) -> tuple[str, str]:
        name = await self.unseal(meeting.site, meeting.conversation, meeting.name)
        return name, await self.unseal(meeting.site, meeting.conversation, meeting.email)


def _is_address(unsealed: str) -> bool:
    """False where none was given, or the visitor had it erased since: then there is nobody to mail."""
    return "@" in unsealed
